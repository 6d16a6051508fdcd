//! Preferences: what the gate and the ranking ask about a user.

use jiff::civil::{Time, Weekday};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::filter::Filter;

/// Every day of the week.
pub const EVERY_DAY: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// What a user wants and does not want, from the settings file and the active vibe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// False stores events and makes nothing of them.
    pub auto_suggest: bool,
    /// False lets `auto_accept` kinds run by themselves.
    pub approval_required: bool,
    /// Action kinds that may run by themselves.
    pub auto_accept: Vec<String>,
    /// Action kinds a toast may start.
    pub toast_actions: Vec<String>,
    /// False never shows a toast.
    pub toasts: bool,
    /// No toast from the first to the second, in the user's time zone; may pass midnight.
    pub quiet_hours: Option<(Time, Time)>,
    /// Days on which toasts are shown, in the user's time zone; never empty.
    pub working_days: Vec<Weekday>,
    /// IANA name of the user's time zone; empty for the machine's.
    pub time_zone: String,
    /// Toasts an hour at most.
    pub toasts_per_hour: u32,
    /// A branch or pull request without movement for this many days is stale.
    pub stale_days: u32,
    /// When issues are stale, and what never is.
    pub stale: Staleness,
    /// Days between two looks at a repository's dependencies; 0 for never.
    pub dependencies_days: u32,
    /// Days a release must be old before an update to it is suggested.
    pub release_age_days: u32,
    /// What is never suggested again.
    pub mutes: Vec<Mute>,
    /// How events that fit are treated; the first that fits decides.
    pub filters: Vec<Filter>,
    /// Nothing is shown until then.
    pub paused_until: Option<jiff::Timestamp>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            auto_suggest: true,
            approval_required: true,
            auto_accept: Vec::new(),
            toast_actions: vec!["branch".into(), "pull_request".into(), "copy".into()],
            toasts: true,
            quiet_hours: None,
            working_days: EVERY_DAY.to_vec(),
            time_zone: String::new(),
            toasts_per_hour: 6,
            stale_days: 14,
            stale: Staleness::default(),
            dependencies_days: 7,
            release_age_days: 3,
            mutes: Vec::new(),
            filters: Vec::new(),
            paused_until: None,
        }
    }
}

/// When an issue is stale, and what never is. Goes with the event, so that who judges knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Staleness {
    /// An issue nobody spoke on for this many days is stale.
    pub issue_days: u32,
    /// What carries one of these labels is never stale; small and capital letters are alike.
    pub exempt_labels: Vec<String>,
    /// What is planned for one of these milestones is never stale; `*` stands for any.
    pub exempt_milestones: Vec<String>,
    /// True makes drafts stale too.
    pub drafts: bool,
}

impl Default for Staleness {
    fn default() -> Self {
        Self {
            issue_days: 60,
            exempt_labels: ["pinned", "security", "on hold", "blocked", "keep open"]
                .map(Into::into)
                .into(),
            exempt_milestones: Vec::new(),
            drafts: false,
        }
    }
}

impl Staleness {
    /// The label or milestone that keeps something from ever being stale.
    pub fn exempts<'a>(&self, labels: &'a [String], milestone: Option<&'a str>) -> Option<&'a str> {
        let among = |list: &[String], name: &str| {
            list.iter()
                .any(|one| one == "*" || one.eq_ignore_ascii_case(name))
        };
        labels
            .iter()
            .map(String::as_str)
            .find(|label| among(&self.exempt_labels, label))
            .or(milestone.filter(|name| among(&self.exempt_milestones, name)))
    }
}

/// "Never again": an event or finding that fits every given field is kept silent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct Mute {
    /// An event type such as `repo.push`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// A repository's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// A finding's rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// A job's or command's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// A branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}
