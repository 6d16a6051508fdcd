//! `gh-forward`: what `gh webhook forward` speaks. GitHub sends each delivery, byte for byte, over a WebSocket.
//!
//! A repository has at most one such webhook, of kind `cli`. One that Perch left behind, or that was never switched
//! on, is removed; one that somebody else may be using only where the settings say so.

mod api;
mod message;

use async_trait::async_trait;
use futures_util::{SinkExt as _, StreamExt as _};
use http::StatusCode;
use perch_core::connection::Connection;
use perch_core::seam::provider::Field;
use perch_core::seam::tunnel::{About, Tunnel, TunnelContext, TunnelError};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio_tungstenite::tungstenite::Message;

use self::api::Api;
use super::Rim;
use super::websocket::{self, NotOpened, Socket};

pub(super) struct GhForward(pub(super) Rim);

static ABOUT: About = About {
    name: "GitHub's webhook forwarding",
    settings: &[Field {
        key: "take_over",
        label: "Take over",
        help: "true removes another program's forwarding of the same repository.",
        required: false,
    }],
    moves: false,
    makes_secret: true,
};

/// A forwarding that GitHub knows: what a broken strand goes on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Forwarding {
    /// The webhook's id.
    id: u64,
    /// The webhook in the API.
    url: String,
    /// Where the WebSocket is.
    ws_url: String,
}

impl Forwarding {
    /// How it is noted among the webhooks Perch made.
    fn note(&self) -> String {
        format!("{NOTED}{}", self.id)
    }
}

/// How the note of a forwarding begins.
const NOTED: &str = "cli:";

#[async_trait]
impl Tunnel for GhForward {
    fn id(&self) -> &'static str {
        "gh-forward"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, connection: &Connection, settings: &Map<String, Value>) -> Result<(), String> {
        if connection.provider != "github" {
            return Err(format!(
                "a gh-forward tunnel is GitHub's own, and the connection's provider is `{}`; choose another kind",
                connection.provider
            ));
        }
        match settings.get("take_over") {
            Some(Value::Bool(_)) | None => Ok(()),
            Some(_) => Err("`take_over` of the tunnel must be true or false".into()),
        }
    }

    fn strands(&self, connection: &Connection) -> Vec<String> {
        connection.watch.clone()
    }

    async fn run(&self, ctx: &TunnelContext<'_>) -> TunnelError {
        match self.open(ctx).await {
            Ok((stream, host)) => {
                ctx.line.opened(&format!("{host}, over a WebSocket"));
                forward(ctx, stream, &host).await
            }
            Err(error) => error,
        }
    }

    async fn leave(&self, ctx: &TunnelContext<'_>) {
        let removed = match Api::of(&self.0, ctx) {
            Ok(api) => remove_ours(&api, ctx).await,
            Err(error) => Err(error),
        };
        if let Err(problem) = removed {
            tracing::warn!(
                connection.id = %ctx.connection.id, repository = %ctx.strand, %problem,
                "the forwarding Perch made was not removed"
            );
        }
    }
}

impl GhForward {
    /// Goes on with the forwarding there is, or makes a new one, and opens its WebSocket.
    async fn open(&self, ctx: &TunnelContext<'_>) -> Result<(Socket, String), TunnelError> {
        let api = Api::of(&self.0, ctx)?;
        let known = ctx
            .line
            .resume()
            .and_then(|text| serde_json::from_str::<Forwarding>(&text).ok());
        if let Some(known) = known {
            match self.connect(&api, ctx, &known).await {
                Ok(open) => return Ok(open),
                Err(NotOpened::Status(status)) if status.is_client_error() => {
                    ctx.line.set_resume(None);
                }
                Err(error) => return Err(error.into()),
            }
        }
        let new = self.create(&api, ctx).await?;
        ctx.line.set_resume(serde_json::to_string(&new).ok());
        Ok(self.connect(&api, ctx, &new).await?)
    }

    async fn connect(
        &self,
        api: &Api<'_>,
        ctx: &TunnelContext<'_>,
        forwarding: &Forwarding,
    ) -> Result<(Socket, String), NotOpened> {
        let url = Url::parse(&forwarding.ws_url)
            .ok()
            .filter(|url| api.may_trust(url))
            .ok_or_else(|| NotOpened::Broken("GitHub gave an address that is none".into()))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let stream = websocket::open(&self.0, &url, api.token, ctx.pace.patience).await?;
        api.activate(&forwarding.url).await?;
        Ok((stream, host))
    }

    /// Makes the webhook; one that is in the way and nobody's is removed first.
    async fn create(
        &self,
        api: &Api<'_>,
        ctx: &TunnelContext<'_>,
    ) -> Result<Forwarding, TunnelError> {
        // What an earlier run left behind would be in the way.
        remove_ours(api, ctx).await?;
        let mut new = api.create().await?;
        if new.is_none() {
            make_way(api, ctx).await?;
            new = api.create().await?;
        }
        let new = new.ok_or_else(|| in_the_way(ctx))?;
        // Noted before it is switched on: one that was not noted is off, and is known by that.
        ctx.made
            .note(&ctx.connection.id, ctx.strand, vec![new.note()])
            .await
            .map_err(TunnelError::Broken)?;
        Ok(new)
    }
}

/// Removes the forwarding of this repository that Perch made, if there is one.
async fn remove_ours(api: &Api<'_>, ctx: &TunnelContext<'_>) -> Result<(), TunnelError> {
    let made = ctx
        .made
        .list(&ctx.connection.id, ctx.strand)
        .await
        .map_err(TunnelError::Broken)?;
    let ours: Vec<&str> = made
        .iter()
        .filter_map(|one| one.strip_prefix(NOTED))
        .collect();
    if ours.is_empty() {
        return Ok(());
    }
    for id in ours {
        api.delete(id).await?;
    }
    let others = made.iter().filter(|one| !one.starts_with(NOTED)).cloned();
    ctx.made
        .note(&ctx.connection.id, ctx.strand, others.collect())
        .await
        .map_err(TunnelError::Broken)
}

/// Removes the forwarding that is in the way: one that is off, or any if the settings say so.
async fn make_way(api: &Api<'_>, ctx: &TunnelContext<'_>) -> Result<(), TunnelError> {
    let take_over = ctx.settings.get("take_over") == Some(&Value::Bool(true));
    for hook in api.list().await? {
        if hook.name != api::CLI {
            continue;
        }
        if hook.active && !take_over {
            return Err(in_the_way(ctx));
        }
        tracing::info!(connection.id = %ctx.connection.id, repository = %ctx.strand, "a forwarding that nobody uses is removed");
        api.delete(&hook.id.to_string()).await?;
    }
    Ok(())
}

fn in_the_way(ctx: &TunnelContext<'_>) -> TunnelError {
    TunnelError::Refused {
        problem: format!(
            "another program forwards the webhooks of {}, and GitHub allows one",
            ctx.strand
        ),
        next_step:
            "end it (`gh webhook forward`), or set `take_over = true` in [connection.tunnel]".into(),
    }
}

/// Hands on what comes until the WebSocket ends or shows no sign of life.
async fn forward(ctx: &TunnelContext<'_>, mut stream: Socket, host: &str) -> TunnelError {
    let broken = |what: &str| TunnelError::Broken(format!("{host} {what}"));
    let mut beat = tokio::time::interval(ctx.pace.beat);
    loop {
        let message = tokio::select! {
            message = stream.next() => message,
            _ = beat.tick() => {
                if stream.get_ref().silence() >= ctx.pace.silence {
                    return broken(&format!("gave no sign of life for {} s", ctx.pace.silence.as_secs()));
                }
                // A half-open connection may take this for long; it never answers.
                let ping = stream.send(Message::Ping(bytes::Bytes::new()));
                match tokio::time::timeout(ctx.pace.patience, ping).await {
                    Ok(Ok(())) => continue,
                    Ok(Err(error)) => return broken(&format!("broke off: {error}")),
                    Err(_) => return broken("takes nothing any more"),
                }
            }
        };
        let text = match message {
            Some(Ok(Message::Text(text))) => bytes::Bytes::from(text),
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Close(_))) | None => return broken("ended the WebSocket"),
            Some(Ok(_)) => continue,
            Some(Err(error)) => return broken(&format!("broke off: {error}")),
        };
        let Some((headers, body)) = message::read(&text) else {
            tracing::info!(connection.id = %ctx.connection.id, "a message of GitHub's forwarding cannot be read; it is asked instead");
            ctx.line.hint();
            continue;
        };
        let reply = ctx.line.deliver(&headers, body).await;
        // GitHub shows the answer in the webhook's list of deliveries, and waits for it.
        let answer = stream.send(Message::text(message::answer(&reply)));
        match tokio::time::timeout(ctx.pace.patience, answer).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return broken(&format!("broke off: {error}")),
            Err(_) => return broken("takes nothing any more"),
        }
        stream.get_mut().attend();
    }
}

/// What an answer of the API means for the strand.
fn refused(status: StatusCode, what: &str) -> TunnelError {
    let problem = format!("GitHub does not let Perch {what} ({status})");
    match status.as_u16() {
        401 => TunnelError::Refused {
            problem,
            next_step: "give the connection a token that is valid: `perch connect github`".into(),
        },
        403 | 404 => TunnelError::Refused {
            problem,
            next_step: "the token must be an administrator's of the repository, with the permission Webhooks: write".into(),
        },
        _ => TunnelError::Broken(problem),
    }
}
