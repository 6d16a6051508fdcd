//! Documents on demand: release notes, changelog entries, decisions, proposals, postmortems.
//!
//! Pure: what a kind needs it asks for, and writes from what it was given. Nothing is invented; what nobody said
//! stands there as [`TODO`]. A new kind is one file and one line of [`ALL`].

mod adr;
mod asked;
mod changelog;
mod changes;
mod changeset;
mod contributors;
mod folder;
mod forge;
pub(crate) mod happenings;
mod notes;
mod outline;
mod package;
pub(crate) mod postmortem;
mod quotes;
mod releases;
mod rfc;
mod series;
mod span;
mod updates;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use perch_core::event::Event;
use perch_core::patch::{Change, FilePatch};
use perch_core::seam::checkout::{History, Survey};
use serde::Serialize;

pub use forge::repository_name;

/// Stands where only a person can say what belongs there.
pub const TODO: &str = "TODO(owner)";

/// Every kind of document, in alphabetical order.
pub static ALL: &[&dyn Kind] = &[
    &adr::KIND,
    &changelog::KIND,
    &notes::KIND,
    &postmortem::KIND,
    &rfc::KIND,
];

/// What a kind is and asks for, as data: commands, forms and lists draw themselves from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct About {
    /// Its name for people: "Release notes".
    pub name: &'static str,
    /// What its argument is: "Range".
    pub argument: &'static str,
    /// An argument as an example: `v1.2..v1.3`.
    pub example: &'static str,
    /// True when it cannot be written without an argument.
    pub required: bool,
    /// True when it is about a repository's past, so that one must be checked out here.
    pub needs_checkout: bool,
}

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// The kind's argument; empty when none was given.
    pub argument: String,
    /// The folder it is about, from the repository's root; empty for all of it.
    pub within: String,
}

/// Something a kind needs before it can write.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The commits reachable from `to` and not from `from`.
    History {
        /// A tag, branch or hash; all of the past when absent.
        from: Option<String>,
        /// A tag, branch or hash.
        to: String,
    },
    /// The text of a file of the working tree.
    Text(String),
    /// The repository's merged pull requests.
    Merged,
    /// The event that is meant by a part of its id, its key, or a suggestion's id.
    Event(String),
    /// Everything said in issue or pull request of this number.
    Thread(u64),
    /// What happened in the repository between two moments.
    Between(Timestamp, Timestamp),
}

/// What was found of that.
#[derive(Debug, Clone)]
pub struct Material {
    /// Needs that were answered, with or without success.
    pub answered: BTreeSet<Need>,
    /// The working tree, if the repository is checked out here.
    pub survey: Option<Survey>,
    /// The commits asked for.
    pub history: Option<History>,
    /// The texts of files asked for that exist.
    pub texts: BTreeMap<String, String>,
    /// Merged pull requests, oldest first.
    pub merged: Vec<Event>,
    /// The event asked for.
    pub event: Option<Event>,
    /// What was said in the thread asked for, oldest first.
    pub thread: Vec<Event>,
    /// What happened in the time asked for, oldest first.
    pub between: Vec<Event>,
    /// Hosts of forges, each with the id of its provider.
    pub hosts: BTreeMap<String, String>,
    /// The present.
    pub now: Timestamp,
}

impl Material {
    /// Nothing found yet.
    pub fn new(now: Timestamp) -> Self {
        Self {
            answered: BTreeSet::new(),
            survey: None,
            history: None,
            texts: BTreeMap::new(),
            merged: Vec::new(),
            event: None,
            thread: Vec::new(),
            between: Vec::new(),
            hosts: BTreeMap::new(),
            now,
        }
    }

    /// Those of `needs` that are not answered yet.
    fn open(&self, needs: impl IntoIterator<Item = Need>) -> Vec<Need> {
        needs
            .into_iter()
            .filter(|need| !self.answered.contains(need))
            .collect()
    }

    /// The working tree's files; none without a checkout.
    fn paths(&self) -> &[String] {
        self.survey.as_ref().map_or(&[], |survey| &survey.paths)
    }

    /// The day it is, in UTC.
    fn today(&self) -> String {
        day(self.now)
    }
}

/// The day of a moment, in UTC: `2026-03-04`.
fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is called.
    pub title: String,
    /// It in Markdown.
    pub markdown: String,
    /// The change that puts it into the repository: a new file, or lines added to one that is there.
    pub file: FilePatch,
    /// What was left out and why, and what is to be seen to, a sentence each.
    pub remarks: Vec<String>,
}

impl Document {
    /// It as plain text.
    pub fn text(&self) -> String {
        crate::markdown::plain(&self.markdown)
    }

    /// A document that is a file of its own, with the line ends of the files beside it.
    fn new_file(title: String, path: String, markdown: String, remarks: Vec<String>) -> Self {
        Self {
            file: FilePatch {
                path,
                change: Change::Create {
                    content: markdown.clone(),
                },
            },
            title,
            markdown,
            remarks,
        }
    }
}

/// A kind of document.
pub trait Kind: Send + Sync {
    /// Its id: the command, and the word in requests.
    fn id(&self) -> &'static str;

    /// What it is and asks for.
    fn about(&self) -> &'static About;

    /// What it still needs, given what was found. Nothing more means that it can write.
    fn needs(&self, ask: &Ask, material: &Material) -> Result<Vec<Need>, String>;

    /// Writes it, or says why it cannot be written and what to do, without a final dot.
    fn write(&self, ask: &Ask, material: &Material) -> Result<Document, String>;
}

/// The kind with this id.
pub fn kind(id: &str) -> Option<&'static dyn Kind> {
    ALL.iter().copied().find(|kind| kind.id() == id)
}
