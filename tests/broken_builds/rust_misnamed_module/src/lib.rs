mod pasrer;

pub use self::parser::parse;
