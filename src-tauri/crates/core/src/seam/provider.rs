//! The seam to an outside system: GitHub, a git folder, …

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;
use ts_rs::TS;

use crate::build::Build;
use crate::connection::{Connection, Standing};
use crate::delivery::{Delivery, NewDelivery};
use crate::event::Event;
use crate::facts::{Facts, Want};
use crate::metric::Samples;
use crate::schema::Reading;
use crate::seam::account::Account;
use crate::seam::checkout::Checkout;
use crate::seam::hooks::Hooks;
use crate::seam::http_cache::HttpCache;
use crate::seam::publisher::Publisher;
use crate::seam::webhook::Webhook;

/// What a provider is and needs, as data: lists, forms and checks draw themselves from it.
#[derive(Debug, Clone, Copy, Serialize, TS)]
pub struct About {
    /// Its name for people.
    pub name: &'static str,
    /// Its icon as SVG, drawn with `currentColor` on a 16 × 16 grid.
    pub icon: &'static str,
    /// Where it is asked unless the connection says otherwise; empty if it has no address.
    pub default_base_url: &'static str,
    /// What `watch` holds, for the form: "owner/name" or "folder".
    pub watch_hint: &'static str,
    /// Secrets it uses, in the order they are asked for.
    pub secrets: &'static [Field],
    /// Settings of its own.
    pub settings: &'static [Field],
    /// What a token must be allowed, in the provider's own words.
    pub scopes: &'static [Scope],
    /// True when what it publishes stays on this machine.
    pub local: bool,
}

/// One field of a form.
#[derive(Debug, Clone, Copy, Serialize, TS)]
pub struct Field {
    /// Its key in `config.toml`, or the secret's name.
    pub key: &'static str,
    /// Its label.
    pub label: &'static str,
    /// One sentence of help.
    pub help: &'static str,
    /// True when the connection cannot work without it.
    pub required: bool,
}

/// A permission and what Perch does with it.
#[derive(Debug, Clone, Copy, Serialize, TS)]
pub struct Scope {
    /// As the provider writes it: `Contents: write`.
    pub name: &'static str,
    /// What for.
    pub why: &'static str,
    /// True when only accepting needs it.
    pub only_to_accept: bool,
}

/// What a provider is given with every call.
pub struct Context<'a> {
    /// The connection it works for.
    pub connection: &'a Connection,
    /// The connection's token, if there is one.
    pub token: Option<&'a SecretString>,
    /// Remembered validators of earlier answers. Writes become durable together with the batch.
    pub cache: &'a dyn HttpCache,
    /// The present.
    pub now: Timestamp,
}

/// Where a poll stopped; the provider's own JSON, opaque to everyone else.
pub type Cursor = Value;

/// What a poll brought.
#[derive(Debug, Default)]
pub struct Batch {
    /// What is new, oldest first.
    pub deliveries: Vec<NewDelivery>,
    /// Samples of metrics it read, stored in the same commit.
    pub series: Vec<Samples>,
    /// Where to go on. Stored in the same commit as the deliveries.
    pub cursor: Cursor,
    /// True when this was the first look: its deliveries are only a baseline and suggest nothing.
    pub baseline: bool,
    /// True when this ended the first look at everything that is watched, which may take several polls.
    pub begun: bool,
    /// How long the far side wants us to wait before the next poll, if it said so.
    pub wait: Option<SignedDuration>,
    /// What it noticed about the connection itself.
    pub standing: Standing,
    /// The schema of the database that is watched, as it stands now; the engine compares it with the one before.
    pub database: Option<Reading>,
}

/// What the facts of one event may cost.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Requests at most.
    pub requests: u32,
    /// Bytes of one log at most; of a longer one the end is kept.
    pub log_bytes: usize,
    /// Bytes of one file at most; longer ones count as not text.
    pub file_bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            requests: 40,
            log_bytes: 16 << 20,
            file_bytes: 1 << 20,
        }
    }
}

/// Why a provider could not do what it was asked.
#[derive(Debug, Error)]
pub enum ProviderError {
    /// The far side does not accept who we are, or lets us do less than is needed.
    #[error("{problem}; {next_step}")]
    Refused {
        /// What was refused.
        problem: String,
        /// What the user can do.
        next_step: String,
    },
    /// The far side wants to be left alone.
    #[error("asked to wait until {until}: {reason}")]
    Wait {
        /// When to ask again.
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// The far side could not be reached or had a fault of its own; trying again may help.
    #[error("{0}")]
    Unavailable(String),
    /// What is watched is not there, or is not what the connection says.
    #[error("{problem}; {next_step}")]
    Misconfigured {
        /// What is wrong.
        problem: String,
        /// What the user can do.
        next_step: String,
    },
}

/// What a connection's check found, one line each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probe {
    /// What is well, or only to be known.
    pub lines: Vec<String>,
    /// What is wrong with part of it, and what to do.
    pub faults: Vec<String>,
}

impl From<Vec<String>> for Probe {
    fn from(lines: Vec<String>) -> Self {
        Self {
            lines,
            faults: Vec::new(),
        }
    }
}

/// An adapter to one kind of outside system.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Its id in `config.toml` and in dedup keys.
    fn id(&self) -> &'static str;

    /// What it is and needs.
    fn about(&self) -> &'static About;

    /// What a connection watches that names nothing, where there is something usual.
    fn usual_watch(&self) -> &'static [&'static str] {
        &[]
    }

    /// Checks a connection's base URL, watch list and own settings, and says in words what is wrong. No IO.
    fn check(&self, connection: &Connection) -> Result<(), String>;

    /// Asks for what is new since `cursor`; `None` is the first time.
    async fn poll(
        &self,
        ctx: &Context<'_>,
        cursor: Option<&Cursor>,
    ) -> Result<Batch, ProviderError>;

    /// Reads a delivery. No IO; what it does not understand is no event.
    fn parse(&self, connection: &Connection, delivery: &Delivery) -> Vec<Event>;

    /// Answers `wants` for `event` by adding to `facts`; what cannot be had goes to `facts.missing`.
    ///
    /// Only being refused, asked to wait or unreachable is an error, since then trying later makes sense.
    async fn gather(
        &self,
        ctx: &Context<'_>,
        event: &Event,
        wants: &[Want],
        budget: Budget,
        facts: &mut Facts,
    ) -> Result<(), ProviderError>;

    /// The builds of `reference`, a branch or a commit, in a repository written as in the connection's `watch`, as they
    /// stand now, newest first. Nothing where the provider cannot be asked; empty where it knows no such reference.
    async fn builds(
        &self,
        _ctx: &Context<'_>,
        _repository: &str,
        _reference: &str,
    ) -> Result<Option<Vec<Build>>, ProviderError> {
        Ok(None)
    }

    /// Asks whether the connection works end to end and says what it found. An error is what stands in the way of all of it.
    async fn probe(&self, ctx: &Context<'_>) -> Result<Probe, ProviderError>;

    /// How it signs and shapes webhooks, if it sends any.
    fn webhook(&self) -> Option<&dyn Webhook> {
        None
    }

    /// How it reads repositories that are checked out on this machine, if it is about such.
    fn checkout(&self) -> Option<&dyn Checkout> {
        None
    }

    /// How its webhooks are made and removed, if it lets programs do that.
    fn hooks(&self) -> Option<&dyn Hooks> {
        None
    }

    /// Whose a token is and what it sees, if there are accounts.
    fn account(&self) -> Option<&dyn Account> {
        None
    }

    /// How its actions are carried out, if it can act.
    fn publisher(&self) -> Option<&dyn Publisher> {
        None
    }
}
