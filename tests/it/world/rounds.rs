//! An engine over the real providers, with its rounds and its time in the test's hand.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::event::Event;
use perch_core::id::UserId;
use perch_core::policy::Policy;
use perch_core::preferences::Preferences;
use perch_core::seam::model::ModelLimits;
use perch_core::seam::secrets::Secrets as _;
use perch_core::suggestion::{Suggestion, SuggestionState};
use perch_engine::setup::{Retention, Setup};
use perch_engine::{Engine, Parts, Progress};
use perch_integrations::providers::ALL;
use perch_store::db::Db;
use perch_store::table::connections::{self, ConnectionRow};
use perch_store::table::{events, suggestions, users};
use perch_testkit::recorder::{Keychain, Recorder};
use tokio::sync::watch;

/// An engine, what it shows, and the present.
pub(crate) struct Rounds {
    pub(crate) engine: Arc<Engine>,
    pub(crate) shown: Arc<Recorder>,
    pub(crate) user: UserId,
    pub(crate) connection: Connection,
    pub(crate) now: Timestamp,
    _setup: watch::Sender<Arc<Setup>>,
    _folder: tempfile::TempDir,
}

impl Rounds {
    /// With one connection, whose token is `token`.
    pub(crate) async fn begin(connection: Connection, token: &str, now: Timestamp) -> Self {
        Self::begin_all(vec![connection], token, now).await
    }

    /// With several connections of one user, whose tokens are all `token`.
    pub(crate) async fn begin_all(
        connections: Vec<Connection>,
        token: &str,
        now: Timestamp,
    ) -> Self {
        let connection = connections[0].clone();
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("perch.db")).expect("a database");
        let user = connection.user_id.clone();
        let row = user.clone();
        db.write(move |db| users::add(db, &row, now))
            .await
            .expect("stored");
        let (setup, in_force) = watch::channel(Arc::new(Setup {
            connections: connections.clone(),
            preferences: Preferences::default(),
            models: Vec::new(),
            model_limits: ModelLimits::default(),
            policy: Policy::default(),
            poll_every: SignedDuration::from_secs(60),
            retention: Retention {
                delivery_days: 30,
                event_days: 365,
                log_days: 30,
            },
            logs: folder.path().join("logs"),
            spool: folder.path().join("spool"),
            snapshots: folder.path().join("snapshots"),
            scratch: folder.path().join("scratch"),
        }));
        let secrets = Keychain::default();
        for connection in &connections {
            let name = format!("{}/token", connection.id);
            secrets.set(&name, &token.into()).expect("kept");
        }
        let shown = Arc::new(Recorder::default());
        let engine = Arc::new(Engine::new(Parts {
            db,
            providers: &ALL,
            models: &[],
            notifiers: vec![shown.clone()],
            secrets: Arc::new(secrets),
            ecosystems: &[],
            setup: in_force,
        }));
        Self {
            engine,
            shown,
            user,
            connection,
            now,
            _setup: setup,
            _folder: folder,
        }
    }

    /// One round, `seconds` later.
    pub(crate) async fn after(&mut self, seconds: i64) -> Progress {
        self.step_at(self.now + SignedDuration::from_secs(seconds))
            .await
    }

    /// One round at this moment.
    pub(crate) async fn step_at(&mut self, now: Timestamp) -> Progress {
        self.now = now;
        self.engine
            .step(&self.user, self.now)
            .await
            .expect("a round")
    }

    /// How the connection is doing.
    pub(crate) async fn row(&self) -> ConnectionRow {
        let id = self.connection.id.clone();
        let row = self.engine.db().read(move |db| connections::get(db, &id));
        row.await.expect("readable").unwrap_or_default()
    }

    /// What is in the inbox.
    pub(crate) async fn inbox(&self) -> Vec<Suggestion> {
        let user = self.user.clone();
        let open = suggestions::Narrow::to(&[SuggestionState::Open]);
        let found = self
            .engine
            .db()
            .read(move |db| suggestions::list(db, &user, &open, 0, 100));
        found.await.expect("readable")
    }

    /// Every event, in the order in which they were stored.
    pub(crate) async fn events(&self) -> Vec<Event> {
        let user = self.user.clone();
        let found = self
            .engine
            .db()
            .read(move |db| events::list(db, &user, None, 5_000));
        let found = found.await.expect("readable");
        found.into_iter().rev().map(|row| row.event).collect()
    }

    /// What was decided last about each event, newest first, for the messages of assertions.
    pub(crate) async fn verdicts(&self) -> Vec<String> {
        let user = self.user.clone();
        let found = self
            .engine
            .db()
            .read(move |db| events::list(db, &user, None, 20));
        let found = found.await.expect("readable");
        let in_words = |row: &perch_core::event::EventRow| {
            format!("{} {:?} {:?}", row.event.dedup_key, row.state, row.verdict)
        };
        found.iter().map(in_words).collect()
    }
}
