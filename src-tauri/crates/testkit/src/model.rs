//! A server of language models that says what a script says: the wire formats of the real ones on loopback, with all that
//! goes wrong with them.

mod anthropic;
mod openai;
mod responses;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// What the server does with one request.
#[derive(Debug, Clone)]
pub enum Turn {
    /// It streams this text in pieces.
    Says(String),
    /// The same, resting before each piece.
    SaysSlowly(String, Duration),
    /// It breaks off after so many bytes of the text.
    Cut(String, usize),
    /// It ends because the answer grew too long.
    TooMuch(String),
    /// It sends something that is no event of its format.
    Malformed,
    /// It declines in these words.
    Refuses(String),
    /// It wants to be left alone for so many seconds.
    Limits(u32),
    /// The prompt is too long for it.
    PromptTooLong,
    /// It does not know how to force a schema.
    NoSchema,
    /// It fails.
    Fails,
    /// It says nothing at all, and keeps the connection open.
    Mute,
    /// It fails in the midst of the stream, in the format's own way.
    FailsMidway(String),
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The path.
    pub path: String,
    /// The key it came with.
    pub key: String,
    /// Its body.
    pub body: Value,
}

/// What a server is like.
struct Inner {
    key: String,
    models: Vec<String>,
    turns: Mutex<VecDeque<Turn>>,
    /// What it does once the script is over.
    then: Mutex<Turn>,
    asked: Mutex<Vec<Asked>>,
    /// How many streams ended because who read them went away.
    left: Mutex<usize>,
}

/// The server. It ends with this.
pub struct ModelServer {
    inner: Arc<Inner>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The key that servers want.
pub const KEY: &str = "key-for-tests-only";

/// The model that servers have.
pub const MODEL: &str = "scripted-1";

impl ModelServer {
    /// A server that answers `then` whenever its script is over.
    pub async fn start(then: Turn) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let inner = Arc::new(Inner {
            key: KEY.into(),
            models: vec![MODEL.into()],
            turns: Mutex::default(),
            then: Mutex::new(then),
            asked: Mutex::default(),
            left: Mutex::default(),
        });
        let app = Router::new()
            .route("/v1/chat/completions", post(openai::answer))
            .route("/v1/responses", post(responses::answer))
            .route("/v1/messages", post(anthropic::answer))
            .route("/v1/models", get(models))
            .route("/api/tags", get(tags))
            .with_state(Arc::clone(&inner));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Self {
            inner,
            address,
            server,
        }
    }

    /// Its root, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the next requests get, in order.
    pub fn script(&self, turns: impl IntoIterator<Item = Turn>) {
        lock(&self.inner.turns).extend(turns);
    }

    /// What requests get from now on once the script is over.
    pub fn set_then(&self, turn: Turn) {
        *lock(&self.inner.then) = turn;
    }

    /// The requests for answers so far.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.inner.asked).clone()
    }

    /// How many streams ended because who read them went away.
    pub fn left(&self) -> usize {
        *lock(&self.inner.left)
    }
}

/// A draft as a good model writes one.
pub fn draft(title: &str) -> String {
    json!({
        "title": title,
        "why": "The build you started stopped here.",
        "explanation": "`answer` is never assigned again, so `mut` is not needed.",
        "comment": null
    })
    .to_string()
}

/// What a format needs of a stream: how pieces, ends and faults are written.
trait Format {
    fn begin() -> String;
    fn piece(text: &str) -> String;
    fn end(reason: End, tokens: (usize, usize)) -> String;
    fn fault(words: &str) -> String;
}

/// Why a stream ends.
enum End {
    Done,
    Full,
    Refused(String),
}

/// One request for an answer, in the format `F`.
async fn answer<F: Format + 'static>(
    inner: Arc<Inner>,
    path: &'static str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let key = key(headers);
    lock(&inner.asked).push(Asked {
        path: path.into(),
        key: key.clone(),
        body: body.clone(),
    });
    if key != inner.key {
        return error(
            StatusCode::UNAUTHORIZED,
            "authentication_error",
            "invalid x-api-key",
        );
    }
    let model = body["model"].as_str().unwrap_or_default();
    if !inner.models.iter().any(|one| one == model) {
        let words = format!("The model `{model}` does not exist");
        return error(StatusCode::NOT_FOUND, "not_found_error", &words);
    }
    let scripted = lock(&inner.turns).pop_front();
    let turn = scripted.unwrap_or_else(|| lock(&inner.then).clone());
    // Each token is four bytes here, near enough to what real ones are.
    let sent = body.to_string().len() / 4;
    let stream = |text: &str, rest: Duration, end: Option<End>| {
        let mut parts: Vec<String> = vec![F::begin()];
        let whole: Vec<char> = text.chars().collect();
        parts.extend(
            whole
                .chunks(24)
                .map(|piece| F::piece(&piece.iter().collect::<String>())),
        );
        parts.extend(end.map(|end| F::end(end, (sent, text.len() / 4))));
        streamed(Arc::clone(&inner), parts, rest)
    };
    match turn {
        Turn::Says(text) => stream(&text, Duration::ZERO, Some(End::Done)),
        Turn::SaysSlowly(text, rest) => stream(&text, rest, Some(End::Done)),
        Turn::Cut(text, bytes) => stream(&text[..bytes.min(text.len())], Duration::ZERO, None),
        Turn::TooMuch(text) => stream(&text, Duration::ZERO, Some(End::Full)),
        Turn::Malformed => streamed(
            Arc::clone(&inner),
            vec!["data: <html>not json</html>\n\n".into()],
            Duration::ZERO,
        ),
        Turn::Refuses(words) => stream("", Duration::ZERO, Some(End::Refused(words))),
        Turn::Limits(seconds) => {
            let mut response = error(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limit_error",
                "slow down",
            );
            response.headers_mut().insert("retry-after", seconds.into());
            response
        }
        Turn::PromptTooLong => error(
            StatusCode::BAD_REQUEST,
            "invalid_request_error",
            "prompt is too long: 300000 tokens > 200000 maximum context length",
        ),
        Turn::NoSchema => error(
            StatusCode::BAD_REQUEST,
            "invalid_request_error",
            "response_format and output_config are not supported by this model",
        ),
        Turn::Fails => error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "api_error",
            "something broke",
        ),
        Turn::Mute => {
            std::future::pending::<()>().await;
            StatusCode::OK.into_response()
        }
        Turn::FailsMidway(text) => {
            let parts = vec![F::begin(), F::piece(&text), F::fault("overloaded")];
            streamed(Arc::clone(&inner), parts, Duration::ZERO)
        }
    }
}

fn streamed(inner: Arc<Inner>, parts: Vec<String>, rest: Duration) -> Response {
    let watch = Watch {
        inner,
        left: parts.len(),
    };
    let state = (parts.into_iter(), watch);
    let pieces = futures_util::stream::unfold(state, move |(mut parts, mut watch)| async move {
        let part = parts.next()?;
        if !rest.is_zero() {
            tokio::time::sleep(rest).await;
        }
        watch.left -= 1;
        Some((Ok::<_, Infallible>(Bytes::from(part)), (parts, watch)))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    response.headers_mut().insert(
        CONTENT_TYPE,
        http::HeaderValue::from_static("text/event-stream"),
    );
    response
}

/// Notes a stream that is dropped before its last part.
struct Watch {
    inner: Arc<Inner>,
    left: usize,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.left > 0 {
            *lock(&self.inner.left) += 1;
        }
    }
}

async fn models(State(inner): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    if key(&headers) != inner.key {
        return error(
            StatusCode::UNAUTHORIZED,
            "authentication_error",
            "invalid x-api-key",
        );
    }
    let data: Vec<Value> = inner.models.iter().map(|id| json!({ "id": id })).collect();
    axum::Json(json!({ "data": data })).into_response()
}

async fn tags(State(inner): State<Arc<Inner>>) -> Response {
    let all = inner.models.iter();
    let models: Vec<Value> = all.map(|name| json!({ "name": name })).collect();
    axum::Json(json!({ "models": models })).into_response()
}

fn key(headers: &HeaderMap) -> String {
    let text = |name: http::HeaderName| headers.get(name)?.to_str().ok().map(str::to_owned);
    let bearer = text(AUTHORIZATION);
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
    bearer
        .or_else(|| text(http::HeaderName::from_static("x-api-key")))
        .unwrap_or_default()
}

fn error(status: StatusCode, kind: &str, words: &str) -> Response {
    let body = json!({ "type": "error", "error": { "type": kind, "message": words } });
    (status, axum::Json(body)).into_response()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
