//! `smee`: server-sent events from a server like smee.io, or gosmee's.
//!
//! smee.io parses a body and writes it anew, so that a signature over other bytes than it writes cannot hold; then
//! the port refuses the delivery, and it only hints that the forge should be asked. gosmee keeps the bytes.

mod delivery;

use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use http::header::{ACCEPT, CONTENT_TYPE};
use perch_core::connection::Connection;
use perch_core::seam::provider::Field;
use perch_core::seam::tunnel::{About, Tunnel, TunnelContext, TunnelError};
use reqwest::{Response, Url};
use serde_json::{Map, Value};

use self::delivery::Meaning;
use super::sse::Events;
use super::{Rim, custom, websocket};

pub(super) struct Smee(pub(super) Rim);

static ABOUT: About = About {
    name: "smee.io or gosmee",
    settings: &[Field {
        key: "url",
        label: "Channel",
        help: "The channel's address. Whoever knows it reads what is sent there.",
        required: true,
    }],
    moves: false,
    makes_secret: false,
};

#[async_trait]
impl Tunnel for Smee {
    fn id(&self) -> &'static str {
        "smee"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, _connection: &Connection, settings: &Map<String, Value>) -> Result<(), String> {
        let url = custom::address(settings, "https://smee.io/CHANNEL")?;
        if url.path().trim_matches('/').is_empty() {
            return Err(
                "the `url` of a smee tunnel must name its channel: https://smee.io/CHANNEL".into(),
            );
        }
        Ok(())
    }

    async fn run(&self, ctx: &TunnelContext<'_>) -> TunnelError {
        let url = match custom::address(ctx.settings, "https://smee.io/CHANNEL") {
            Ok(url) => url,
            Err(problem) => return TunnelError::Broken(problem),
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        match self.open(ctx, url.clone()).await {
            Ok(stream) => {
                ctx.line.opened(url.as_str());
                read(ctx, stream, &host).await
            }
            Err(error) => error,
        }
    }
}

impl Smee {
    async fn open(&self, ctx: &TunnelContext<'_>, url: Url) -> Result<Response, TunnelError> {
        let host = url.host_str().unwrap_or_default().to_owned();
        // smee.io gives its stream only to those who ask for exactly this.
        let mut asking = (self.0.client)(&url)
            .get(url)
            .header(ACCEPT, "text/event-stream");
        if let Some(last) = ctx.line.resume() {
            asking = asking.header("last-event-id", last);
        }
        let response = tokio::time::timeout(ctx.pace.patience, asking.send())
            .await
            .map_err(|_| TunnelError::Broken(format!("{host} did not answer in time")))?
            .map_err(|error| {
                TunnelError::Broken(format!(
                    "{host} could not be reached: {}",
                    websocket::plain(&error)
                ))
            })?;
        let status = response.status();
        if status.is_client_error() && !matches!(status.as_u16(), 408 | 429) {
            return Err(TunnelError::Refused {
                problem: format!("{host} has no such channel ({status})"),
                next_step: "set `url` in [connection.tunnel] to a channel it has".into(),
            });
        }
        let kind = response.headers().get(CONTENT_TYPE);
        let is_stream = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        if !status.is_success() || !is_stream {
            return Err(TunnelError::Broken(format!(
                "{host} answered {status} instead of a stream of events"
            )));
        }
        Ok(response)
    }
}

/// Hands on what the stream brings until it ends, or is silent for too long.
async fn read(ctx: &TunnelContext<'_>, response: Response, host: &str) -> TunnelError {
    let mut stream = response.bytes_stream();
    let mut events = Events::default();
    loop {
        let chunk = match next(ctx.pace.silence, stream.next()).await {
            Ok(Some(Ok(chunk))) => chunk,
            Ok(Some(Err(error))) => {
                return TunnelError::Broken(format!(
                    "{host} broke off: {}",
                    websocket::plain(&error)
                ));
            }
            Ok(None) => return TunnelError::Broken(format!("{host} ended the stream")),
            Err(silence) => {
                return TunnelError::Broken(format!(
                    "{host} gave no sign of life for {} s",
                    silence.as_secs()
                ));
            }
        };
        let Ok(events) = events.push(&chunk) else {
            return TunnelError::Broken(format!("{host} sent an event without an end"));
        };
        for event in events {
            match delivery::read(&event) {
                Meaning::Delivery { headers, body } => {
                    ctx.line.deliver(&headers, body).await;
                }
                Meaning::Lost => ctx.line.hint(),
                Meaning::Nothing => {}
            }
            if let Some(id) = event.id.filter(|id| !id.is_empty()) {
                ctx.line.set_resume(Some(id));
            }
        }
    }
}

/// `future`, or how long was waited for it in vain.
async fn next<T>(silence: Duration, future: impl Future<Output = T>) -> Result<T, Duration> {
    tokio::time::timeout(silence, future)
        .await
        .map_err(|_| silence)
}
