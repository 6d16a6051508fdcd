//! Outcomes: what doing an action did, and how to take it back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::action::Thing;
use crate::id::ActionId;

/// How far an action has come. Stored in the column `state` of `actions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ActionState {
    /// On offer.
    Offered,
    /// Claimed by a click; its steps are being done.
    Running,
    /// All steps are done.
    Done,
    /// A step failed for good.
    Failed,
    /// Being taken back.
    Undoing,
    /// Taken back.
    Undone,
}

/// What an action did so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Of which action.
    pub action_id: ActionId,
    /// How far it has come.
    pub state: ActionState,
    /// The steps in order, as far as they were begun.
    pub steps: Vec<StepRecord>,
    /// Why it failed and what to do, if it failed.
    pub error: Option<String>,
    /// When it was claimed.
    pub started_at: Timestamp,
    /// When it was done, failed or taken back.
    pub finished_at: Option<Timestamp>,
}

/// One step of an outcome. Written before the step is sent and again after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// What is being done, shown while it runs.
    pub doing: String,
    /// What stood there before it was first sent, as far as the step depends on that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// What it did; absent while it runs.
    pub result: Option<StepResult>,
    /// True once it was taken back.
    pub undone: bool,
}

/// What stood there before a step was first sent. Recorded first, so that an attempt after a crash can tell what the
/// one before it did from what was there already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "found", rename_all = "snake_case")]
pub enum Before {
    /// The labels it had.
    Labels(Vec<String>),
    /// Who was asked to review it.
    Reviewers(Vec<String>),
    /// Whether it was open.
    Open(bool),
    /// The build's latest attempt, in the provider's own words.
    Attempt(String),
}

/// What a step did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// In the past tense: "created branch `perch/…`".
    pub summary: String,
    /// Where to look at it.
    pub links: Vec<Link>,
    /// How to take it back; absent when that is not possible or nothing is to be done.
    pub undo: Option<Undo>,
}

/// A link with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Link {
    /// What stands there.
    pub text: String,
    /// The address, `https:` only.
    pub url: String,
}

/// How a step is taken back. It must find things as they were left, or refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Undo {
    /// Delete the branch if it still stands on the commit we made.
    DeleteBranch {
        /// The branch.
        branch: String,
        /// The commit we made.
        commit: String,
    },
    /// Write these files back if they still hold what we wrote.
    RestoreFiles {
        /// The files.
        files: Vec<RestoredFile>,
    },
    /// Close the pull request.
    ClosePullRequest {
        /// Its number.
        number: u64,
    },
    /// Delete the comment.
    DeleteComment {
        /// Its id at the provider.
        id: String,
    },
    /// Delete the comment on lines of a pull request.
    DeleteReviewComment {
        /// The pull request's number.
        number: u64,
        /// The comment's id at the provider.
        id: String,
    },
    /// Take away the labels we gave.
    RemoveLabels {
        /// What was labelled.
        thing: Thing,
        /// The labels it did not have before.
        labels: Vec<String>,
    },
    /// Ask them no longer to review.
    WithdrawReviewers {
        /// The pull request's number.
        number: u64,
        /// Those who had not been asked before.
        reviewers: Vec<String>,
    },
    /// Open it again if nobody closed it anew since.
    Reopen {
        /// What was closed.
        thing: Thing,
        /// When the far side says it was closed; absent where it does not say.
        #[serde(default)]
        closed_at: Option<Timestamp>,
    },
    /// Give the issue its text back if it still holds what we wrote.
    RestoreIssue {
        /// The issue's number.
        number: u64,
        /// The text before.
        before: String,
        /// The text we wrote.
        after: String,
    },
    /// Close the issue we opened.
    CloseIssue {
        /// Its number.
        number: u64,
    },
}

/// A file as it was before we wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoredFile {
    /// Path from the repository's root.
    pub path: String,
    /// Its text before; absent when we created it.
    pub before: Option<String>,
    /// What we wrote.
    pub after: String,
}
