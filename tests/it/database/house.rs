//! An engine with the real providers over a real database and a repository that belongs to it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::event::EventRow;
use perch_core::id::{ConnectionId, UserId};
use perch_core::policy::Policy;
use perch_core::preferences::Preferences;
use perch_core::seam::model::ModelLimits;
use perch_core::seam::secrets::Secrets as _;
use perch_core::suggestion::{Suggestion, SuggestionState};
use perch_engine::setup::{Retention, Setup};
use perch_engine::{Engine, Parts};
use perch_store::db::Db;
use perch_store::table::suggestions::Narrow;
use perch_store::table::{events, suggestions, users};
use perch_testkit::postgres::Postgres;
use perch_testkit::recorder::{Keychain, Recorder};
use perch_testkit::repository::Repository;
use serde_json::{Map, Value};
use tokio::sync::watch;

/// What is watched and who watches it.
pub(super) struct House {
    pub(super) engine: Arc<Engine>,
    pub(super) postgres: Postgres,
    pub(super) repository: Repository,
    user: UserId,
    db: Db,
    now: Timestamp,
    _setup: watch::Sender<Arc<Setup>>,
    _folder: tempfile::TempDir,
}

impl House {
    /// Watches a database and a repository, with these settings of the connection beside its folder.
    pub(super) async fn open(settings: &[(&str, &str)]) -> Self {
        Self::beside(settings, None).await
    }

    /// The same without the folder, beside a repository at a forge.
    pub(super) async fn at_a_forge(settings: &[(&str, &str)], forge: Connection) -> Self {
        Self::beside(settings, Some(forge)).await
    }

    async fn beside(settings: &[(&str, &str)], forge: Option<Connection>) -> Self {
        let postgres = Postgres::start();
        let repository = Repository::with_readme();
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let db = Db::open(&folder.path().join("perch.db")).expect("a new database opens");
        let user = UserId::new("ada");
        let keychain = Keychain::default();
        keychain
            .set("database/token", &postgres.address().into())
            .expect("it is kept");
        keychain
            .set("forge/token", &"any".into())
            .expect("it is kept");
        let mut own: Map<String, Value> = settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), Value::from(*value)))
            .collect();
        if forge.is_none() {
            own.insert("folder".into(), repository.key().into());
        }
        let connection = |id: &str, provider: &str, watch: String| Connection {
            watch: vec![watch],
            ..Connection::new(ConnectionId::new(id), user.clone(), provider, "")
        };
        let database = Connection {
            settings: own,
            ..connection("database", "supabase", "public".into())
        };
        let (setup, in_force) = watch::channel(Arc::new(Setup {
            connections: vec![
                database,
                forge.unwrap_or_else(|| connection("code", "local", repository.key())),
            ],
            preferences: Preferences {
                toasts_per_hour: 1_000,
                ..Preferences::default()
            },
            models: Vec::new(),
            model_limits: ModelLimits::default(),
            policy: Policy::default(),
            poll_every: SignedDuration::from_secs(30),
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
        std::fs::create_dir(folder.path().join("spool")).expect("a folder can be made");
        let engine = Arc::new(Engine::new(Parts {
            db: db.clone(),
            providers: &perch_integrations::providers::ALL,
            ecosystems: perch_integrations::ecosystems::ALL,
            models: &[],
            notifiers: vec![Arc::new(Recorder::default())],
            secrets: Arc::new(keychain),
            setup: in_force,
        }));
        let now: Timestamp = "2026-11-25T09:00:00Z".parse().expect("a time");
        let row = user.clone();
        db.write(move |db| users::add(db, &row, now))
            .await
            .expect("the user is stored");
        Self {
            engine,
            postgres,
            repository,
            user,
            db,
            now,
            _setup: setup,
            _folder: folder,
        }
    }

    /// Lets a minute pass and goes one round.
    pub(super) async fn round(&mut self) {
        self.now += SignedDuration::from_mins(1);
        let looked = self.engine.step(&self.user, self.now).await;
        looked.expect("the round ends");
    }

    /// Every event of the database so far, oldest first.
    pub(super) async fn events(&self) -> Vec<EventRow> {
        let user = self.user.clone();
        let found = self
            .db
            .read(move |db| events::list(db, &user, None, 500))
            .await;
        let mut found = found.expect("events can be read");
        found.retain(|row| row.connection_id.as_str() == "database");
        found.reverse();
        found
    }

    /// The suggestions that stand.
    pub(super) async fn suggestions(&self) -> Vec<Suggestion> {
        let user = self.user.clone();
        let found = self
            .db
            .read(move |db| {
                suggestions::list(db, &user, &Narrow::to(&[SuggestionState::Open]), 0, 500)
            })
            .await;
        found.expect("suggestions can be read")
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }
}
