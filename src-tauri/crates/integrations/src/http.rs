//! The one HTTP client: what goes out, what comes back, and where a token may travel.
//!
//! It neither retries nor interprets bodies; `http/limits.rs` says what a status means for the road.

pub(crate) mod address;
pub mod limits;
pub(crate) mod rest;
mod tail;
mod trust;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, LINK, LOCATION,
};
use http::{HeaderMap, Method, StatusCode};
use perch_core::seam::http_cache::Validators;
use reqwest::{Url, multipart};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use self::tail::Tail;

/// Redirects followed at most.
const REDIRECTS: usize = 5;

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(10);

/// How long the far side may be silent within an answer.
const SILENCE: Duration = Duration::from_secs(20);

/// How long a whole request may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Bytes of an answer at most, unless the request says otherwise.
pub const BODY: usize = 32 << 20;

/// A request.
#[derive(Debug)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: Method,
    /// The whole address.
    pub url: String,
    /// Sent as a bearer token to the address's own host, and nowhere else.
    pub token: Option<&'a SecretString>,
    /// Headers beyond the client's own.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What makes it conditional.
    pub validators: Option<Validators>,
    /// True when the token is written `name:token` and sent as that pair (RFC 7617).
    pub pair: bool,
    /// What it carries.
    pub body: Option<Body>,
    /// How much of the answer is read.
    pub keep: Keep,
}

/// What a request carries.
#[derive(Debug, Clone)]
pub enum Body {
    /// JSON.
    Json(Value),
    /// The parts of a form (`multipart/form-data`).
    Form(Vec<Part>),
    /// A form, already encoded (`application/x-www-form-urlencoded`).
    Encoded(String),
}

/// A part of a form.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// True for the content of a file, which is named like the part.
    pub file: bool,
}

impl From<Value> for Body {
    fn from(json: Value) -> Self {
        Self::Json(json)
    }
}

impl Body {
    fn put(&self, sent: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match self {
            Self::Json(json) => sent
                .header(CONTENT_TYPE, "application/json")
                .body(json.to_string()),
            Self::Encoded(form) => sent
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.clone()),
            Self::Form(parts) => {
                // Names are written as browsers write them: servers do not read RFC 5987 here.
                let form = multipart::Form::new().percent_encode_noop();
                let form = parts.iter().fold(form, |form, part| {
                    let name = form_name(&part.name);
                    let mut content = multipart::Part::text(part.text.clone());
                    if part.file {
                        content = content.file_name(name.clone());
                    }
                    form.part(name, content)
                });
                sent.multipart(form)
            }
        }
    }
}

/// A name within quotation marks in a form's header (WHATWG HTML, "Multipart form data"): it cannot end them.
fn form_name(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// How much of an answer is read. Sizes are in bytes, after decompression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All of it; a longer answer is a fault.
    Whole(usize),
    /// Of a longer answer only the end, from the beginning of a line on.
    End(usize),
}

impl<'a> Request<'a> {
    /// A request for `url` that asks for JSON.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            token: None,
            pair: false,
            headers: Vec::new(),
            validators: None,
            body: None,
            keep: Keep::Whole(BODY),
        }
    }

    /// With a token.
    pub fn token(mut self, token: Option<&'a SecretString>) -> Self {
        self.token = token;
        self
    }

    /// Asking for `media_type`.
    pub fn accept(self, media_type: &'static str) -> Self {
        self.header(ACCEPT, media_type)
    }

    /// With one more header.
    pub fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, or the end of it.
    pub body: Bytes,
    /// The 1-based number of the first line in `body`; above 1 when the beginning was cut away.
    pub first_line: u64,
    /// The host that answered, when it is not the one that was asked.
    pub elsewhere: Option<String>,
}

impl Answer {
    /// The body as JSON of a shape. A list of nothing may come as no content at all, as GitHub sends it at times.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        if self.status == StatusCode::NO_CONTENT {
            return serde_json::from_str("[]");
        }
        serde_json::from_slice(&self.body)
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What makes the next request for the same address conditional; nothing if the answer gave nothing.
    pub fn validators(&self) -> Option<Validators> {
        let text = |name| Some(self.headers.get(name)?.to_str().ok()?.to_owned());
        let validators = Validators {
            etag: text(ETAG),
            last_modified: text(LAST_MODIFIED),
        };
        (validators != Validators::default()).then_some(validators)
    }

    /// The address of the next page (RFC 8288, relation `next`).
    pub fn next_page(&self) -> Option<String> {
        let links = self.headers.get(LINK)?.to_str().ok()?;
        links.split(',').find_map(|link| {
            let (target, parameters) = link.split_once(';')?;
            let is_next = parameters.split(';').any(|parameter| {
                parameter
                    .trim()
                    .strip_prefix("rel=")
                    .is_some_and(|relation| relation.trim_matches('"') == "next")
            });
            let target = target.trim().strip_prefix('<')?.strip_suffix('>')?;
            is_next.then(|| target.to_owned())
        })
    }
}

/// Why there is no answer. No message holds a token or a query.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// The address cannot be asked.
    #[error("`{0}` is not an address that can be asked")]
    Address(String),
    /// Nothing came in time.
    #[error("{0} did not answer in time")]
    Timeout(String),
    /// No connection, or it broke off within the answer.
    #[error("{host} could not be reached: {reason}")]
    Broken {
        /// Whom.
        host: String,
        /// What happened.
        reason: String,
    },
    /// The answer is longer than the request allows.
    #[error("{host} answered with more than {limit} bytes")]
    TooLarge {
        /// Who.
        host: String,
        /// What was allowed.
        limit: usize,
    },
    /// The proxy between here and there wants to know who we are.
    #[error("the proxy on the way to {0} asks for a login")]
    Proxy(String),
    /// It is not certain that it is who it says.
    #[error("{host} cannot be believed: {reason}")]
    Untrusted {
        /// Who.
        host: String,
        /// Why not, with who issued its certificate.
        reason: String,
        /// True when only the issuer is not known.
        unknown_issuer: bool,
    },
    /// It sent us on too often, or where we do not go.
    #[error("{host} redirects where Perch does not follow: {reason}")]
    Redirect {
        /// Who.
        host: String,
        /// Why not.
        reason: String,
    },
}

/// The client. Connections to this machine never go through a proxy.
pub struct Http {
    outside: reqwest::Client,
    loopback: reqwest::Client,
    /// For streams and tunnels: those outside, and those on this machine.
    streams: [reqwest::Client; 2],
}

/// The client in use; it is replaced as a whole.
static SHARED: LazyLock<RwLock<Arc<Http>>> = LazyLock::new(|| {
    let http = Http::new(&[]).expect("the client's settings are constants known to be sound");
    RwLock::new(Arc::new(http))
});

/// The authorities it believes beside those of the system, as PEM.
static BELIEVED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// The client everybody shares, and with it one pool of connections.
pub fn shared() -> Arc<Http> {
    Arc::clone(&SHARED.read().unwrap_or_else(PoisonError::into_inner))
}

/// Believes the authorities in `pem` from now on, beside those of the system. None in it, and only the system's count.
/// The problem is said in words; then everything stays as it was.
pub fn trust(pem: &[u8]) -> Result<(), String> {
    let mut believed = BELIEVED.lock().unwrap_or_else(PoisonError::into_inner);
    if *believed == pem {
        return Ok(());
    }
    let http = Http::new(pem)?;
    believed.clear();
    believed.extend_from_slice(pem);
    *SHARED.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(http);
    Ok(())
}

/// A client for streams and tunnels to `url`: the same rules, but HTTP/1.1 as it comes and no limit on how long an
/// answer takes, which whoever reads it keeps.
pub fn for_streams(url: &Url) -> reqwest::Client {
    let http = shared();
    let [outside, loopback] = &http.streams;
    if is_loopback(url) { loopback } else { outside }.clone()
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that builds clients"
)]
fn builder(tls: &rustls::ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("perch/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(tls.clone())
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
}

fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, String> {
    builder.build().map_err(|error| error.to_string())
}

/// How TLS is spoken, with the authorities in `pem` beside those of the system.
fn tls(pem: &[u8]) -> Result<rustls::ClientConfig, String> {
    // `ring` does the cryptography of this process. Somebody else's earlier choice stands.
    let crypto = rustls::crypto::CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()));
    let authorities = if pem.is_empty() {
        Vec::new()
    } else {
        trust::certificates(pem)?
    };
    trust::config(authorities, crypto)
}

/// How TLS is spoken with databases: the same authorities are believed.
pub(crate) fn tls_for_databases() -> Result<rustls::ClientConfig, String> {
    let believed = BELIEVED.lock().unwrap_or_else(PoisonError::into_inner);
    let mut tls = tls(&believed)?;
    tls.alpn_protocols.clear();
    Ok(tls)
}

impl Http {
    fn new(pem: &[u8]) -> Result<Self, String> {
        let tls = tls(pem)?;
        let asking = || builder(&tls).read_timeout(SILENCE).timeout(PATIENCE);
        let mut plain = tls.clone();
        plain.alpn_protocols = vec![b"http/1.1".to_vec()];
        let streams = || builder(&plain).http1_only().no_gzip();
        Ok(Self {
            outside: build(asking())?,
            loopback: build(asking().no_proxy())?,
            streams: [build(streams())?, build(streams().no_proxy())?],
        })
    }

    /// Sends `request`, follows redirects, and reads the answer.
    ///
    /// The token goes to hosts other than the first no more, and nothing is ever sent from `https` to plain
    /// `http`. A request that changes something follows only the redirects that keep its method (307, 308).
    pub async fn send(&self, request: &Request<'_>) -> Result<Answer, Fault> {
        let mut url = address(&request.url)?;
        let home = origin(&url);
        for _ in 0..=REDIRECTS {
            let host = host(&url);
            let client = if is_loopback(&url) {
                &self.loopback
            } else {
                &self.outside
            };
            let mut sent = client.request(request.method.clone(), url.clone());
            let at_home = origin(&url) == home;
            for (name, value) in &request.headers {
                sent = sent.header(name, value);
            }
            if at_home {
                sent = with_credentials(sent, request);
            }
            if let Some(body) = &request.body {
                sent = body.put(sent);
            }
            let response = sent.send().await.map_err(|error| broken(&host, &error))?;
            let Some(next) = redirect(&request.method, &url, &response)? else {
                let mut answer = read(response, request.keep, &host).await?;
                answer.elsewhere = (!at_home).then_some(host);
                return Ok(answer);
            };
            url = next;
        }
        Err(Fault::Redirect {
            host: host(&url),
            reason: format!("more than {REDIRECTS} times"),
        })
    }
}

fn with_credentials(
    mut sent: reqwest::RequestBuilder,
    request: &Request<'_>,
) -> reqwest::RequestBuilder {
    let written = request.token.map(|token| {
        let token = token.expose_secret();
        if request.pair {
            format!("Basic {}", STANDARD.encode(token))
        } else {
            format!("Bearer {token}")
        }
    });
    if let Some(mut value) = written.and_then(|written| HeaderValue::try_from(written).ok()) {
        value.set_sensitive(true);
        sent = sent.header(AUTHORIZATION, value);
    }
    if let Some(validators) = &request.validators {
        if let Some(etag) = &validators.etag {
            sent = sent.header(IF_NONE_MATCH, etag);
        } else if let Some(date) = &validators.last_modified {
            sent = sent.header(IF_MODIFIED_SINCE, date);
        }
    }
    sent
}

/// Where a redirecting answer leads; nothing if it does not redirect.
fn redirect(
    method: &Method,
    from: &Url,
    response: &reqwest::Response,
) -> Result<Option<Url>, Fault> {
    let status = response.status();
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.headers().get(LOCATION) else {
        return Ok(None);
    };
    let refused = |reason: &str| Fault::Redirect {
        host: host(from),
        reason: reason.into(),
    };
    let keeps_method = matches!(status.as_u16(), 307 | 308);
    if *method != Method::GET && *method != Method::HEAD && !keeps_method {
        return Err(refused("what was to be changed has moved"));
    }
    let next = location
        .to_str()
        .ok()
        .and_then(|location| from.join(location).ok())
        .ok_or_else(|| refused("the address given cannot be read"))?;
    if *method != Method::GET && *method != Method::HEAD && origin(&next) != origin(from) {
        return Err(refused("a change would go to another host"));
    }
    match next.scheme() {
        "https" => Ok(Some(next)),
        "http" if from.scheme() == "http" => Ok(Some(next)),
        scheme => Err(refused(&format!("to `{scheme}`"))),
    }
}

async fn read(mut response: reqwest::Response, keep: Keep, host: &str) -> Result<Answer, Fault> {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let (limit, whole) = match keep {
        // What an error says about itself is wanted in full.
        Keep::End(limit) if status.is_success() => (limit, false),
        Keep::End(_) => (BODY, true),
        Keep::Whole(limit) => (limit, true),
    };
    let mut tail = Tail::new(limit);
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| broken(host, &error))?;
        tail.push(&chunk);
        if whole && tail.is_cut() {
            return Err(Fault::TooLarge {
                host: host.into(),
                limit,
            });
        }
    }
    let (body, first_line) = tail.finish();
    let answer = Answer {
        status,
        headers,
        body: body.into(),
        first_line,
        elsewhere: None,
    };
    if let Some(rate) = answer.rate() {
        quotas_mut().insert(host.to_owned(), rate);
    }
    Ok(answer)
}

/// What each host last said of its quota.
static QUOTAS: Mutex<BTreeMap<String, limits::Rate>> = Mutex::new(BTreeMap::new());

fn quotas_mut() -> MutexGuard<'static, BTreeMap<String, limits::Rate>> {
    QUOTAS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What each host that tells last said of its quota, by host.
pub fn quotas() -> Vec<(String, limits::Rate)> {
    let quotas = quotas_mut();
    quotas
        .iter()
        .map(|(host, rate)| (host.clone(), *rate))
        .collect()
}

fn address(text: &str) -> Result<Url, Fault> {
    Url::parse(text)
        .ok()
        .filter(|_| !address::strays(text))
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| {
            let plain = text.split(['?', '#']).next().unwrap_or_default();
            Fault::Address(plain.into())
        })
}

fn origin(url: &Url) -> (String, String, Option<u16>) {
    (
        url.scheme().into(),
        url.host_str().unwrap_or_default().to_ascii_lowercase(),
        url.port_or_known_default(),
    )
}

/// Host and port of an address for messages; the text itself where it is none.
pub(crate) fn host_of(text: &str) -> String {
    Url::parse(text).map_or_else(|_| text.to_owned(), |url| host(&url))
}

/// Host and, where it is not the scheme's own, port.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// True for addresses on this machine.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

pub(crate) fn broken(host: &str, error: &reqwest::Error) -> Fault {
    if error.is_timeout() {
        return Fault::Timeout(host.into());
    }
    if let Some(untrusted) = trust::untrusted(error) {
        return Fault::Untrusted {
            host: host.into(),
            reason: untrusted.to_string(),
            unknown_issuer: untrusted.unknown_issuer,
        };
    }
    // reqwest's own words repeat the address, and with it the query; the innermost cause does not.
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    // What a proxy refuses before a tunnel stands comes as words only.
    if cause.to_string().contains("proxy authorization required") {
        return Fault::Proxy(host.into());
    }
    let reason = if std::ptr::addr_eq(cause, error) {
        "the answer could not be read".to_owned()
    } else {
        cause.to_string()
    };
    Fault::Broken {
        host: host.into(),
        reason,
    }
}
