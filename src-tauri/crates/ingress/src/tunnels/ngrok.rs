//! `ngrok`: its agent, run as a program of the user's that ends with Perch. The account's token is in ngrok's own settings.
//!
//! Its address is asked at its local API, whose port it tells when it starts.

use std::time::Duration;

use async_trait::async_trait;
use perch_core::connection::Connection;
use perch_core::seam::provider::Field;
use perch_core::seam::tunnel::{About, Tunnel, TunnelContext, TunnelError};
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Rim;
use super::cloudflared::{PROGRAM, check_texts};
use super::program::Program;

/// Signs of life that may be missing in a row.
const MISSED: u32 = 3;

pub(super) struct Ngrok(pub(super) Rim);

static ABOUT: About = About {
    name: "ngrok",
    settings: &[
        Field {
            key: "domain",
            label: "Domain",
            help: "A domain of your ngrok account; its own choice if empty.",
            required: false,
        },
        PROGRAM,
    ],
    moves: true,
    makes_secret: true,
};

#[derive(Deserialize)]
struct Tunnels {
    tunnels: Vec<OneTunnel>,
}

#[derive(Deserialize)]
struct OneTunnel {
    public_url: String,
    config: Config,
}

#[derive(Deserialize)]
struct Config {
    addr: String,
}

#[async_trait]
impl Tunnel for Ngrok {
    fn id(&self) -> &'static str {
        "ngrok"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, _connection: &Connection, settings: &Map<String, Value>) -> Result<(), String> {
        check_texts(settings)
    }

    async fn run(&self, ctx: &TunnelContext<'_>) -> TunnelError {
        let mut arguments = vec![
            "http".to_owned(),
            ctx.inlet.to_string(),
            "--log=stdout".into(),
            "--log-format=json".into(),
        ];
        if let Some(domain) = ctx.setting("domain") {
            arguments.push(format!("--url=https://{domain}"));
        }
        let name = ctx.setting("program").unwrap_or("ngrok");
        match Program::start(&self.0.leash, name, &arguments).await {
            Ok(program) => self.hold(ctx, program).await,
            Err(error) => error,
        }
    }
}

impl Ngrok {
    async fn hold(&self, ctx: &TunnelContext<'_>, mut program: Program) -> TunnelError {
        let api = match local_api(ctx.pace.patience, &mut program).await {
            Ok(api) => api,
            Err(error) => return error,
        };
        let mut last = None;
        let mut missed = 0;
        let deadline = tokio::time::Instant::now() + ctx.pace.patience;
        loop {
            let found = tokio::select! {
                error = program.ended() => return error,
                found = self.look(ctx, &api) => found,
            };
            let mut pause = ctx.pace.beat;
            match found {
                Some(address) => {
                    missed = 0;
                    if last.as_ref() != Some(&address) {
                        ctx.line
                            .opened(&format!("{address}/webhooks/{}", ctx.connection.id));
                        last = Some(address);
                    }
                }
                None if last.is_none() => {
                    if tokio::time::Instant::now() >= deadline {
                        return TunnelError::Broken("ngrok opened no tunnel in time".into());
                    }
                    pause = pause.min(Duration::from_millis(200));
                }
                None => {
                    missed += 1;
                    if missed == MISSED {
                        return TunnelError::Broken("ngrok no longer has the tunnel".into());
                    }
                }
            }
            tokio::select! {
                error = program.ended() => return error,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// The public address of the tunnel to our port.
    async fn look(&self, ctx: &TunnelContext<'_>, api: &Url) -> Option<String> {
        let response = (self.0.client)(api)
            .get(api.clone())
            .timeout(ctx.pace.beat)
            .send()
            .await
            .ok()?;
        let tunnels: Tunnels = response.json().await.ok()?;
        let port = format!(":{}", ctx.inlet.port());
        let ours = tunnels.tunnels.into_iter().find(|tunnel| {
            tunnel.config.addr.ends_with(&port) && tunnel.public_url.starts_with("https://")
        })?;
        Some(ours.public_url.trim_end_matches('/').to_owned())
    }
}

/// Where the agent's local API lists tunnels: it says so when it starts.
async fn local_api(patience: Duration, program: &mut Program) -> Result<Url, TunnelError> {
    let told = async {
        while let Some(line) = program.line().await {
            if let Some(api) = told_api(&line) {
                return Ok(api);
            }
        }
        Err(program.ended().await)
    };
    tokio::time::timeout(patience, told)
        .await
        .unwrap_or_else(|_| {
            Err(TunnelError::Broken(
                "ngrok did not say where its local API is".into(),
            ))
        })
}

fn told_api(line: &str) -> Option<Url> {
    let line: Value = serde_json::from_str(line).ok()?;
    if line.get("msg")?.as_str()? != "starting web service" {
        return None;
    }
    let address = line.get("addr")?.as_str()?;
    Url::parse(&format!("http://{address}/api/tunnels")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_api_is_where_the_agent_says() {
        let line =
            r#"{"addr":"127.0.0.1:4041","lvl":"info","msg":"starting web service","obj":"web"}"#;
        let api = told_api(line).expect("told");
        assert_eq!(api.as_str(), "http://127.0.0.1:4041/api/tunnels");
        for line in ["plain words", r#"{"msg":"client session established"}"#] {
            assert_eq!(told_api(line), None, "{line}");
        }
    }
}
