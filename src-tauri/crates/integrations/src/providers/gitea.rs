//! Provider `gitea`: Gitea and Forgejo, on any host.
//!
//! Watching only reads. What an accepted action writes is in `gitea/publish`.

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

use self::api::{Api, DIALECT};
use crate::http::address;
use crate::http::rest::Pace;

static ABOUT: About = About {
    name: "Gitea and Forgejo",
    icon: concat!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" "#,
        r#"stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">"#,
        r#"<path d="M3 5.5h8v4a3 3 0 0 1-3 3H6a3 3 0 0 1-3-3z"/><path d="M11 6.5h1.25a1.75 1.75 0 0 1 0 3.5H11"/>"#,
        r#"<path d="M5.5 2.5v1m3-1v1"/></svg>"#,
    ),
    default_base_url: "https://codeberg.org",
    watch_hint: "owner/name",
    secrets: &[
        Field {
            key: "token",
            label: "Token",
            help: "An access token of your account, with the scopes below.",
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
    settings: &[],
    scopes: &[
        Scope {
            name: "read:user",
            why: "to check whose the token is",
            only_to_accept: false,
        },
        Scope {
            name: "read:repository",
            why: "to see branches, pull requests, reviews, statuses, Actions and releases, and to read files",
            only_to_accept: false,
        },
        Scope {
            name: "read:issue",
            why: "to see issues and comments",
            only_to_accept: false,
        },
        Scope {
            name: "write:repository",
            why: "to push a fix branch, open or review a pull request, or start a run again when you accept that",
            only_to_accept: true,
        },
        Scope {
            name: "write:issue",
            why: "to comment on, label, edit, open or close an issue or pull request when you accept that",
            only_to_accept: true,
        },
    ],
    local: false,
};

/// The provider.
pub struct Gitea {
    pace: Pace,
}

/// The one there is.
pub static PROVIDER: Gitea = Gitea::new();

impl Gitea {
    /// One that has met no limit yet and begins with the first turn.
    pub const fn new() -> Self {
        Self { pace: Pace::new() }
    }

    fn api<'a>(&'a self, ctx: &'a Context<'a>) -> Api<'a> {
        Api::new(ctx, &DIALECT, &self.pace)
    }
}

impl Default for Gitea {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Provider for Gitea {
    fn id(&self) -> &'static str {
        "gitea"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, connection: &Connection) -> Result<(), String> {
        let url = address::check(&connection.base_url, "write that of the start page")?;
        if url.path().contains("/api/") {
            return Err(
                "`base_url` is the address of the start page; take `/api` and the rest off".into(),
            );
        }
        address::check_watch(&connection.watch, "owner/name", address::is_repository)?;
        match connection.settings.keys().next() {
            Some(key) => Err(format!(
                "`{key}` is no setting of a Gitea connection; there is none"
            )),
            None => Ok(()),
        }
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
        Some(&webhook::GiteaWebhook)
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
                    ConnectionId::new("gitea"),
                    UserId::new("ada"),
                    "gitea",
                    base_url,
                )
            })
        };
        let site = "https://git.acme.com";
        for (base, watch) in [
            (site, &["acme/api", "a-b/c.d_e"][..]),
            ("https://acme.com/gitea", &[]),
            ("http://127.0.0.1:3000", &["a/b"]),
            ("http://[::1]:3000", &["a/b"]),
        ] {
            assert_eq!(check(base, watch), Ok(()), "{base} {watch:?}");
        }
        for (base, watch) in [
            ("", &[][..]),
            ("git.acme.com", &[]),
            ("http://git.acme.com", &[]),
            ("https://git.acme.com/", &[]),
            ("https://git.acme.com/api/v1", &[]),
            ("https://ada:pass@git.acme.com", &[]),
            ("ftp://git.acme.com", &[]),
            (site, &["acme"]),
            (site, &["acme/api/x"]),
            (site, &["acme/.."]),
            (site, &["acme/a b"]),
            (site, &["acme/api", "Acme/API"]),
        ] {
            assert!(check(base, watch).is_err(), "{base} {watch:?}");
        }
    }
}
