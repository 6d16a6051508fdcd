//! The vocabulary of events, and which column `source` each belongs to.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What happened, in Perch's words, such as `repo.build.failed`. Always one of [`ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, TS)]
#[serde(transparent)]
#[ts(as = "String")]
pub struct EventType(&'static str);

macro_rules! event_types {
    ($($name:ident = $text:literal),+ $(,)?) => {
        impl EventType {
            $(#[doc = concat!("`", $text, "`")] pub const $name: Self = Self($text);)+
        }
        /// Every event type.
        pub const ALL: &[EventType] = &[$(EventType::$name),+];
    };
}

event_types! {
    BUILD_COMPLETED = "repo.build.completed",
    BUILD_FAILED = "repo.build.failed",
    DEPENDENCY_OUTDATED = "repo.dependency.outdated",
    PR_CLOSED = "repo.pr.closed",
    PR_MERGED = "repo.pr.merged",
    PR_OPENED = "repo.pr.opened",
    PR_STALE = "repo.pr.stale",
    PR_UPDATED = "repo.pr.updated",
    PUSH = "repo.push",
    RELEASE_PUBLISHED = "repo.release.published",
    BRANCH_STALE = "repo.branch.stale",
    INCIDENT_OPENED = "incident.opened",
    INCIDENT_RESOLVED = "incident.resolved",
    INCIDENT_UPDATED = "incident.updated",
    ISSUE_CLOSED = "issue.closed",
    ISSUE_COMMENT_CREATED = "issue.comment.created",
    ISSUE_CREATED = "issue.created",
    ISSUE_REOPENED = "issue.reopened",
    ISSUE_STALE = "issue.stale",
    METRIC_REGRESSION = "metric.regression",
    BASELINE_TAKEN = "schedule.baseline.taken",
    COLUMN_ADDED = "supabase.column.added",
    COLUMN_DELETED = "supabase.column.deleted",
    COLUMN_UPDATED = "supabase.column.updated",
    MIGRATION_PENDING = "supabase.migration.pending",
    SCHEMA_CHANGED = "supabase.schema.changed",
    TABLE_CREATED = "supabase.table.created",
    TABLE_DELETED = "supabase.table.deleted",
    TABLE_UPDATED = "supabase.table.updated",
    TOKEN_ENDING = "schedule.token.ending",
}

impl EventType {
    /// The event type written `text`, if there is one.
    pub fn parse(text: &str) -> Option<Self> {
        ALL.iter().copied().find(|event_type| event_type.0 == text)
    }

    /// Its text, such as `repo.push`.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The value of the column `source`: the kind of system such an event comes from.
    pub fn source(self) -> &'static str {
        let family = self.0.split('.').next().unwrap_or_default();
        match family {
            "repo" if self.0.starts_with("repo.build.") => "ci_cd",
            "repo" => "code_repo",
            "issue" => "issue_tracker",
            "metric" => "metrics",
            "incident" | "supabase" => "infra",
            "schedule" => "schedule",
            _ => "manual",
        }
    }
}

impl std::fmt::Display for EventType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no event type")))
    }
}
