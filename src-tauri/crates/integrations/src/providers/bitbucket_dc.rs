//! Provider `bitbucket-dc`: Bitbucket Data Center (before, Server), on any host.
//!
//! It has no issues and no pipelines: what it tells of builds is what other systems report to it. Watching only
//! reads. What an accepted action writes is in `bitbucket_dc/publish`.

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
    name: "Bitbucket Data Center",
    icon: concat!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" "#,
        r#"stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">"#,
        r#"<path d="M2.5 2.5h11l-1.25 7h-8.5z"/><path d="M6 5h4l-.4 2H6.4z"/><path d="M3.5 13h9"/></svg>"#,
    ),
    default_base_url: "",
    watch_hint: "PROJECT/repository",
    secrets: &[
        Field {
            key: "token",
            label: "Token",
            help: "An HTTP access token of your account, with the permissions below.",
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
            name: "Repository read",
            why: "to see branches, pull requests, reviews, comments, builds and files",
            only_to_accept: false,
        },
        Scope {
            name: "Repository write",
            why: "to push a fix branch when you accept it",
            only_to_accept: true,
        },
    ],
    local: false,
};

/// The provider.
pub struct BitbucketDc {
    pace: Pace,
}

/// The one there is.
pub static PROVIDER: BitbucketDc = BitbucketDc::new();

impl BitbucketDc {
    /// One that has met no limit yet and begins with the first turn.
    pub const fn new() -> Self {
        Self { pace: Pace::new() }
    }

    fn api<'a>(&'a self, ctx: &'a Context<'a>) -> Api<'a> {
        Api::new(ctx, &DIALECT, &self.pace)
    }
}

impl Default for BitbucketDc {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Provider for BitbucketDc {
    fn id(&self) -> &'static str {
        "bitbucket-dc"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, connection: &Connection) -> Result<(), String> {
        let url = address::check(&connection.base_url, "write that of the start page")?;
        if url.host_str() == Some("bitbucket.org") {
            return Err("bitbucket.org is Bitbucket Cloud; connect it as `bitbucket`".into());
        }
        if url.path().contains("/rest/") || url.path().contains("/projects/") {
            return Err(
                "`base_url` is the address of the start page; take `/rest` or `/projects` and the rest off"
                    .into(),
            );
        }
        address::check_watch(&connection.watch, "PROJECT/repository", api::is_repository)?;
        match connection.settings.keys().next() {
            Some(key) => Err(format!(
                "`{key}` is no setting of a Bitbucket Data Center connection; there is none"
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
        parse::parse(connection, delivery)
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
        Some(&webhook::BitbucketDcWebhook)
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
                    ConnectionId::new("bitbucket-dc"),
                    UserId::new("ada"),
                    "bitbucket-dc",
                    base_url,
                )
            })
        };
        let site = "https://bitbucket.acme.com";
        for (base, watch) in [
            (site, &["ACME/api", "~ada/notes", "A_B/c-d.e"][..]),
            ("https://acme.com/bitbucket", &[]),
            ("http://127.0.0.1:7990", &["A/b"]),
        ] {
            assert_eq!(check(base, watch), Ok(()), "{base} {watch:?}");
        }
        for (base, watch) in [
            ("", &[][..]),
            ("bitbucket.acme.com", &[]),
            ("http://bitbucket.acme.com", &[]),
            ("https://bitbucket.org", &[]),
            ("https://bitbucket.acme.com/rest/api", &[]),
            ("https://bitbucket.acme.com/projects/ACME/repos/api", &[]),
            (site, &["ACME"]),
            (site, &["~/api"]),
            (site, &["ACME/~api"]),
            (site, &["ACME/.."]),
            (site, &["ACME/api", "acme/API"]),
        ] {
            assert!(check(base, watch).is_err(), "{base} {watch:?}");
        }
    }
}
