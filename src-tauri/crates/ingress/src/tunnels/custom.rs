//! `custom`: a public address the user runs: a reverse proxy, a funnel, a tunnel of their own.
//!
//! Perch only makes sure that the address leads to its port for tunnels, now and again and again.

use async_trait::async_trait;
use perch_core::connection::Connection;
use perch_core::seam::provider::Field;
use perch_core::seam::tunnel::{About, Tunnel, TunnelContext, TunnelError};
use reqwest::Url;
use serde_json::{Map, Value};

/// Round trips per sign of life that other tunnels ask for: the address is the user's own and well looked after.
const BEATS: u32 = 12;

pub(super) struct Custom;

static ABOUT: About = About {
    name: "A public address of your own",
    settings: &[Field {
        key: "url",
        label: "Address",
        help: "What leads to the port for tunnels, without /webhooks/…",
        required: true,
    }],
    moves: false,
    makes_secret: false,
};

#[async_trait]
impl Tunnel for Custom {
    fn id(&self) -> &'static str {
        "custom"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, _connection: &Connection, settings: &Map<String, Value>) -> Result<(), String> {
        let url = address(settings, "https://perch.example.org")?;
        if url.path().contains("/webhooks") {
            return Err(
                "the `url` of a custom tunnel ends before /webhooks; Perch adds that".into(),
            );
        }
        Ok(())
    }

    async fn run(&self, ctx: &TunnelContext<'_>) -> TunnelError {
        let base = ctx.setting("url").unwrap_or_default().trim_end_matches('/');
        let address = format!("{base}/webhooks/{}", ctx.connection.id);
        let mut open = false;
        loop {
            if let Err(problem) = ctx.line.round_trip(&address).await {
                return TunnelError::Broken(format!(
                    "{address} does not lead to Perch at {}: {problem}",
                    ctx.inlet
                ));
            }
            if !open {
                ctx.line.opened(&address);
                open = true;
            }
            tokio::time::sleep(ctx.pace.beat * BEATS).await;
        }
    }
}

/// The `url` of a tunnel's settings; `example` is shown where there is none.
pub(super) fn address(settings: &Map<String, Value>, example: &str) -> Result<Url, String> {
    let text = settings.get("url").and_then(Value::as_str);
    let needed = || format!("the tunnel needs a `url`, such as `{example}`");
    let url = Url::parse(text.ok_or_else(needed)?.trim()).map_err(|_| needed())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(needed());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the tunnel's `url` holds a login; take it out".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("the tunnel's `url` must end with its path; take out what follows".into());
    }
    Ok(url)
}
