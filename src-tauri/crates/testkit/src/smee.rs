//! A server for smee channels on loopback, in two dialects: smee.io's, which parses bodies and writes them anew, and
//! gosmee's, which keeps their bytes. It keeps nothing: what nobody listens to is lost.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Number, Value, json};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

/// Whose server it is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// smee.io's.
    Smee,
    /// gosmee's.
    Gosmee,
}

/// What happens to a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    Calm,
    /// It stays open and says nothing more.
    Stalled,
    /// It ends.
    Cut,
}

struct Inner {
    dialect: Dialect,
    beat: Duration,
    events: broadcast::Sender<String>,
    weather: watch::Sender<Weather>,
    /// New streams get no answer at all.
    mute: AtomicBool,
    readers: AtomicUsize,
    opened: AtomicUsize,
}

/// The server. It ends with this.
pub struct Smee {
    inner: Arc<Inner>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for Smee {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A stream being read.
struct Reader {
    inner: Arc<Inner>,
    events: broadcast::Receiver<String>,
    weather: watch::Receiver<Weather>,
    greeting: Option<String>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.inner.readers.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Smee {
    /// A server that gives a sign of life every `beat`.
    pub async fn start(dialect: Dialect, beat: Duration) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let inner = Arc::new(Inner {
            dialect,
            beat,
            events: broadcast::channel(64).0,
            weather: watch::channel(Weather::Calm).0,
            mute: AtomicBool::new(false),
            readers: AtomicUsize::new(0),
            opened: AtomicUsize::new(0),
        });
        let app = Router::new()
            .route("/channel", get(listen).post(post))
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

    /// The channel: forges post there, clients listen there.
    pub fn url(&self) -> String {
        format!("http://{}/channel", self.address)
    }

    /// How many listen now.
    pub fn readers(&self) -> usize {
        self.inner.readers.load(Ordering::SeqCst)
    }

    /// How many streams were ever given.
    pub fn opened(&self) -> usize {
        self.inner.opened.load(Ordering::SeqCst)
    }

    /// Ends all streams; new ones are given again.
    pub fn cut(&self) {
        self.inner.weather.send_replace(Weather::Cut);
        self.inner.weather.send_replace(Weather::Calm);
    }

    /// Keeps the streams there are open, in silence; new ones are as ever.
    pub fn stall(&self) {
        self.inner.weather.send_replace(Weather::Stalled);
    }

    /// Whether new streams are left without an answer.
    pub fn set_mute(&self, mute: bool) {
        self.inner.mute.store(mute, Ordering::SeqCst);
    }

    /// Sends an event of this name to all who listen.
    pub fn say(&self, name: &str, data: &str) {
        let _ = self
            .inner
            .events
            .send(format!("event: {name}\ndata: {data}\n\n"));
    }
}

async fn listen(State(inner): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    let accept = headers.get("accept").map(http::HeaderValue::as_bytes);
    if inner.dialect == Dialect::Smee && accept != Some(b"text/event-stream") {
        return "a page about the channel".into_response();
    }
    if inner.mute.load(Ordering::SeqCst) {
        std::future::pending::<()>().await;
    }
    inner.readers.fetch_add(1, Ordering::SeqCst);
    inner.opened.fetch_add(1, Ordering::SeqCst);
    let greeting = match inner.dialect {
        Dialect::Smee => "id: 0\nevent: ready\ndata: {}\n\n",
        Dialect::Gosmee => "data: {\"message\":\"ready\"}\n\n",
    };
    let mut weather = inner.weather.subscribe();
    weather.mark_unchanged();
    let reader = Reader {
        events: inner.events.subscribe(),
        weather,
        greeting: Some(greeting.into()),
        inner,
    };
    let stream = futures_util::stream::unfold(reader, |mut reader| async {
        let next = reader.next().await?;
        Some((Ok::<_, Infallible>(next), reader))
    });
    Response::builder()
        .header("content-type", "text/event-stream")
        .header("cache-control", "no-cache")
        .body(Body::from_stream(stream))
        .expect("the headers are made here")
}

impl Reader {
    /// What is said next; nothing once the stream is cut.
    async fn next(&mut self) -> Option<String> {
        if let Some(greeting) = self.greeting.take() {
            return Some(greeting);
        }
        let sign = match self.inner.dialect {
            Dialect::Smee => "event: ping\ndata: {}\n\n",
            Dialect::Gosmee => ": keepalive\n\n",
        };
        tokio::select! {
            changed = self.weather.changed() => {
                // Calm again after a cut: both happened to this stream.
                if changed.is_ok() && *self.weather.borrow_and_update() == Weather::Stalled {
                    // Until it is cut.
                    let _ = self.weather.changed().await;
                }
                None
            }
            event = self.events.recv() => event.ok(),
            () = tokio::time::sleep(self.inner.beat) => Some(sign.into()),
        }
    }
}

async fn post(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let Ok(parsed) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut fields = Map::new();
    for (name, value) in &headers {
        if let Ok(value) = value.to_str() {
            fields.insert(name.as_str().into(), value.into());
        }
    }
    match inner.dialect {
        Dialect::Smee => {
            fields.insert("body".into(), as_javascript(parsed));
            fields.insert("query".into(), json!({}));
            fields.insert("timestamp".into(), json!(1_764_000_000_000_u64));
        }
        Dialect::Gosmee => {
            fields.insert("bodyB".into(), STANDARD.encode(&body).into());
            fields.insert("timestamp".into(), "1764000000000".into());
        }
    }
    let data = Value::Object(fields);
    let _ = inner.events.send(format!("data: {data}\n\n"));
    "OK".into_response()
}

/// The value as JavaScript holds it once it has parsed it: numbers are doubles, and keys that are array indices
/// come first, in order.
fn as_javascript(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(as_double(&number)),
        Value::Array(items) => items.into_iter().map(as_javascript).collect(),
        Value::Object(fields) => {
            let index = |key: &str| {
                key.parse::<u32>()
                    .ok()
                    .filter(|number| number.to_string() == key)
            };
            let mut fields: Vec<(String, Value)> = fields.into_iter().collect();
            fields.sort_by_key(|(key, _)| index(key).map_or(u64::MAX, u64::from));
            fields
                .into_iter()
                .map(|(key, value)| (key, as_javascript(value)))
                .collect()
        }
        other => other,
    }
}

fn as_double(number: &Number) -> Number {
    let double = number.as_f64().unwrap_or_default();
    if double.fract() == 0.0 && double.abs() < 1e18 {
        // A whole double of this size is exactly an i64.
        #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
        return Number::from(double as i64);
    }
    Number::from_f64(double).unwrap_or_else(|| Number::from(0))
}
