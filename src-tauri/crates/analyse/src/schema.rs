//! What can be concluded from the schema of a database: what changed, what is wrong with it, which migrations wait and
//! what they lock, and a page that describes a table. Pure.

pub mod change;
pub mod compare;
pub mod lints;
pub mod locks;
pub mod migrations;
pub mod page;
mod text;
pub mod typescript;
pub mod usage;
