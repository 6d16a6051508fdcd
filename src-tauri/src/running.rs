//! An engine that stays: loops, listener, socket, and a look at the settings file now and then.

use std::sync::Arc;
use std::time::Duration;

use perch_core::change::Change;
use perch_core::connection::Connection;
use perch_core::seam::notifier::Press;
use perch_engine::rank;
use perch_ingress::{Door, Doors, Kind, Listener, Tally};
use secrecy::SecretString;
use serde_json::json;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::metrics;
use crate::socket::{self, Desk};
use crate::tunnels::{self, Inlet};
use crate::wire::{House, now};

/// How often the settings file is looked at.
const SETTINGS_LOOK: Duration = Duration::from_secs(2);

/// How often old things are dropped.
const AGEING: Duration = Duration::from_secs(3600);

/// How long requests that came already may take when Perch ends.
const LAST_REQUESTS: Duration = Duration::from_secs(6);

/// A running engine. Dropping it ends its tasks.
pub struct Running {
    /// Everything put together.
    pub house: Arc<House>,
    tasks: Vec<JoinHandle<()>>,
    listener: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    inlet: Arc<Inlet>,
}

impl Running {
    /// Starts the loops as they were left and everything around them.
    ///
    /// `presses` are pressed buttons of notices; a press that is not to be carried out at once, and requests
    /// from outside, go to `open_panel`.
    pub async fn start(
        house: House,
        presses: mpsc::UnboundedReceiver<Press>,
        open_panel: mpsc::UnboundedSender<Option<String>>,
    ) -> anyhow::Result<Self> {
        let house = Arc::new(house);
        let socket = socket::bind(&house.places.folders.socket)?;
        let desk = Desk {
            api: Arc::clone(&house.api),
            engine: Arc::clone(&house.engine),
            open_panel: open_panel.clone(),
        };
        let tally = Arc::<Tally>::default();
        let inlet = Arc::new(Inlet::new(Arc::clone(&house), Arc::clone(&tally)));
        let mut running = Self {
            house: Arc::clone(&house),
            tasks: Vec::new(),
            listener: None,
            inlet: Arc::clone(&inlet),
        };
        running.spawn(socket::serve(socket, desk));
        let (send_doors, doors) = watch::channel(doors(&house).await);
        running.listen(doors, tally);
        running.spawn(watch_settings(Arc::clone(&house), send_doors, inlet));
        running.spawn(age_out(Arc::clone(&house)));
        running.spawn(answer_presses(Arc::clone(&house), presses, open_panel));
        house.loops.start_as_left().await?;
        Ok(running)
    }

    /// Binds the listener; a port that is taken is told and does not stop the rest.
    fn listen(&mut self, doors: watch::Receiver<Doors>, tally: Arc<Tally>) {
        let address = self.house.in_force.listen();
        let log = Arc::new(self.house.engine.delivery_log(now));
        let woken = self.house.engine.woken();
        match Listener::bind(address, Kind::Local, doors, log, now, woken) {
            Ok(listener) => {
                let more = metrics::more(&self.house.engine);
                let listener = listener.with_tally(tally).with_more(more);
                self.house
                    .in_force
                    .set_listener(Ok(Some(listener.address())));
                let (stop, stopped) = oneshot::channel::<()>();
                let task = tokio::spawn(listener.run(async move {
                    let _ = stopped.await;
                }));
                self.listener = Some((stop, task));
            }
            Err(error) => {
                tracing::warn!(%error, "webhooks are not taken");
                self.house.in_force.set_listener(Err(error.to_string()));
            }
        }
    }

    /// Ends loops and tasks; what was begun is in the store and goes on at the next start.
    ///
    /// Requests that came already are answered first.
    pub async fn stop(&mut self) {
        // Without the look at the settings no tunnel is opened again.
        for task in self.tasks.drain(..) {
            task.abort();
        }
        if tokio::time::timeout(LAST_REQUESTS, self.inlet.stop())
            .await
            .is_err()
        {
            tracing::warn!("tunnels that do not end are cut off");
        }
        if let Some((stop, task)) = self.listener.take() {
            let _ = stop.send(());
            if tokio::time::timeout(LAST_REQUESTS, task).await.is_err() {
                tracing::warn!("requests that were open too long are cut off");
            }
        }
        self.end();
    }

    fn end(&mut self) {
        self.house.loops.end();
        if let Some((_, task)) = self.listener.take() {
            task.abort();
        }
        for task in self.tasks.drain(..) {
            task.abort();
        }
        let _ = std::fs::remove_file(&self.house.places.folders.socket);
    }

    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.push(tokio::spawn(task));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Every connection that takes webhooks, with its secrets.
async fn doors(house: &House) -> Doors {
    let setup = house.engine.setup();
    let mut doors = Vec::new();
    for connection in setup
        .connections
        .iter()
        .filter(|one| one.enabled && !one.watch.is_empty())
    {
        let Some(webhook) = house
            .engine
            .provider(&connection.provider)
            .and_then(|provider| provider.webhook())
        else {
            continue;
        };
        let mut secrets = Vec::new();
        for key in ["webhook_secret", "webhook_secret_next"] {
            let keychain = Arc::clone(house.engine.secrets());
            let name = format!("{}/{key}", connection.id);
            match tokio::task::spawn_blocking(move || keychain.get(&name)).await {
                Ok(Ok(secret)) => secrets.extend(secret),
                Ok(Err(error)) => {
                    tracing::warn!(connection.id = %connection.id, %error, "webhooks are refused");
                }
                Err(error) => tracing::warn!(%error, "the keychain could not be asked"),
            }
        }
        if secrets.is_empty() {
            secrets.extend(made_secret(house, connection).await);
        }
        doors.push(Door {
            connection: connection.clone(),
            webhook,
            secrets,
        });
    }
    Arc::new(doors)
}

/// A secret for the webhooks that a tunnel of Perch's own will make, kept like one the user sets.
async fn made_secret(house: &House, connection: &Connection) -> Option<SecretString> {
    let secret = tunnels::new_secret(&connection.tunnel.as_ref()?.kind)?;
    let (keychain, kept) = (Arc::clone(house.engine.secrets()), secret.clone());
    let name = format!("{}/webhook_secret", connection.id);
    let set = tokio::task::spawn_blocking(move || {
        // One that cannot be read now is not one that is missing.
        match keychain.get(&name) {
            Ok(None) => keychain.set(&name, &kept).is_ok(),
            _ => false,
        }
    });
    set.await.unwrap_or(false).then_some(secret)
}

async fn watch_settings(house: Arc<House>, send_doors: watch::Sender<Doors>, inlet: Arc<Inlet>) {
    let mut changes = house.engine.changes();
    let begun = Arc::clone(&send_doors.borrow());
    inlet.settle(&begun).await;
    loop {
        let settings_changed = tokio::select! {
            () = tokio::time::sleep(SETTINGS_LOOK) => house.in_force.reload_if_changed(),
            change = changes.recv() => matches!(change, Ok(Change::Status)),
        };
        if settings_changed {
            if let Err(error) = house.in_force.add_users(&house.engine, now()).await {
                tracing::warn!(%error, "a new user could not be stored");
            }
            let doors = doors(&house).await;
            send_doors.send_replace(Arc::clone(&doors));
            inlet.settle(&doors).await;
            house.engine.wake();
        }
    }
}

async fn age_out(house: Arc<House>) {
    loop {
        if let Err(error) = house.engine.age_out(now()).await {
            tracing::warn!(%error, "old rows could not be dropped");
        }
        tokio::time::sleep(AGEING).await;
    }
}

/// Carries out what a pressed button says; what cannot be done opens the panel at the suggestion.
async fn answer_presses(
    house: Arc<House>,
    mut presses: mpsc::UnboundedReceiver<Press>,
    open_panel: mpsc::UnboundedSender<Option<String>>,
) {
    while let Some(Press { tag, button }) = presses.recv().await {
        if button == rank::DETAILS {
            let _ =
                open_panel.send(Some(tag).filter(|tag| tag != rank::DIGEST && tag != rank::TRIAL));
            continue;
        }
        let (house, open_panel) = (Arc::clone(&house), open_panel.clone());
        tokio::spawn(async move {
            if let Err(problem) = answer(&house, &tag, button).await {
                tracing::warn!(suggestion.id = %tag, %problem, "a pressed button could not be carried out");
                let _ = open_panel.send(Some(tag));
            }
        });
    }
}

/// Does what `button` of the toast about `suggestion` says: it snoozes, or names an action to accept.
async fn answer(house: &House, suggestion: &str, button: String) -> Result<(), String> {
    let id = suggestion
        .parse()
        .map_err(|_| "the notice names no suggestion".to_owned())?;
    let user = house
        .engine
        .db()
        .read(move |db| perch_store::table::suggestions::get(db, id))
        .await
        .map_err(|error| error.to_string())?
        .ok_or("the suggestion is no longer stored")?
        .user_id;
    let (command, payload) = if button == rank::SNOOZE {
        let until = now() + rank::SNOOZE_FOR;
        (
            "snooze",
            json!({ "id": suggestion, "until": until.to_string() }),
        )
    } else {
        let action = button
            .parse()
            .map_err(|_| "the button names no action".to_owned())?;
        let starts = house.engine.starts_at_once(id, action).await;
        if !starts.map_err(|error| error.to_string())? {
            return Err("the settings do not let a button start this".into());
        }
        ("accept", json!({ "id": suggestion, "action": button }))
    };
    let answer = house.api.call(&user, command, payload).await;
    answer.map(drop).map_err(|error| error.message)
}
