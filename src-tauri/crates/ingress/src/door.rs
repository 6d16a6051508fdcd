//! Doors: which connections take webhooks, by which sender's rules and with which secrets.

use std::sync::Arc;

use perch_core::connection::Connection;
use perch_core::seam::webhook::Webhook;
use secrecy::SecretString;

/// A connection that takes webhooks.
#[derive(Clone)]
pub struct Door {
    /// The connection.
    pub connection: Connection,
    /// How its provider signs and shapes messages.
    pub webhook: &'static dyn Webhook,
    /// The secrets that are valid now; two while one replaces the other, none before the first is set.
    pub secrets: Vec<SecretString>,
}

/// Every door of every user. A changed list is handed over whole and counts from the next request.
pub type Doors = Arc<Vec<Door>>;

impl Door {
    /// True if `/webhooks/<name>` leads here: by the connection's own name or by its family's.
    pub(crate) fn answers_to(&self, name: &str) -> bool {
        self.connection.enabled
            && (self.connection.id.as_str() == name || self.webhook.family() == name)
    }
}
