//! Opens a WebSocket (RFC 6455) over the program's own HTTP client, so that TLS, proxies and certificate
//! authorities are those of every other request.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::StatusCode;
use http::header::{
    AUTHORIZATION, CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use perch_core::seam::tunnel::TunnelError;
use reqwest::{Upgraded, Url};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::Rim;

/// A body of 25 MiB in base64, with its headers.
const LONGEST: usize = 36 << 20;

/// The open WebSocket.
pub(super) type Socket = WebSocketStream<Heard>;

/// A connection that remembers when something last came: a large message takes long, and is a sign of life all along.
pub(super) struct Heard {
    stream: Upgraded,
    last: Instant,
}

impl Heard {
    /// Begins to count anew: until now nobody listened.
    pub(super) fn attend(&mut self) {
        self.last = Instant::now();
    }

    /// For how long nothing came.
    pub(super) fn silence(&self) -> Duration {
        self.last.elapsed()
    }
}

impl AsyncRead for Heard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.last = Instant::now();
        }
        result
    }
}

impl AsyncWrite for Heard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Why it was not opened.
pub(super) enum NotOpened {
    /// The far side answered with this status instead.
    Status(StatusCode),
    /// It could not be reached, or broke the protocol.
    Broken(String),
}

impl From<NotOpened> for TunnelError {
    fn from(problem: NotOpened) -> Self {
        Self::Broken(match problem {
            NotOpened::Status(status) => {
                format!("the WebSocket was not opened: the answer was {status}")
            }
            NotOpened::Broken(reason) => format!("the WebSocket was not opened: {reason}"),
        })
    }
}

/// Opens the WebSocket at `address` (`ws`, `wss`, `http` or `https`). The token is sent as it is.
pub(super) async fn open(
    rim: &Rim,
    address: &Url,
    token: &SecretString,
    patience: Duration,
) -> Result<Socket, NotOpened> {
    let broken = |reason: &str| NotOpened::Broken(reason.to_owned());
    let url = over_http(address).ok_or_else(|| broken("its address is none"))?;
    let mut authorization = HeaderValue::try_from(token.expose_secret())
        .map_err(|_| broken("the token cannot stand in a header"))?;
    authorization.set_sensitive(true);
    let key = generate_key();
    let asking = (rim.client)(&url)
        .get(url)
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_VERSION, "13")
        .header(SEC_WEBSOCKET_KEY, &key)
        .header(AUTHORIZATION, authorization)
        .send();
    let response = tokio::time::timeout(patience, asking)
        .await
        .map_err(|_| broken("no answer in time"))?
        .map_err(|error| NotOpened::Broken(plain(&error)))?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(NotOpened::Status(response.status()));
    }
    let accepted = response.headers().get(SEC_WEBSOCKET_ACCEPT);
    if accepted.map(HeaderValue::as_bytes) != Some(derive_accept_key(key.as_bytes()).as_bytes()) {
        return Err(broken("the far side speaks no WebSocket"));
    }
    let stream = response
        .upgrade()
        .await
        .map_err(|error| NotOpened::Broken(plain(&error)))?;
    let mut config = WebSocketConfig::default();
    config.max_message_size = Some(LONGEST);
    config.max_frame_size = Some(LONGEST);
    let stream = Heard {
        stream,
        last: Instant::now(),
    };
    Ok(WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await)
}

/// What went wrong, without the address, which may hold what nobody else should know.
pub(super) fn plain(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if std::ptr::addr_eq(cause, error) {
        return if error.is_timeout() {
            "no answer in time".into()
        } else {
            "the answer could not be read".into()
        };
    }
    cause.to_string()
}

/// The address the handshake goes to.
fn over_http(address: &Url) -> Option<Url> {
    let (scheme, rest) = address.as_str().split_once("://")?;
    let scheme = match scheme {
        "ws" | "http" => "http",
        "wss" | "https" => "https",
        _ => return None,
    };
    Url::parse(&format!("{scheme}://{rest}")).ok()
}
