//! The commands about providers and connections.

use std::collections::BTreeMap;
use std::path::Path;

use perch_core::change::Change;
use perch_core::connection::{Connection, ConnectionState};
use perch_core::id::{ConnectionId, UserId};
use perch_core::seam::http_cache::Forgetful;
use perch_core::seam::provider::{Context, Probe, Provider};
use perch_core::seam::secrets::Home;
use perch_core::seam::tunnel::{Standing, TunnelState};
use perch_core::seam::webhook::CODE_REPO;
use perch_store::table::{connections, series};
use secrecy::SecretString;

use super::webhooks::webhook_path;
use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::wire::Nothing;
use crate::wire::connections::{
    Connect, ConnectionView, Diagnosis, DiagnosisLine, Disconnect, Disconnected, ProviderView,
    Providers, TunnelView, Watch,
};

impl Api {
    pub(super) async fn providers(
        &self,
        _user: &UserId,
        _request: Nothing,
    ) -> Result<Providers, ApiError> {
        let providers = self
            .engine
            .providers()
            .iter()
            .map(|provider| ProviderView {
                id: provider.id().into(),
                about: *provider.about(),
                forge: provider
                    .webhook()
                    .is_some_and(|webhook| webhook.family() == CODE_REPO),
            })
            .collect();
        Ok(Providers { providers })
    }

    pub(super) async fn connect(
        &self,
        user: &UserId,
        request: Connect,
    ) -> Result<ConnectionView, ApiError> {
        let provider = self.known_provider(&request.provider)?;
        let about = provider.about();
        let name = request
            .name
            .clone()
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| match provider.publisher() {
                Some(_) => name_for(provider.id(), &request.watch),
                // What is watched there are no repositories, whose owners could tell connections apart.
                None => provider.id().to_owned(),
            });
        let existing = self
            .engine
            .setup()
            .connection(&ConnectionId::new(&name))
            .cloned();
        // A form sends what the user filled in; what it left out stays as it was.
        let mut settings = existing
            .as_ref()
            .map(|one| one.settings.clone())
            .unwrap_or_default();
        settings.extend(request.settings);
        // Who names nothing to watch only changes secrets or settings.
        let unsaid = existing
            .as_ref()
            .filter(|one| request.watch.is_empty() && one.user_id == *user);
        let mut connection = Connection {
            id: ConnectionId::new(&name),
            user_id: user.clone(),
            provider: provider.id().into(),
            base_url: request
                .base_url
                .filter(|url| !url.is_empty())
                .or_else(|| Some(unsaid?.base_url.clone()))
                .unwrap_or_else(|| about.default_base_url.into())
                .trim_end_matches('/')
                .to_owned(),
            watch: match unsaid {
                Some(one) => one.watch.clone(),
                None if request.watch.is_empty() => provider
                    .usual_watch()
                    .iter()
                    .map(|one| (*one).to_owned())
                    .collect(),
                None => request.watch,
            },
            identities: match unsaid {
                Some(one) if request.identities.is_empty() => one.identities.clone(),
                _ => request.identities,
            },
            tunnel: existing.as_ref().and_then(|one| one.tunnel.clone()),
            insecure: existing.as_ref().is_some_and(|one| one.insecure),
            enabled: true,
            settings,
        };
        if connection.watch.is_empty() {
            let message = format!(
                "name what to watch, such as `perch connect {} {}`",
                provider.id(),
                about.watch_hint
            );
            return Err(ApiError::new(Code::Invalid, message));
        }
        provider
            .check(&connection)
            .map_err(|problem| ApiError::new(Code::Invalid, problem))?;
        let mut secrets: Vec<(String, SecretString)> = request
            .secrets
            .into_iter()
            .filter(|(_, secret)| !secret.is_empty())
            .map(|(key, secret)| (key, secret.into()))
            .collect();
        if let Some(id) = &request.sign_in {
            let (token, login) = self.signed_in(id, &connection)?;
            secrets.extend(token.map(|token| ("token".to_owned(), token)));
            if connection.identities.is_empty() {
                connection.identities.extend(login);
            }
        }
        for (key, _) in &secrets {
            if !about.secrets.iter().any(|field| field.key == *key) {
                return Err(ApiError::new(
                    Code::Invalid,
                    format!("{} has no secret called `{key}`", about.name),
                ));
            }
        }
        self.edit(|file| {
            file.put_connection(&connection)
                .map_err(|error| error.to_string())
        })?;
        for (key, secret) in secrets {
            let keychain = std::sync::Arc::clone(self.engine.secrets());
            let entry = format!("{name}/{key}");
            blocking(move || keychain.set(&entry, &secret))
                .await?
                .map_err(|error| ApiError::new(Code::Failed, error.to_string()))?;
        }
        if let Some(id) = &request.sign_in {
            self.sign_ins.forget(id);
        }
        // The listener takes up secrets when the state changed.
        self.engine.announce(Change::Status);
        self.poll_at_once(&connection.id).await?;
        self.connection_view(&connection).await
    }

    pub(super) async fn disconnect(
        &self,
        user: &UserId,
        request: Disconnect,
    ) -> Result<Disconnected, ApiError> {
        let id = ConnectionId::new(&request.name);
        let connection = self.own_connection(user, &request.name)?;
        // While the token is still there.
        let webhooks_left = self.take_webhooks_away(&connection).await?;
        self.edit(|file| {
            file.remove_connection(&request.name)
                .map(drop)
                .map_err(|error| error.to_string())
        })?;
        if let Some(provider) = self.engine.provider(&connection.provider) {
            for field in provider.about().secrets {
                let secrets = std::sync::Arc::clone(self.engine.secrets());
                let entry = format!("{id}/{}", field.key);
                blocking(move || secrets.delete(&entry))
                    .await?
                    .map_err(|error| ApiError::new(Code::Failed, error.to_string()))?;
            }
        }
        self.engine
            .db()
            .write(move |db| connections::remove(db, &id))
            .await?;
        Ok(Disconnected { webhooks_left })
    }

    /// The user's connection of that name.
    pub(super) fn own_connection(&self, user: &UserId, name: &str) -> Result<Connection, ApiError> {
        self.engine
            .setup()
            .connection(&ConnectionId::new(name))
            .filter(|connection| connection.user_id == *user)
            .cloned()
            .ok_or_else(|| {
                let message = format!("there is no connection `{name}`; `perch status` lists them");
                ApiError::new(Code::NotFound, message)
            })
    }

    pub(super) async fn watch(
        &self,
        user: &UserId,
        request: Watch,
    ) -> Result<ConnectionView, ApiError> {
        let provider = self.known_provider("local")?;
        let setup = self.engine.setup();
        let mut connection = setup
            .connections_of(user)
            .find(|one| one.provider == "local" && !one.watch.is_empty())
            .cloned()
            .unwrap_or_else(|| {
                let name = free_name(&setup.connections, "local", user);
                Connection::new(ConnectionId::new(name), user.clone(), "local", "")
            });
        let folder = absolute(&request.path)?;
        let alone = Connection {
            watch: vec![folder.clone()],
            ..connection.clone()
        };
        provider
            .check(&alone)
            .map_err(|problem| ApiError::new(Code::Invalid, problem))?;
        // What is no repository is told at once, not only by a state nobody looks at yet.
        let ctx = Context {
            connection: &alone,
            token: None,
            cache: &Forgetful,
            now: self.now(),
        };
        provider
            .poll(&ctx, None)
            .await
            .map_err(|error| ApiError::new(Code::Refused, error.to_string()))?;
        if !connection.watch.contains(&folder) {
            connection.watch.push(folder);
            self.edit(|file| {
                file.put_connection(&connection)
                    .map_err(|error| error.to_string())
            })?;
        }
        self.poll_at_once(&connection.id).await?;
        self.connection_view(&connection).await
    }

    pub(super) async fn doctor(
        &self,
        user: &UserId,
        _request: Nothing,
    ) -> Result<Diagnosis, ApiError> {
        let mut checks = Vec::new();
        let mut line = |what: String, well: bool, found: String| {
            checks.push(DiagnosisLine { what, well, found });
        };
        match self.engine.secrets().home() {
            Home::Keychain => line(
                "keychain".into(),
                true,
                "secrets are kept in the system's keychain".into(),
            ),
            Home::Memory { reason } => line("keychain".into(), false, reason),
        }
        let (data, config) = self.configuration.places();
        match self.engine.db().trouble() {
            None => line("data folder".into(), true, data),
            Some(trouble) => line("data folder".into(), false, trouble.to_string()),
        }
        line("settings".into(), true, config);
        for problem in self.configuration.problems() {
            line("settings".into(), false, problem);
        }
        match self.configuration.listener() {
            Some(address) => line(
                "listener".into(),
                true,
                format!("webhooks are taken at http://{address}"),
            ),
            None => line(
                "listener".into(),
                true,
                "webhooks are off; everything comes by polling".into(),
            ),
        }
        let setup = self.engine.setup();
        for connection in setup
            .connections_of(user)
            .filter(|connection| !connection.watch.is_empty())
        {
            let Some(provider) = self.engine.provider(&connection.provider) else {
                continue;
            };
            let what = format!("connection {}", connection.id);
            match self.probe(connection, provider).await {
                Ok(Probe { lines, faults }) => {
                    let line = |well: bool| {
                        let what = what.clone();
                        move |found: String| DiagnosisLine {
                            what: what.clone(),
                            well,
                            found,
                        }
                    };
                    checks.extend(lines.into_iter().map(line(true)));
                    checks.extend(faults.into_iter().map(line(false)));
                }
                Err(found) => checks.push(DiagnosisLine {
                    what: what.clone(),
                    well: false,
                    found,
                }),
            }
            let id = connection.id.clone();
            let kept = self.engine.db().read(move |db| series::count(db, &id));
            if let (count @ 1.., Some(last)) = kept.await? {
                checks.push(DiagnosisLine {
                    what: what.clone(),
                    well: true,
                    found: format!("{count} series are kept; the newest sample is of {last}"),
                });
            }
            if let Some(tunnel) = self.tunnel_view(connection) {
                let (well, found) = tunnel_found(&tunnel);
                checks.push(DiagnosisLine { what, well, found });
            }
        }
        checks.extend(self.diagnose_models(user).await?);
        Ok(Diagnosis { checks })
    }

    fn tunnel_view(&self, connection: &Connection) -> Option<TunnelView> {
        let choice = connection.tunnel.as_ref()?;
        let standing = self.configuration.tunnel(&connection.id);
        let standing = standing.filter(|_| connection.enabled).unwrap_or(Standing {
            state: TunnelState::Closed,
            address: None,
            note: None,
            last_delivery: None,
            deliveries: 0,
        });
        Some(TunnelView {
            kind: choice.kind.clone(),
            state: standing.state,
            address: standing.address,
            note: standing.note,
            last_delivery: standing.last_delivery.map(|at| at.to_string()),
            deliveries: standing.deliveries,
        })
    }

    async fn probe(
        &self,
        connection: &Connection,
        provider: &'static dyn Provider,
    ) -> Result<Probe, String> {
        let token = self.engine.token(&connection.id, self.now()).await?;
        let ctx = Context {
            connection,
            token: token.as_ref(),
            cache: &Forgetful,
            now: self.now(),
        };
        provider
            .probe(&ctx)
            .await
            .map_err(|error| error.to_string())
    }

    /// Lets the loop ask this connection on its next round.
    async fn poll_at_once(&self, id: &ConnectionId) -> Result<(), ApiError> {
        let id = id.clone();
        self.engine
            .db()
            .write(move |db| {
                let mut row = connections::get(db, &id)?.unwrap_or_default();
                row.next_poll_at = jiff::Timestamp::UNIX_EPOCH;
                connections::put(db, &id, &row)
            })
            .await?;
        self.engine.wake();
        Ok(())
    }

    pub(super) async fn connection_views(
        &self,
        user: &UserId,
    ) -> Result<Vec<ConnectionView>, ApiError> {
        let setup = self.engine.setup();
        let mut views = Vec::new();
        for connection in setup
            .connections
            .iter()
            .filter(|one| one.user_id == *user && !one.watch.is_empty())
        {
            views.push(self.connection_view(connection).await?);
        }
        Ok(views)
    }

    async fn connection_view(&self, connection: &Connection) -> Result<ConnectionView, ApiError> {
        let id = connection.id.clone();
        let row = self
            .engine
            .db()
            .read(move |db| connections::get(db, &id))
            .await?
            .unwrap_or_default();
        let mut secrets = BTreeMap::new();
        let provider = self.engine.provider(&connection.provider);
        for field in provider
            .iter()
            .flat_map(|provider| provider.about().secrets)
        {
            let keychain = std::sync::Arc::clone(self.engine.secrets());
            let entry = format!("{}/{}", connection.id, field.key);
            let set = blocking(move || keychain.get(&entry)).await?;
            secrets.insert(field.key.to_owned(), matches!(set, Ok(Some(_))));
        }
        let off = ConnectionState::Broken {
            problem: "this connection is switched off".into(),
            next_step: "set `enabled = true` in the settings file".into(),
        };
        Ok(ConnectionView {
            name: connection.id.to_string(),
            provider: connection.provider.clone(),
            base_url: connection.base_url.clone(),
            watch: connection.watch.clone(),
            identities: connection.identities.clone(),
            state: if connection.enabled { row.state } else { off },
            standing: row.standing,
            last_success: row.last_success.map(|at| at.to_string()),
            secrets,
            webhook_path: provider
                .and_then(|provider| provider.webhook())
                .map(|_| webhook_path(&connection.id)),
            tunnel: self.tunnel_view(connection),
        })
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        ApiError::new(
            Code::Failed,
            format!("the keychain could not be asked: {error}"),
        )
    })
}

/// How a tunnel is doing, in a line for `doctor`: whether it is well, and what is found.
fn tunnel_found(tunnel: &TunnelView) -> (bool, String) {
    let kind = &tunnel.kind;
    let (well, found) = match &tunnel.state {
        TunnelState::Closed => (
            true,
            format!("a {kind} tunnel, opened once `perch` or `perch serve` runs"),
        ),
        TunnelState::Opening => (true, format!("the {kind} tunnel is being opened")),
        TunnelState::Open => {
            let address = tunnel.address.as_deref().unwrap_or_default();
            let last = match &tunnel.last_delivery {
                Some(at) => format!("{} came, the last at {at}", tunnel.deliveries),
                None => "nothing came since Perch started".into(),
            };
            (
                true,
                format!("the {kind} tunnel is open at {address}; {last}"),
            )
        }
        TunnelState::Retrying { problem, until } => (
            false,
            format!("the {kind} tunnel is opened again at {until}: {problem}"),
        ),
        TunnelState::Broken { problem, next_step } => (
            false,
            format!("the {kind} tunnel cannot work: {problem}; {next_step}"),
        ),
    };
    match &tunnel.note {
        Some(note) => (false, format!("{found}. {note}")),
        None => (well, found),
    }
}

/// The folder as an absolute path without links.
fn absolute(path: &str) -> Result<String, ApiError> {
    let folder = Path::new(path).canonicalize().map_err(|error| {
        ApiError::new(
            Code::Invalid,
            format!("the folder {path} cannot be opened: {error}"),
        )
    })?;
    folder.to_str().map(str::to_owned).ok_or_else(|| {
        ApiError::new(
            Code::Invalid,
            format!("the folder {path} has a name that is not UTF-8"),
        )
    })
}

/// `github-acme` for `acme/api` at GitHub.
fn name_for(provider: &str, watch: &[String]) -> String {
    let owner: String = watch
        .first()
        .and_then(|watched| watched.split('/').find(|part| !part.is_empty()))
        .unwrap_or_default()
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let name = format!("{provider}-{}", owner.trim_matches('-'));
    name.trim_end_matches('-').to_owned()
}

/// `wanted`, or with the user's name where another user has it.
fn free_name(connections: &[Connection], wanted: &str, user: &UserId) -> String {
    if connections.iter().any(|one| one.id.as_str() == wanted) {
        format!("{wanted}-{}", user.as_str().to_lowercase())
    } else {
        wanted.to_owned()
    }
}
