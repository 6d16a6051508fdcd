//! The seam to a package ecosystem: which versions of its packages there are, by its own client.

use std::path::Path;

use async_trait::async_trait;
use jiff::Timestamp;
use thiserror::Error;

use crate::dependency::Releases;

/// What an ecosystem is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The packages, as manifests name them. They come from outside and may be anything.
    pub names: &'a [String],
    /// The address of the forge the repository is on, where one is known.
    pub forge: Option<&'a str>,
    /// A release after this moment is too young.
    pub released_before: Timestamp,
    /// A folder of the user's own in which clients may work. Clients read settings of the folders above them, so it is
    /// not in a place where others may write.
    pub scratch: &'a Path,
}

/// Why an ecosystem could not be asked, as a clause.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unasked {
    /// Its client is not there.
    #[error("`{0}` is not installed")]
    NoClient(String),
    /// The client knows nobody to ask, or nobody answered.
    #[error("{0}")]
    NoAnswer(String),
}

/// A package ecosystem.
#[async_trait]
pub trait Ecosystem: Send + Sync {
    /// Its id in manifests and surveys: `cargo`, `npm`.
    fn id(&self) -> &'static str;

    /// The releases of the packages it knows; an unknown one is left out.
    ///
    /// Asks the ecosystem's own client with the user's configuration, away from any repository.
    async fn releases(&self, asked: &Asked<'_>) -> Result<Vec<Releases>, Unasked>;
}
