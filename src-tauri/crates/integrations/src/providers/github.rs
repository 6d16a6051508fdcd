//! Provider `github`: github.com, GitHub Enterprise Cloud and Server.
//!
//! Watching only reads. What an accepted action writes is in `github/publish`.

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

use async_trait::async_trait;
use perch_core::build::Build;
use perch_core::connection::Connection;
use perch_core::delivery::Delivery;
use perch_core::event::Event;
use perch_core::facts::{Facts, Want};
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

/// The setting that also fetches webhooks GitHub could not deliver.
const KEPT: &str = "kept_webhooks";

static ABOUT: About = About {
    name: "GitHub",
    icon: concat!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" "#,
        r#"stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">"#,
        r#"<circle cx="4.5" cy="3.5" r="1.75"/><circle cx="4.5" cy="12.5" r="1.75"/>"#,
        r#"<circle cx="11.5" cy="5.5" r="1.75"/><path d="M4.5 5.25v5.5m7-3.5c0 2.5-7 1-7 3.5"/></svg>"#,
    ),
    default_base_url: "https://api.github.com",
    watch_hint: "owner/name",
    secrets: &[
        Field {
            key: "token",
            label: "Token",
            help: "A fine-grained personal access token for the watched repositories; classic ones with `repo` work too.",
            required: true,
        },
        Field {
            key: "webhook_secret",
            label: "Webhook secret",
            help: "The secret set in the repository's webhook; without one every webhook is refused.",
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
        help: "`true` also asks for what GitHub keeps of failed deliveries to this connection's webhook; the token needs `Webhooks: read`.",
        required: false,
    }],
    scopes: &[
        Scope {
            name: "Metadata: read",
            why: "to find the repository and its default branch",
            only_to_accept: false,
        },
        Scope {
            name: "Contents: read",
            why: "to read diffs, commits and the files a suggestion is about",
            only_to_accept: false,
        },
        Scope {
            name: "Issues: read",
            why: "to see issues and comments",
            only_to_accept: false,
        },
        Scope {
            name: "Pull requests: read",
            why: "to see pull requests and reviews",
            only_to_accept: false,
        },
        Scope {
            name: "Checks: read",
            why: "to see failed checks",
            only_to_accept: false,
        },
        Scope {
            name: "Commit statuses: read",
            why: "to see what other CI systems report",
            only_to_accept: false,
        },
        Scope {
            name: "Actions: read",
            why: "to read workflow runs and their logs",
            only_to_accept: false,
        },
        Scope {
            name: "Webhooks: write",
            why: "to make and remove webhooks when you ask for it",
            only_to_accept: true,
        },
        Scope {
            name: "Contents: write",
            why: "to push a fix branch when you accept one",
            only_to_accept: true,
        },
        Scope {
            name: "Pull requests: write",
            why: "to open, comment on, label or close a pull request, or ask for its review, when you accept that",
            only_to_accept: true,
        },
        Scope {
            name: "Issues: write",
            why: "to open, comment on, label, edit or close an issue when you accept that",
            only_to_accept: true,
        },
        Scope {
            name: "Actions: write",
            why: "to start a failed build again when you accept that",
            only_to_accept: true,
        },
    ],
    local: false,
};

/// The provider.
pub struct GitHub {
    pace: Pace,
}

/// The one there is.
pub static PROVIDER: GitHub = GitHub::new();

impl GitHub {
    /// One that has met no limit yet and begins with the first turn.
    pub const fn new() -> Self {
        Self { pace: Pace::new() }
    }

    fn api<'a>(&'a self, ctx: &'a Context<'a>) -> Api<'a> {
        Api::new(ctx, &DIALECT, &self.pace)
    }
}

impl Default for GitHub {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Provider for GitHub {
    fn id(&self) -> &'static str {
        "github"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, connection: &Connection) -> Result<(), String> {
        let url = address::check(&connection.base_url, "for github.com leave it out")?;
        if url.host_str() == Some("github.com") {
            return Err("`base_url` is GitHub's website; its API is https://api.github.com".into());
        }
        address::check_watch(&connection.watch, "owner/name", address::is_repository)?;
        for (key, value) in &connection.settings {
            if key != KEPT {
                return Err(format!(
                    "`{key}` is no setting of a GitHub connection; there is `{KEPT}`"
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
        Some(&webhook::GitHubWebhook)
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

    use super::*;

    #[test]
    fn a_connection_is_checked_and_told_what_is_wrong() {
        let check = |base_url: &str, watch: &[&str]| {
            PROVIDER.check(&Connection {
                watch: watch.iter().map(|name| (*name).to_owned()).collect(),
                ..Connection::new(
                    ConnectionId::new("github"),
                    UserId::new("ada"),
                    "github",
                    base_url,
                )
            })
        };
        let api = "https://api.github.com";
        for (base, watch) in [
            (api, &["acme/api", "a-b/c.d_e"][..]),
            ("https://ghe.acme.com/api/v3", &[]),
            ("http://127.0.0.1:8080", &["a/b"]),
            ("http://[::1]:8080", &["a/b"]),
        ] {
            assert_eq!(check(base, watch), Ok(()), "{base} {watch:?}");
        }
        for (base, watch) in [
            ("", &[][..]),
            ("api.github.com", &[]),
            ("http://ghe.acme.com", &[]),
            ("https://github.com", &[]),
            ("https://api.github.com/", &[]),
            ("https://ada:pass@ghe.acme.com", &[]),
            ("ftp://ghe.acme.com", &[]),
            (api, &["acme"]),
            (api, &["acme/api/x"]),
            (api, &["acme/.."]),
            (api, &["acme/a b"]),
            (api, &["acme/api", "Acme/API"]),
        ] {
            assert!(check(base, watch).is_err(), "{base} {watch:?}");
        }
    }
}
