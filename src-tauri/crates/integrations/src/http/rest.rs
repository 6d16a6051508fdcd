//! A forge's REST API as one connection sees it: address, headers, pace, and which answers are faults.
//!
//! It knows no forge; a [`Dialect`] says how one is spoken to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use perch_core::connection::{Quota, Standing};
use perch_core::id::ConnectionId;
use perch_core::seam::provider::{Context, ProviderError};
use reqwest::Url;
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::limits::{ends, proxy_login};
use super::{Answer, Body, Keep, Part, Request, is_loopback, shared};

/// The time over which a forge counts requests that says how many an hour it allows.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What is remembered between calls, for the length of the process only.
pub(crate) struct Pace {
    /// Limits met in a row, by connection.
    limited: Mutex<BTreeMap<ConnectionId, u32>>,
    /// Polls made, by connection.
    turns: Mutex<BTreeMap<ConnectionId, u64>>,
    /// When requests were sent within the last hour, by connection; only for forges that count by the hour.
    sent: Mutex<BTreeMap<ConnectionId, VecDeque<Timestamp>>>,
    /// What answers said of quota and token, by connection.
    noted: Mutex<BTreeMap<ConnectionId, (Option<Quota>, Option<Timestamp>)>>,
    /// When the last request that changes something was sent.
    last_write: tokio::sync::Mutex<Option<tokio::time::Instant>>,
}

impl Pace {
    /// One that has met no limit yet.
    pub(crate) const fn new() -> Self {
        Self {
            limited: Mutex::new(BTreeMap::new()),
            turns: Mutex::new(BTreeMap::new()),
            sent: Mutex::new(BTreeMap::new()),
            noted: Mutex::new(BTreeMap::new()),
            last_write: tokio::sync::Mutex::const_new(None),
        }
    }

    /// The number of this poll of the connection, counted from 0; it decides whose turn it is.
    pub(crate) fn turn(&self, connection: &ConnectionId) -> u64 {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = turns.entry(connection.clone()).or_default();
        *turn += 1;
        *turn - 1
    }

    /// Requests sent within the hour before `now`; with `one`, that one more is.
    fn sent(&self, connection: &ConnectionId, now: Timestamp, one: bool) -> u32 {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = sent.entry(connection.clone()).or_default();
        while sent
            .front()
            .is_some_and(|at| now.duration_since(*at) >= HOUR)
        {
            sent.pop_front();
        }
        if one {
            sent.push_back(now);
        }
        u32::try_from(sent.len()).unwrap_or(u32::MAX)
    }

    /// Adds what the answers of late said of quota and token.
    pub(crate) fn tell(&self, connection: &ConnectionId, standing: &mut Standing) {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((quota, token_ends)) = noted.get(connection) {
            standing.quota = *quota;
            standing.token_ends = *token_ends;
        }
    }

    /// Notes when the token ends, where it is not said with every answer.
    pub(crate) fn note_end(&self, connection: &ConnectionId, ends: Option<Timestamp>) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.entry(connection.clone()).or_default().1 = ends;
    }

    fn token_ends(&self, connection: &ConnectionId) -> Option<Timestamp> {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.get(connection)?.1
    }

    fn hear(&self, connection: &ConnectionId, answer: &Answer) {
        // Searches and the like have quotas of their own.
        let other = answer
            .header("x-ratelimit-resource")
            .is_some_and(|resource| resource != "core");
        let rate = answer.rate().filter(|_| !other);
        let ends = ends(answer);
        if rate.is_none() && ends.is_none() {
            return;
        }
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = noted.entry(connection.clone()).or_default();
        if let Some(rate) = rate {
            entry.0 = Some(Quota {
                used: rate.used,
                left: rate.remaining,
                resets: rate.reset,
            });
        }
        entry.1 = ends.or(entry.1);
    }

    fn limits(&self, connection: &ConnectionId) -> u32 {
        let limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner);
        limited.get(connection).copied().unwrap_or(0)
    }

    fn note(&self, connection: &ConnectionId, was_limited: bool) {
        let mut limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner);
        if was_limited {
            *limited.entry(connection.clone()).or_default() += 1;
        } else {
            limited.remove(connection);
        }
    }
}

/// How one kind of forge is spoken to.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// Its name for people.
    pub(crate) name: &'static str,
    /// The id of its provider.
    pub(crate) id: &'static str,
    /// The API's own address, from the one of a connection.
    pub(crate) root: fn(&str) -> String,
    /// What its JSON is asked for as.
    pub(crate) json: &'static str,
    /// What a file's own bytes are asked for as.
    pub(crate) raw: &'static str,
    /// The pause between two requests that change something.
    pub(crate) between_writes: Duration,
    /// Requests an hour the forge allows, where its answers do not tell.
    pub(crate) hourly: Option<u32>,
    /// True when a token may be written `name:token` and is then sent as that pair.
    pub(crate) pairs: bool,
    /// True when 401 may also say that the user lacks a permission, and not only that nobody knows the token.
    pub(crate) denies: bool,
    /// Headers of every request.
    pub(crate) headers: &'static [(&'static str, &'static str)],
}

/// The API with one connection's address and token.
#[derive(Clone, Copy)]
pub(crate) struct Rest<'a> {
    /// Whose connection it is.
    pub(crate) ctx: &'a Context<'a>,
    dialect: &'static Dialect,
    pace: &'a Pace,
}

impl<'a> Rest<'a> {
    /// The API for `ctx`.
    pub(crate) fn new(ctx: &'a Context<'a>, dialect: &'static Dialect, pace: &'a Pace) -> Self {
        Self { ctx, dialect, pace }
    }

    /// The whole address of `path`, which begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        let root = (self.dialect.root)(&self.ctx.connection.base_url);
        format!("{root}{path}")
    }

    /// Sends a request. Being unknown, limited or unreachable is an error; every other status is an answer.
    pub(crate) async fn send(&self, request: Request<'_>) -> Result<Answer, ProviderError> {
        let has_accept = request.headers.iter().any(|(name, _)| name == "accept");
        let mut request = request.token(self.ctx.token);
        request.url = at_home(&request.url, &self.url(""));
        request.pair = self.dialect.pairs
            && self
                .ctx
                .token
                .is_some_and(|token| token.expose_secret().contains(':'));
        if self.dialect.hourly.is_some() {
            self.pace.sent(&self.ctx.connection.id, self.ctx.now, true);
        }
        for (name, value) in self.dialect.headers {
            let header = (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
            request.headers.push(header);
        }
        if !has_accept {
            request = request.accept(self.dialect.json);
        }
        let answer = shared().send(&request).await?;
        let Dialect { name, id, .. } = self.dialect;
        let connection = &self.ctx.connection.id;
        // Logs lie elsewhere by design, and are text.
        let wants_json = !has_accept && matches!(request.keep, Keep::Whole(_));
        if let Some(obstacle) = obstacle(&answer, name, wants_json) {
            return Err(obstacle);
        }
        self.pace.hear(connection, &answer);
        let before = self.pace.limits(connection);
        if let Some(until) = answer.wait_until(self.ctx.now, before) {
            self.pace.note(connection, true);
            return Err(ProviderError::Wait {
                until,
                reason: format!("{name} limits how much may be asked"),
            });
        }
        if before > 0 {
            self.pace.note(connection, false);
        }
        let denied = self.dialect.denies && answer.message().contains("permi");
        match answer.status {
            StatusCode::UNAUTHORIZED if !denied => Err(ProviderError::Refused {
                problem: match self.pace.token_ends(connection) {
                    Some(ended) if ended <= self.ctx.now => {
                        format!("the token ended on {}", ended.strftime("%Y-%m-%d"))
                    }
                    _ => format!("{name} does not accept the token"),
                },
                next_step: format!("make a new one and set it with `perch connect {id}`"),
            }),
            status if status.is_server_error() => Err(ProviderError::Unavailable(format!(
                "{name} answered {status}"
            ))),
            _ => Ok(answer),
        }
    }

    /// Requests left of this hour's, where the forge allows so many.
    pub(crate) fn left(&self) -> Option<u32> {
        let sent = self.pace.sent(&self.ctx.connection.id, self.ctx.now, false);
        Some(self.dialect.hourly?.saturating_sub(sent))
    }

    /// Asks for `url`.
    pub(crate) async fn get(&self, url: &str) -> Result<Answer, ProviderError> {
        self.send(Request::new(Method::GET, url)).await
    }

    /// Asks for a file's own bytes; nothing if there are more than `limit`.
    pub(crate) async fn raw(
        &self,
        url: &str,
        limit: usize,
    ) -> Result<Option<Answer>, ProviderError> {
        let mut request = Request::new(Method::GET, url).accept(self.dialect.raw);
        request.keep = Keep::End(limit + 1);
        let answer = self.send(request).await?;
        let whole = answer.first_line == 1 && answer.body.len() <= limit;
        Ok((whole || !answer.status.is_success()).then_some(answer))
    }

    /// Asks for text of which the last `limit` bytes are kept.
    pub(crate) async fn log(&self, url: &str, limit: usize) -> Result<Answer, ProviderError> {
        let mut request = Request::new(Method::GET, url);
        request.keep = Keep::End(limit);
        self.send(request).await
    }

    /// Asks for `url` unless it is as it was when its validators were put; then it is nothing.
    pub(crate) async fn get_if_changed(&self, url: &str) -> Result<Option<Answer>, ProviderError> {
        let mut request = Request::new(Method::GET, url);
        request.validators = self.ctx.cache.get(url);
        let answer = self.send(request).await?;
        Ok((answer.status != StatusCode::NOT_MODIFIED).then_some(answer))
    }

    /// Sends something that changes the forge, a while after the last; a server on this machine needs no pause.
    pub(crate) async fn write(
        &self,
        method: Method,
        url: &str,
        body: Option<Value>,
    ) -> Result<Answer, ProviderError> {
        self.change(method, url, body.map(Into::into)).await
    }

    /// The same with a form.
    pub(crate) async fn write_form(
        &self,
        method: Method,
        url: &str,
        parts: Vec<Part>,
    ) -> Result<Answer, ProviderError> {
        self.change(method, url, Some(Body::Form(parts))).await
    }

    async fn change(
        &self,
        method: Method,
        url: &str,
        body: Option<Body>,
    ) -> Result<Answer, ProviderError> {
        let mut request = Request::new(method, url);
        request.body = body;
        let local = Url::parse(url).is_ok_and(|url| is_loopback(&url));
        if local {
            return self.send(request).await;
        }
        let mut last = self.pace.last_write.lock().await;
        if let Some(last) = *last {
            tokio::time::sleep_until(last + self.dialect.between_writes).await;
        }
        let answer = self.send(request).await;
        *last = Some(tokio::time::Instant::now());
        answer
    }
}

/// `url` at the origin of `root`. What an answer links to is asked where the token belongs, whatever host it names: a
/// server behind a proxy may know itself by another name, and a forged answer must not fetch the token.
fn at_home(url: &str, root: &str) -> String {
    match (Url::parse(url), Url::parse(root)) {
        (Ok(there), Ok(mut home)) if there.origin() != home.origin() => {
            home.set_path(there.path());
            home.set_query(there.query());
            home.into()
        }
        _ => url.to_owned(),
    }
}

/// What stands between here and the forge, where an answer shows that it is not the forge's own or not for this token.
fn obstacle(answer: &Answer, name: &str, wants_json: bool) -> Option<ProviderError> {
    if answer.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        return Some(proxy_login("the proxy on the way asks for a login".into()));
    }
    let wall = answer.header("x-github-sso");
    if let Some(wall) = wall.filter(|wall| wall.trim_start().starts_with("required")) {
        let link = wall
            .split(';')
            .find_map(|part| part.trim().strip_prefix("url="))
            .filter(|link| link.starts_with("https://"));
        return Some(ProviderError::Refused {
            problem: format!(
                "{name} wants the token authorized for the organization's single sign-on"
            ),
            next_step: match link {
                Some(link) => format!("authorize it at {link}"),
                None => "authorize it where you made it, with `Configure SSO`".into(),
            },
        });
    }
    let page = answer
        .header("content-type")
        .is_some_and(|kind| kind.trim_start().starts_with("text/html"));
    let other = answer.status.is_success() && (page || answer.elsewhere.is_some());
    if answer.status == StatusCode::NETWORK_AUTHENTICATION_REQUIRED || (wants_json && other) {
        let who = match &answer.elsewhere {
            Some(host) => format!("{host} answered instead of {name}"),
            None => format!("a web page came instead of {name}'s answer"),
        };
        return Some(ProviderError::Unavailable(format!(
            "{who}: this network may want you to sign in, so open a browser; or `base_url` is not its API"
        )));
    }
    None
}

/// An answer's body in a shape. An answer that is cut off or of another shape may be whole the next time.
pub(crate) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ProviderError> {
    answer.json().map_err(|_| {
        ProviderError::Unavailable(format!(
            "the forge's answer of {} bytes cannot be read",
            answer.body.len()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::at_home;

    #[test]
    fn a_link_is_asked_where_the_token_belongs() {
        let root = "https://git.example/api/v4";
        let cases = [
            (
                "https://git.example/api/v4/projects/a%2Fb?page=2",
                "https://git.example/api/v4/projects/a%2Fb?page=2",
            ),
            (
                "http://internal:8080/api/v4/projects/a%2Fb?page=2&per_page=100",
                "https://git.example/api/v4/projects/a%2Fb?page=2&per_page=100",
            ),
            (
                "https://git.example.attacker.example/api/v4/user",
                "https://git.example/api/v4/user",
            ),
            (
                "https://git.example:444/api/v4/user",
                "https://git.example/api/v4/user",
            ),
            (
                "https://ada@git.example/api/v4/user",
                "https://ada@git.example/api/v4/user",
            ),
        ];
        for (link, asked) in cases {
            assert_eq!(at_home(link, root), asked);
        }
    }
}
