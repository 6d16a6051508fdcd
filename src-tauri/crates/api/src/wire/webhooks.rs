//! `webhooks`, `make_webhooks`, `remove_webhooks`, `rotate_webhook_secret`, `promote_webhook_secret`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks about, or acts on, the webhooks of one connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OfConnection {
    /// The connection's name.
    pub connection: String,
}

/// Makes the webhooks of a connection at its forge.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct MakeWebhooks {
    /// The connection's name.
    pub connection: String,
    /// The public address that leads to Perch's listener: `https://perch.example.org`. The connection's own path is
    /// added where it is missing.
    pub url: String,
    /// The repositories; all that the connection watches when empty.
    pub repositories: Vec<String>,
}

/// The webhooks of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Webhooks {
    /// The connection's name.
    pub connection: String,
    /// The path on the listener that they must lead to.
    pub path: String,
    /// True when a secret is set, without which every webhook is refused.
    pub secret: bool,
    /// True while a second secret is believed too.
    pub rotating: bool,
    /// Those that lead here, by repository.
    pub webhooks: Vec<WebhookView>,
    /// Repositories where something went wrong.
    pub failures: Vec<WebhookFailure>,
}

/// A webhook at a forge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WebhookView {
    /// The repository it belongs to.
    pub repository: String,
    /// Its id at the forge.
    pub id: String,
    /// Where it sends to.
    pub url: String,
    /// False when it is switched off, by hand or by the forge after too many failures.
    pub active: bool,
    /// True when Perch made it, and so may take it away.
    pub made_here: bool,
}

/// What went wrong with one repository's webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WebhookFailure {
    /// The repository.
    pub repository: String,
    /// What went wrong and what to do.
    pub problem: String,
}
