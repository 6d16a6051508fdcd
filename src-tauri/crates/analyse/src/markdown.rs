//! Markdown (CommonMark): putting text from outside into it, and reading it as plain text.

mod inline;
mod plain;

pub(crate) use inline::inline;
pub use inline::{is_hidden, visible, visible_lines};
pub(crate) use plain::plain;
