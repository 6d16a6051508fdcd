//! `settings`, `set`, `mute`, `unmute`, `export`, `import`.

use perch_core::filter::Filter;
use perch_core::preferences::Mute;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The settings the panel edits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SettingsView {
    /// False never shows a toast.
    pub toasts: bool,
    /// `22:00-07:00`, or absent.
    pub quiet_hours: Option<String>,
    /// Days on which toasts are shown: `mon`, `tue`, …
    pub working_days: Vec<String>,
    /// Toasts an hour at most.
    pub toasts_per_hour: u32,
    /// Action kinds a toast may start.
    pub toast_actions: Vec<String>,
    /// Days without movement until something is stale.
    pub stale_days: u32,
    /// False stores events and makes nothing of them.
    pub auto_suggest: bool,
    /// True when no action runs without a click.
    pub approval_required: bool,
    /// Where the listener binds.
    pub listen: String,
    /// `system`, `light`, `dark` or `contrast`.
    pub theme: String,
    /// What files are opened in: `auto`, or the id of one of `editors`.
    pub editor: String,
    /// Every editor that can be chosen.
    pub editors: Vec<EditorView>,
    /// What is never suggested again.
    pub mutes: Vec<Mute>,
    /// How events are treated; the first that fits decides.
    pub filters: Vec<Filter>,
    /// True when Perch starts with the session; absent where the shell cannot tell.
    pub autostart: Option<bool>,
}

/// An editor that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EditorView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is on this machine.
    pub found: bool,
}

/// Changes one setting; comments in the file stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// Its key, as in [`SettingsView`].
    pub key: String,
    /// Its value.
    #[ts(type = "unknown")]
    pub value: serde_json::Value,
}

/// Adds or lifts a mute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeMute {
    /// The mute.
    pub mute: Mute,
    /// True lifts it.
    pub lift: bool,
}

/// Settings, profiles and mutes as one text, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Exported {
    /// JSON.
    pub text: String,
}
