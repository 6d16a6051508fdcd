//! A forge that keeps state, on loopback: as much of the REST API of GitHub, Gitea, GitLab or Bitbucket as Perch speaks, over real
//! git objects. What happens there is told once; how it is shown is a matter of the API that is asked.
//!
//! Every request is recorded, and any of them can be made to fail or hang, before or after it took effect.
//! Job logs lie on a second address, as GitHub's do, so that a test sees whether the token followed.

mod account;
mod answer;
mod bitbucket;
mod datacenter;
mod form;
mod git;
mod gitea;
mod gitlab;
mod hooks;
mod payloads;
mod state;
mod tickets;
mod world;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;
use tokio::task::JoinHandle;

pub use self::state::{Refusal, Repo, Speaks, World};
pub use self::world::JobResult;

/// A request as it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    /// Its method.
    pub method: Method,
    /// Its path as it was written.
    pub path: String,
    /// Its query as it was written, without `?`.
    pub query: String,
    /// True when it carried validators.
    pub conditional: bool,
    /// True when it carried a token.
    pub authorized: bool,
    /// True when it went to the address of the logs instead of the API's.
    pub storage: bool,
    /// What it asked for.
    pub accept: String,
    /// The JSON it carried.
    pub body: Option<Value>,
    /// What was answered; 0 for a request that was left hanging or cut off.
    pub status: u16,
}

/// An answer that was made elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Answers requests of this method and path with its query instead of the forge; nothing where the forge shall.
pub type StandIn = Box<dyn FnMut(&Method, &str) -> Option<Made> + Send>;

/// What happens to one request instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// This status; the request has no effect.
    Refuse(u16),
    /// Done, but answered with this status.
    DoneBut(u16),
    /// No answer and no effect.
    Hang,
    /// Done, and no answer.
    DoneThenHang,
}

struct Inner {
    world: World,
    log: Vec<Logged>,
    /// Trouble by the number of the request, counted from when it was ordered.
    trouble: BTreeMap<usize, Trouble>,
    counted: usize,
    stand_in: Option<StandIn>,
    /// What is sent instead of what, in bodies.
    rewrite: Option<(String, String)>,
}

/// The server. It ends when this is dropped.
pub struct Forge {
    inner: Arc<Mutex<Inner>>,
    api: SocketAddr,
    servers: Vec<JoinHandle<()>>,
}

impl Drop for Forge {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

#[derive(Clone)]
struct Door {
    inner: Arc<Mutex<Inner>>,
    api: SocketAddr,
    storage: Option<SocketAddr>,
}

impl Forge {
    /// An empty GitHub on ports of its own.
    pub async fn start() -> Self {
        Self::start_as(Speaks::GitHub).await
    }

    /// An empty forge that speaks this API, on ports of its own.
    pub async fn start_as(speaks: Speaks) -> Self {
        let bind = || tokio::net::TcpListener::bind("127.0.0.1:0");
        let api = bind().await.expect("loopback has a free port");
        let storage = bind().await.expect("loopback has a free port");
        let at = |listener: &tokio::net::TcpListener| {
            listener
                .local_addr()
                .expect("a bound socket has an address")
        };
        let inner = Arc::new(Mutex::new(Inner {
            world: World::new(speaks),
            log: Vec::new(),
            trouble: BTreeMap::new(),
            counted: 0,
            stand_in: None,
            rewrite: None,
        }));
        let (api_at, storage_at) = (at(&api), at(&storage));
        let servers = [(api, Some(storage_at)), (storage, None)]
            .into_iter()
            .map(|(listener, storage)| {
                let door = Door {
                    inner: Arc::clone(&inner),
                    api: api_at,
                    storage,
                };
                let app = Router::new().fallback(serve).with_state(door);
                tokio::spawn(async move {
                    let _ = axum::serve(listener, app).await;
                })
            })
            .collect();
        Self {
            inner,
            api: api_at,
            servers,
        }
    }

    /// The API's address, for a connection's `base_url`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.api)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at or changes what is there.
    pub fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.inner().world)
    }

    /// The requests since this was last asked.
    pub fn take_log(&self) -> Vec<Logged> {
        std::mem::take(&mut self.inner().log)
    }

    /// Makes trouble for the request that comes `number` requests from now, 0 being the next.
    pub fn trouble(&self, number: usize, trouble: Trouble) {
        let mut inner = self.inner();
        let at = inner.counted + number;
        inner.trouble.insert(at, trouble);
    }

    /// Sends `to` wherever a body has `from`.
    pub fn rewrite(&self, from: &str, to: &str) {
        self.inner().rewrite = Some((from.to_owned(), to.to_owned()));
    }

    /// Lets another answer in the forge's place.
    pub fn stand_in(&self, stand_in: StandIn) {
        self.inner().stand_in = Some(stand_in);
    }

    /// No trouble any more.
    pub fn calm(&self) {
        self.inner().trouble.clear();
    }
}

impl Made {
    fn response(self) -> Response {
        let mut response = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        let body = Body::from(self.body);
        response
            .body(body)
            .expect("a status and headers that can be")
    }
}

async fn serve(Shared(door): Shared<Door>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 32 << 20)
        .await
        .unwrap_or_default();
    let reply = respond(&door, &parts.method, &parts.uri, &parts.headers, &bytes);
    match reply {
        Some(reply) => reply,
        None => std::future::pending().await,
    }
}

/// The answer to one request; nothing for one that is left hanging.
fn respond(
    door: &Door,
    method: &Method,
    uri: &http::Uri,
    headers: &HeaderMap,
    bytes: &Bytes,
) -> Option<Response> {
    let mut inner = door.inner.lock().unwrap_or_else(PoisonError::into_inner);
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut logged = Logged {
        method: method.clone(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        conditional: headers.contains_key("if-none-match")
            || headers.contains_key("if-modified-since"),
        authorized: headers.contains_key("authorization"),
        storage: door.storage.is_none(),
        accept: text("accept").unwrap_or_default().to_owned(),
        body: serde_json::from_slice(bytes).ok(),
        status: 0,
    };
    let number = inner.counted;
    inner.counted += 1;
    let trouble = inner.trouble.remove(&number);
    let whole = uri.path_and_query().map_or("/", |whole| whole.as_str());
    let made = inner
        .stand_in
        .as_mut()
        .and_then(|stand_in| stand_in(method, whole));
    if let Some(made) = made {
        logged.status = made.status;
        inner.log.push(logged);
        return Some(made.response());
    }
    let token = text("authorization").and_then(form::token);
    let asked = answer::Asked {
        method,
        path: &logged.path,
        query: &logged.query,
        token: token.as_deref(),
        none_match: text("if-none-match"),
        raw: logged.accept.contains(".raw"),
        body: logged.body.clone().unwrap_or_default(),
        form: text("content-type").map_or_else(Vec::new, |kind| form::parts(kind, bytes)),
        text: std::str::from_utf8(bytes).unwrap_or_default(),
        api: door.api,
        storage: door.storage,
    };
    let reply = match trouble {
        Some(Trouble::Refuse(status)) => Some(answer::Reply::error(status, "made to fail")),
        Some(Trouble::Hang) => None,
        Some(Trouble::DoneBut(status)) => {
            inner.world.answer(&asked);
            Some(answer::Reply::error(status, "made to fail"))
        }
        Some(Trouble::DoneThenHang) => {
            inner.world.answer(&asked);
            None
        }
        None => Some(inner.world.answer(&asked)),
    };
    logged.status = reply.as_ref().map_or(0, |reply| reply.status);
    inner.log.push(logged);
    let mut reply = reply?;
    if let (Some((from, to)), Ok(text)) = (&inner.rewrite, std::str::from_utf8(&reply.body)) {
        reply.body = text.replace(from, to).into_bytes();
    }
    let mut response = Response::builder()
        .status(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    Some(
        response
            .body(Body::from(reply.body))
            .expect("the headers are made here"),
    )
}
