//! The bare axum route: it checks the signature and answers. Nothing is read, stored or remembered.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::SECRET;

/// With this argument the benchmark is this server.
pub(crate) const ARGUMENT: &str = "--bare-route";

/// Serves until it is ended; prints its port first.
#[tokio::main]
#[expect(clippy::print_stdout, reason = "whoever started it reads the port")]
pub(crate) async fn serve() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    println!("{}", listener.local_addr().expect("its address").port());
    let routes = Router::new().route("/", post(take));
    axum::serve(listener, routes).await.expect("it serves");
}

async fn take(headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers
        .get("x-hub-signature-256")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("sha256="))
        .and_then(|value| hex::decode(value).ok())
        .unwrap_or_default();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key fits");
    mac.update(&body);
    match mac.verify_slice(&signature) {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}
