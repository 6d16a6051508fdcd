//! Running out of file descriptors does not end the listener. Alone in its process, since the limit is the process's.
#![cfg(unix)]

use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use perch_core::seam::delivery_log::{Arrival, DeliveryLog, NotStored, Receipt};
use perch_ingress::{Kind, Listener};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;

struct NoLog;

#[async_trait]
impl DeliveryLog for NoLog {
    async fn commit(&self, _: Vec<Arrival>) -> Result<Vec<Receipt>, NotStored> {
        Err(NotStored("nothing is stored here".into()))
    }
}

#[tokio::test]
async fn accepting_goes_on_once_descriptors_are_free_again() {
    let (_, doors) = watch::channel(Arc::default());
    let listener = Listener::bind(
        SocketAddr::from(([127, 0, 0, 1], 0)),
        Kind::Local,
        doors,
        Arc::new(NoLog),
        || Timestamp::UNIX_EPOCH,
        Arc::default(),
    )
    .expect("a free port");
    let address = listener.address();
    let running = tokio::spawn(listener.run(std::future::pending()));

    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    setrlimit(Resource::RLIMIT_NOFILE, 64.min(most), most).expect("a lower limit");
    let mut files = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }
    // One is left for the sender, none for the listener.
    files.pop();
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the kernel answers");
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .expect("the kernel keeps it");
    let mut reply = String::new();
    let early =
        tokio::time::timeout(Duration::from_secs(1), stream.read_to_string(&mut reply)).await;
    assert!(
        early.is_err(),
        "it was accepted although nothing was left: {reply}"
    );
    assert!(!running.is_finished());

    drop(files);
    tokio::time::timeout(Duration::from_mins(1), stream.read_to_string(&mut reply))
        .await
        .expect("it is accepted in the end")
        .expect("an answer");
    assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");
}
