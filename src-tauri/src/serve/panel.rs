//! The panel in a browser: loopback only, its own port, a one-time token in the address, then a cookie.
//!
//! Every request must name this very host and, where a browser says so, come from this very origin, so that
//! neither another site nor a rebound name reaches the commands (OWASP, DNS rebinding and CSRF).

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use futures_util::Stream;
use perch_api::Api;
use perch_api::error::{ApiError, Code};
use perch_core::change::Change;
use perch_core::id::UserId;
use perch_engine::Engine;
use serde::Deserialize;
use serde_json::Value;
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use tokio::sync::broadcast;

/// The built panel, inside the program in release builds.
#[derive(rust_embed::Embed)]
#[folder = "ui/dist"]
struct Built;

const COOKIE: &str = "perch_panel";

struct Panel {
    api: Arc<Api>,
    engine: Arc<Engine>,
    user: UserId,
    authority: String,
    /// Good for one visit; the cookie it buys is good until Perch ends.
    token: Mutex<Option<String>>,
    session: String,
}

/// A bound panel that waits to be run.
pub(crate) struct PanelServer {
    listener: TcpListener,
    router: Router,
    /// The address to open, with its token.
    pub(crate) address: String,
}

/// Binds the panel for `user` on `port` of the loopback interface; 0 takes a free one.
pub(crate) async fn bind(
    api: Arc<Api>,
    engine: Arc<Engine>,
    user: UserId,
    port: u16,
) -> anyhow::Result<PanelServer> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| {
            format!("the panel could not listen on 127.0.0.1:{port}; choose another with --port")
        })?;
    let bound: SocketAddr = listener.local_addr()?;
    let token = secret()?;
    let panel = Arc::new(Panel {
        api,
        engine,
        user,
        authority: bound.to_string(),
        token: Mutex::new(Some(token.clone())),
        session: secret()?,
    });
    let router = Router::new()
        .route("/", get(index))
        .route("/api/changes", get(changes))
        .route("/api/{command}", post(command))
        .route("/{*path}", get(asset))
        .layer(DefaultBodyLimit::max(32 << 20))
        .layer(middleware::from_fn_with_state(Arc::clone(&panel), guard))
        .with_state(panel);
    Ok(PanelServer {
        listener,
        router,
        address: format!("http://{bound}/?token={token}"),
    })
}

impl PanelServer {
    /// Serves until the task is dropped.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        axum::serve(self.listener, self.router)
            .await
            .context("the panel's server ended")
    }
}

/// 32 random bytes in hex.
fn secret() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).context("the system gave no random bytes")?;
    Ok(hex::encode(bytes))
}

async fn guard(State(panel): State<Arc<Panel>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let port = panel.authority.rsplit(':').next().unwrap_or_default();
    let ours = [panel.authority.clone(), format!("localhost:{port}")];
    if !text(header::HOST).is_some_and(|host| ours.iter().any(|one| one == host)) {
        return refuse(
            StatusCode::MISDIRECTED_REQUEST,
            "this address is not the panel's",
        );
    }
    if let Some(origin) = text(header::ORIGIN)
        && !ours.iter().any(|one| origin == format!("http://{one}"))
    {
        return refuse(StatusCode::FORBIDDEN, "another site may not use the panel");
    }
    let open = request.uri().path() == "/"
        && request
            .uri()
            .query()
            .is_some_and(|query| query.contains("token="));
    if !open && !has_session(&panel, headers) {
        return turn_away(
            headers,
            "this address has expired; run `perch serve` again and open the new one",
        );
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
        ),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn has_session(panel: &Panel, headers: &HeaderMap) -> bool {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .any(|value| value.as_bytes().ct_eq(panel.session.as_bytes()).into())
}

/// What somebody sees who opens an address that is no longer good: words instead of data.
const CLOSED: &str = include_str!("closed.html");

/// Refuses a visitor: with a page where one is looked at, else as the api refuses.
fn turn_away(headers: &HeaderMap, message: &str) -> Response {
    let looks = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if !looks {
        return refuse(StatusCode::UNAUTHORIZED, message);
    }
    let page = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
        ),
    ];
    (StatusCode::UNAUTHORIZED, page, CLOSED).into_response()
}

fn refuse(status: StatusCode, message: &str) -> Response {
    let error = ApiError::new(Code::Refused, message);
    (status, axum::Json(error)).into_response()
}

#[derive(Deserialize)]
struct Visit {
    token: Option<String>,
}

async fn index(
    State(panel): State<Arc<Panel>>,
    headers: HeaderMap,
    Query(visit): Query<Visit>,
) -> Response {
    let Some(given) = visit.token else {
        return file("index.html");
    };
    let spent = {
        let mut token = panel.token.lock().unwrap_or_else(PoisonError::into_inner);
        let right = token
            .as_ref()
            .is_some_and(|token| token.as_bytes().ct_eq(given.as_bytes()).into());
        if right { token.take().is_some() } else { false }
    };
    if !spent {
        // Whoever is in already came back by the address in their history.
        if has_session(&panel, &headers) {
            return Redirect::to("/").into_response();
        }
        return turn_away(
            &headers,
            "this address was used already or is wrong; run `perch serve` again and open the new one",
        );
    }
    let cookie = format!(
        "{COOKIE}={}; HttpOnly; SameSite=Strict; Path=/",
        panel.session
    );
    ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

async fn asset(Path(path): Path<String>) -> Response {
    file(&path)
}

fn file(path: &str) -> Response {
    match Built::get(path) {
        Some(found) => {
            let kind = found.metadata.mimetype().to_owned();
            ([(header::CONTENT_TYPE, kind)], Body::from(found.data)).into_response()
        }
        None if path == "index.html" => refuse(
            StatusCode::NOT_FOUND,
            "the panel is not part of this build; build it with `npm ci && npm run build` in ui/ and build Perch again",
        ),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn command(
    State(panel): State<Arc<Panel>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A plain form of another site cannot set this header.
    if !headers.contains_key("x-perch") {
        return refuse(StatusCode::FORBIDDEN, "commands carry the header X-Perch");
    }
    let payload = if body.is_empty() {
        Ok(Value::Null)
    } else {
        serde_json::from_slice(&body)
    };
    let answer = match payload {
        Ok(payload) => panel.api.call(&panel.user, &name, payload).await,
        Err(error) => Err(ApiError::new(
            Code::Invalid,
            format!("the request is not JSON: {error}"),
        )),
    };
    match answer {
        Ok(value) => axum::Json(value).into_response(),
        Err(error) => {
            let status = match error.code {
                Code::Invalid => StatusCode::BAD_REQUEST,
                Code::NotFound => StatusCode::NOT_FOUND,
                Code::Refused | Code::Moved => StatusCode::CONFLICT,
                Code::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (status, axum::Json(error)).into_response()
        }
    }
}

async fn changes(
    State(panel): State<Arc<Panel>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = futures_util::stream::unfold(
        (panel.engine.changes(), panel.user.clone()),
        async |(mut changes, user)| {
            loop {
                let change = match changes.recv().await {
                    Ok(change) => change,
                    // Whoever missed some asks for everything again.
                    Err(broadcast::error::RecvError::Lagged(_)) => Change::Status,
                    Err(broadcast::error::RecvError::Closed) => return None,
                };
                if concerns(&change, &user)
                    && let Ok(event) = Event::default().json_data(&change)
                {
                    return Some((Ok(event), (changes, user)));
                }
            }
        },
    );
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// Nothing of one user is told to another.
pub(crate) fn concerns(change: &Change, user: &UserId) -> bool {
    match change {
        Change::Suggestion { user: of, .. }
        | Change::Events { user: of }
        | Change::Writing { user: of, .. } => of == user,
        Change::Status => true,
    }
}
