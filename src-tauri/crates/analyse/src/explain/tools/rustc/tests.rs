//! Real outputs of rustc and clippy, and what is to be read from them.
