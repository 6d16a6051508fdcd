use text_width::width;

pub fn column(cells: &[&str]) -> usize {
    cells.iter().map(|cell| width(cell)).max().unwrap_or(0)
}
