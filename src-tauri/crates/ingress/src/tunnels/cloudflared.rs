//! `cloudflared`: a quick tunnel of Cloudflare's, run as a program of the user's that ends with Perch.
//!
//! Its address, and whether it is connected, is asked at its metrics port.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use async_trait::async_trait;
use perch_core::connection::Connection;
use perch_core::seam::provider::Field;
use perch_core::seam::tunnel::{About, Tunnel, TunnelContext, TunnelError};
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Rim;
use super::program::Program;

/// Signs of life that may be missing in a row.
const MISSED: u32 = 3;

pub(super) struct Cloudflared(pub(super) Rim);

/// The setting every tunnel with a program has.
pub(super) const PROGRAM: Field = Field {
    key: "program",
    label: "Program",
    help: "Where the program is, if it is not among the commands.",
    required: false,
};

static ABOUT: About = About {
    name: "Cloudflare quick tunnel",
    settings: &[PROGRAM],
    moves: true,
    makes_secret: true,
};

#[derive(Deserialize)]
struct QuickTunnel {
    hostname: String,
}

#[async_trait]
impl Tunnel for Cloudflared {
    fn id(&self) -> &'static str {
        "cloudflared"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, _connection: &Connection, settings: &Map<String, Value>) -> Result<(), String> {
        check_texts(settings)
    }

    async fn run(&self, ctx: &TunnelContext<'_>) -> TunnelError {
        match self.start(ctx).await {
            Ok((program, metrics)) => self.hold(ctx, program, metrics).await,
            Err(error) => error,
        }
    }
}

impl Cloudflared {
    async fn start(&self, ctx: &TunnelContext<'_>) -> Result<(Program, SocketAddr), TunnelError> {
        let metrics = free_port()?;
        let arguments = [
            "tunnel".to_owned(),
            "--no-autoupdate".into(),
            "--metrics".into(),
            metrics.to_string(),
            "--url".into(),
            format!("http://{}", ctx.inlet),
        ];
        let name = ctx.setting("program").unwrap_or("cloudflared");
        let program = Program::start(&self.0.leash, name, &arguments).await?;
        Ok((program, metrics))
    }

    /// Watches the program until it ends or is no longer connected.
    async fn hold(
        &self,
        ctx: &TunnelContext<'_>,
        mut program: Program,
        metrics: SocketAddr,
    ) -> TunnelError {
        let mut last = None;
        let mut missed = 0;
        let deadline = tokio::time::Instant::now() + ctx.pace.patience;
        loop {
            let (found, pause) = tokio::select! {
                error = program.ended() => return error,
                found = self.look(metrics, ctx.pace.beat) => (found, ctx.pace.beat),
            };
            let pause = match (&found, &last) {
                (Some(host), _) => {
                    missed = 0;
                    if last.as_ref() != Some(host) {
                        ctx.line
                            .opened(&format!("https://{host}/webhooks/{}", ctx.connection.id));
                        last.clone_from(&found);
                    }
                    pause
                }
                (None, None) if tokio::time::Instant::now() >= deadline => {
                    return TunnelError::Broken(
                        "cloudflared found no way to Cloudflare in time".into(),
                    );
                }
                // Not yet: it takes seconds.
                (None, None) => std::time::Duration::from_millis(200).min(pause),
                (None, Some(_)) => {
                    missed += 1;
                    if missed == MISSED {
                        return TunnelError::Broken(
                            "cloudflared is no longer connected to Cloudflare".into(),
                        );
                    }
                    pause
                }
            };
            tokio::select! {
                error = program.ended() => return error,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// The tunnel's host name, if it is known and connected.
    async fn look(&self, metrics: SocketAddr, patience: std::time::Duration) -> Option<String> {
        let ask = async |path: &str| {
            let url = Url::parse(&format!("http://{metrics}/{path}")).ok()?;
            let response = (self.0.client)(&url)
                .get(url)
                .timeout(patience)
                .send()
                .await
                .ok()?;
            response.status().is_success().then_some(response)
        };
        ask("ready").await?;
        let tunnel: QuickTunnel = ask("quicktunnel").await?.json().await.ok()?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        let host = tunnel.hostname;
        (!host.is_empty() && host.chars().all(is_name)).then_some(host)
    }
}

/// A port that is free now.
fn free_port() -> Result<SocketAddr, TunnelError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(|error| TunnelError::Broken(format!("there is no free port: {error}")))
}

/// The settings of a tunnel with a program are texts.
pub(super) fn check_texts(settings: &Map<String, Value>) -> Result<(), String> {
    match settings
        .iter()
        .find(|(_, value)| value.as_str().is_none_or(|text| text.trim().is_empty()))
    {
        Some((key, _)) => Err(format!("`{key}` of the tunnel must be a text in quotes")),
        None => Ok(()),
    }
}
