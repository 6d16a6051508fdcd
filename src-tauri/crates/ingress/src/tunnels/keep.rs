//! Keeps the tunnels that are wanted open: opens strands again with back-off and jitter, has the forge asked after
//! every gap, and knows how each one is doing.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::id::ConnectionId;
use perch_core::seam::hooks::Hooks;
use perch_core::seam::tunnel::{
    MadeHooks, Pace, Standing, Tunnel, TunnelContext, TunnelError, TunnelState,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::last::Came;
use super::strand::Strand;
use super::{Rim, back_off, follow};
use crate::round_trip::RoundTrips;

/// A strand that stood this long begins its pauses anew when it breaks.
const STEADY: Duration = Duration::from_secs(60);
/// How long taking things away at the forge may take.
const LEAVING: Duration = Duration::from_secs(5);

/// What tunnels are kept with.
pub struct Parts {
    /// What tunnels need of the program.
    pub rim: Rim,
    /// How long they wait for what.
    pub pace: Pace,
    /// The port for tunnels.
    pub inlet: SocketAddr,
    /// The nonces that arrive there.
    pub trips: Arc<RoundTrips>,
    /// What comes there.
    pub came: Arc<Came>,
    /// Which webhooks Perch made.
    pub made: Arc<dyn MadeHooks>,
    /// Has a connection's forge asked at once: what it kept, then everything.
    pub look: Arc<dyn Fn(ConnectionId) -> BoxFuture<'static, ()> + Send + Sync>,
    /// Told when a tunnel is doing otherwise than before.
    pub changed: Arc<dyn Fn() + Send + Sync>,
    /// The present.
    pub clock: fn() -> Timestamp,
}

/// A tunnel that is wanted.
#[derive(Clone)]
pub struct Kept {
    /// For whom. Its choice of tunnel holds the settings.
    pub connection: Connection,
    /// Which.
    pub tunnel: Arc<dyn Tunnel>,
    /// The connection's token.
    pub token: Option<SecretString>,
    /// What its webhooks are signed with.
    pub secret: Option<SecretString>,
    /// The forge's webhooks.
    pub hooks: Option<&'static dyn Hooks>,
}

impl Kept {
    fn is(&self, other: &Self) -> bool {
        let exposed = |secret: &Option<SecretString>| {
            secret
                .as_ref()
                .map(|secret| secret.expose_secret().to_owned())
        };
        self.connection == other.connection
            && self.tunnel.id() == other.tunnel.id()
            && exposed(&self.token) == exposed(&other.token)
            && exposed(&self.secret) == exposed(&other.secret)
    }
}

/// How one connection's tunnel is doing. Strands write it.
pub(super) struct Board {
    state: Mutex<BoardState>,
    changed: Arc<dyn Fn() + Send + Sync>,
}

struct BoardState {
    strands: Vec<TunnelState>,
    address: Option<String>,
    note: Option<String>,
}

impl Board {
    fn new(strands: usize, changed: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            state: Mutex::new(BoardState {
                strands: vec![TunnelState::Opening; strands],
                address: None,
                note: None,
            }),
            changed,
        }
    }

    fn state(&self) -> MutexGuard<'_, BoardState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_state(&self, strand: usize, state: TunnelState) {
        let before = std::mem::replace(&mut self.state().strands[strand], state.clone());
        if before != state {
            (self.changed)();
        }
    }

    pub(super) fn set_address(&self, address: &str) {
        self.state().address = Some(address.to_owned());
    }

    fn set_note(&self, note: Option<String>) {
        let before = std::mem::replace(&mut self.state().note, note.clone());
        if before != note {
            (self.changed)();
        }
    }

    fn standing(&self, (last_delivery, deliveries): (Option<Timestamp>, u64)) -> Standing {
        let state = self.state();
        let worst = |state: &&TunnelState| match state {
            TunnelState::Open => 0,
            TunnelState::Closed | TunnelState::Opening => 1,
            TunnelState::Retrying { .. } => 2,
            TunnelState::Broken { .. } => 3,
        };
        Standing {
            state: state
                .strands
                .iter()
                .max_by_key(worst)
                .cloned()
                .unwrap_or(TunnelState::Closed),
            address: state.address.clone(),
            note: state.note.clone(),
            last_delivery,
            deliveries,
        }
    }
}

struct Running {
    kept: Kept,
    board: Arc<Board>,
    /// Its strands and its looks. They end with this.
    tasks: JoinSet<()>,
}

/// The tunnels of a running Perch.
pub struct Tunnels {
    parts: Parts,
    running: Mutex<HashMap<ConnectionId, Running>>,
}

impl Tunnels {
    /// None is open yet.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            running: Mutex::default(),
        }
    }

    /// Makes exactly the `wanted` tunnels run. One that is as it was goes on undisturbed.
    pub async fn settle(&self, wanted: Vec<Kept>) {
        let mut ended = Vec::new();
        let mut new = Vec::new();
        {
            let mut running = self.running();
            let stays = |one: &Running| wanted.iter().any(|kept| kept.is(&one.kept));
            let gone: Vec<ConnectionId> = running
                .iter()
                .filter(|(_, one)| !stays(one))
                .map(|(id, _)| id.clone())
                .collect();
            ended.extend(gone.iter().filter_map(|id| running.remove(id)));
            new.extend(
                wanted
                    .iter()
                    .filter(|kept| !running.contains_key(&kept.connection.id))
                    .cloned(),
            );
        }
        for one in ended {
            // Webhooks that follow a tunnel are taken over by the next one that moves.
            let followed = wanted.iter().any(|kept| {
                kept.connection.id == one.kept.connection.id && kept.tunnel.about().moves
            });
            self.end_one(one, !followed).await;
        }
        for kept in new {
            let id = kept.connection.id.clone();
            let one = self.begin(kept);
            self.running().insert(id, one);
        }
    }

    /// How a connection's tunnel is doing; nothing if none is kept for it.
    pub fn standing(&self, id: &ConnectionId) -> Option<Standing> {
        let running = self.running();
        let one = running.get(id)?;
        Some(one.board.standing(self.parts.came.of(id)))
    }

    /// Ends all of them. Webhooks that follow a tunnel stay: the forge keeps what it could not deliver.
    pub async fn end(&self) {
        let all: Vec<Running> = self.running().drain().map(|(_, one)| one).collect();
        futures_util::future::join_all(all.into_iter().map(|one| self.end_one(one, false))).await;
    }

    fn running(&self) -> MutexGuard<'_, HashMap<ConnectionId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, kept: Kept) -> Running {
        let parts = &self.parts;
        let names = kept.tunnel.strands(&kept.connection);
        let board = Arc::new(Board::new(names.len(), Arc::clone(&parts.changed)));
        let hints = Arc::new(Notify::new());
        let mut tasks = JoinSet::new();
        tasks.spawn(looks(
            Arc::clone(&parts.look),
            kept.connection.id.clone(),
            Arc::clone(&hints),
            parts.pace,
        ));
        for (number, name) in names.into_iter().enumerate() {
            let strand = self.strand(&kept, number, &board, &hints);
            let made = Arc::clone(&parts.made);
            tasks.spawn(keep(kept.clone(), name, strand, made, parts.clock));
        }
        Running { kept, board, tasks }
    }

    fn strand(
        &self,
        kept: &Kept,
        number: usize,
        board: &Arc<Board>,
        hints: &Arc<Notify>,
    ) -> Strand {
        Strand {
            connection: kept.connection.id.clone(),
            number,
            board: Arc::clone(board),
            rim: self.parts.rim.clone(),
            pace: self.parts.pace,
            inlet: self.parts.inlet,
            trips: Arc::clone(&self.parts.trips),
            hints: Arc::clone(hints),
            address: watch::channel(None).0,
            stood: false.into(),
            resume: Mutex::default(),
        }
    }

    /// Ends one, and takes away what it left at the forge.
    async fn end_one(&self, mut one: Running, retire: bool) {
        one.tasks.shutdown().await;
        let Running { kept, board, .. } = one;
        let hints = Arc::new(Notify::new());
        let leaving = async {
            for name in kept.tunnel.strands(&kept.connection) {
                let strand = self.strand(&kept, 0, &board, &hints);
                let ctx = context(
                    &kept,
                    &name,
                    &strand,
                    self.parts.made.as_ref(),
                    self.parts.clock,
                );
                kept.tunnel.leave(&ctx).await;
                if retire && kept.tunnel.about().moves {
                    follow::retire(&ctx).await;
                }
            }
        };
        if tokio::time::timeout(LEAVING, leaving).await.is_err() {
            tracing::warn!(connection.id = %kept.connection.id, "what a tunnel left at the forge could not be removed in time");
        }
    }
}

fn context<'a>(
    kept: &'a Kept,
    name: &'a str,
    strand: &'a Strand,
    made: &'a dyn MadeHooks,
    clock: fn() -> Timestamp,
) -> TunnelContext<'a> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    TunnelContext {
        connection: &kept.connection,
        settings: kept
            .connection
            .tunnel
            .as_ref()
            .map_or(&NONE, |choice| &choice.settings),
        strand: name,
        inlet: strand.inlet,
        token: kept.token.as_ref(),
        secret: kept.secret.as_ref(),
        hooks: kept.hooks.map(|hooks| hooks as &dyn Hooks),
        made,
        pace: strand.pace,
        clock,
        line: strand,
    }
}

/// Has the forge asked whenever there was a hint; many hints at once are one look.
async fn looks(
    look: Arc<dyn Fn(ConnectionId) -> BoxFuture<'static, ()> + Send + Sync>,
    id: ConnectionId,
    hints: Arc<Notify>,
    pace: Pace,
) {
    loop {
        hints.notified().await;
        look(id.clone()).await;
        tokio::time::sleep(pace.between_looks).await;
    }
}

/// Holds one strand open for as long as it is wanted.
async fn keep(
    kept: Kept,
    name: String,
    strand: Strand,
    made: Arc<dyn MadeHooks>,
    clock: fn() -> Timestamp,
) {
    let pace = strand.pace;
    let mut failures = 0;
    loop {
        strand.stood.store(false, Ordering::Relaxed);
        let began = tokio::time::Instant::now();
        let ctx = context(&kept, &name, &strand, made.as_ref(), clock);
        let run = AssertUnwindSafe(kept.tunnel.run(&ctx)).catch_unwind();
        let error = tokio::select! {
            ended = run => ended.unwrap_or_else(|_| {
                TunnelError::Broken("the tunnel failed by a fault of Perch's own".into())
            }),
            never = follow_address(&kept, &ctx, &strand, strand.address.subscribe()) => match never {},
        };
        let stood = strand.stood.load(Ordering::Relaxed);
        if stood && began.elapsed() >= STEADY.min(pace.silence) {
            failures = 0;
        }
        failures += 1;
        let (pause, state) = resting(error, &name, failures, pace, clock());
        tracing::info!(connection.id = %kept.connection.id, ?state, "a tunnel is not open");
        strand.board.set_state(strand.number, state);
        tokio::time::sleep(pause).await;
    }
}

/// How long a strand rests after `error`, and how that is told.
fn resting(
    error: TunnelError,
    name: &str,
    failures: u32,
    pace: Pace,
    now: Timestamp,
) -> (Duration, TunnelState) {
    let named = |problem: String| match name {
        "" => problem,
        name => format!("{name}: {problem}"),
    };
    match error {
        TunnelError::Broken(problem) => {
            let pause = back_off::pause(
                pace.first_pause,
                pace.longest_pause,
                failures,
                back_off::chance(),
            );
            let until = now
                .checked_add(jiff::SignedDuration::try_from(pause).unwrap_or_default())
                .unwrap_or(now);
            let problem = named(problem);
            (pause, TunnelState::Retrying { problem, until })
        }
        TunnelError::Refused { problem, next_step } => {
            let problem = named(problem);
            (
                pace.longest_pause,
                TunnelState::Broken { problem, next_step },
            )
        }
    }
}

/// Leads the forge's webhooks to the strand's address whenever it has another one.
async fn follow_address(
    kept: &Kept,
    ctx: &TunnelContext<'_>,
    strand: &Strand,
    mut address: watch::Receiver<Option<String>>,
) -> std::convert::Infallible {
    if !kept.tunnel.about().moves {
        return std::future::pending().await;
    }
    let pace = strand.pace;
    loop {
        // The sender lives in the strand, which outlives this.
        let _ = address.changed().await;
        let mut failures = 0;
        let mut now_at = address.borrow_and_update().clone();
        while let Some(to) = now_at.take() {
            match follow::lead(ctx, &to).await {
                Ok(()) => {
                    strand.board.set_note(None);
                    // Until now the forge sent to where nobody was.
                    perch_core::seam::tunnel::Line::hint(strand);
                }
                Err(problem) => {
                    strand.board.set_note(Some(problem));
                    failures += 1;
                    let pause = back_off::pause(
                        pace.first_pause,
                        pace.longest_pause,
                        failures,
                        back_off::chance(),
                    );
                    tokio::select! {
                        () = tokio::time::sleep(pause) => now_at = Some(to),
                        _ = address.changed() => now_at.clone_from(&address.borrow_and_update()),
                    }
                }
            }
        }
    }
}
