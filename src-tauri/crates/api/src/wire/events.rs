//! `events`, `why`, `builds`, `replay`.

use perch_core::event::EventState;
use perch_core::verdict::Verdict;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which events to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ListEvents {
    /// Words to find in type, repository, title and verdict.
    pub query: Option<String>,
    /// At most this many, newest first; 100 when absent.
    pub limit: Option<u32>,
}

/// Events, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Events {
    /// The events.
    pub events: Vec<EventView>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EventView {
    /// Its id.
    pub id: String,
    /// What happened: `repo.build.failed`.
    pub event_type: String,
    /// The kind of system: `code_repo`, `ci_cd`, `issue_tracker`, …
    pub source: String,
    /// The connection it came by.
    pub connection: String,
    /// The repository's name.
    pub repository: String,
    /// What it is about, in a few words.
    pub title: String,
    /// Who did it.
    pub actor: Option<String>,
    /// The key by which it is known whichever door it comes through.
    pub dedup_key: String,
    /// When it happened.
    pub at: String,
    /// When it was stored.
    pub stored_at: String,
    /// How far it has come.
    pub state: EventState,
    /// The last word on it.
    pub verdict: Option<Verdict>,
    /// The suggestion it led to.
    pub suggestion: Option<String>,
    /// Whether the user accepted, dismissed or snoozed that.
    pub user_actioned: bool,
}

/// Asks why an event did or did not become a suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AskWhy {
    /// The event's id, an unambiguous end or beginning of it, its dedup key, or a suggestion's id.
    pub event: String,
}

/// Why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Why {
    /// The event.
    pub event: EventView,
    /// What each step decided, in order.
    pub verdicts: Vec<Verdict>,
    /// What was shown of it and when: `toast shown 2026-11-24T03:10:00Z`.
    pub shown: Vec<String>,
}

/// Which builds to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ListBuilds {
    /// A branch, or a beginning of a commit hash; when absent the user's own branches, pull requests and runs.
    pub reference: Option<String>,
    /// At most this many, newest first; 50 when absent.
    pub limit: Option<u32>,
}

/// Builds: those that go on first, then the newest; local runs too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Builds {
    /// The builds.
    pub builds: Vec<Build>,
    /// What could not be asked, each with why; its builds may be older than they are there.
    #[serde(default)]
    pub unreached: Vec<String>,
}

/// One build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Build {
    /// The connection that knows it.
    pub connection: String,
    /// The repository's name.
    pub repository: String,
    /// The job or command.
    pub job: String,
    /// Its branch.
    pub branch: Option<String>,
    /// Its commit.
    pub commit: Option<String>,
    /// Whether it passed; absent while it waits or runs.
    pub passed: Option<bool>,
    /// When it ended.
    pub finished_at: Option<String>,
    /// Where people look at it.
    pub url: Option<String>,
}

/// Sends a recorded delivery down the road.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Replay {
    /// The provider's id.
    pub provider: String,
    /// The headers it came with.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// True only says which events it means.
    pub dry_run: bool,
}

/// What a delivery means.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Replayed {
    /// Its events.
    pub events: Vec<ReplayedEvent>,
}

/// An event of a replayed delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReplayedEvent {
    /// What happened.
    pub event_type: String,
    /// The kind of system.
    pub source: String,
    /// Its key.
    pub dedup_key: String,
    /// What it is about.
    pub subject: perch_core::subject::Subject,
}
