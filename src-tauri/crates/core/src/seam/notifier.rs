//! The seam to whatever shows a suggestion outside the panel.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::suggestion::Level;

/// Something to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The suggestion's id; a notice with the same tag replaces the one before.
    pub tag: String,
    /// Subject and cause, at most 60 characters.
    pub title: String,
    /// The offer, at most two lines of plain text.
    pub body: String,
    /// Buttons in order; pressing one is reported with its id.
    pub buttons: Vec<Button>,
    /// How loud.
    pub level: Level,
}

/// A button of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What is reported when it is pressed: an action's id, or `details`.
    pub id: String,
    /// Verb and object.
    pub label: String,
}

/// A press on a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Press {
    /// The notice's tag.
    pub tag: String,
    /// The button's id; `details` for the notice itself.
    pub button: String,
}

/// It could not be shown, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the notice was not shown: {0}")]
pub struct NotShown(pub String);

/// Shows notices.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Its name in the store and in `perch why`.
    fn id(&self) -> &'static str;
    /// Shows `notice`; returns once it stands, without waiting for a press.
    async fn show(&self, notice: &Notice) -> Result<(), NotShown>;
    /// Whether the notice with this tag stands on the screen now; `None` where nobody can tell.
    async fn stands(&self, _tag: &str) -> Option<bool> {
        None
    }
    /// Takes down the notice with this tag, if it still stands.
    async fn withdraw(&self, tag: &str);
}
