//! The one file that knows every crate: finds the folders, opens the store, picks the registries, and puts
//! engine and api together. It takes no decisions.

use std::sync::Arc;

use anyhow::anyhow;
use jiff::{SignedDuration, Timestamp};
use perch_api::Api;
use perch_core::connection::Connection;
use perch_core::id::{ConnectionId, UserId};
use perch_core::policy::Policy;
use perch_core::seam::notifier::Notifier;
use perch_core::seam::secrets::Secrets;
use perch_core::seam::tunnel::Tunnel;
use perch_engine::loops::Loops;
use perch_engine::setup::{Retention, Setup};
use perch_engine::{Engine, Parts};
use perch_ingress::tunnels::Rim;
use perch_integrations::editors::{Editors, Surroundings};
use perch_integrations::{ecosystems, http, models, providers};
use perch_store::db::Db;
use perch_store::environment::{Environment, EnvironmentConnection};
use perch_store::folders::Folders;
use perch_store::lock::{EngineKind, EngineLock, EngineNote};
use perch_store::secrets::{WithEnvironment, open_keychain};
use perch_store::settings::{Rules, Settings, SettingsFile};
use perch_store::table::users;
use tokio::sync::watch;

use crate::in_force::InForce;

/// The connection that takes runs of `perch exec` in folders nobody watches.
pub const RUNS: &str = "runs";

/// The only clock of the program.
#[expect(
    clippy::disallowed_methods,
    reason = "the rim: everything else is told the time"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Where things are and what the environment says, before anything is opened.
pub struct Places {
    /// The environment.
    pub environment: Environment,
    /// The folders it means.
    pub folders: Folders,
}

impl Places {
    /// Finds the folders of this process's environment and creates those that are missing.
    pub fn find() -> anyhow::Result<Self> {
        let environment = Environment::read();
        let folders = Folders::find(&environment)?;
        folders.create()?;
        Ok(Self {
            environment,
            folders,
        })
    }
}

/// Everything put together, with the data folder locked.
pub struct House {
    /// Where things are.
    pub places: Places,
    /// The road.
    pub engine: Arc<Engine>,
    /// The commands.
    pub api: Arc<Api>,
    /// The users' loops; none runs yet.
    pub loops: Arc<Loops>,
    /// The settings in force.
    pub(crate) in_force: Arc<InForce>,
    _lock: EngineLock,
}

impl House {
    /// Opens everything for a single command: nothing is shown, no loop runs.
    pub async fn open(places: Places, kind: EngineKind) -> anyhow::Result<Self> {
        Self::open_with(places, kind, Vec::new()).await
    }

    /// Opens everything with these notifiers.
    pub async fn open_with(
        places: Places,
        kind: EngineKind,
        notifiers: Vec<Arc<dyn Notifier>>,
    ) -> anyhow::Result<Self> {
        let folders = &places.folders;
        let note = note(kind, folders);
        let lock = EngineLock::acquire(&folders.data, &note)?;
        let login = places.environment.login();
        let rules = rules(login);
        let from_environment = environment_connections(&places.environment, &rules)?;
        let (file, refused) = SettingsFile::open_or_default(&folders.config_file, rules);
        let keychain = open_keychain(&folders.keychain_service);
        let secrets: Arc<dyn Secrets> = Arc::new(WithEnvironment::new(keychain, &from_environment));
        let connections: Vec<Connection> = from_environment
            .into_iter()
            .map(|one| one.connection)
            .collect();
        let db = Db::open(&folders.database)?;
        let (send_setup, setup_in_force) = watch::channel(Arc::new(setup(
            file.settings(),
            file.policy().0,
            &connections,
            folders,
        )));
        let engine = Arc::new(Engine::new(Parts {
            db,
            providers: &providers::ALL,
            ecosystems: ecosystems::ALL,
            models: models::ALL,
            notifiers,
            secrets,
            setup: setup_in_force,
        }));
        let in_force = Arc::new(InForce::new(
            file,
            connections,
            folders.clone(),
            send_setup,
            refused,
            places
                .environment
                .listen()
                .map_err(|problem| anyhow!(problem))?,
            places.environment.clone(),
        ));
        in_force.add_users(&engine, now()).await?;
        let loops = Arc::new(Loops::new(Arc::clone(&engine), now));
        let api = Arc::new(Api::new(perch_api::Parts {
            engine: Arc::clone(&engine),
            loops: Arc::clone(&loops),
            configuration: Arc::clone(&in_force) as Arc<dyn perch_api::Configuration>,
            editor: Arc::new(editors(&places.environment)),
            home: places.environment.home().map(Into::into),
            clock: now,
        }));
        Ok(Self {
            places,
            engine,
            api,
            loops,
            in_force,
            _lock: lock,
        })
    }

    /// Brings along what waits, and asks what is on this machine; nothing goes over a network.
    pub async fn catch_up(&self, user: &UserId) -> anyhow::Result<()> {
        let local = |connection: &Connection| {
            self.engine
                .provider(&connection.provider)
                .is_some_and(|one| one.about().local)
        };
        self.engine.poll_where(user, now(), local).await?;
        self.engine.step_road(user, now()).await?;
        Ok(())
    }
}

/// What this process says of itself to those who come second.
pub(crate) fn note(kind: EngineKind, folders: &Folders) -> EngineNote {
    EngineNote {
        pid: std::process::id(),
        kind,
        socket: folders.socket.clone(),
        panel: None,
        started_at: now(),
    }
}

/// Every tunnel.
pub(crate) fn tunnels() -> Vec<Arc<dyn Tunnel>> {
    perch_ingress::tunnels::all(&rim())
}

/// What tunnels need of this program.
pub(crate) fn rim() -> Rim {
    Rim {
        client: perch_integrations::http::for_streams,
        leash: crate::leash::words(),
    }
}

/// The editors of this machine, as the environment leads to them.
fn editors(environment: &Environment) -> Editors {
    let text = |name| environment.get(name).map(str::to_owned);
    Editors::new(Surroundings {
        path: environment.program_folders(),
        home: environment.home().map(Into::into),
        local_programs: environment.get("LOCALAPPDATA").map(Into::into),
        editor: text("VISUAL").or_else(|| text("EDITOR")),
        terminal: text("TERMINAL"),
        display: environment.has_display(),
    })
}

/// What the settings file is checked against.
pub(crate) fn rules(login: UserId) -> Rules {
    Rules {
        login,
        providers: providers::ALL
            .iter()
            .map(|provider| (*provider).into())
            .collect(),
        tunnels: tunnels().into_iter().map(Into::into).collect(),
        models: models::ALL.iter().map(|one| (*one).into()).collect(),
        editors: Editors::choices(),
    }
}

/// The connections of `CODE_REPO_URL`, `SUPABASE_URL` and their kin, checked like those of the file.
fn environment_connections(
    environment: &Environment,
    rules: &Rules,
) -> anyhow::Result<Vec<EnvironmentConnection>> {
    let known: Vec<&str> = providers::ALL.iter().map(|one| one.id()).collect();
    let found = [
        environment.connection(&rules.login, &known),
        environment.supabase(&rules.login),
    ];
    let mut connections = Vec::new();
    for one in found {
        let Some(mut one) = one.map_err(|problem| anyhow!(problem))? else {
            continue;
        };
        rules.complete(&mut one.connection).map_err(|problem| {
            anyhow!("the connection of the environment cannot be used: {problem}")
        })?;
        connections.push(one);
    }
    Ok(connections)
}

/// The engine's part of the settings.
pub(crate) fn setup(
    settings: &Settings,
    policy: &Policy,
    environment: &[Connection],
    folders: &Folders,
) -> Setup {
    let mut connections = settings.connections.clone();
    connections.extend(environment.iter().cloned());
    if let Some(first) = settings.users.first() {
        connections.push(runs_connection(first));
    }
    Setup {
        connections,
        preferences: settings.preferences.clone(),
        models: settings.models.clone(),
        model_limits: settings.model_limits,
        policy: policy.clone(),
        poll_every: SignedDuration::from_secs(i64::from(settings.poll_seconds)),
        retention: Retention {
            delivery_days: settings.retention.deliveries_days,
            event_days: settings.retention.events_days,
            log_days: settings.retention.logs_days,
        },
        logs: folders.logs.clone(),
        spool: folders.spool.clone(),
        snapshots: folders.snapshots.clone(),
        scratch: folders.scratch.clone(),
    }
}

/// Believes the authorities that the settings name, beside those of the system. The problem is said in words.
pub(crate) fn trust(settings: &Settings) -> Result<(), String> {
    let Some(file) = &settings.ca_file else {
        return http::trust(&[]);
    };
    let problem =
        |reason: String| format!("`ca_file` {} is not in force: {reason}", file.display());
    let pem = std::fs::read(file).map_err(|error| problem(error.to_string()))?;
    if pem.is_empty() {
        return Err(problem("it is empty".into()));
    }
    http::trust(&pem).map_err(problem)
}

fn runs_connection(user: &UserId) -> Connection {
    Connection::new(ConnectionId::new(RUNS), user.clone(), "local", "")
}

pub(crate) async fn add_users(
    engine: &Engine,
    names: Vec<UserId>,
    now: Timestamp,
) -> anyhow::Result<()> {
    engine
        .db()
        .write(move |db| {
            for user in &names {
                users::add(db, user, now)?;
            }
            Ok(())
        })
        .await?;
    Ok(())
}
