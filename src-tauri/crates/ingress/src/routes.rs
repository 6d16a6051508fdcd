//! The routes of a listener. A tunnel's has fewer.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use http::header::CONTENT_TYPE;

use crate::answer::Answer;
use crate::listener::Kind;
use crate::receive::{Desk, receive};

pub(crate) fn routes(desk: Arc<Desk>) -> Router {
    let mut router = Router::new().route("/webhooks/{name}", post(receive));
    if desk.kind == Kind::Local {
        router = router
            .route("/healthz", get(async || "ok\n"))
            .route("/metrics", get(metrics));
    }
    router.fallback(async || Answer::Unknown).with_state(desk)
}

async fn metrics(State(desk): State<Arc<Desk>>) -> impl IntoResponse {
    let mut text = desk.tally.in_words();
    if let Some(more) = &desk.more {
        text.push_str(&more().await);
    }
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
}
