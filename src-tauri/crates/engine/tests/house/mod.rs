//! An engine over a store in a temporary folder and a scripted far side.

pub(crate) mod acme;

use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::delivery::Door;
use perch_core::event::{Event, EventRow};
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Log};
use perch_core::id::{ConnectionId, EventId, SuggestionId, UserId};
use perch_core::patch::Base;
use perch_core::policy::Policy;
use perch_core::preferences::Preferences;
use perch_core::seam::delivery_log::Arrival;
use perch_core::seam::model::{ModelChoice, ModelLimits};
use perch_core::seam::provider::Provider;
use perch_core::subject::Subject;
use perch_core::suggestion::{Suggestion, SuggestionState};
use perch_engine::setup::{Retention, Setup};
use perch_engine::{Engine, Parts};
use perch_store::db::Db;
use perch_store::table::suggestions::Narrow;
use perch_store::table::{events, notifications, suggestions, users};
use perch_testkit::ecosystem::Registry;
use perch_testkit::provider::{FarSide, Scripted, delivery_of};
use perch_testkit::recorder::{Keychain, Recorder};
use perch_testkit::writer::Writer;
use serde_json::json;
use tokio::sync::watch;

pub(crate) struct House {
    pub(crate) engine: Arc<Engine>,
    pub(crate) db: Db,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) user: UserId,
    pub(crate) connection: ConnectionId,
    provider: &'static Scripted,
    pub(crate) registry: &'static Registry,
    pub(crate) writer: &'static Writer,
    setup: watch::Sender<Arc<Setup>>,
    _folder: tempfile::TempDir,
}

/// When every test begins.
pub(crate) fn start() -> Timestamp {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

impl House {
    pub(crate) fn open() -> Self {
        Self::over(Scripted::leaked())
    }

    /// With a far side that is no git folder but a forge.
    pub(crate) fn at_a_forge() -> Self {
        Self::over(Scripted::leaked_as(false))
    }

    fn over(provider: &'static Scripted) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&folder.path().join("perch.db")).unwrap();
        provider.side().facts = facts();
        let recorder = Arc::new(Recorder::default());
        let user = UserId::new("ada");
        let connection = connection("work", &user);
        let spool = folder.path().join("spool");
        std::fs::create_dir(&spool).unwrap();
        let (setup, in_force) = watch::channel(Arc::new(Setup {
            connections: vec![connection.clone()],
            preferences: Preferences {
                toasts_per_hour: 100,
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
            spool,
            snapshots: folder.path().join("snapshots"),
            scratch: folder.path().join("scratch"),
        }));
        let providers: &'static [&'static dyn Provider] =
            Box::leak(Box::new([provider as &dyn Provider]));
        let registry = Registry::leaked();
        let writer = Writer::leaked();
        let engine = Arc::new(Engine::new(Parts {
            db: db.clone(),
            providers,
            ecosystems: registry.ecosystems(),
            models: writer.registry(),
            notifiers: vec![recorder.clone()],
            secrets: Arc::new(Keychain::default()),
            setup: in_force,
        }));
        let house = Self {
            engine,
            db,
            recorder,
            user,
            connection: connection.id,
            provider,
            registry,
            writer,
            setup,
            _folder: folder,
        };
        let user = house.user.clone();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                runtime
                    .block_on(house.db.write(move |db| users::add(db, &user, start())))
                    .unwrap();
            });
        });
        house
    }

    pub(crate) fn far_side(&self) -> MutexGuard<'_, FarSide> {
        self.provider.side()
    }

    /// Adds a second user whose connection is asked at the same far side.
    pub(crate) async fn add_stuck_user(&self, name: &str) -> (UserId, StuckSide<'_>) {
        let user = UserId::new(name);
        let row = user.clone();
        self.db
            .write(move |db| users::add(db, &row, start()))
            .await
            .unwrap();
        let mut setup = Setup::clone(&self.setup.borrow());
        setup.connections.push(Connection {
            settings: stuck(),
            ..connection("stuck", &user)
        });
        self.setup.send_replace(Arc::new(setup));
        (user, StuckSide(self.provider))
    }

    /// Models that may be asked from now on, within these limits.
    pub(crate) fn ask_models(&self, models: Vec<ModelChoice>, limits: ModelLimits) {
        let mut setup = Setup::clone(&self.setup.borrow());
        setup.models = models;
        setup.model_limits = limits;
        self.setup.send_replace(Arc::new(setup));
    }

    /// Has models write what waits, at `now`.
    pub(crate) async fn write(&self, now: Timestamp) -> usize {
        let written = self.engine.write_waiting(&self.user, || now).await;
        written.unwrap()
    }

    /// What the user wants from now on.
    pub(crate) fn prefer(&self, change: impl FnOnce(&mut Preferences)) {
        let mut setup = Setup::clone(&self.setup.borrow());
        change(&mut setup.preferences);
        self.setup.send_replace(Arc::new(setup));
    }

    pub(crate) async fn step(&self, now: Timestamp) {
        self.engine.step(&self.user, now).await.unwrap();
    }

    /// `event` is what the next poll brings, and the road is gone to its end.
    pub(crate) async fn happens(&self, event: Event) {
        let at = event.at;
        self.far_side().batches = vec![vec![event]].into();
        self.step(at).await;
    }

    /// A webhook tells of what happened at [`acme`], with facts of its own.
    pub(crate) async fn hears(&self, (event, facts): (Event, Facts)) {
        let at = event.at;
        // A round just before, so that this one finds nothing to catch up with.
        self.step(at - SignedDuration::from_mins(1)).await;
        self.far_side()
            .facts_of
            .insert(event.dedup_key.clone(), facts);
        self.is_told(event, at).await;
    }

    /// A webhook tells of `event`, and the road is gone to its end without a poll.
    pub(crate) async fn is_told(&self, event: Event, now: Timestamp) {
        let arrival = Arrival {
            user_id: self.user.clone(),
            connection_id: self.connection.clone(),
            message: delivery_of(&event, Door::Webhook),
        };
        self.engine
            .commit_arrivals(vec![arrival], now)
            .await
            .unwrap();
        self.engine.step_road(&self.user, now).await.unwrap();
    }

    pub(crate) async fn events(&self) -> Vec<EventRow> {
        let user = self.user.clone();
        self.db
            .read(move |db| events::list(db, &user, None, 100))
            .await
            .unwrap()
    }

    pub(crate) async fn event(&self, id: EventId) -> EventRow {
        self.db
            .read(move |db| events::get(db, id))
            .await
            .unwrap()
            .unwrap()
    }

    /// True if a notice told of this suggestion.
    pub(crate) async fn was_told(&self, id: SuggestionId) -> bool {
        let notices = self.db.read(move |db| notifications::of(db, id)).await;
        notices.unwrap().iter().any(|one| one.shown_at.is_some())
    }

    /// Open suggestions, newest first.
    pub(crate) async fn suggestions(&self) -> Vec<Suggestion> {
        let user = self.user.clone();
        self.db
            .read(move |db| {
                suggestions::list(db, &user, &Narrow::to(&[SuggestionState::Open]), 0, 100)
            })
            .await
            .unwrap()
    }

    /// Waits until the number of open suggestions satisfies `fits`.
    pub(crate) async fn eventually(&self, fits: impl Fn(usize) -> bool) {
        for _ in 0..200 {
            if fits(self.suggestions().await.len()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it did not come to pass within ten seconds");
    }
}

/// The far side of the user who waits in vain.
pub(crate) struct StuckSide<'a>(&'a Scripted);

impl StuckSide<'_> {
    pub(crate) fn side(&self) -> MutexGuard<'_, FarSide> {
        self.0.side()
    }
}

fn stuck() -> serde_json::Map<String, serde_json::Value> {
    serde_json::Map::from_iter([("stuck".to_owned(), json!(true))])
}

fn connection(name: &str, user: &UserId) -> Connection {
    Connection {
        watch: vec!["acme/api".into()],
        identities: vec!["ada".into()],
        ..Connection::new(ConnectionId::new(name), user.clone(), "scripted", "")
    }
}

fn build(number: u32, event_type: EventType, result: &str) -> Event {
    Event {
        event_type,
        dedup_key: format!("scripted/here/7/run/{number}/1/{result}"),
        subject: Subject {
            repository: "acme/api".into(),
            repository_key: "7".into(),
            key: format!("run/{number}"),
            title: "cargo build".into(),
            branch: Some(format!("branch-{number}")),
            commit: Some("c0ffee".into()),
            ..Subject::default()
        },
        at: start() + SignedDuration::from_mins(i64::from(number)),
        actor: Some("ada".into()),
        involves: Vec::new(),
        data: json!({ "build": { "job": "cargo build", "local": true, "folder_prefix": "" } }),
    }
}

/// A build of `branch-<number>` that failed as [`facts`] say.
pub(crate) fn failed_build(number: u32) -> Event {
    build(number, EventType::BUILD_FAILED, "failed")
}

/// The same job on the same branch, passed a little later.
pub(crate) fn passed_build(number: u32) -> Event {
    let mut event = build(number, EventType::BUILD_COMPLETED, "passed");
    event.at += SignedDuration::from_secs(30);
    event
}

/// What rustc prints for a `mut` that is not needed, and the file it is about.
fn facts() -> Facts {
    const LOG: &str = "\
error: variable does not need to be mutable
 --> src/main.rs:4:9
  |
4 |     let mut answer = 42;
  |         ----^^^^^^
  |         |
  |         help: remove this `mut`
  |
note: the lint level is defined here
 --> src/main.rs:1:9
  |
1 | #![deny(unused_mut)]
  |         ^^^^^^^^^^

error: could not compile `demo` (bin \"demo\") due to 1 previous error
";
    let mut facts = Facts {
        base: Some(Base {
            commit: "c0ffee".into(),
            branch: Some("main".into()),
            snapshot: None,
            dirty: Vec::new(),
        }),
        failing_log: Some(Log {
            name: "cargo build".into(),
            bytes: LOG.into(),
            first_line: 1,
            url: None,
        }),
        ..Facts::default()
    };
    facts.files.insert(
        "src/main.rs".into(),
        "#![deny(unused_mut)]\n\nfn main() {\n    let mut answer = 42;\n    println!(\"{answer}\");\n}\n"
            .into(),
    );
    facts
}
