//! The port for tunnels and the tunnels that lead to it, while an engine runs and a connection has one.

use std::sync::Arc;

use async_trait::async_trait;
use perch_core::change::Change;
use perch_core::id::ConnectionId;
use perch_core::seam::tunnel::{MadeHooks, Pace};
use perch_ingress::tunnels::{Came, Kept, Noting, Parts, Tunnels};
use perch_ingress::{Door, Doors, Kind, Listener, RoundTrips, Tally};
use perch_store::db::Db;
use perch_store::table::hooks;
use secrecy::SecretString;
use tokio::sync::{Mutex, oneshot, watch};
use tokio::task::JoinHandle;

use crate::wire::{self, House, now};

/// The port for tunnels. It is open once a connection has a tunnel.
pub(crate) struct Inlet {
    house: Arc<House>,
    tally: Arc<Tally>,
    open: Mutex<Option<Open>>,
}

struct Open {
    tunnels: Arc<Tunnels>,
    doors: watch::Sender<Doors>,
    listener: (oneshot::Sender<()>, JoinHandle<()>),
}

impl Inlet {
    /// Closed yet. Counts into `tally`.
    pub(crate) fn new(house: Arc<House>, tally: Arc<Tally>) -> Self {
        Self {
            house,
            tally,
            open: Mutex::default(),
        }
    }

    /// Opens and closes what the settings say; `doors` are those of every connection that takes webhooks.
    pub(crate) async fn settle(&self, doors: &Doors) {
        let doors: Vec<Door> = doors
            .iter()
            .filter(|door| door.connection.tunnel.is_some())
            .cloned()
            .collect();
        let mut open = self.open.lock().await;
        if doors.is_empty() && open.is_none() {
            self.house.in_force.set_tunnels(Ok(None));
            return;
        }
        if open.is_none() {
            match self.bind() {
                Ok(bound) => {
                    self.house
                        .in_force
                        .set_tunnels(Ok(Some(Arc::clone(&bound.tunnels))));
                    *open = Some(bound);
                }
                Err(error) => {
                    tracing::warn!(%error, "no tunnel is opened");
                    self.house.in_force.set_tunnels(Err(error.to_string()));
                    return;
                }
            }
        }
        let Some(open) = open.as_ref() else { return };
        let mut wanted = Vec::new();
        for door in &doors {
            wanted.extend(self.kept(door).await);
        }
        open.doors.send_replace(Arc::new(doors));
        open.tunnels.settle(wanted).await;
    }

    /// Ends the tunnels, then answers what came already.
    pub(crate) async fn stop(&self) {
        if let Some(open) = self.open.lock().await.take() {
            open.tunnels.end().await;
            let (stop, task) = open.listener;
            let _ = stop.send(());
            let _ = task.await;
        }
    }

    fn bind(&self) -> Result<Open, perch_ingress::BindError> {
        let engine = &self.house.engine;
        let (send_doors, doors) = watch::channel(Doors::default());
        let (came, trips) = (Arc::<Came>::default(), Arc::<RoundTrips>::default());
        let log = Noting {
            log: Arc::new(engine.delivery_log(now)),
            came: Arc::clone(&came),
            clock: now,
        };
        let listener = Listener::bind(
            self.house.in_force.tunnel_listen(),
            Kind::Tunnel,
            doors,
            Arc::new(log),
            now,
            engine.woken(),
        )?
        .with_tally(Arc::clone(&self.tally))
        .with_round_trips(Arc::clone(&trips));
        let (look, changed) = (Arc::clone(engine), Arc::clone(engine));
        let tunnels = Tunnels::new(Parts {
            rim: wire::rim(),
            pace: Pace::default(),
            inlet: listener.address(),
            trips,
            came,
            made: Arc::new(Made(engine.db().clone())),
            look: Arc::new(move |id| {
                let engine = Arc::clone(&look);
                Box::pin(async move {
                    if let Err(error) = engine.look_now(vec![id], now()).await {
                        tracing::warn!(%error, "a forge cannot be asked after a gap");
                    }
                })
            }),
            changed: Arc::new(move || changed.announce(Change::Status)),
            clock: now,
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(listener.run(async move {
            let _ = stopped.await;
        }));
        Ok(Open {
            tunnels: Arc::new(tunnels),
            doors: send_doors,
            listener: (stop, task),
        })
    }

    /// The tunnel that a door's connection chose.
    async fn kept(&self, door: &Door) -> Option<Kept> {
        let choice = door.connection.tunnel.as_ref()?;
        let tunnel = wire::tunnels()
            .into_iter()
            .find(|tunnel| tunnel.id() == choice.kind)?;
        let engine = &self.house.engine;
        let secrets = Arc::clone(engine.secrets());
        let name = format!("{}/token", door.connection.id);
        let token = tokio::task::spawn_blocking(move || secrets.get(&name)).await;
        Some(Kept {
            hooks: engine
                .provider(&door.connection.provider)
                .and_then(|provider| provider.hooks()),
            connection: door.connection.clone(),
            tunnel,
            token: token.ok().and_then(Result::ok).flatten(),
            secret: door.secrets.first().cloned(),
        })
    }
}

/// A new webhook secret, where Perch itself makes the webhook it is for: 32 random bytes.
pub(crate) fn new_secret(kind: &str) -> Option<SecretString> {
    let tunnel = wire::tunnels()
        .into_iter()
        .find(|tunnel| tunnel.id() == kind)?;
    if !tunnel.about().makes_secret {
        return None;
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(hex::encode(bytes).into())
}

/// The store's table of webhooks Perch made.
struct Made(Db);

#[async_trait]
impl MadeHooks for Made {
    async fn list(
        &self,
        connection: &ConnectionId,
        repository: &str,
    ) -> Result<Vec<String>, String> {
        let (id, repository) = (connection.clone(), repository.to_owned());
        self.0
            .read(move |db| hooks::list(db, &id, &repository))
            .await
            .map_err(|error| error.to_string())
    }

    async fn note(
        &self,
        connection: &ConnectionId,
        repository: &str,
        made: Vec<String>,
    ) -> Result<(), String> {
        let (id, repository) = (connection.clone(), repository.to_owned());
        self.0
            .write(move |db| hooks::note(db, &id, &repository, &made))
            .await
            .map_err(|error| error.to_string())
    }
}
