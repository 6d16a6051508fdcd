//! Every answer of the design, and that nothing is stored but by a 202.

use perch_ingress::{Door, Kind};
use secrecy::SecretString;
use serde_json::json;

use crate::support::{BROKEN, DATABASE, Log, Reply, Request, Running, connection, door};

const DOCUMENT: &str = r#"{"repository":"acme/api"}"#;

fn doors() -> Vec<Door> {
    let mut other = door("forge-other", &["beta"]);
    other.connection.watch = vec!["acme/web".into()];
    let mut off = door("forge-off", &["alpha"]);
    off.connection.enabled = false;
    let mut open = door("forge-open", &[]);
    open.connection.insecure = true;
    let mut kept = door("forge-kept", &["alpha"]);
    kept.connection.insecure = true;
    kept.connection.watch = vec!["acme/kept".into()];
    vec![
        door("forge-acme", &["alpha"]),
        other,
        off,
        open,
        kept,
        Door {
            connection: connection("base"),
            webhook: &DATABASE,
            secrets: Vec::new(),
        },
        Door {
            connection: connection("broken"),
            webhook: &BROKEN,
            secrets: vec![SecretString::from("gamma")],
        },
    ]
}

#[tokio::test]
async fn each_request_gets_its_answer_and_only_a_202_is_stored() {
    let push = || Request::push("forge-acme", "alpha");
    let unsigned = |name: &str| Request::unsigned(name, DOCUMENT);
    let mut get = push();
    get.line = "GET /webhooks/forge-acme HTTP/1.1".into();
    let mut elsewhere = push();
    elsewhere.line = "POST /hooks/forge-acme HTTP/1.1".into();
    let mut escaped = push();
    escaped.line = "POST /webhooks/forge%2Dacme?from=forge HTTP/1.1".into();
    let mut undecodable = push();
    undecodable.line = "POST /webhooks/%ff HTTP/1.1".into();
    let form = Request::unsigned("forge-acme", "payload=%7B%7D").signed("alpha");

    let cases: Vec<(&str, Request, u16, &[&str])> = vec![
        ("signed", push(), 202, &["forge-acme"]),
        ("its name escaped", escaped, 202, &["forge-acme"]),
        (
            "JSON with a charset",
            push().header("content-type", "application/json; charset=utf-8"),
            202,
            &["forge-acme"],
        ),
        (
            "about nothing watched",
            Request::unsigned("forge-acme", r#"{"repository":"x/y"}"#).signed("alpha"),
            200,
            &[],
        ),
        (
            "not JSON",
            Request::unsigned("forge-acme", "{").signed("alpha"),
            400,
            &[],
        ),
        (
            "a form the sender cannot read",
            form.header("content-type", "application/x-www-form-urlencoded"),
            400,
            &[],
        ),
        ("no event name", push().header("x-event", "-"), 400, &[]),
        (
            "an empty event name",
            push().header("x-event", ""),
            400,
            &[],
        ),
        (
            "a blank event name",
            push().header("x-event", "  "),
            400,
            &[],
        ),
        ("unsigned", unsigned("forge-acme"), 401, &[]),
        (
            "signed by another",
            Request::push("forge-acme", "beta"),
            401,
            &[],
        ),
        (
            "not JSON and unsigned",
            Request::unsigned("forge-acme", "{"),
            401,
            &[],
        ),
        ("a connection without a secret", unsigned("base"), 401, &[]),
        ("a family without a secret", unsigned("supabase"), 401, &[]),
        (
            "an insecure connection with a secret",
            unsigned("forge-kept"),
            401,
            &[],
        ),
        (
            "an unknown connection",
            Request::push("forge-acne", "alpha"),
            404,
            &[],
        ),
        (
            "a connection that is switched off",
            Request::push("forge-off", "alpha"),
            404,
            &[],
        ),
        ("a name that is no text", undecodable, 404, &[]),
        ("another path", elsewhere, 404, &[]),
        ("another method", get, 405, &[]),
        (
            "too large, as it says",
            push().header("content-length", "26214401"),
            413,
            &[],
        ),
        (
            "no content type",
            push().header("content-type", "-"),
            415,
            &[],
        ),
        (
            "another content type",
            push().header("content-type", "text/plain"),
            415,
            &[],
        ),
        (
            "compressed",
            push().header("content-encoding", "gzip"),
            415,
            &[],
        ),
        (
            "another type and unsigned",
            unsigned("forge-acme").header("content-type", "text/xml"),
            415,
            &[],
        ),
        (
            "a fault of a provider",
            Request::push("broken", "gamma"),
            500,
            &[],
        ),
        (
            "insecure from here",
            unsigned("forge-open"),
            202,
            &["forge-open"],
        ),
        (
            "insecure by a page in a browser",
            unsigned("forge-open").header("origin", "http://x"),
            401,
            &[],
        ),
        (
            "insecure by another name",
            unsigned("forge-open").header("host", "x.example"),
            401,
            &[],
        ),
        (
            "insecure through a proxy",
            unsigned("forge-open").header("x-forwarded-for", "192.0.2.1"),
            401,
            &[],
        ),
    ];
    for (what, request, status, stored) in cases {
        let running = Running::start(Kind::Local, doors());
        let reply = running.send(&request).await;
        assert_eq!(reply.status, status, "{what}: {reply:?}");
        assert_eq!(running.log.stored(), stored, "{what}");
        if status != 405 {
            assert_eq!(
                reply.header("content-type"),
                Some("application/json"),
                "{what}"
            );
            let key = match status {
                202 => "id",
                200 => "ignored",
                _ => "error",
            };
            assert!(reply.json()[key].is_string(), "{what}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn a_stored_delivery_carries_the_bytes_that_came_and_wakes_the_loops() {
    let running = Running::start(Kind::Local, doors());
    let woken = std::sync::Arc::clone(&running.woken);
    let reply = running
        .send(&Request::push("forge-acme", "alpha").header("x-id", "m1"))
        .await;

    let arrival = running.log.arrivals.lock().expect("no panic")[0].clone();
    assert_eq!(arrival.user_id.as_str(), "ada");
    assert_eq!(arrival.message.body, DOCUMENT.as_bytes());
    assert_eq!(arrival.message.external_id.as_deref(), Some("m1"));
    let id = running.log.ids().into_iter().next().expect("stored");
    assert_eq!(reply.json(), json!({ "id": id }));
    tokio::time::timeout(crate::support::HANG, woken.notified())
        .await
        .expect("woken");
}

#[tokio::test]
async fn a_repeat_is_answered_200_with_the_first_id() {
    let running = Running::start(Kind::Local, doors());
    let request = Request::push("forge-acme", "alpha").header("x-id", "m1");
    let first = running.send(&request).await;
    let second = running.send(&request).await;
    assert_eq!((first.status, second.status), (202, 200));
    assert_eq!(
        second.json(),
        json!({ "id": first.json()["id"], "repeat": true })
    );
    assert_eq!(running.log.stored(), ["forge-acme"]);
}

#[tokio::test]
async fn a_shared_route_reaches_every_connection_whose_own_secret_holds_and_whom_it_concerns() {
    let mut web = door("two-web", &["alpha"]);
    web.connection.watch = vec!["acme/web".into()];
    let doors = vec![
        door("one", &["alpha"]),
        web,
        door("three", &["alpha"]),
        door("stranger", &["delta"]),
        door("bare", &[]),
        Door {
            connection: connection("base"),
            webhook: &DATABASE,
            secrets: vec![SecretString::from("alpha")],
        },
    ];
    let running = Running::start(Kind::Local, doors);
    let cases: [(Request, u16, &[&str]); 5] = [
        (Request::push("code-repo", "alpha"), 202, &["one", "three"]),
        (Request::push("code-repo", "delta"), 202, &["stranger"]),
        (Request::push("code-repo", "omega"), 401, &[]),
        (Request::push("supabase", "alpha"), 202, &["base"]),
        (
            Request::unsigned("code-repo", r#"{"repository":"x/y"}"#).signed("alpha"),
            200,
            &[],
        ),
    ];
    for (request, status, stored) in cases {
        running.log.arrivals.lock().expect("no panic").clear();
        let reply = running.send(&request).await;
        assert_eq!(reply.status, status, "{reply:?}");
        assert_eq!(running.log.stored(), stored);
    }
}

#[tokio::test]
async fn refusals_tell_nothing_about_the_signature_and_say_how_to_set_a_secret() {
    let running = Running::start(Kind::Local, doors());
    let missing = running
        .send(&Request::unsigned("forge-acme", DOCUMENT))
        .await;
    let wrong = running.send(&Request::push("forge-acme", "beta")).await;
    assert_eq!(missing.body, wrong.body);
    let bare = running.send(&Request::unsigned("base", DOCUMENT)).await;
    assert!(bare.body.contains("perch connect"), "{}", bare.body);
}

#[tokio::test]
async fn a_log_that_refuses_is_a_503_and_sending_again_succeeds() {
    let log = Log::default();
    log.refuses.store(true, std::sync::atomic::Ordering::SeqCst);
    let running = Running::with(Kind::Local, doors(), log, perch_ingress::Limits::default());
    let request = Request::push("forge-acme", "alpha").header("x-id", "m1");
    let refused = running.send(&request).await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("30"))
    );
    assert!(
        !refused.body.contains("disk is full"),
        "the reason stays here: {}",
        refused.body
    );
    running
        .log
        .refuses
        .store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(running.send(&request).await.status, 202);
}

#[tokio::test]
async fn the_local_listener_shows_its_health_and_counts() {
    let running = Running::start(Kind::Local, doors());
    running.send(&Request::push("forge-acme", "alpha")).await;
    running.send(&Request::push("forge-acme", "beta")).await;
    let Reply { status, body, .. } = running.send(&Request::get("/healthz")).await;
    assert_eq!((status, body.as_str()), (200, "ok\n"));
    let metrics = running.send(&Request::get("/metrics")).await;
    assert_eq!(
        metrics.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    for line in [
        "perch_ingress_requests_total{listener=\"local\",answer=\"200\"} 1",
        "perch_ingress_requests_total{listener=\"local\",answer=\"202\"} 1",
        "perch_ingress_requests_total{listener=\"local\",answer=\"401\"} 1",
        "perch_ingress_deliveries_total{listener=\"local\"} 1",
        "perch_ingress_delivery_bytes_total{listener=\"local\"} 25",
        "perch_ingress_requests_in_flight{listener=\"local\"} 1",
    ] {
        assert!(
            metrics.body.lines().any(|known| known == line),
            "{line} in\n{}",
            metrics.body
        );
    }
}

#[tokio::test]
async fn a_tunnel_serves_webhooks_alone_and_takes_nothing_unsigned() {
    let running = Running::start(Kind::Tunnel, doors());
    let cases = [
        (Request::push("forge-acme", "alpha"), 202),
        (Request::push("code-repo", "alpha"), 202),
        (Request::unsigned("forge-open", DOCUMENT), 401),
        (Request::get("/healthz"), 404),
        (Request::get("/metrics"), 404),
        (Request::get("/"), 404),
    ];
    for (request, status) in cases {
        assert_eq!(
            running.send(&request).await.status,
            status,
            "{}",
            request.line
        );
    }
    assert_eq!(running.log.stored(), ["forge-acme", "forge-acme"]);
}
