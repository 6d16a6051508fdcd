//! `providers`, `connect`, `disconnect`, `watch`, `doctor`.

use std::collections::BTreeMap;

use perch_core::connection::{ConnectionState, Standing};
use perch_core::seam::tunnel::TunnelState;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::wire::webhooks::WebhookFailure;

/// Every provider, in the registry's order.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Providers {
    /// The providers.
    pub providers: Vec<ProviderView>,
}

/// A provider as its form needs it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ProviderView {
    /// Its id.
    pub id: String,
    /// Its name, icon, fields and scopes.
    pub about: perch_core::seam::provider::About,
    /// True for a code forge; false for folders, databases, metrics and what sends alerts.
    pub forge: bool,
}

/// Makes a connection, or changes the one of that name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Connect {
    /// The provider's id.
    pub provider: String,
    /// The connection's name; made from provider and what is watched when absent.
    pub name: Option<String>,
    /// Where it is asked; the provider's own address when absent.
    pub base_url: Option<String>,
    /// What is watched.
    pub watch: Vec<String>,
    /// The user's names there.
    pub identities: Vec<String>,
    /// A finished sign-in whose token it gets; the names there are the login's when none are given.
    pub sign_in: Option<String>,
    /// Secrets by field key. They go to the keychain and nowhere else.
    pub secrets: BTreeMap<String, String>,
    /// The provider's own settings.
    #[ts(type = "Record<string, unknown>")]
    pub settings: serde_json::Map<String, serde_json::Value>,
}

/// Removes a connection and its secrets; what it brought stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Disconnect {
    /// Its name.
    pub name: String,
}

/// A connection that was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Disconnected {
    /// Webhooks Perch made that could not be taken away at the forge, and why: they are left to the user.
    pub webhooks_left: Vec<WebhookFailure>,
}

/// Watches a git folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// The folder, or one inside it.
    pub path: String,
}

/// A connection and how it is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectionView {
    /// Its name.
    pub name: String,
    /// Its provider's id.
    pub provider: String,
    /// Where it is asked.
    pub base_url: String,
    /// What it watches.
    pub watch: Vec<String>,
    /// The user's names there.
    pub identities: Vec<String>,
    /// How it is doing.
    pub state: ConnectionState,
    /// Quota, the token's end, and what stands in the way of single repositories.
    pub standing: Standing,
    /// When it was last asked with success.
    pub last_success: Option<String>,
    /// Which of its secrets are set.
    pub secrets: BTreeMap<String, bool>,
    /// The path of its webhook on the listener, if it takes webhooks.
    pub webhook_path: Option<String>,
    /// How webhooks reach this machine, if by a tunnel.
    pub tunnel: Option<TunnelView>,
}

/// A connection's tunnel and how it is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TunnelView {
    /// Its kind.
    pub kind: String,
    /// How it is doing.
    pub state: TunnelState,
    /// Where forges send to, once it stood.
    pub address: Option<String>,
    /// What the user should know or do besides.
    pub note: Option<String>,
    /// When something last came by it since Perch started.
    pub last_delivery: Option<String>,
    /// How many deliveries came by it since Perch started.
    pub deliveries: u64,
}

/// What was found out about this installation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Diagnosis {
    /// The checks in order.
    pub checks: Vec<DiagnosisLine>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiagnosisLine {
    /// What was checked.
    pub what: String,
    /// Whether it is well.
    pub well: bool,
    /// What was found, and what to do if it is not well.
    pub found: String,
}
