//! Provider `gitlab`: gitlab.com and self-managed GitLab.
//!
//! Watching only reads. What an accepted action writes is in `gitlab/publish`.

mod account;
mod api;
mod builds;
mod gather;
mod hooks;
mod parse;
mod poll;
mod probe;
mod publish;
mod webhook;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use perch_core::build::Build;
use perch_core::connection::Connection;
use perch_core::delivery::Delivery;
use perch_core::event::Event;
use perch_core::facts::{Facts, Want};
use perch_core::id::ConnectionId;
use perch_core::seam::account::Account;
use perch_core::seam::hooks::Hooks;
use perch_core::seam::provider::{
    About, Batch, Budget, Context, Cursor, Field, Probe, Provider, ProviderError, Scope,
};
use perch_core::seam::publisher::Publisher;
use perch_core::seam::webhook::Webhook;
use serde_json::Value;

use self::api::{Api, DIALECT};
use crate::http::address;
use crate::http::rest::Pace;

/// The setting that also fetches webhooks GitLab could not deliver.
const KEPT: &str = "kept_webhooks";

static ABOUT: About = About {
    name: "GitLab",
    icon: concat!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" "#,
        r#"stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">"#,
        r#"<circle cx="4.5" cy="3.5" r="1.75"/><circle cx="4.5" cy="12.5" r="1.75"/>"#,
        r#"<circle cx="11.5" cy="12.5" r="1.75"/><path d="M4.5 5.25v5.5m7 0V7c0-2-1.5-3.5-4-3.5"/></svg>"#,
    ),
    default_base_url: "https://gitlab.com",
    watch_hint: "group/project",
    secrets: &[
        Field {
            key: "token",
            label: "Token",
            help: "A personal, group or project access token; `read_api` is enough to watch, accepting needs `api`.",
            required: true,
        },
        Field {
            key: "webhook_secret",
            label: "Webhook secret",
            help: "The webhook's signing token (it begins with `whsec_`) or its secret token; without one every webhook is refused.",
            required: false,
        },
        Field {
            key: "webhook_secret_next",
            label: "Next webhook secret",
            help: "While the secret is being replaced: the new one, believed beside the old.",
            required: false,
        },
    ],
    settings: &[Field {
        key: KEPT,
        label: "Fetch webhooks that could not be delivered",
        help: "`true` also asks for what GitLab keeps of failed deliveries to this connection's webhook; the token's user must be a Maintainer.",
        required: false,
    }],
    scopes: &[
        Scope {
            name: "read_api",
            why: "to see merge requests, issues, comments, pipelines with their logs, branches, files and releases",
            only_to_accept: false,
        },
        Scope {
            name: "api",
            why: "to push a fix branch, and to open, label, review, comment on or close something when you accept that",
            only_to_accept: true,
        },
        Scope {
            name: "Developer role",
            why: "to push a branch to the project when you accept it",
            only_to_accept: true,
        },
    ],
    local: false,
};

/// The provider.
pub struct GitLab {
    pace: Pace,
    /// When each connection's token was last asked about.
    looked_at: Mutex<BTreeMap<ConnectionId, Timestamp>>,
}

/// The one there is.
pub static PROVIDER: GitLab = GitLab::new();

impl GitLab {
    /// One that has met no limit yet and begins with the first turn.
    pub const fn new() -> Self {
        Self {
            pace: Pace::new(),
            looked_at: Mutex::new(BTreeMap::new()),
        }
    }

    fn api<'a>(&'a self, ctx: &'a Context<'a>) -> Api<'a> {
        Api::new(ctx, &DIALECT, &self.pace)
    }

    /// True once a day: GitLab does not say when a token ends unless it is asked.
    fn is_token_due(&self, connection: &ConnectionId, now: Timestamp) -> bool {
        let mut looked_at = self
            .looked_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let due = looked_at
            .get(connection)
            .is_none_or(|at| now.duration_since(*at) >= SignedDuration::from_hours(24));
        if due {
            looked_at.insert(connection.clone(), now);
        }
        due
    }
}

impl Default for GitLab {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Provider for GitLab {
    fn id(&self) -> &'static str {
        "gitlab"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, connection: &Connection) -> Result<(), String> {
        address::check(&connection.base_url, "for gitlab.com leave it out")?;
        address::check_watch(&connection.watch, "group/project", address::is_path)?;
        for (key, value) in &connection.settings {
            if key != KEPT {
                return Err(format!(
                    "`{key}` is no setting of a GitLab connection; there is `{KEPT}`"
                ));
            }
            if !matches!(value, Value::Bool(_)) {
                return Err(format!("`{KEPT}` is `{value}`; write true or false"));
            }
        }
        Ok(())
    }

    async fn poll(
        &self,
        ctx: &Context<'_>,
        cursor: Option<&Cursor>,
    ) -> Result<Batch, ProviderError> {
        let turn = self.pace.turn(&ctx.connection.id);
        let asks = ctx.token.is_some() && !ctx.connection.watch.is_empty();
        if asks && self.is_token_due(&ctx.connection.id, ctx.now) {
            let ends = account::token_ends(self.api(ctx)).await?;
            self.pace.note_end(&ctx.connection.id, ends);
        }
        let mut batch = poll::poll(self.api(ctx), cursor, turn).await?;
        self.pace.tell(&ctx.connection.id, &mut batch.standing);
        Ok(batch)
    }

    fn parse(&self, connection: &Connection, delivery: &Delivery) -> Vec<Event> {
        parse::parse(connection, delivery).into_iter().collect()
    }

    async fn gather(
        &self,
        ctx: &Context<'_>,
        event: &Event,
        wants: &[Want],
        budget: Budget,
        facts: &mut Facts,
    ) -> Result<(), ProviderError> {
        gather::gather(self.api(ctx), event, wants, budget, facts).await
    }

    async fn builds(
        &self,
        ctx: &Context<'_>,
        repository: &str,
        reference: &str,
    ) -> Result<Option<Vec<Build>>, ProviderError> {
        builds::builds(self.api(ctx), repository, reference)
            .await
            .map(Some)
    }

    async fn probe(&self, ctx: &Context<'_>) -> Result<Probe, ProviderError> {
        probe::probe(self.api(ctx)).await
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        Some(&webhook::GitLabWebhook)
    }

    fn hooks(&self) -> Option<&dyn Hooks> {
        Some(self)
    }

    fn account(&self) -> Option<&dyn Account> {
        Some(self)
    }

    fn publisher(&self) -> Option<&dyn Publisher> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use perch_core::id::{ConnectionId, UserId};
    use serde_json::{Map, json};

    use super::*;

    fn check(base_url: &str, watch: &[&str], settings: Map<String, Value>) -> Result<(), String> {
        let (id, user) = (ConnectionId::new("gitlab"), UserId::new("ada"));
        PROVIDER.check(&Connection {
            watch: watch.iter().map(|name| (*name).to_owned()).collect(),
            settings,
            ..Connection::new(id, user, "gitlab", base_url)
        })
    }

    #[test]
    fn a_connection_is_checked_and_told_what_is_wrong() {
        let public = "https://gitlab.com";
        for (base, watch) in [
            (public, &["acme/api", "acme/web/shop.io", "a_b/c-d"][..]),
            ("https://git.acme.com/gitlab", &[]),
            ("https://git.acme.com/api/v4", &[]),
            ("http://127.0.0.1:8080", &["a/b"]),
        ] {
            assert_eq!(check(base, watch, Map::new()), Ok(()), "{base} {watch:?}");
        }
        for (base, watch) in [
            ("", &[][..]),
            ("gitlab.com", &[]),
            ("http://git.acme.com", &[]),
            ("https://gitlab.com/", &[]),
            ("https://ada:pass@git.acme.com", &[]),
            (public, &["acme"]),
            (public, &["acme/../api"]),
            (public, &["acme//api"]),
            (public, &["acme/a b"]),
            (public, &["acme/api", "Acme/API"]),
        ] {
            assert!(check(base, watch, Map::new()).is_err(), "{base} {watch:?}");
        }
    }

    #[test]
    fn there_is_one_setting_and_it_is_true_or_false() {
        let with = |key: &str, value: Value| Map::from_iter([(key.to_owned(), value)]);
        let check = |settings| check("https://gitlab.com", &["a/b"], settings);
        assert_eq!(check(with(KEPT, json!(true))), Ok(()));
        assert!(check(with(KEPT, json!("yes"))).is_err());
        assert!(check(with("kept", json!(true))).is_err());
    }
}
