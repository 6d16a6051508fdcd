//! The sender: 32 connections that stay open, each sending its next delivery once the last is answered.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::examples::{Example, Examples};

const CONNECTIONS: usize = 32;
const WARM_UP: Duration = Duration::from_secs(1);

/// Where deliveries are sent to.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) socket: SocketAddr,
    pub(crate) path: &'static str,
}

/// What a server did under load.
pub(crate) struct Figures {
    /// Deliveries answered with 2xx a second.
    pub(crate) per_second: f64,
    median: Duration,
    p99: Duration,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:7.0} a second, median {:.2} ms, p99 {:.2} ms",
            self.per_second,
            self.median.as_secs_f64() * 1e3,
            self.p99.as_secs_f64() * 1e3
        )
    }
}

/// Sends for a while, every example in turn, and counts what was answered with 2xx. Another answer ends the benchmark.
///
/// No two rounds send the same delivery.
pub(crate) fn run(
    address: &Address,
    examples: &Examples,
    duration: Duration,
    round: usize,
) -> Figures {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let next = Arc::new(AtomicU64::new(u64::try_from(round).expect("a count") << 32));
        let begin = now() + WARM_UP;
        let end = begin + duration;
        let senders = (0..CONNECTIONS).map(|_| send(address, examples, &next, begin, end));
        let mut times: Vec<Duration> = futures_util::future::join_all(senders)
            .await
            .into_iter()
            .flatten()
            .collect();
        times.sort_unstable();
        Figures {
            per_second: f64::from(u32::try_from(times.len()).expect("a count"))
                / duration.as_secs_f64(),
            median: times[times.len() / 2],
            p99: times[times.len() * 99 / 100],
        }
    })
}

/// The round whose rate is in the middle.
pub(crate) fn middle(mut rounds: Vec<Figures>) -> Figures {
    rounds.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    rounds.swap_remove(rounds.len() / 2)
}

async fn send(
    address: &Address,
    examples: &Examples,
    next: &AtomicU64,
    begin: Instant,
    end: Instant,
) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address.socket)
        .await
        .expect("the server listens");
    stream.set_nodelay(true).expect("a TCP connection");
    let mut times = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let which = usize::try_from(number).expect("a count") % examples.all.len();
        let request = request(address, &examples.all[which], number);
        let sent = now();
        if sent >= end {
            return times;
        }
        stream
            .write_all(&request)
            .await
            .expect("the server reads what it is sent");
        let status = answer(&mut stream).await;
        assert!(
            (200..300).contains(&status),
            "{} was answered with {status}",
            examples.all[which].kind
        );
        if sent >= begin {
            times.push(sent.elapsed());
        }
    }
}

fn request(address: &Address, example: &Example, number: u64) -> Vec<u8> {
    format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\nx-github-event: {}\r\n\
         x-github-delivery: 00000000-0000-4000-8000-{number:012x}\r\nx-hub-signature-256: {}\r\n\
         content-length: {}\r\n\r\n{}",
        address.path,
        address.socket,
        example.kind,
        example.signature,
        example.body.len(),
        example.body
    )
    .into_bytes()
}

/// Reads one whole answer and returns its status.
async fn answer(stream: &mut TcpStream) -> u16 {
    let mut bytes = Vec::with_capacity(512);
    loop {
        let read = stream.read_buf(&mut bytes).await.expect("an answer comes");
        assert!(read > 0, "the server closed the connection");
        if let Some(status) = whole(&bytes) {
            return status;
        }
    }
}

/// The status, once head and body are there.
fn whole(bytes: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let complete = match header("content-length") {
        Some(length) => body.len() >= length.parse().ok()?,
        None if header("transfer-encoding").is_some() => body.ends_with("0\r\n\r\n"),
        None => true,
    };
    complete.then_some(status)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock; it measures"
)]
fn now() -> Instant {
    Instant::now()
}
