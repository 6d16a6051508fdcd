//! The seam to a repository that is checked out on this machine: its past, its files, and how a document gets in.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use jiff::Timestamp;
use thiserror::Error;

use crate::patch::Patch;

/// Why a checkout could not be read or written. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CheckoutError {
    /// It cannot be done; trying again changes nothing until the user does `next_step`.
    #[error("{problem}; {next_step}")]
    Refused {
        /// What is wrong.
        problem: String,
        /// What the user can do.
        next_step: String,
    },
    /// The disk did not answer, or had a fault of its own.
    #[error("{0}")]
    Unavailable(String),
}

/// What stands in a working tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Its root, absolute.
    pub root: String,
    /// The folder that was asked about, from the root; empty for the root itself.
    pub within: String,
    /// The repository's name for people: its folder's.
    pub name: String,
    /// The commit that is checked out; absent before the first one.
    pub head: Option<String>,
    /// The branch that is checked out.
    pub branch: Option<String>,
    /// The address of `origin`, or of the only remote, as configured.
    pub remote: Option<String>,
    /// Who commits here, by name.
    pub person: Option<String>,
    /// Every tag, in no order.
    pub tags: Vec<Tag>,
    /// Files that are tracked, or new and not ignored, sorted; cut at 50,000.
    pub paths: Vec<String>,
}

/// A working tree that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// Its root, absolute.
    pub root: String,
    /// When something was last done in it with git.
    pub used_at: Timestamp,
}

/// A tag and the commit it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its name without `refs/tags/`.
    pub name: String,
    /// The commit, in full.
    pub commit: String,
    /// When it was made; for a lightweight tag, when its commit was.
    pub at: Timestamp,
    /// True if what is checked out contains it.
    pub contained: bool,
}

/// The commits between two points.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The commit the range begins behind; absent when it begins with the first.
    pub from: Option<String>,
    /// The commit it ends with.
    pub to: String,
    /// The commits, newest first, parents after their children.
    pub commits: Vec<Recorded>,
    /// Addresses of everyone who committed up to `from`, in lower case.
    pub earlier_authors: BTreeSet<String>,
    /// The clone is shallow and its past ends inside the range.
    pub cut_short: bool,
}

/// A commit with what documents ask about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Full hash.
    pub sha: String,
    /// Its parents' hashes, first parent first.
    pub parents: Vec<String>,
    /// Full message.
    pub message: String,
    /// The author's name, after `.mailmap`.
    pub name: String,
    /// The author's address, after `.mailmap`, in lower case.
    pub email: String,
    /// When it was committed.
    pub at: Timestamp,
    /// Files it changed against its first parent; at most 1,000.
    pub paths: Vec<String>,
}

/// Reads working trees and puts documents into them.
#[async_trait]
pub trait Checkout: Send + Sync {
    /// What stands in the working tree around `path`, an absolute path of a folder.
    async fn survey(&self, path: &str) -> Result<Survey, CheckoutError>;

    /// The commits reachable from `to` and not from `from`, in the working tree whose root is `root`. Both are
    /// tags, branches or hashes.
    async fn history(
        &self,
        root: &str,
        from: Option<&str>,
        to: &str,
    ) -> Result<History, CheckoutError>;

    /// The texts of those of `paths` that exist and are UTF-8, as they stand in the working tree.
    async fn texts(
        &self,
        root: &str,
        paths: &[String],
    ) -> Result<BTreeMap<String, String>, CheckoutError>;

    /// Working trees below the folder `under`, the most recently used first; hidden folders and those of packages are
    /// passed over, and looking ends after a moment.
    async fn discover(&self, under: &str) -> Result<Vec<Discovered>, CheckoutError>;

    /// The absolute path of the file that `path` means in the working tree whose root is `root`: a path from the
    /// root, one as a tool printed it on this or another machine, or the end of a tracked one that no other has.
    ///
    /// Never one outside the root, whatever links lead there, and none of git's own.
    async fn file(&self, root: &str, path: &str) -> Result<String, CheckoutError>;

    /// Applies `patch` to the working tree as it stands, wholly or not at all. Nothing is committed or staged.
    async fn put(&self, root: &str, patch: &Patch) -> Result<(), CheckoutError>;
}
