//! Provider `local`: git folders on this machine, and the runs `perch exec` recorded in them.
//!
//! Watching only reads. What an accepted action writes is in `local/publish`.

mod blocking;
mod checkout;
mod folder;
mod gather;
mod history;
mod look;
mod merges;
mod message;
mod parse;
mod poll;
mod publish;
pub mod snapshot;

use std::path::Path;

use async_trait::async_trait;
use jiff::SignedDuration;
use perch_core::connection::Connection;
use perch_core::delivery::Delivery;
use perch_core::event::Event;
use perch_core::facts::{Facts, Want};
use perch_core::seam::checkout::Checkout;
use perch_core::seam::provider::{
    About, Batch, Budget, Context, Cursor, Field, Probe, Provider, ProviderError,
};
use perch_core::seam::publisher::Publisher;

use self::blocking::Busy;

/// Days without a commit after which a branch is stale, unless the connection says otherwise.
const STALE_DAYS: i64 = 14;

static ABOUT: About = About {
    name: "Git folder",
    icon: concat!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" "#,
        r#"stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">"#,
        r#"<path d="M1.75 12.5v-9h4.5l1.5 2h6.5v7z"/><path d="M6 11V7.5m0 1.5h2.5a1.5 1.5 0 0 0 1.5-1.5"/></svg>"#,
    ),
    default_base_url: "",
    watch_hint: "folder",
    secrets: &[],
    settings: &[Field {
        key: "stale_days",
        label: "Stale after",
        help: "Days without a commit after which an unmerged branch counts as stale; 14 unless set.",
        required: false,
    }],
    scopes: &[],
    local: true,
};

/// The provider.
#[derive(Debug, Default)]
pub struct Local {
    /// Connections whose folders are being read, so that a hung disk never holds more than one thread each.
    busy: Busy,
}

#[async_trait]
impl Provider for Local {
    fn id(&self) -> &'static str {
        "local"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, connection: &Connection) -> Result<(), String> {
        if !connection.base_url.is_empty() {
            return Err("a git folder has no `base_url`; take it out".into());
        }
        for (number, folder) in connection.watch.iter().enumerate() {
            if !Path::new(folder).is_absolute() {
                return Err(format!(
                    "`{folder}` in `watch` is not an absolute path; write it from the root on"
                ));
            }
            if connection.watch[..number].contains(folder) {
                return Err(format!("`{folder}` stands twice in `watch`"));
            }
        }
        if let Some(key) = connection
            .settings
            .keys()
            .find(|key| ABOUT.settings.iter().all(|field| field.key != *key))
        {
            return Err(format!(
                "`{key}` is no setting of a git folder; there is only `stale_days`"
            ));
        }
        match connection.settings.get("stale_days") {
            None => Ok(()),
            Some(days) if days.as_i64().is_some_and(|days| (1..=3650).contains(&days)) => Ok(()),
            Some(days) => Err(format!(
                "`stale_days` is {days}; give a whole number of days from 1 to 3650"
            )),
        }
    }

    async fn poll(
        &self,
        ctx: &Context<'_>,
        cursor: Option<&Cursor>,
    ) -> Result<Batch, ProviderError> {
        poll::poll(&self.busy, ctx, cursor).await
    }

    fn parse(&self, connection: &Connection, delivery: &Delivery) -> Vec<Event> {
        parse::parse(connection, &delivery.message)
            .into_iter()
            .collect()
    }

    async fn gather(
        &self,
        _ctx: &Context<'_>,
        event: &Event,
        wants: &[Want],
        budget: Budget,
        facts: &mut Facts,
    ) -> Result<(), ProviderError> {
        gather::gather(event, wants, budget, facts).await
    }

    async fn probe(&self, ctx: &Context<'_>) -> Result<Probe, ProviderError> {
        Ok(poll::probe(ctx).await?.into())
    }

    fn checkout(&self) -> Option<&dyn Checkout> {
        Some(&checkout::LocalCheckout)
    }

    fn publisher(&self) -> Option<&dyn Publisher> {
        Some(&publish::LocalPublisher)
    }
}

/// How long a branch of this connection lies until it is stale.
fn stale_after(connection: &Connection) -> SignedDuration {
    let days = connection.settings.get("stale_days");
    SignedDuration::from_hours(
        24 * days
            .and_then(serde_json::Value::as_i64)
            .unwrap_or(STALE_DAYS),
    )
}
