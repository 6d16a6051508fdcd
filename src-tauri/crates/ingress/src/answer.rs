//! What a sender is told. Refusals say what to do, but nothing about how a signature failed.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use perch_core::id::DeliveryId;
use serde_json::{Value, json};

/// An answer to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Committed.
    Stored(DeliveryId),
    /// Committed before.
    Repeat(DeliveryId),
    /// A nonce of Perch's own arrived.
    RoundTrip,
    /// Believed, and about nothing that is watched.
    Ignored,
    /// It cannot be read, and why.
    Malformed(String),
    /// The signature is missing or wrong.
    Unsigned,
    /// No connection on this route has a secret.
    NoSecret,
    /// The route leads nowhere.
    Unknown,
    /// The body did not come in time.
    TooSlow,
    /// The body is larger than this many bytes.
    TooLarge(usize),
    /// The content type or coding is not one that senders of webhooks use.
    UnknownType,
    /// Too much is in flight.
    Busy,
    /// The log refused.
    NotStored,
    /// A fault of our own.
    Fault,
}

impl Answer {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Stored(_) => StatusCode::ACCEPTED,
            Self::RoundTrip => StatusCode::NO_CONTENT,
            Self::Repeat(_) | Self::Ignored => StatusCode::OK,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Unsigned | Self::NoSecret => StatusCode::UNAUTHORIZED,
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnknownType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Busy => StatusCode::TOO_MANY_REQUESTS,
            Self::NotStored => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn body(&self) -> Value {
        match self {
            Self::Stored(id) => json!({ "id": id }),
            Self::Repeat(id) => json!({ "id": id, "repeat": true }),
            Self::RoundTrip => Value::Null,
            Self::Ignored => json!({ "ignored": "it concerns nothing that is watched here" }),
            Self::Malformed(reason) => json!({ "error": reason }),
            Self::Unsigned => json!({ "error": "the signature is missing or does not match" }),
            Self::NoSecret => json!({
                "error": "this route has no webhook secret and takes nothing without one; \
                    set it with `perch connect` or in the panel's settings, and at the sender"
            }),
            Self::Unknown => json!({
                "error": "no connection takes webhooks here; `perch status` lists the routes there are"
            }),
            Self::TooSlow => json!({ "error": "the body did not arrive in time" }),
            Self::TooLarge(limit) => json!({
                "error": format!("the body is larger than {limit} bytes")
            }),
            Self::UnknownType => json!({
                "error": "send application/json or application/x-www-form-urlencoded, uncompressed"
            }),
            Self::Busy => json!({ "error": "too many deliveries are in flight; send it again" }),
            Self::NotStored => {
                json!({ "error": "the delivery could not be stored; send it again" })
            }
            Self::Fault => json!({ "error": "the delivery failed by a fault of Perch's own" }),
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        if self == Self::RoundTrip {
            return self.status().into_response();
        }
        let mut headers = HeaderMap::new();
        match self {
            Self::Busy => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Self::NotStored => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("30"));
            }
            // The rest of the body is still under way and is nothing anyone waits for.
            Self::TooSlow | Self::TooLarge(_) => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
            _ => {}
        }
        (self.status(), headers, Json(self.body())).into_response()
    }
}
