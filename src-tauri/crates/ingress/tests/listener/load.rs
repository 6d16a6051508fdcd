//! Many senders at once: nothing is acknowledged before its commit, and too much is refused, not queued.

use std::sync::Arc;
use std::time::Duration;

use perch_ingress::{Kind, Limits};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::{HANG, Log, Request, Running, door, talk, until};

fn running(log: Log, limits: Limits) -> Running {
    Running::with(Kind::Local, vec![door("forge", &["alpha"])], log, limits)
}

fn message(at: usize) -> Request {
    Request::push("forge", "alpha").header("x-id", &format!("m{at}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn none_of_a_hundred_deliveries_is_acknowledged_before_its_commit() {
    let log = Log {
        slow: Some(Duration::from_millis(200)),
        ..Log::default()
    };
    let running = running(
        log,
        Limits {
            in_flight: 100,
            ..Limits::default()
        },
    );
    let mut senders = JoinSet::new();
    for at in 0..100 {
        let (address, log) = (running.address, Arc::clone(&running.log));
        senders.spawn(async move {
            let reply = talk(address, &message(at).bytes()).await;
            assert_eq!(reply.status, 202, "{reply:?}");
            let id = reply.json()["id"].as_str().expect("an id").to_owned();
            assert!(
                log.ids().contains(&id),
                "{id} was answered before it was stored"
            );
            id
        });
    }
    let ids = senders.join_all().await;
    assert_eq!(ids.len(), 100);
    assert_eq!(running.log.ids().len(), 100, "each got a row of its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_sixty_four_in_flight_the_sender_is_told_to_come_again() {
    let running = running(Log::gated(), Limits::default());
    let mut senders = JoinSet::new();
    for at in 0..64 {
        let address = running.address;
        senders.spawn(async move { talk(address, &message(at).bytes()).await.status });
    }
    running.log.begun(64).await;
    let refused = running.send(&message(64)).await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (429, Some("1"))
    );

    running.log.let_through(65);
    let statuses = tokio::time::timeout(HANG, senders.join_all())
        .await
        .expect("all are answered");
    assert!(statuses.iter().all(|status| *status == 202), "{statuses:?}");
    assert_eq!(running.send(&message(64)).await.status, 202);
}

#[tokio::test]
async fn senders_that_dawdle_over_their_bodies_keep_nobody_out() {
    let running = running(
        Log::default(),
        Limits {
            in_flight: 4,
            ..Limits::default()
        },
    );
    let mut dawdling = Vec::new();
    for at in 0..32 {
        let mut stream = TcpStream::connect(running.address).await.expect("accepted");
        stream
            .write_all(message(at).head().as_bytes())
            .await
            .expect("read");
        dawdling.push(stream);
    }
    assert_eq!(running.send(&message(99)).await.status, 202);
}

#[tokio::test]
async fn memory_for_bodies_is_bounded_whoever_sends_them() {
    let running = running(
        Log::default(),
        Limits {
            held_bytes: 100_000,
            ..Limits::default()
        },
    );
    let document = format!(
        r#"{{"repository":"acme/api","text":"{}"}}"#,
        "x".repeat(60_000)
    );
    let large = Request::unsigned("forge", &document).signed("alpha");
    let mut holding = TcpStream::connect(running.address).await.expect("accepted");
    let bytes = large.bytes();
    holding
        .write_all(&bytes[..bytes.len() - 1])
        .await
        .expect("read");

    until(async || running.send(&large).await.status == 429).await;
    drop(holding);
    until(async || running.send(&large).await.status == 202).await;
}
