pub struct Point {
    pub x: i32,
    pub y: i32,
}

pub fn shown(point: &Point) -> String {
    format!("{point:?}")
}
