//! The listener itself: binds, accepts and ends connections. What a request means is decided elsewhere.

use std::convert::Infallible;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use perch_core::seam::delivery_log::DeliveryLog;
use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower_service::Service as _;

use crate::door::Doors;
use crate::limits::Limits;
use crate::receive::{Desk, Peer};
use crate::room::Room;
use crate::round_trip::RoundTrips;
use crate::routes::routes;
use crate::socket::Socket;
use crate::tally::Tally;

/// Connections the kernel keeps for us until they are accepted.
const BACKLOG: u32 = 1024;
/// How long accepting rests when the process or the machine has run out of something.
const REST: Duration = Duration::from_millis(500);

/// Who reaches a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// This machine, or the network it was set to listen on.
    Local,
    /// The internet, through a tunnel.
    Tunnel,
}

/// Why the listener has no address.
#[derive(Debug, Error)]
pub enum BindError {
    /// Another program, or another Perch, listens there.
    #[error(
        "the listener could not take {address}: another program listens there; \
         end it, or set {setting} to another port"
    )]
    Taken {
        /// The address asked for.
        address: SocketAddr,
        /// Where it is set.
        setting: &'static str,
    },
    /// The system keeps the port for others.
    #[error(
        "the listener may not take {address}: the system reserves that port; \
         set {setting} to a port above 1023"
    )]
    Reserved {
        /// The address asked for.
        address: SocketAddr,
        /// Where it is set.
        setting: &'static str,
    },
    /// The machine has no such address.
    #[error(
        "the listener could not take {address}: this machine has no such address; \
         set {setting} to one it has, such as 127.0.0.1:7420"
    )]
    Absent {
        /// The address asked for.
        address: SocketAddr,
        /// Where it is set.
        setting: &'static str,
    },
    /// Anything else.
    #[error(
        "the listener could not take {address}: {problem}; \
         set {setting} to another address"
    )]
    Other {
        /// The address asked for.
        address: SocketAddr,
        /// Where it is set.
        setting: &'static str,
        /// What the system said.
        problem: io::Error,
    },
}

impl BindError {
    fn new(address: SocketAddr, kind: Kind, problem: io::Error) -> Self {
        let setting = match kind {
            Kind::Local => "`listen` in config.toml (or PERCH_LISTEN)",
            Kind::Tunnel => "`tunnel_listen` in config.toml",
        };
        match problem.kind() {
            ErrorKind::AddrInUse => Self::Taken { address, setting },
            ErrorKind::PermissionDenied => Self::Reserved { address, setting },
            ErrorKind::AddrNotAvailable => Self::Absent { address, setting },
            _ => Self::Other {
                address,
                setting,
                problem,
            },
        }
    }
}

/// A bound listener; it answers nothing until it runs.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    kind: Kind,
    doors: watch::Receiver<Doors>,
    log: Arc<dyn DeliveryLog>,
    clock: fn() -> Timestamp,
    woken: Arc<Notify>,
    limits: Limits,
    tally: Arc<Tally>,
    trips: Arc<RoundTrips>,
    more: Option<More>,
}

/// What `/metrics` says beside the listeners' own counts, in Prometheus' text format.
pub type More = Arc<dyn Fn() -> BoxFuture<'static, String> + Send + Sync>;

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("address", &self.address)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Listener {
    /// Takes `address`; port 0 takes any free one. Needs a tokio runtime with IO and time.
    ///
    /// Deliveries are committed to `log` before they are acknowledged; then `woken` is notified. `clock` gives
    /// the time against which signatures are checked.
    pub fn bind(
        address: SocketAddr,
        kind: Kind,
        doors: watch::Receiver<Doors>,
        log: Arc<dyn DeliveryLog>,
        clock: fn() -> Timestamp,
        woken: Arc<Notify>,
    ) -> Result<Self, BindError> {
        let socket = listen(address).map_err(|problem| BindError::new(address, kind, problem))?;
        let address = socket
            .local_addr()
            .map_err(|problem| BindError::new(address, kind, problem))?;
        Ok(Self {
            socket,
            address,
            kind,
            doors,
            log,
            clock,
            woken,
            limits: Limits::default(),
            tally: Arc::default(),
            trips: Arc::default(),
            more: None,
        })
    }

    /// Other limits than the default ones.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Counts into `tally`, so that the local listener's `/metrics` shows the tunnels' counts too.
    pub fn with_tally(self, tally: Arc<Tally>) -> Self {
        Self { tally, ..self }
    }

    /// Lets `/metrics` say more.
    pub fn with_more(self, more: More) -> Self {
        Self {
            more: Some(more),
            ..self
        }
    }

    /// Takes in the nonces of `trips`.
    pub fn with_round_trips(self, trips: Arc<RoundTrips>) -> Self {
        Self { trips, ..self }
    }

    /// Where it listens, with the port it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `shutdown`, then finishes those that already came and returns.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let limits = self.limits;
        let open = Arc::new(Semaphore::new(limits.connections));
        let desk = Arc::new(Desk {
            kind: self.kind,
            doors: self.doors,
            log: self.log,
            clock: self.clock,
            woken: self.woken,
            limits,
            room: Room::new(limits.in_flight, limits.held_bytes),
            tally: self.tally,
            trips: self.trips,
            more: self.more,
        });
        let router = routes(Arc::clone(&desk));
        let (end, ended) = watch::channel(());
        let mut connections = JoinSet::new();
        let accepting = async {
            loop {
                let (stream, peer, place) = accept(&self.socket, &open).await;
                connections.spawn(connection(
                    stream,
                    peer,
                    place,
                    Arc::clone(&desk),
                    router.clone(),
                    ended.clone(),
                ));
                while connections.try_join_next().is_some() {}
            }
        };
        tokio::select! {
            () = shutdown => {}
            () = accepting => {}
        }
        drop(self.socket);
        drop(end);
        // Whatever has not ended by then is cut when the set is dropped; nothing of it was acknowledged.
        let _ = tokio::time::timeout(limits.grace, async {
            while connections.join_next().await.is_some() {}
        })
        .await;
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // On Windows the same option would let two programs share the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The next connection. Running out of descriptors is no end: it is said once, and tried again until some are free.
async fn accept(
    socket: &TcpListener,
    open: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let place = Arc::clone(open)
        .acquire_owned()
        .await
        .expect("the semaphore is never closed");
    let mut said = false;
    loop {
        match socket.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::ConnectionAborted
                        | ErrorKind::ConnectionReset
                        | ErrorKind::ConnectionRefused
                ) => {}
            Err(error) => {
                if !said {
                    tracing::error!(%error, "no connection can be accepted for now; it is tried again");
                    said = true;
                }
                tokio::time::sleep(REST).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    _place: OwnedSemaphorePermit,
    desk: Arc<Desk>,
    router: Router,
    mut ended: watch::Receiver<()>,
) {
    let _open = desk.tally.connection(desk.kind);
    // Answers are small and awaited; a socket that refuses the option still works.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|mut request: http::Request<Incoming>| {
        let going_on = desk.tally.request(desk.kind);
        let desk = Arc::clone(&desk);
        request.extensions_mut().insert(Peer(peer));
        let answer = router.clone().call(request.map(Body::new));
        async move {
            let response = answer.await;
            drop(going_on);
            if let Ok(response) = &response {
                desk.tally.answered(desk.kind, response.status());
            }
            response as Result<_, Infallible>
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(desk.limits.head_time)
        .max_header_size(desk.limits.head_bytes)
        // A sender may close its half once it has said everything; it still wants the answer.
        .half_close(true)
        .serve_connection(
            TokioIo::new(Socket::new(stream, desk.limits.answer_time)),
            service,
        );
    tokio::pin!(served);
    let result = tokio::select! {
        result = served.as_mut() => result,
        // The sender's end is dropped to tell it.
        _ = ended.changed() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}
