//! What an event is about: a repository and something in it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What an event, and the suggestion that follows from it, is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Subject {
    /// The repository's name for people, `acme/api` or a folder's name.
    pub repository: String,
    /// The repository's own unchanging number or path, unique within its provider and host.
    pub repository_key: String,
    /// Which thing, stable over its life and the same whichever door it came through: `pull/42`,
    /// `issue/7`, `branch/main`, `run/981`, `exec/3f2a…`. Suggestions about one thing replace each other by it.
    pub key: String,
    /// The thing's own title: the pull request's, the issue's, the job's name or the command.
    pub title: String,
    /// The number of the pull request or issue.
    pub number: Option<u64>,
    /// The branch it is on.
    pub branch: Option<String>,
    /// The branch it would go into, or the default branch.
    pub base_branch: Option<String>,
    /// True when `branch` is the repository's default branch.
    pub on_default_branch: bool,
    /// The commit it is about, in full.
    pub commit: Option<String>,
    /// The commit before, for a push.
    pub before: Option<String>,
    /// Where people look at it.
    pub url: Option<String>,
}
