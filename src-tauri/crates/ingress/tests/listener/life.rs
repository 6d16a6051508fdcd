//! From taking an address to ending, and what changes in between.

use std::net::SocketAddr;
use std::sync::Arc;

use perch_ingress::{BindError, Kind, Limits, Listener};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::support::{HANG, Log, Request, Running, clock, door, read_reply, talk_raw, until};

fn bind(address: SocketAddr) -> Result<Listener, BindError> {
    let (_, doors) = watch::channel(Arc::default());
    Listener::bind(
        address,
        Kind::Local,
        doors,
        Arc::new(Log::default()),
        clock,
        Arc::default(),
    )
}

#[tokio::test]
async fn an_address_that_cannot_be_had_is_named_with_what_to_set() {
    let running = Running::start(Kind::Local, Vec::new());
    let taken = bind(running.address).expect_err("it is taken");
    assert!(matches!(taken, BindError::Taken { .. }), "{taken:?}");
    let absent = bind(SocketAddr::from(([192, 0, 2, 1], 7420))).expect_err("not this machine's");
    assert!(matches!(absent, BindError::Absent { .. }), "{absent:?}");
    for (error, address) in [
        (taken, running.address.to_string()),
        (absent, "192.0.2.1:7420".into()),
    ] {
        let message = error.to_string();
        for part in [address.as_str(), "`listen`", "PERCH_LISTEN"] {
            assert!(message.contains(part), "{part} in {message}");
        }
    }
}

#[tokio::test]
async fn doors_change_while_it_runs() {
    let running = Running::start(Kind::Local, Vec::new());
    let request = Request::push("forge", "alpha");
    assert_eq!(running.send(&request).await.status, 404);
    running
        .doors
        .send_replace(Arc::new(vec![door("forge", &[])]));
    assert_eq!(running.send(&request).await.status, 401);
    running
        .doors
        .send_replace(Arc::new(vec![door("forge", &["alpha"])]));
    assert_eq!(running.send(&request).await.status, 202);
    running.doors.send_replace(Arc::default());
    assert_eq!(running.send(&request).await.status, 404);
}

#[tokio::test]
async fn a_secret_is_replaced_without_losing_a_delivery() {
    let running = Running::start(Kind::Local, Vec::new());
    let steps: [(&[&str], u16, u16); 3] = [
        (&["old"], 202, 401),
        (&["old", "new"], 202, 202),
        (&["new"], 401, 202),
    ];
    for (secrets, old, new) in steps {
        running
            .doors
            .send_replace(Arc::new(vec![door("forge", secrets)]));
        assert_eq!(
            running.send(&Request::push("forge", "old")).await.status,
            old,
            "{secrets:?}"
        );
        assert_eq!(
            running.send(&Request::push("forge", "new")).await.status,
            new,
            "{secrets:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let running = Running::start(Kind::Local, vec![door("forge", &["alpha"])]);
    let mut bytes = Vec::new();
    for _ in 0..5 {
        bytes.extend(
            Request::push("forge", "alpha")
                .header("connection", "keep-alive")
                .bytes(),
        );
    }
    bytes.extend(Request::push("forge", "alpha").bytes());
    let text = talk_raw(running.address, &bytes).await;
    assert_eq!(text.matches("HTTP/1.1 202").count(), 6);
}

#[tokio::test]
async fn ending_finishes_what_came_and_takes_nothing_more() {
    let log = Log::gated();
    let running = Running::with(
        Kind::Local,
        vec![door("forge", &["alpha"])],
        log,
        Limits::default(),
    );
    let (address, log) = (running.address, Arc::clone(&running.log));
    let idle = TcpStream::connect(address).await.expect("accepted");
    let mut stream = TcpStream::connect(address).await.expect("accepted");
    let request = Request::push("forge", "alpha").header("connection", "keep-alive");
    stream.write_all(&request.bytes()).await.expect("read");
    log.begun(1).await;

    let ended = running.end();
    until(async || TcpStream::connect(address).await.is_err()).await;
    log.let_through(1);
    let reply = read_reply(&mut stream).await;
    assert_eq!(
        (reply.status, reply.header("connection")),
        (202, Some("close"))
    );
    drop(idle);
    tokio::time::timeout(HANG, ended)
        .await
        .expect("it ends")
        .expect("without a panic");
    assert_eq!(log.stored(), ["forge"]);
}

#[tokio::test]
async fn a_sender_that_hangs_up_during_the_commit_leaves_a_delivery_somebody_is_woken_for() {
    let log = Log::gated();
    let running = Running::with(
        Kind::Local,
        vec![door("forge", &["alpha"])],
        log,
        Limits::default(),
    );
    let mut stream = TcpStream::connect(running.address).await.expect("accepted");
    stream
        .write_all(&Request::push("forge", "alpha").bytes())
        .await
        .expect("read");
    running.log.begun(1).await;
    // A reset rather than a polite end.
    stream.set_zero_linger().expect("a socket option");
    drop(stream);
    running.log.let_through(1);
    tokio::time::timeout(HANG, running.woken.notified())
        .await
        .expect("woken");
    assert_eq!(running.log.stored(), ["forge"]);
}
