//! Senders that dawdle, lie, flood or speak no HTTP. None of it is stored, and none of it stops the others.

use std::time::Duration;

use perch_ingress::{Kind, Limits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{
    HANG, Log, Request, Running, door, read_all, read_reply, statuses, talk, talk_raw,
};

fn running(limits: Limits) -> Running {
    let doors = vec![door("forge", &["alpha"])];
    Running::with(Kind::Local, doors, Log::default(), limits)
}

fn chunked(request: Request) -> Request {
    request
        .header("content-length", "-")
        .header("transfer-encoding", "chunked")
}

#[tokio::test]
async fn a_head_that_dawdles_is_cut() {
    let running = running(Limits {
        head_time: Duration::from_millis(300),
        ..Limits::default()
    });
    for start in ["", "POST /webhooks/forge HTTP/1.1\r\nhost: 127."] {
        let mut stream = TcpStream::connect(running.address).await.expect("accepted");
        stream.write_all(start.as_bytes()).await.expect("read");
        assert_eq!(read_all(&mut stream).await, "", "no answer, only the end");
    }
    assert_eq!(
        running.send(&Request::push("forge", "alpha")).await.status,
        202
    );
}

#[tokio::test]
async fn a_body_that_dawdles_is_cut_however_steadily_it_drips() {
    let running = running(Limits {
        body_time: Duration::from_millis(500),
        ..Limits::default()
    });
    let request = Request::push("forge", "alpha");
    let mut stream = TcpStream::connect(running.address).await.expect("accepted");
    stream
        .write_all(request.head().as_bytes())
        .await
        .expect("read");
    let (mut reading, mut writing) = stream.into_split();
    let drip = tokio::spawn(async move {
        loop {
            for byte in b"{" {
                if writing.write_all(&[*byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    });
    let mut text = String::new();
    tokio::time::timeout(HANG, reading.read_to_string(&mut text))
        .await
        .expect("the connection ends")
        .expect("text");
    assert!(text.starts_with("HTTP/1.1 408 "), "{text}");
    drip.abort();
    assert!(running.log.stored().is_empty());
}

#[tokio::test]
async fn a_body_without_an_end_is_refused_at_the_limit_and_the_sender_sees_it() {
    let running = running(Limits {
        body_bytes: 1 << 20,
        ..Limits::default()
    });
    let mut bytes = chunked(Request::push("forge", "alpha")).head().into_bytes();
    for _ in 0..48 {
        bytes.extend_from_slice(b"10000\r\n");
        bytes.extend_from_slice("x".repeat(0x1_0000).as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    // Three times the limit, written to the end before the answer is looked at.
    let reply = talk(running.address, &bytes).await;
    assert_eq!(reply.status, 413, "{reply:?}");
    assert_eq!(reply.header("connection"), Some("close"));
}

#[tokio::test]
async fn bodies_up_to_the_limit_are_taken_whole_in_either_framing() {
    let running = running(Limits::default());
    let document = format!(
        r#"{{"repository":"acme/api","text":"{}"}}"#,
        "x".repeat(3 << 20)
    );
    let counted = Request::unsigned("forge", &document).signed("alpha");
    assert_eq!(running.send(&counted).await.status, 202);

    let mut bytes = chunked(counted).head().into_bytes();
    for part in document.as_bytes().chunks(100_000) {
        bytes.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
        bytes.extend_from_slice(part);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(talk(running.address, &bytes).await.status, 202);
    for arrival in running.log.arrivals.lock().expect("no panic").iter() {
        assert!(
            arrival.message.body == document.as_bytes(),
            "the bytes came through unchanged"
        );
    }
}

#[tokio::test]
async fn a_length_that_lies_gains_nothing() {
    let running = running(Limits::default());
    let good = Request::push("forge", "alpha");
    let whole = good.body.len();

    // More than there is: the sender closes its half, and the body breaks off.
    let mut stream = TcpStream::connect(running.address).await.expect("accepted");
    let more = good
        .clone()
        .header("content-length", &(whole + 1).to_string());
    stream.write_all(&more.bytes()).await.expect("read");
    stream.shutdown().await.expect("half closed");
    assert_eq!(read_reply(&mut stream).await.status, 400);

    // Less than there is: what was counted carries another signature.
    let less = good
        .clone()
        .header("content-length", &(whole - 1).to_string());
    assert_eq!(running.send(&less).await.status, 401);

    // No number, two numbers, a number and chunks: no HTTP.
    for (name, value) in [("content-length", "twelve"), ("content-length", "-1")] {
        assert_eq!(
            running.send(&good.clone().header(name, value)).await.status,
            400,
            "{value}"
        );
    }
    let mut twice = good.clone();
    twice.headers.push(("content-length".into(), "1".into()));
    assert_eq!(running.send(&twice).await.status, 400);

    // A huge one is refused before a byte of the body is asked for.
    let mut stream = TcpStream::connect(running.address).await.expect("accepted");
    let huge = good
        .header("content-length", "99999999999")
        .header("expect", "100-continue");
    stream
        .write_all(huge.head().as_bytes())
        .await
        .expect("read");
    assert_eq!(read_reply(&mut stream).await.status, 413);
    assert!(running.log.stored().is_empty());
}

#[tokio::test]
async fn garbage_behind_a_good_request_ends_only_itself() {
    let running = running(Limits::default());
    let mut bytes = Request::push("forge", "alpha")
        .header("connection", "keep-alive")
        .bytes();
    bytes.extend_from_slice(b"\x16\x03\x01\x02\x00\x01GET / HTTP/9\r\n\r\n");
    let text = talk_raw(running.address, &bytes).await;
    assert_eq!(statuses(&text), ["202", "400"], "{text}");
    assert_eq!(running.log.stored(), ["forge"]);
    assert_eq!(
        running.send(&Request::push("forge", "alpha")).await.status,
        202
    );
}

#[tokio::test]
async fn requests_sent_at_once_are_answered_in_order() {
    let running = running(Limits::default());
    let mut bytes = Vec::new();
    for secret in ["alpha", "beta", "alpha"] {
        let request = Request::push("forge", secret).header("connection", "keep-alive");
        bytes.extend_from_slice(&request.bytes());
    }
    bytes.extend_from_slice(&Request::get("/healthz").bytes());
    let text = talk_raw(running.address, &bytes).await;
    assert_eq!(statuses(&text), ["202", "401", "202", "200"], "{text}");
}

#[tokio::test]
async fn a_head_too_large_is_refused() {
    let running = running(Limits::default());
    let long = Request::push("forge", "alpha").header("x-long", &"x".repeat(40_000));
    assert_eq!(running.send(&long).await.status, 431);
    let mut many = Request::push("forge", "alpha");
    many.headers
        .extend((0..200).map(|at| (format!("x-{at}"), "x".into())));
    assert_eq!(running.send(&many).await.status, 431);
    assert!(running.log.stored().is_empty());
}

#[tokio::test]
async fn a_request_line_too_long_is_refused() {
    let running = running(Limits::default());
    for length in [40_000, 70_000] {
        let mut long = Request::push("forge", "alpha");
        long.line = format!("POST /webhooks/{} HTTP/1.1", "x".repeat(length));
        let status = running.send(&long).await.status;
        assert!(matches!(status, 414 | 431), "{length}: {status}");
    }
    assert!(running.log.stored().is_empty());
}

#[tokio::test]
async fn a_sender_that_asks_and_takes_no_answers_is_cut() {
    let running = running(Limits {
        connections: 1,
        answer_time: Duration::from_millis(300),
        ..Limits::default()
    });
    let mut stream = TcpStream::connect(running.address).await.expect("accepted");
    let asking = Request::get("/healthz")
        .header("connection", "keep-alive")
        .bytes()
        .repeat(1000);
    let flood = async {
        // Until nothing more is taken, since no answer is read; then the connection is reset.
        while stream.write_all(&asking).await.is_ok() {}
    };
    tokio::time::timeout(HANG, flood).await.expect("it is cut");
    assert_eq!(
        running.send(&Request::push("forge", "alpha")).await.status,
        202
    );
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_idle_ones_to_be_cut() {
    let running = running(Limits {
        connections: 2,
        head_time: Duration::from_millis(300),
        ..Limits::default()
    });
    let _idle = [
        TcpStream::connect(running.address).await.expect("accepted"),
        TcpStream::connect(running.address).await.expect("accepted"),
    ];
    assert_eq!(
        running.send(&Request::push("forge", "alpha")).await.status,
        202
    );
}
