//! A sender whose signature is a digest of secret and body, a log in memory, and HTTP written by hand.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::{Door as Entrance, NewDelivery};
use perch_core::id::{ConnectionId, DeliveryId, UserId, short_hash};
use perch_core::seam::delivery_log::{Arrival, DeliveryLog, NotStored, Receipt};
use perch_core::seam::webhook::{Malformed, Unverified, Webhook};
use perch_ingress::tunnels::{Came, Noting};
use perch_ingress::{Door, Doors, Kind, Limits, Listener, RoundTrips};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore, oneshot, watch};
use tokio::task::JoinHandle;

/// Longer than anything here should take; only a hang reaches it.
pub(crate) const HANG: Duration = Duration::from_mins(1);

/// A sender that names its event, its repository and its message in headers and JSON.
pub(crate) struct Sender {
    pub(crate) family: &'static str,
    pub(crate) panics: bool,
}

pub(crate) static FORGE: Sender = Sender {
    family: "code-repo",
    panics: false,
};
pub(crate) static DATABASE: Sender = Sender {
    family: "supabase",
    panics: false,
};
pub(crate) static BROKEN: Sender = Sender {
    family: "code-repo",
    panics: true,
};

impl Webhook for Sender {
    fn family(&self) -> &'static str {
        self.family
    }

    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<(), Unverified> {
        assert_eq!(now, clock(), "the listener's own clock is used");
        let given = headers.get("x-signature").ok_or(Unverified::Missing)?;
        if given.as_bytes() == sign(secret.expose_secret(), body).as_bytes() {
            Ok(())
        } else {
            Err(Unverified::Wrong)
        }
    }

    fn read(&self, headers: &HeaderMap, body: &Bytes) -> Result<NewDelivery, Malformed> {
        assert!(!self.panics, "a fault in a provider");
        let text = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        serde_json::from_slice::<Value>(body)
            .map_err(|_| Malformed("the body is not JSON".into()))?;
        Ok(NewDelivery {
            door: Entrance::Webhook,
            kind: text("x-event").ok_or(Malformed("the event's name is missing".into()))?,
            external_id: text("x-id"),
            body: body.clone(),
        })
    }

    fn concerns(&self, connection: &Connection, message: &NewDelivery) -> bool {
        let body: Value = serde_json::from_slice(&message.body).expect("it was read");
        body["repository"]
            .as_str()
            .is_some_and(|name| connection.watch.iter().any(|watched| watched == name))
    }
}

pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    short_hash(&format!("{secret}\n{}", String::from_utf8_lossy(body)), 64)
}

pub(crate) fn clock() -> Timestamp {
    Timestamp::from_second(1_700_000_000).expect("in range")
}

/// A connection that watches `acme/api`.
pub(crate) fn connection(name: &str) -> Connection {
    Connection {
        watch: vec!["acme/api".into()],
        ..Connection::new(ConnectionId::new(name), UserId::new("ada"), "forge", "")
    }
}

pub(crate) fn door(name: &str, secrets: &[&str]) -> Door {
    Door {
        connection: connection(name),
        webhook: &FORGE,
        secrets: secrets
            .iter()
            .map(|secret| SecretString::from(*secret))
            .collect(),
    }
}

/// A log that remembers, and that can be slow, refuse or wait to be let on.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) arrivals: Mutex<Vec<Arrival>>,
    pub(crate) known: Mutex<HashMap<(ConnectionId, String), DeliveryId>>,
    pub(crate) slow: Option<Duration>,
    pub(crate) refuses: AtomicBool,
    pub(crate) gate: Option<Semaphore>,
    pub(crate) begun: AtomicUsize,
}

#[async_trait]
impl DeliveryLog for Log {
    async fn commit(&self, arrivals: Vec<Arrival>) -> Result<Vec<Receipt>, NotStored> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        if let Some(gate) = &self.gate {
            gate.acquire().await.expect("never closed").forget();
        }
        if let Some(pause) = self.slow {
            tokio::time::sleep(pause).await;
        }
        if self.refuses.load(Ordering::SeqCst) {
            return Err(NotStored("the disk is full".into()));
        }
        let mut known = self.known.lock().expect("no panic");
        let mut receipts = Vec::new();
        for arrival in arrivals {
            let mut stored = self.arrivals.lock().expect("no panic");
            let count = stored.len().to_string();
            let id = arrival
                .message
                .external_id
                .clone()
                .unwrap_or_else(|| count.clone());
            let key = (arrival.connection_id.clone(), id);
            let receipt = known.get(&key).map(|id| Receipt {
                id: *id,
                repeat: true,
            });
            receipts.push(receipt.unwrap_or_else(|| {
                let id = DeliveryId::new(clock(), &[&count]);
                known.insert(key, id);
                stored.push(arrival);
                Receipt { id, repeat: false }
            }));
        }
        Ok(receipts)
    }
}

impl Log {
    /// A log whose commits wait until they are let through.
    pub(crate) fn gated() -> Self {
        Self {
            gate: Some(Semaphore::new(0)),
            ..Self::default()
        }
    }

    /// Lets `count` commits through, now or when they come.
    pub(crate) fn let_through(&self, count: usize) {
        self.gate.as_ref().expect("a gated log").add_permits(count);
    }

    /// Waits until `count` commits have begun.
    pub(crate) async fn begun(&self, count: usize) {
        until(async || self.begun.load(Ordering::SeqCst) >= count).await;
    }

    /// The connections that got something, in order.
    pub(crate) fn stored(&self) -> Vec<String> {
        let arrivals = self.arrivals.lock().expect("no panic");
        arrivals
            .iter()
            .map(|arrival| arrival.connection_id.to_string())
            .collect()
    }

    pub(crate) fn ids(&self) -> HashSet<String> {
        let known = self.known.lock().expect("no panic");
        known.values().map(ToString::to_string).collect()
    }
}

/// A listener that runs until it is told to end.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) log: Arc<Log>,
    pub(crate) doors: watch::Sender<Doors>,
    pub(crate) woken: Arc<Notify>,
    pub(crate) trips: Arc<RoundTrips>,
    pub(crate) came: Arc<Came>,
    end: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start(kind: Kind, doors: Vec<Door>) -> Self {
        Self::with(kind, doors, Log::default(), Limits::default())
    }

    pub(crate) fn with(kind: Kind, doors: Vec<Door>, log: Log, limits: Limits) -> Self {
        let (doors, receiver) = watch::channel(Arc::new(doors));
        let (end, ended) = oneshot::channel();
        let (log, woken) = (Arc::new(log), Arc::new(Notify::new()));
        let (trips, came) = (Arc::<RoundTrips>::default(), Arc::<Came>::default());
        let noting = Noting {
            log: Arc::clone(&log) as Arc<dyn DeliveryLog>,
            came: Arc::clone(&came),
            clock,
        };
        let listener = Listener::bind(
            SocketAddr::from(([127, 0, 0, 1], 0)),
            kind,
            receiver,
            Arc::new(noting),
            clock,
            Arc::clone(&woken),
        )
        .expect("a free port")
        .with_round_trips(Arc::clone(&trips))
        .with_limits(limits);
        let address = listener.address();
        let task = tokio::spawn(listener.run(async {
            let _ = ended.await;
        }));
        Self {
            address,
            log,
            doors,
            woken,
            trips,
            came,
            end: Some(end),
            task,
        }
    }

    /// Tells it to end; the returned task ends when it has.
    pub(crate) fn end(mut self) -> JoinHandle<()> {
        let _ = self.end.take().expect("ended once").send(());
        self.task
    }

    pub(crate) async fn send(&self, request: &Request) -> Reply {
        talk(self.address, &request.bytes()).await
    }
}

/// A request to be written by hand.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// A good push about `acme/api`, signed with `secret`, to `/webhooks/<name>`.
    pub(crate) fn push(name: &str, secret: &str) -> Self {
        Self::unsigned(name, r#"{"repository":"acme/api"}"#).signed(secret)
    }

    pub(crate) fn unsigned(name: &str, body: &str) -> Self {
        Self {
            line: format!("POST /webhooks/{name} HTTP/1.1"),
            headers: vec![
                ("host".into(), "127.0.0.1".into()),
                ("content-type".into(), "application/json".into()),
                ("content-length".into(), body.len().to_string()),
                ("x-event".into(), "push".into()),
                ("connection".into(), "close".into()),
            ],
            body: body.as_bytes().to_vec(),
        }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self {
            line: format!("GET {path} HTTP/1.1"),
            headers: vec![
                ("host".into(), "127.0.0.1".into()),
                ("connection".into(), "close".into()),
            ],
            body: Vec::new(),
        }
    }

    pub(crate) fn signed(self, secret: &str) -> Self {
        let signature = sign(secret, &self.body);
        self.header("x-signature", &signature)
    }

    /// Sets a header; an empty value of `-` takes it away.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        if value != "-" {
            self.headers.push((name.into(), value.into()));
        }
        self
    }

    pub(crate) fn head(&self) -> String {
        let mut head = self.line.clone() + "\r\n";
        for (name, value) in &self.headers {
            for part in [name, ": ", value, "\r\n"] {
                head.push_str(part);
            }
        }
        head + "\r\n"
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head().into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }

    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
        let status = head
            .get(9..12)
            .and_then(|status| status.parse().ok())
            .expect("a status");
        Self {
            status,
            head: head.into(),
            body: body.into(),
        }
    }
}

/// Writes `bytes` and reads until the listener closes the connection.
pub(crate) async fn talk(address: SocketAddr, bytes: &[u8]) -> Reply {
    Reply::parse(&talk_raw(address, bytes).await)
}

pub(crate) async fn talk_raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the listener accepts");
    stream
        .write_all(bytes)
        .await
        .expect("the listener reads, or throws away");
    read_all(&mut stream).await
}

pub(crate) async fn read_all(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    tokio::time::timeout(HANG, stream.read_to_end(&mut text))
        .await
        .expect("the connection ends")
        .expect("it ends without a reset");
    String::from_utf8(text).expect("text")
}

pub(crate) async fn read_reply(stream: &mut TcpStream) -> Reply {
    Reply::parse(&read_all(stream).await)
}

/// Waits until `holds` does.
pub(crate) async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(HANG, waiting)
        .await
        .expect("it comes about");
}

/// The statuses of all the answers in `text`, in order.
pub(crate) fn statuses(text: &str) -> Vec<&str> {
    text.split("HTTP/1.1 ")
        .skip(1)
        .map(|answer| &answer[..3])
        .collect()
}
