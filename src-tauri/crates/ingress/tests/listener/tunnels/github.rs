//! `gh-forward` against a GitHub that makes webhooks of kind `cli` and sends their deliveries over a WebSocket.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, patch};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use perch_core::seam::hooks::Hook;
use perch_core::seam::tunnel::TunnelState;
use perch_ingress::tunnels::Kept;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::handshake::server::{
    ErrorResponse, Request, Response as Shake,
};
use tokio_tungstenite::tungstenite::{Message, protocol::WebSocketConfig};

use super::{Forge, Made, SECRET, Stand, kept};
use crate::support::{sign, until};

/// What the far end of an open WebSocket is told to do.
enum Order {
    Send(Message, oneshot::Sender<Value>),
    /// Ends the connection without a word.
    Kill,
    /// Reads and answers nothing more, and keeps the connection.
    Stall,
}

struct GitHub {
    forge: &'static Forge,
    api: SocketAddr,
    socket: SocketAddr,
    orders: Mutex<Vec<mpsc::UnboundedSender<Order>>>,
    created: AtomicUsize,
    /// What the last webhook was made with.
    asked: Mutex<Value>,
    /// Who opens a `WebSocket` is answered with this instead, if set.
    refuses: Mutex<Option<u16>>,
}

struct Server {
    github: Arc<GitHub>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn bound() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

impl Server {
    async fn start() -> Self {
        let ((api, api_at), (socket, socket_at)) = (bound().await, bound().await);
        let github = Arc::new(GitHub {
            forge: Forge::leaked(),
            api: api_at,
            socket: socket_at,
            orders: Mutex::default(),
            created: AtomicUsize::new(0),
            asked: Mutex::default(),
            refuses: Mutex::default(),
        });
        let app = Router::new()
            .route("/repos/{owner}/{name}/hooks", get(list).post(create))
            .route(
                "/repos/{owner}/{name}/hooks/{id}",
                patch(activate).delete(delete),
            )
            .with_state(Arc::clone(&github));
        let rest = tokio::spawn(async move {
            let _ = axum::serve(api, app).await;
        });
        let far = Arc::clone(&github);
        let sockets = tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                tokio::spawn(speak(Arc::clone(&far), stream));
            }
        });
        Self {
            github,
            tasks: vec![rest, sockets],
        }
    }

    fn kept(&self, settings: Value) -> Kept {
        let mut kept = kept("gh-forward", settings);
        kept.connection.base_url = format!("http://{}", self.github.api);
        kept.connection.provider = "github".into();
        kept
    }

    /// A stand whose tunnel is open.
    async fn open(&self) -> Stand {
        let kept = self.kept(json!({}));
        let stand = Stand::of(kept.connection.clone(), Arc::default());
        stand.tunnels.settle(vec![kept]).await;
        stand.is_open().await;
        stand
    }

    fn order(&self, order: Order) {
        let orders = self.github.orders.lock().expect("no panic");
        let last = orders.last().expect("a WebSocket was opened");
        assert!(last.send(order).is_ok(), "it is open");
    }

    /// Sends a delivery over the newest WebSocket and returns what Perch answered.
    async fn deliver(&self, id: &str, body: &[u8]) -> Value {
        let message = json!({
            "Header": {
                "Content-Type": ["application/json"],
                "X-Event": ["push"],
                "X-Id": [id],
                "X-Signature": [sign(SECRET, body)],
                "Host": ["webhook-forwarder.example"],
            },
            "Body": STANDARD.encode(body),
        });
        let (answer, answered) = oneshot::channel();
        self.order(Order::Send(Message::text(message.to_string()), answer));
        tokio::time::timeout(crate::support::HANG, answered)
            .await
            .expect("it is answered")
            .expect("the WebSocket is open")
    }

    fn sockets(&self) -> usize {
        self.github.orders.lock().expect("no panic").len()
    }

    fn created(&self) -> usize {
        self.github.created.load(Ordering::SeqCst)
    }

    fn hooks(&self) -> Vec<Hook> {
        self.github.forge.hooks.lock().expect("no panic").clone()
    }
}

async fn create(
    State(github): State<Arc<GitHub>>,
    Path((owner, name)): Path<(String, String)>,
    axum::Json(asked): axum::Json<Value>,
) -> Response {
    let mut hooks = github.forge.hooks.lock().expect("no panic");
    if hooks.iter().any(|hook| hook.kind == "cli") {
        let answer = json!({"message": "Validation Failed",
            "errors": [{"message": "Hook already exists on this repository"}]});
        return (StatusCode::UNPROCESSABLE_ENTITY, axum::Json(answer)).into_response();
    }
    let number = github.created.fetch_add(1, Ordering::SeqCst) + 1;
    let id = 500 + number;
    hooks.push(Forge::hook(
        &id.to_string(),
        "https://webhook-forwarder.github.com/hook",
        "cli",
        false,
    ));
    *github.asked.lock().expect("no panic") = asked;
    let answer = json!({
        "id": id,
        "name": "cli",
        "active": false,
        "url": format!("http://{}/repos/{owner}/{name}/hooks/{id}", github.api),
        "ws_url": format!("ws://{}/forward", github.socket),
    });
    (StatusCode::CREATED, axum::Json(answer)).into_response()
}

async fn list(State(github): State<Arc<GitHub>>) -> axum::Json<Value> {
    let hooks = github.forge.hooks.lock().expect("no panic");
    let listed = hooks.iter().map(|hook| {
        let id: u64 = hook.id.parse().expect("a number");
        json!({ "id": id, "name": hook.kind, "active": hook.active, "config": { "url": hook.url } })
    });
    axum::Json(listed.collect())
}

async fn delete(
    State(github): State<Arc<GitHub>>,
    Path((_, _, id)): Path<(String, String, String)>,
) -> StatusCode {
    github.forge.note("delete", &id).expect("allowed");
    let mut hooks = github.forge.hooks.lock().expect("no panic");
    let before = hooks.len();
    hooks.retain(|hook| hook.id != id);
    if hooks.len() < before {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }
}

async fn activate(
    State(github): State<Arc<GitHub>>,
    Path((_, _, id)): Path<(String, String, String)>,
) -> StatusCode {
    let mut hooks = github.forge.hooks.lock().expect("no panic");
    match hooks.iter_mut().find(|hook| hook.id == id) {
        Some(hook) => {
            hook.active = true;
            StatusCode::OK
        }
        None => StatusCode::NOT_FOUND,
    }
}

#[expect(clippy::result_large_err, reason = "tungstenite's own shape")]
async fn speak(github: Arc<GitHub>, stream: TcpStream) {
    let refuses = *github.refuses.lock().expect("no panic");
    let shake = |request: &Request, response: Shake| -> Result<Shake, ErrorResponse> {
        let token = request.headers().get("authorization");
        let known = token.is_some_and(|token| token == ["stub", "token"].join("-").as_str());
        let status = refuses.or((!known).then_some(401));
        match status {
            None => Ok(response),
            Some(status) => {
                let mut refusal = ErrorResponse::new(None);
                *refusal.status_mut() = StatusCode::from_u16(status).expect("a status");
                Err(refusal)
            }
        }
    };
    let mut config = WebSocketConfig::default();
    config.max_message_size = None;
    let shaken = tokio_tungstenite::accept_hdr_async_with_config(stream, shake, Some(config)).await;
    let Ok(mut socket) = shaken else { return };
    let (send, mut orders) = mpsc::unbounded_channel();
    github.orders.lock().expect("no panic").push(send);
    let mut waiting: Option<oneshot::Sender<Value>> = None;
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Send(message, answer)) => {
                    waiting = Some(answer);
                    if socket.send(message).await.is_err() {
                        return;
                    }
                }
                Some(Order::Kill) | None => return,
                Some(Order::Stall) => std::future::pending::<()>().await,
            },
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let answer = serde_json::from_str(text.as_str()).expect("JSON");
                    if let Some(waiting) = waiting.take() {
                        let _ = waiting.send(answer);
                    }
                }
                Some(Ok(_)) => {}
                _ => return,
            },
        }
    }
}

#[tokio::test]
async fn a_delivery_comes_byte_for_byte_and_github_gets_the_answer() {
    let server = Server::start().await;
    let stand = server.open().await;
    let asked = server.github.asked.lock().expect("no panic").clone();
    assert_eq!(asked["name"], "cli");
    assert_eq!(asked["active"], false);
    assert_eq!(asked["config"]["secret"], SECRET);
    assert!(
        server.hooks()[0].active,
        "it is switched on once the WebSocket stands"
    );

    let body = "{\"repository\": \"acme/api\", \"u\": \"\\u0026\", \"n\": 9007199254740993}\n";
    let answer = server.deliver("one", body.as_bytes()).await;
    assert_eq!(answer["Status"], 202, "{answer}");
    let said = STANDARD.decode(answer["Body"].as_str().expect("a text"));
    let said: Value = serde_json::from_slice(&said.expect("base64")).expect("JSON");
    assert!(said["id"].is_string(), "{said}");
    let came = stand.port.log.arrivals.lock().expect("no panic")[0]
        .message
        .body
        .clone();
    assert_eq!(came, body.as_bytes());
    assert_eq!(server.deliver("one", body.as_bytes()).await["Status"], 200);
    assert_eq!(stand.standing().deliveries, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_delivery_comes_too_and_a_forged_one_only_hints() {
    let server = Server::start().await;
    let stand = server.open().await;
    let large = format!(
        r#"{{"repository":"acme/api","t":"{}"}}"#,
        "x".repeat(8 << 20)
    );
    assert_eq!(
        server.deliver("large", large.as_bytes()).await["Status"],
        202
    );
    until(async || stand.looks() == 1).await;

    let forged = json!({
        "Header": {"Content-Type": ["application/json"], "X-Event": ["push"], "X-Signature": ["0"]},
        "Body": STANDARD.encode(r#"{"repository":"acme/api"}"#),
    });
    let (answer, answered) = oneshot::channel();
    server.order(Order::Send(Message::text(forged.to_string()), answer));
    assert_eq!(answered.await.expect("answered")["Status"], 401);
    until(async || stand.looks() == 2).await;
    assert_eq!(stand.stored(), 1);
}

#[tokio::test]
async fn a_websocket_that_is_killed_or_goes_dumb_is_opened_again_with_the_same_webhook() {
    let server = Server::start().await;
    let stand = server.open().await;
    for (number, order) in [Order::Kill, Order::Stall, Order::Kill]
        .into_iter()
        .enumerate()
    {
        let (sockets, looks) = (server.sockets(), stand.looks());
        server.order(order);
        until(async || server.sockets() > sockets && stand.looks() > looks).await;
        stand.is_open().await;
        let answer = server
            .deliver(&number.to_string(), br#"{"repository":"acme/api"}"#)
            .await;
        assert_eq!(answer["Status"], 202);
    }
    assert_eq!(server.created(), 1, "the webhook stays while it can");
    assert_eq!(stand.made.of("acme/api"), ["cli:501"]);
}

#[tokio::test]
async fn a_forwarding_that_github_has_forgotten_is_made_anew() {
    let server = Server::start().await;
    let stand = server.open().await;
    *server.github.refuses.lock().expect("no panic") = Some(404);
    server.github.forge.hooks.lock().expect("no panic").clear();
    server.order(Order::Kill);
    until(async || server.created() == 2).await;
    *server.github.refuses.lock().expect("no panic") = None;
    stand.is_open().await;
    let live: Vec<String> = server.hooks().into_iter().map(|hook| hook.id).collect();
    assert_eq!(stand.made.of("acme/api"), [format!("cli:{}", live[0])]);
    assert_eq!(live.len(), 1);
}

#[tokio::test]
async fn what_an_earlier_run_left_behind_is_removed_and_so_is_one_that_is_off() {
    for (left, noted) in [("7", vec!["cli:7"]), ("8", vec![])] {
        let server = Server::start().await;
        let active = !noted.is_empty();
        *server.github.forge.hooks.lock().expect("no panic") = vec![
            Forge::hook("1", "https://ci.example/hook", "web", true),
            Forge::hook(
                left,
                "https://webhook-forwarder.github.com/hook",
                "cli",
                active,
            ),
        ];
        let kept = server.kept(json!({}));
        let made = Arc::new(Made::default());
        let noted: Vec<String> = noted.into_iter().map(str::to_owned).collect();
        perch_core::seam::tunnel::MadeHooks::note(
            made.as_ref(),
            &kept.connection.id,
            "acme/api",
            noted,
        )
        .await
        .expect("in memory");
        let stand = Stand::of(kept.connection.clone(), made);
        stand.tunnels.settle(vec![kept]).await;
        stand.is_open().await;
        assert_eq!(server.github.forge.done(), [format!("delete {left}")]);
        let ids: Vec<String> = server.hooks().into_iter().map(|hook| hook.id).collect();
        assert_eq!(ids, ["1", "501"]);
    }
}

#[tokio::test]
async fn somebody_elses_forwarding_stays_unless_the_settings_say_otherwise() {
    let server = Server::start().await;
    *server.github.forge.hooks.lock().expect("no panic") = vec![Forge::hook(
        "9",
        "https://webhook-forwarder.github.com/hook",
        "cli",
        true,
    )];
    let kept = server.kept(json!({}));
    let stand = Stand::of(kept.connection.clone(), Arc::default());
    stand.tunnels.settle(vec![kept]).await;
    until(async || matches!(stand.standing().state, TunnelState::Broken { .. })).await;
    let TunnelState::Broken { problem, next_step } = stand.standing().state else {
        panic!("it is broken");
    };
    assert_eq!(
        problem,
        "acme/api: another program forwards the webhooks of acme/api, and GitHub allows one"
    );
    assert!(next_step.contains("take_over = true"), "{next_step}");
    assert_eq!(server.github.forge.done(), Vec::<String>::new());

    let kept = server.kept(json!({"take_over": true}));
    stand.tunnels.settle(vec![kept]).await;
    stand.is_open().await;
    assert_eq!(server.github.forge.done(), ["delete 9"]);
}

#[tokio::test]
async fn when_perch_ends_or_the_tunnel_is_no_longer_wanted_no_forwarding_stays() {
    let server = Server::start().await;
    let stand = server.open().await;
    stand.tunnels.end().await;
    assert_eq!(server.hooks(), []);
    assert_eq!(stand.made.of("acme/api"), Vec::<String>::new());

    let stand = server.open().await;
    stand.tunnels.settle(Vec::new()).await;
    assert_eq!(server.hooks(), []);
}

#[tokio::test]
async fn without_a_token_or_a_permission_it_says_what_to_do() {
    let server = Server::start().await;
    let mut kept = server.kept(json!({}));
    kept.token = None;
    let stand = Stand::of(kept.connection.clone(), Arc::default());
    stand.tunnels.settle(vec![kept]).await;
    until(async || {
        stand.standing().state
            == TunnelState::Broken {
                problem: "acme/api: the connection has no token".into(),
                next_step: "set it with `perch connect github`".into(),
            }
    })
    .await;

    let mut kept = server.kept(json!({}));
    kept.connection.watch = vec!["acme".into()];
    stand.tunnels.settle(vec![kept]).await;
    until(async || {
        matches!(&stand.standing().state, TunnelState::Broken { problem, next_step }
            if problem.contains("404") && next_step.contains("Webhooks: write"))
    })
    .await;
}
