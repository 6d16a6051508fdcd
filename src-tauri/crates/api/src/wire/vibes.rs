//! `profile`, `set_profile`, `vibes`, `change_vibe`, `atoms`, `change_atom`, `preview`, `revise`, `versions`.

use perch_core::atom::{Atom, Worth};
use perch_core::draft::Sent;
use perch_core::user::VibeConfig;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The vibe configs of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Vibes {
    /// By name.
    pub vibes: Vec<VibeConfig>,
    /// The name of the one in force.
    pub active: String,
}

/// What is to happen to a vibe config.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VibeChange {
    /// It is in force from now on.
    #[default]
    Use,
    /// It is added, or replaces the one of its name.
    Put,
    /// It is taken out.
    Remove,
}

/// Changes the vibe configs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeVibe {
    /// What is to happen.
    pub change: VibeChange,
    /// To which.
    pub name: String,
    /// What it says, for `put`.
    pub vibe: Option<VibeConfig>,
}

/// The prompt atoms there are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Atoms {
    /// Those Perch comes with, then the user's own.
    pub atoms: Vec<AtomView>,
}

/// An atom, and what it was worth.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct AtomView {
    /// The atom.
    pub atom: Atom,
    /// True for one the user made.
    pub own: bool,
    /// What became of suggestions it shaped.
    pub worth: Worth,
}

/// Adds, changes or takes out an atom of the user's own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeAtom {
    /// The atom; only its id counts when it is taken out.
    pub atom: Atom,
    /// True takes it out.
    pub remove: bool,
}

/// Asks what a suggestion would read like under some vibes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct AskPreview {
    /// The suggestion.
    pub id: String,
    /// Names of vibes, at most four.
    pub vibes: Vec<String>,
}

/// A suggestion under several vibes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Previews {
    /// One for each vibe, in the order asked.
    pub previews: Vec<PreviewView>,
}

/// A suggestion under one vibe.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct PreviewView {
    /// The vibe.
    pub vibe: String,
    /// Its title; empty when nobody wrote it.
    pub title: String,
    /// Its explanation, Markdown.
    pub explanation: String,
    /// Why nobody wrote it.
    pub problem: Option<String>,
    /// Who wrote it.
    pub model: String,
    /// Ids of the atoms that spoke, the weightiest of each category first.
    pub atoms: Vec<String>,
    /// What it cost, in US dollars.
    pub cost_usd: f64,
}

/// Asks for a suggestion to be written anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Revise {
    /// The suggestion.
    pub id: String,
    /// What is to be changed.
    pub instruction: String,
}

/// The versions of a suggestion, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Versions {
    /// The versions.
    pub versions: Vec<VersionView>,
}

/// A version of a suggestion.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VersionView {
    /// Its run.
    pub id: String,
    /// When it was made.
    pub at: String,
    /// Who wrote it: `built-in` or a model.
    pub model: String,
    /// Its title; empty for a built-in one, whose title is in its text.
    pub title: String,
    /// Its words, Markdown.
    pub text: String,
    /// True for the one that is shown.
    pub current: bool,
    /// What it cost, in US dollars.
    pub cost_usd: f64,
    /// What was sent beside the prompt.
    pub sent: Sent,
}
