//! `documents`, `document`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What documents there are, and what they can be about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Documents {
    /// Every kind, in alphabetical order.
    pub kinds: Vec<DocumentKind>,
    /// Every repository that is watched.
    pub repositories: Vec<DocumentRepository>,
}

/// A kind of document as its form needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DocumentKind {
    /// Its id: `notes`, `changelog`, `adr`, `rfc`, `postmortem`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What its argument is: "Version or range".
    pub argument: String,
    /// An argument as an example.
    pub example: String,
    /// True when it needs an argument.
    pub required: bool,
    /// True when the repository must be checked out on this machine.
    pub needs_checkout: bool,
}

/// A repository a document can be about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DocumentRepository {
    /// Its name.
    pub name: String,
    /// The root of its working tree, if it is checked out on this machine.
    pub folder: Option<String>,
}

/// Asks for a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct AskDocument {
    /// The kind's id.
    pub kind: String,
    /// The kind's argument: a version or range, an issue, a title, an event.
    pub argument: String,
    /// The repository: an absolute folder in it, or its name. The one `near` is in when absent.
    pub repository: Option<String>,
    /// The folder whoever asks is in.
    pub near: Option<String>,
    /// Whether it is written into the repository's folder. Nothing that is there is changed: a new file, or lines
    /// added to the changelog.
    pub write: bool,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DocumentView {
    /// The kind's id.
    pub kind: String,
    /// What it is called.
    pub title: String,
    /// It in Markdown .
    pub markdown: String,
    /// It as plain text.
    pub text: String,
    /// Where it belongs, from the repository's root.
    pub path: String,
    /// True when it is added to a file that is there.
    pub adds: bool,
    /// The root of the repository's working tree, if it is checked out on this machine.
    pub root: Option<String>,
    /// True when it was written.
    pub written: bool,
    /// What was left out and why, and what is to be seen to, a sentence each.
    pub remarks: Vec<String>,
}
