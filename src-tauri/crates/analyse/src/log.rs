//! Reading logs: lines out of bytes, text out of terminal output, and what makes two lines alike.

mod encoding;
pub mod lines;
pub mod mask;
pub mod normalise;
pub mod steps;
