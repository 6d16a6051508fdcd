//! Provider `bitbucket`: Bitbucket Cloud.
//!
//! Watching only reads. What an accepted action writes is in `bitbucket/publish`.

mod account;
mod api;
mod gather;
mod hooks;
mod parse;
mod poll;
mod probe;
mod publish;
mod webhook;

use async_trait::async_trait;
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

use self::api::{API, Api, DIALECT};
use self::poll::rhythm::Rhythm;
use crate::http::address;
use crate::http::rest::Pace;

static ABOUT: About = About {
    name: "Bitbucket",
    icon: concat!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" "#,
        r#"stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">"#,
        r#"<path d="M2.5 3h11l-1.75 10h-7.5z"/><path d="M6 6.5h4l-.6 3H6.6z"/></svg>"#,
    ),
    default_base_url: API,
    watch_hint: "workspace/repository",
    secrets: &[
        Field {
            key: "token",
            label: "Token",
            help: "An access token of the repository, project or workspace; or `your-email:API-token` for a token of your own account.",
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
            name: "account",
            why: "to check whose the token is",
            only_to_accept: false,
        },
        Scope {
            name: "repository",
            why: "to see branches, commits, statuses and files",
            only_to_accept: false,
        },
        Scope {
            name: "pullrequest",
            why: "to see pull requests, their comments and approvals",
            only_to_accept: false,
        },
        Scope {
            name: "issue",
            why: "to see issues and comments",
            only_to_accept: false,
        },
        Scope {
            name: "pipeline",
            why: "to see pipelines and read their logs",
            only_to_accept: false,
        },
        Scope {
            name: "repository:write",
            why: "to push a fix branch when you accept it",
            only_to_accept: true,
        },
        Scope {
            name: "pullrequest:write",
            why: "to open, decline or comment on a pull request, or ask for its review, when you accept it",
            only_to_accept: true,
        },
        Scope {
            name: "issue:write",
            why: "to open, edit, close or comment on an issue when you accept it",
            only_to_accept: true,
        },
        Scope {
            name: "pipeline:write",
            why: "to start a pipeline again when you accept it",
            only_to_accept: true,
        },
    ],
    local: false,
};

/// The provider.
pub struct Bitbucket {
    pace: Pace,
    rhythm: Rhythm,
}

/// The one there is.
pub static PROVIDER: Bitbucket = Bitbucket::new();

impl Bitbucket {
    /// One that has sent nothing yet.
    pub const fn new() -> Self {
        Self {
            pace: Pace::new(),
            rhythm: Rhythm::new(),
        }
    }

    fn api<'a>(&'a self, ctx: &'a Context<'a>) -> Api<'a> {
        Api::new(ctx, &DIALECT, &self.pace)
    }
}

impl Default for Bitbucket {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Provider for Bitbucket {
    fn id(&self) -> &'static str {
        "bitbucket"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, connection: &Connection) -> Result<(), String> {
        let base = &connection.base_url;
        let url = address::check(base, "for bitbucket.org leave it out")?;
        if base != API && !crate::http::is_loopback(&url) {
            return Err(format!(
                "Bitbucket Cloud is asked at {API} only, so leave `base_url` out; a server of your own is a `bitbucket-dc`"
            ));
        }
        address::check_watch(
            &connection.watch,
            "workspace/repository",
            address::is_repository,
        )?;
        match connection.settings.keys().next() {
            Some(key) => Err(format!(
                "`{key}` is no setting of a Bitbucket connection; there is none"
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
        let mut batch = poll::poll(self.api(ctx), &self.rhythm, cursor, turn).await?;
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

    async fn probe(&self, ctx: &Context<'_>) -> Result<Probe, ProviderError> {
        probe::probe(self.api(ctx)).await
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        Some(&webhook::BitbucketWebhook)
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
                    ConnectionId::new("bitbucket"),
                    UserId::new("ada"),
                    "bitbucket",
                    base_url,
                )
            })
        };
        for (base, watch) in [
            (API, &["acme/api", "a_b/c-d.e"][..]),
            (API, &[]),
            ("http://127.0.0.1:3000", &["a/b"]),
        ] {
            assert_eq!(check(base, watch), Ok(()), "{base} {watch:?}");
        }
        for (base, watch) in [
            ("", &[][..]),
            ("https://bitbucket.org", &[]),
            ("https://bitbucket.acme.com", &[]),
            ("https://api.bitbucket.org/2.0", &[]),
            (API, &["acme"]),
            (API, &["acme/api/x"]),
            (API, &["acme/.."]),
            (API, &["acme/api", "Acme/API"]),
        ] {
            assert!(check(base, watch).is_err(), "{base} {watch:?}");
        }
    }
}
