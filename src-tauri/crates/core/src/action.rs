//! Actions: what a click can do, said exactly before it is done.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::id::ActionId;
use crate::patch::{Base, Patch};

/// Something a click can do: steps in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Its id; also the key by which doing it twice is noticed.
    pub id: ActionId,
    /// Its kind, as settings name it: `branch`, `tree`, `pull_request`, `comment`, `label`, `close`,
    /// `issue`, `review`, `rerun`, `copy`.
    pub kind: String,
    /// Verb and object, for the button: "Create fix branch".
    pub label: String,
    /// What doing it does, word for word.
    pub effect: String,
    /// True when Perch can take it back.
    pub reversible: bool,
    /// Why it cannot be done now, if it cannot; it is shown and not offered.
    pub refused: Option<String>,
    /// The steps.
    pub steps: Vec<Step>,
}

/// One effect on the outside, carried out by a publisher exactly once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Step {
    /// A new branch with one commit on `base`. Nothing the user has checked out changes.
    CreateBranch {
        /// The branch's name. An existing one with this very change is taken as done.
        branch: String,
        /// What it stands on.
        base: Base,
        /// The commit's message.
        message: String,
        /// The commit's change.
        patch: Patch,
    },
    /// The change is written into the user's working tree, without staging.
    ApplyToTree {
        /// What the change was made against.
        base: Base,
        /// The change.
        patch: Patch,
    },
    /// A pull request from a branch made by an earlier step. An open one with the same head is taken as done.
    OpenPullRequest {
        /// The branch.
        branch: String,
        /// Where it should go.
        base_branch: String,
        /// Its title.
        title: String,
        /// Its text.
        body: String,
        /// True for a draft.
        draft: bool,
    },
    /// A comment on an issue or pull request. One that holds `marker` is taken as done.
    Comment {
        /// The number.
        number: u64,
        /// Its text, without the marker.
        body: String,
        /// An HTML comment that tells it from others.
        marker: String,
    },
    /// A comment on lines of a pull request's change. One that holds `marker` is taken as done.
    ReviewComment {
        /// The pull request's number.
        number: u64,
        /// The commit the lines are counted in.
        commit: String,
        /// The file's path after the change.
        path: String,
        /// First and last line, 1-based and inclusive, after the change.
        lines: (u32, u32),
        /// Its text, without the marker.
        body: String,
        /// What the lines should become, offered as a suggested change.
        replacement: Option<String>,
        /// An HTML comment that tells it from others.
        marker: String,
    },
    /// Labels for an issue or pull request. Those it has already are left alone, now and when taking it back.
    AddLabels {
        /// What is labelled.
        thing: Thing,
        /// The labels.
        labels: Vec<String>,
    },
    /// People asked to review a pull request. Those already asked are left alone, now and when taking it back.
    RequestReviewers {
        /// The pull request's number.
        number: u64,
        /// Their names at the forge, without `@`.
        reviewers: Vec<String>,
    },
    /// Closes an issue, or a pull request without merging it. A closed one is taken as done.
    Close {
        /// What is closed.
        thing: Thing,
        /// True when nothing was done about it ("not planned"), where the forge knows the difference.
        not_planned: bool,
    },
    /// A new text for an issue. It must still hold `before`, or nothing is changed.
    EditIssue {
        /// The issue's number.
        number: u64,
        /// The text as it was read.
        before: String,
        /// The text as it should be.
        after: String,
    },
    /// A new issue. One that holds `marker` is taken as done.
    OpenIssue {
        /// Its title.
        title: String,
        /// Its text, without the marker.
        body: String,
        /// Its labels.
        labels: Vec<String>,
        /// The issue it is a part of, which its text names: a sub-issue where the forge knows those, else linked as the
        /// forge links issues.
        parent: Option<u64>,
        /// An HTML comment that tells it from others.
        marker: String,
    },
    /// Runs a build again. Cannot be taken back.
    Rerun {
        /// Which, as [`crate::subject::Subject::key`] names it.
        build: String,
    },
    /// Text for the clipboard of whoever clicked.
    Copy {
        /// The text.
        text: String,
    },
}

/// An issue or a pull request: forges count them together or apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "number")]
pub enum Thing {
    /// The issue of that number.
    Issue(u64),
    /// The pull request of that number.
    PullRequest(u64),
}

/// What the user changed before accepting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Amendments {
    /// Another title for the commit and the pull request.
    pub title: Option<String>,
    /// Another text for the pull request or the comment.
    pub body: Option<String>,
    /// Numbers of the places of the patch to leave out, counted from 0 over all its files.
    pub left_out: Vec<usize>,
}

impl Action {
    /// The action with the user's changes in its steps.
    pub fn amended(&self, amendments: &Amendments) -> Self {
        let mut action = self.clone();
        // One text cannot stand for several.
        let several = self.writings() > 1;
        for step in &mut action.steps {
            match step {
                Step::OpenIssue { .. } | Step::ReviewComment { .. } if several => {}
                Step::CreateBranch { message, patch, .. } => {
                    if let Some(title) = &amendments.title {
                        let rest = message.split_once('\n').map(|(_, rest)| rest.to_owned());
                        *message =
                            rest.map_or_else(|| title.clone(), |rest| format!("{title}\n{rest}"));
                    }
                    *patch = patch.without(&amendments.left_out);
                }
                Step::ApplyToTree { patch, .. } => *patch = patch.without(&amendments.left_out),
                Step::OpenPullRequest { title, body, .. } | Step::OpenIssue { title, body, .. } => {
                    if let Some(text) = &amendments.title {
                        title.clone_from(text);
                    }
                    if let Some(text) = &amendments.body {
                        body.clone_from(text);
                    }
                }
                Step::Comment { body, .. }
                | Step::ReviewComment { body, .. }
                | Step::EditIssue { after: body, .. } => {
                    if let Some(text) = &amendments.body {
                        body.clone_from(text);
                    }
                }
                Step::AddLabels { .. }
                | Step::RequestReviewers { .. }
                | Step::Close { .. }
                | Step::Rerun { .. }
                | Step::Copy { .. } => {}
            }
        }
        action
    }

    /// How many issues and comments on lines it writes.
    fn writings(&self) -> usize {
        let of_its_own =
            |step: &&Step| matches!(step, Step::OpenIssue { .. } | Step::ReviewComment { .. });
        self.steps.iter().filter(of_its_own).count()
    }

    /// The change it makes to files, if it makes one.
    pub fn patch(&self) -> Option<&Patch> {
        self.steps.iter().find_map(|step| match step {
            Step::CreateBranch { patch, .. } | Step::ApplyToTree { patch, .. } => Some(patch),
            _ => None,
        })
    }
}
