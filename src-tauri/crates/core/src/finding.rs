//! Findings: what an analyser concluded from an event and its facts.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::evidence::Evidence;
use crate::id::ConnectionId;
use crate::patch::{Base, Patch};
use crate::subject::Subject;
use crate::suggestion::Level;

/// What an analyser concluded. Every statement in it can be checked at its evidence.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The analyser's id in the registry.
    pub analyser: String,
    /// What kind of finding this is, stable over time and repositories: `rust/unused_mut`, `pr/untested`.
    /// Mutes and acceptance rates go by it.
    pub rule: String,
    /// The cause in at most 60 characters, not the event: "unused `mut` denied".
    pub title: String,
    /// One sentence on why this comes now.
    pub why: String,
    /// How much it matters before the user's own settings are asked.
    pub level: Level,
    /// What sort of trouble it is: `compile`, `test`, `lint`, `dependency`, `network`, …
    pub category: Option<String>,
    /// How sure the analyser is, 0 to 1.
    pub confidence: f32,
    /// The same for the same trouble seen again, so that a later event updates instead of adding.
    pub fingerprint: String,
    /// Statements, most important first. The first three lead, the rest is a checklist.
    pub points: Vec<Point>,
    /// The marked part of the log.
    pub log: Option<LogExcerpt>,
    /// What would mend it, best first.
    pub fixes: Vec<Fix>,
    /// Text ready to be posted where the thing is discussed, without a signature.
    pub comment: Option<String>,
    /// What else could be done about it at the forge, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<Offer>,
    /// A small picture of it, as SVG.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<String>,
    /// Where its actions are done, if not where its event came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Elsewhere>,
}

/// A repository that actions are done in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The connection whose publisher does them.
    pub connection: ConnectionId,
    /// Something in that repository; of it only what names the repository and its branches counts.
    pub subject: Subject,
    /// What a change would be based on.
    pub base: Option<Base>,
}

/// Something to be done at the forge about what the finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Offer {
    /// Give it these labels.
    Label {
        /// The labels, as the repository writes them.
        labels: Vec<String>,
    },
    /// Ask these people to review it.
    RequestReviewers {
        /// Their names at the forge, without `@`.
        reviewers: Vec<String>,
    },
    /// Close it, saying why first.
    Close {
        /// The comment posted before closing.
        comment: String,
        /// True when nothing was done about it.
        not_planned: bool,
    },
    /// Open issues: parts of the issue it is about where `parts` is true, else issues of their own.
    OpenIssues {
        /// Title and text of each.
        issues: Vec<(String, String)>,
        /// Labels for each.
        labels: Vec<String>,
        /// True when they are parts of the issue the finding is about.
        parts: bool,
    },
    /// Give the issue another text.
    EditIssue {
        /// The text as it was read.
        before: String,
        /// The text as it should be.
        after: String,
    },
    /// Comment on lines of the pull request's change.
    ReviewComment {
        /// The file's path after the change.
        path: String,
        /// First and last line, 1-based and inclusive, after the change.
        lines: (u32, u32),
        /// The comment.
        body: String,
        /// What the lines should become.
        replacement: Option<String>,
    },
    /// Run the build again.
    Rerun,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Point {
    /// The statement, one line of Markdown.
    pub text: String,
    /// Where it can be checked.
    pub evidence: Vec<Evidence>,
    /// True when it is something for the reader to tick off, not a fault.
    pub todo: bool,
}

/// The lines of a log that say why it failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LogExcerpt {
    /// The log's name among the facts.
    pub log: String,
    /// Blocks, best first; together at most 60 lines.
    pub blocks: Vec<LogBlock>,
    /// Where the whole log can be read.
    pub url: Option<String>,
}

/// Consecutive lines of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LogBlock {
    /// First line, 1-based.
    #[ts(type = "number")]
    pub start_line: u64,
    /// Last line, inclusive.
    #[ts(type = "number")]
    pub end_line: u64,
    /// What sort of trouble it shows.
    pub category: String,
    /// The tool that wrote it, if known: `rustc`, `pytest`.
    pub tool: Option<String>,
    /// The trouble in one line.
    pub summary: String,
    /// The lines, without terminal sequences, secrets redacted.
    pub lines: Vec<String>,
}

/// Something that would mend it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// What it does, as an imperative of at most 60 characters: "Remove the unused `mut`". Becomes the commit's subject.
    pub title: String,
    /// Why that mends it, one to three sentences of Markdown.
    pub explanation: String,
    /// How.
    pub remedy: Remedy,
    /// How sure, 0 to 1.
    pub confidence: f32,
}

/// How something is mended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Remedy {
    /// A change to files.
    Patch {
        /// The change.
        patch: Patch,
    },
    /// A command the user runs. Perch shows it and never runs it.
    Command {
        /// The command line.
        command: String,
    },
}
