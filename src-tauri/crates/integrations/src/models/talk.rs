//! One call to a model server: the request as JSON, the answer as a stream of events, and what either means when it fails.

use std::time::Duration;

use ::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use ::http::{Method, StatusCode};
use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use perch_core::seam::model::{Call, NoAnswer};
use reqwest::Url;
use serde_json::Value;

use super::refusal;
use super::sse::{Event, Events};
use crate::http;

/// How long a server may think before its first word, and be silent between two. Models on small machines take long.
const SILENCE: Duration = Duration::from_secs(90);

/// Bytes of an answer that is no stream, at most.
const BODY: usize = 4 << 20;

/// A request.
pub(super) struct Asked<'a> {
    pub(super) call: &'a Call<'a>,
    /// The path below the base address, with a slash first.
    pub(super) path: &'a str,
    /// Headers with the key and the version.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

/// What a reader makes of an event.
pub(super) enum Heard {
    /// Go on.
    More,
    /// That was all.
    End,
}

impl Asked<'_> {
    fn url(&self) -> Result<Url, NoAnswer> {
        let base = self.call.choice.base_url.trim_end_matches('/');
        Url::parse(&format!("{base}{}", self.path))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| NoAnswer::Misconfigured {
                problem: format!("`{base}` is not an address that can be asked"),
                next_step: "correct the model's `base_url`".into(),
            })
    }

    /// Asks for JSON.
    pub(super) async fn json(&self, method: Method) -> Result<Value, NoAnswer> {
        let url = self.url()?;
        let host = http::host(&url);
        let response = self.sent(method, &url, None).await?;
        let status = response.status();
        let wait = wait(response.headers(), self.call.now);
        let body = whole(response, &host).await?;
        if status.is_success() {
            return Ok(body);
        }
        let said = refusal::said(&body);
        Err(refusal::meaning(status, &said, wait, &host, self.call.now))
    }

    /// Sends `body` and hands every event of the answer to `hear` until it has heard the end.
    ///
    /// `Err` of the inner kind is a status that is no success, for callers that ask again in other words.
    pub(super) async fn stream(
        &self,
        body: &Value,
        mut hear: impl FnMut(Event) -> Result<Heard, NoAnswer> + Send,
    ) -> Result<(), Failed> {
        let url = self.url()?;
        let host = http::host(&url);
        let response = self.sent(Method::POST, &url, Some(body)).await?;
        let status = response.status();
        if !status.is_success() {
            let wait = wait(response.headers(), self.call.now);
            let body = whole(response, &host).await?;
            let said = refusal::said(&body);
            return Err(Failed {
                because: refusal::meaning(status, &said, wait, &host, self.call.now),
                words: (status == StatusCode::BAD_REQUEST).then_some(said.words),
            });
        }
        let mut events = Events::default();
        let mut stream = response.bytes_stream();
        loop {
            let piece = tokio::time::timeout(SILENCE, stream.next())
                .await
                .map_err(|_| silent(&host))?;
            let Some(piece) = piece else {
                let broken = format!("{host} broke off in the midst of its answer");
                return Err(NoAnswer::Unavailable(broken).into());
            };
            let piece = piece.map_err(|error| {
                NoAnswer::Unavailable(format!(
                    "{} in the midst of its answer",
                    http::broken(&host, &error)
                ))
            })?;
            let heard = events.push(&piece).map_err(|_| {
                NoAnswer::Unusable(format!("{host} sends something that does not end"))
            })?;
            for event in heard {
                if let Heard::End = hear(event)? {
                    return Ok(());
                }
            }
        }
    }

    async fn sent(
        &self,
        method: Method,
        url: &Url,
        body: Option<&Value>,
    ) -> Result<reqwest::Response, NoAnswer> {
        let host = http::host(url);
        let mut request = http::for_streams(url).request(method, url.clone());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = tokio::time::timeout(SILENCE, request.send())
            .await
            .map_err(|_| silent(&host))?;
        response.map_err(|error| match http::broken(&host, &error) {
            fault @ (http::Fault::Untrusted { .. } | http::Fault::Proxy(_)) => {
                NoAnswer::Misconfigured {
                    problem: fault.to_string(),
                    next_step: "look at `ca_file` in the settings and at the proxy of this machine"
                        .into(),
                }
            }
            fault => NoAnswer::Unavailable(fault.to_string()),
        })
    }
}

/// Why a stream did not come to its end.
pub(super) struct Failed {
    /// What it means.
    pub(super) because: NoAnswer,
    /// What the server said, when it did not accept the request as it was written.
    pub(super) words: Option<String>,
}

impl From<NoAnswer> for Failed {
    fn from(because: NoAnswer) -> Self {
        Self {
            because,
            words: None,
        }
    }
}

impl Failed {
    /// True when the server does not know one of `fields` of the request.
    pub(super) fn does_not_know(&self, fields: &[&str]) -> bool {
        let words = self.words.as_deref().unwrap_or_default();
        fields.iter().any(|field| words.contains(field))
    }
}

fn silent(host: &str) -> NoAnswer {
    NoAnswer::Unavailable(format!("{host} said nothing for {} s", SILENCE.as_secs()))
}

/// When the server wants to be asked again.
fn wait(headers: &::http::HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "clamped to a day before the conversion"
        )]
        let seconds = seconds.ceil().clamp(1.0, 86_400.0) as i64;
        return now.checked_add(SignedDuration::from_secs(seconds)).ok();
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(at.max(now))
}

/// A body as JSON; text that is none stays as it is.
async fn whole(response: reqwest::Response, host: &str) -> Result<Value, NoAnswer> {
    let mut bytes = Vec::new();
    let mut stream = response.bytes_stream();
    loop {
        let piece = tokio::time::timeout(SILENCE, stream.next())
            .await
            .map_err(|_| silent(host))?;
        let Some(piece) = piece else { break };
        let piece =
            piece.map_err(|error| NoAnswer::Unavailable(http::broken(host, &error).to_string()))?;
        bytes.extend_from_slice(&piece);
        if bytes.len() > BODY {
            return Err(NoAnswer::Unusable(format!(
                "{host} answered with more than {BODY} bytes"
            )));
        }
    }
    Ok(serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned())))
}

/// A key as the value of a header, kept out of logs.
pub(super) fn secret(text: String) -> Result<HeaderValue, NoAnswer> {
    let mut value = HeaderValue::try_from(text).map_err(|_| NoAnswer::Misconfigured {
        problem: "the key holds characters that cannot be sent".into(),
        next_step: "set it anew, with `perch models key NAME` or in the settings".into(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}
