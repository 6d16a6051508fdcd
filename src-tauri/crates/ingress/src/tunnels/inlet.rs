//! Hands a delivery to the port for tunnels, as the forge sent it.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderName, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use perch_core::id::ConnectionId;
use perch_core::seam::tunnel::Reply;
use reqwest::Client;

use crate::round_trip;

/// A busy port, or a disk that refuses, is tried again: what sent this keeps no copy.
const ATTEMPTS: u32 = 4;

/// Headers that are about a connection and not about the delivery.
const OF_THE_CONNECTION: [&str; 12] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The delivery's own headers.
fn own(headers: &HeaderMap) -> HeaderMap {
    let passes = |name: &HeaderName| {
        !OF_THE_CONNECTION.contains(&name.as_str()) && name.as_str() != round_trip::HEADER
    };
    headers
        .iter()
        .filter(|(name, _)| passes(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Posts a delivery and returns the answer; 502 if there is none.
pub(super) async fn deliver(
    client: &Client,
    inlet: SocketAddr,
    connection: &ConnectionId,
    headers: &HeaderMap,
    body: Bytes,
    patience: Duration,
) -> Reply {
    let url = format!("http://{inlet}/webhooks/{connection}");
    let headers = own(headers);
    let mut reply = unreachable(String::new());
    for attempt in 1..=ATTEMPTS {
        let sent = client
            .post(&url)
            .headers(headers.clone())
            .body(body.clone())
            .timeout(patience)
            .send()
            .await;
        reply = match sent {
            Ok(response) => read(response).await,
            Err(error) => unreachable(error.to_string()),
        };
        let again = matches!(
            reply.status,
            StatusCode::TOO_MANY_REQUESTS
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::BAD_GATEWAY
        );
        if !again || attempt == ATTEMPTS {
            break;
        }
        tokio::time::sleep(Duration::from_millis(250 * u64::from(attempt * attempt))).await;
    }
    reply
}

async fn read(mut response: reqwest::Response) -> Reply {
    let status = response.status();
    let mut headers = std::mem::take(response.headers_mut());
    headers.remove(RETRY_AFTER);
    Reply {
        status,
        headers,
        // Answers of the listener are a few hundred bytes.
        body: response.bytes().await.unwrap_or_default(),
    }
}

fn unreachable(problem: String) -> Reply {
    Reply {
        status: StatusCode::BAD_GATEWAY,
        headers: HeaderMap::new(),
        body: problem.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_connection_and_nonces_stay_behind() {
        let mut headers = HeaderMap::new();
        for name in [
            "host",
            "content-length",
            "transfer-encoding",
            "x-perch-nonce",
            "x-hub-signature-256",
            "content-type",
        ] {
            headers.insert(name, "x".parse().expect("a header value"));
        }
        let own = own(&headers);
        let mut names: Vec<&str> = own.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-type", "x-hub-signature-256"]);
    }
}
