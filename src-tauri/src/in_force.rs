//! The settings in force: the file as it was last read, what the engine was told of it, and what is wrong with it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use perch_api::Configuration;
use perch_api::wire::health::BudgetView;
use perch_core::connection::Connection;
use perch_core::id::ConnectionId;
use perch_core::seam::tunnel::Standing;
use perch_engine::Engine;
use perch_engine::setup::Setup;
use perch_ingress::tunnels::Tunnels;
use perch_store::environment::Environment;
use perch_store::folders::Folders;
use perch_store::settings::{Settings, SettingsError, SettingsFile};
use tokio::sync::watch;

use crate::wire;

/// The settings file and all that follows from it.
pub(crate) struct InForce {
    state: Mutex<State>,
    environment: Vec<Connection>,
    folders: Folders,
    setup: watch::Sender<Arc<Setup>>,
    listen: Option<SocketAddr>,
    variables: Environment,
}

struct State {
    file: SettingsFile,
    /// Why the file as it stands on the disk is not in force.
    refused: Option<String>,
    listener: Result<Option<SocketAddr>, String>,
    tunnels: Result<Option<Arc<Tunnels>>, String>,
    /// Why the authorities of the settings are not believed.
    untrusting: Option<String>,
}

impl InForce {
    pub(crate) fn new(
        file: SettingsFile,
        environment: Vec<Connection>,
        folders: Folders,
        setup: watch::Sender<Arc<Setup>>,
        refused: Option<SettingsError>,
        listen: Option<SocketAddr>,
        variables: Environment,
    ) -> Self {
        let refused = refused.map(|error| refusal(&error));
        let untrusting = wire::trust(file.settings()).err();
        let state = State {
            file,
            refused,
            untrusting,
            listener: Ok(None),
            tunnels: Ok(None),
        };
        Self {
            state: Mutex::new(state),
            environment,
            folders,
            setup,
            listen,
            variables,
        }
    }

    /// Adds every user of the settings to the store; known ones stay as they are.
    pub(crate) async fn add_users(&self, engine: &Engine, now: Timestamp) -> anyhow::Result<()> {
        let names = self.state().file.settings().users.clone();
        wire::add_users(engine, names, now).await
    }

    /// Where the listener is to bind.
    pub(crate) fn listen(&self) -> SocketAddr {
        self.listen
            .unwrap_or_else(|| self.state().file.settings().listen)
    }

    /// Where the listener for tunnels is to bind.
    pub(crate) fn tunnel_listen(&self) -> SocketAddr {
        self.state().file.settings().tunnel_listen
    }

    /// Notes the tunnels that are kept, or why there are none.
    pub(crate) fn set_tunnels(&self, tunnels: Result<Option<Arc<Tunnels>>, String>) {
        self.state().tunnels = tunnels;
    }

    /// Notes where the listener stands, or why it does not.
    pub(crate) fn set_listener(&self, listener: Result<Option<SocketAddr>, String>) {
        self.state().listener = listener;
    }

    /// Reads the file again if it changed on disk; true when other settings are in force now.
    pub(crate) fn reload_if_changed(&self) -> bool {
        let mut state = self.state();
        if !state.file.changed_on_disk() {
            return false;
        }
        match state.file.reload() {
            Ok(()) => {
                state.refused = None;
                self.put_in_force(&mut state);
            }
            Err(error) => {
                let problem = refusal(&error);
                tracing::warn!(%problem, "the settings before the edit stay in force");
                state.refused = Some(problem);
            }
        }
        true
    }

    fn put_in_force(&self, state: &mut State) {
        let settings = state.file.settings();
        state.untrusting = wire::trust(settings).err();
        let (policy, _) = state.file.policy();
        let setup = wire::setup(settings, policy, &self.environment, &self.folders);
        self.setup.send_replace(Arc::new(setup));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Configuration for InForce {
    fn settings(&self) -> Settings {
        self.state().file.settings().clone()
    }

    fn edit(
        &self,
        edit: &mut dyn FnMut(&mut SettingsFile) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut state = self.state();
        edit(&mut state.file)?;
        state.refused = None;
        self.put_in_force(&mut state);
        Ok(())
    }

    fn problems(&self) -> Vec<String> {
        let state = self.state();
        state
            .refused
            .iter()
            .chain(state.listener.as_ref().err())
            .chain(state.tunnels.as_ref().err())
            .chain(&state.untrusting)
            .chain(state.file.policy().1)
            .cloned()
            .collect()
    }

    fn listener(&self) -> Option<String> {
        self.state()
            .listener
            .as_ref()
            .ok()
            .copied()
            .flatten()
            .map(|address| address.to_string())
    }

    fn tunnel(&self, connection: &ConnectionId) -> Option<Standing> {
        let tunnels = match &self.state().tunnels {
            Ok(tunnels) => tunnels.clone(),
            Err(_) => None,
        };
        tunnels?.standing(connection)
    }

    fn places(&self) -> (String, String) {
        let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
        (text(&self.folders.data), text(&self.folders.config_file))
    }

    fn program(&self, name: &str) -> Option<std::path::PathBuf> {
        self.variables.program(name)
    }

    fn budgets(&self) -> Vec<BudgetView> {
        budgets()
    }

    fn started_in(&self) -> Option<String> {
        let folder = std::env::current_dir().ok()?;
        let root = folder
            .ancestors()
            .find(|folder| folder.join(".git").exists())?;
        root.to_str().map(str::to_owned)
    }
}

/// What is left of the quotas of forges that tell.
fn budgets() -> Vec<BudgetView> {
    perch_integrations::http::quotas()
        .into_iter()
        .map(|(host, rate)| BudgetView {
            host,
            remaining: rate.remaining,
            limit: rate.limit,
            resets_at: rate.reset.to_string(),
        })
        .collect()
}

fn refusal(error: &SettingsError) -> String {
    format!("the settings file is not in force as it stands: {error}")
}
