//! Builds as they stand: at a forge, or as they were stored when they ended.

use jiff::Timestamp;

/// One build of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// The repository's name.
    pub repository: String,
    /// The job, workflow or command, as events name it.
    pub job: String,
    /// Its branch.
    pub branch: Option<String>,
    /// Its commit, in full.
    pub commit: Option<String>,
    /// Whether it passed; absent while it waits or runs.
    pub passed: Option<bool>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Where people look at it.
    pub url: Option<String>,
}
