//! Provider `prometheus`: series read by range queries, those named in `watch` and those of its own rules.
//!
//! It only reads. What moved in them the engine judges from the store.

mod answer;
mod api;
mod poll;
mod rules;

use async_trait::async_trait;
use perch_core::connection::Connection;
use perch_core::delivery::Delivery;
use perch_core::event::Event;
use perch_core::facts::{Facts, Want};
use perch_core::seam::provider::{
    About, Batch, Budget, Context, Cursor, Field, Probe, Provider, ProviderError,
};

use crate::facts::lacking;
use crate::http::rest::Pace;
use crate::series;

static ABOUT: About = About {
    name: "Prometheus",
    icon: concat!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" "#,
        r#"stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">"#,
        r#"<path d="M2 2v12h12"/><path d="m4.5 10.5 3-4 2.5 2 3.5-5"/></svg>"#,
    ),
    default_base_url: "http://127.0.0.1:9090",
    watch_hint: "rules, or a PromQL query such as `checkout p99 := job:latency:p99`",
    secrets: &[Field {
        key: "token",
        label: "Token",
        help: "A bearer token, or `name:password`, where the server or the proxy before it asks for one.",
        required: false,
    }],
    settings: &[
        Field {
            key: series::STEP_KEY,
            label: "Step",
            help: "Seconds between samples; 60 unless set. A change is seen after three of them.",
            required: false,
        },
        Field {
            key: series::BETTER_KEY,
            label: "Better",
            help: "`lower` or `higher`, where the names of the metrics do not tell.",
            required: false,
        },
        Field {
            key: series::REPOSITORY_KEY,
            label: "Repository",
            help: "The repository they are about, as another connection watches it.",
            required: false,
        },
    ],
    scopes: &[],
    local: false,
};

/// What is remembered between calls.
static PACE: Pace = Pace::new();

/// The provider.
#[derive(Debug, Default)]
pub struct Prometheus;

/// The provider of the registry.
pub(super) static PROVIDER: Prometheus = Prometheus;

#[async_trait]
impl Provider for Prometheus {
    fn id(&self) -> &'static str {
        "prometheus"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, connection: &Connection) -> Result<(), String> {
        let like = "write that of Prometheus' start page, such as `http://127.0.0.1:9090`";
        let url = crate::http::address::check_plain(&connection.base_url, like)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!(
                "`{url}` in `base_url` is not asked by HTTP; {like}"
            ));
        }
        series::check(connection, &ABOUT)
    }

    async fn poll(
        &self,
        ctx: &Context<'_>,
        cursor: Option<&Cursor>,
    ) -> Result<Batch, ProviderError> {
        poll::poll(api::api(ctx, &PACE)?, cursor).await
    }

    fn parse(&self, _connection: &Connection, _delivery: &Delivery) -> Vec<Event> {
        Vec::new()
    }

    async fn gather(
        &self,
        _ctx: &Context<'_>,
        _event: &Event,
        wants: &[Want],
        _budget: Budget,
        facts: &mut Facts,
    ) -> Result<(), ProviderError> {
        lacking(wants, "Prometheus knows only its series", facts);
        Ok(())
    }

    async fn probe(&self, ctx: &Context<'_>) -> Result<Probe, ProviderError> {
        poll::probe(api::api(ctx, &PACE)?).await
    }
}
