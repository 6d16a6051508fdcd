pub enum Level {
    Error,
    Info,
    Debug,
}

pub fn colour(level: &Level) -> u8 {
    match level {
        Level::Error => 31,
        Level::Info => 32,
    }
}
