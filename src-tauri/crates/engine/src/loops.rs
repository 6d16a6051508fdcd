//! The loops: one per user, side by side. Each is `step` again and again, woken early when something came.
//!
//! Polls of one user run side by side too, so a far side that never answers keeps nobody waiting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use perch_core::change::Change;
use perch_core::id::UserId;
use perch_store::db::StoreError;
use perch_store::table::{notifications, users};
use tokio::task::JoinHandle;

use crate::engine::Engine;

/// The longest pause between two looks when nothing wakes the loop.
const PAUSE: Duration = Duration::from_secs(5);

/// The running loops.
pub struct Loops {
    engine: Arc<Engine>,
    clock: fn() -> Timestamp,
    running: Mutex<HashMap<UserId, JoinHandle<()>>>,
}

impl Loops {
    /// No loop runs yet. `clock` is the only source of time.
    pub fn new(engine: Arc<Engine>, clock: fn() -> Timestamp) -> Self {
        Self {
            engine,
            clock,
            running: Mutex::default(),
        }
    }

    /// Begins where an earlier process ended, and starts the loops of all users who left theirs running.
    pub async fn start_as_left(&self) -> Result<(), StoreError> {
        self.engine
            .db
            .write(notifications::give_up_interrupted)
            .await?;
        let all = self.engine.db.read(users::list).await?;
        for user in all.into_iter().filter(|user| user.running) {
            self.spawn(user.id);
        }
        Ok(())
    }

    /// Starts a user's loop and remembers it for the next start. One that runs goes on.
    pub async fn start(&self, user: &UserId) -> Result<(), StoreError> {
        self.remember(user, true).await?;
        self.spawn(user.clone());
        Ok(())
    }

    /// Stops a user's loop and remembers it for the next start.
    pub async fn stop(&self, user: &UserId) -> Result<(), StoreError> {
        self.remember(user, false).await?;
        let handle = self.running().remove(user);
        if let Some(handle) = handle {
            handle.abort();
        }
        self.engine.announce(Change::Status);
        Ok(())
    }

    /// True while the user's loop runs.
    pub fn is_running(&self, user: &UserId) -> bool {
        self.running()
            .get(user)
            .is_some_and(|handle| !handle.is_finished())
    }

    /// Ends every loop without forgetting which ran.
    pub fn end(&self) {
        for (_, handle) in self.running().drain() {
            handle.abort();
        }
    }

    async fn remember(&self, user: &UserId, running: bool) -> Result<(), StoreError> {
        let user = user.clone();
        self.engine
            .db
            .write(move |db| users::set_running(db, &user, running))
            .await
    }

    fn spawn(&self, user: UserId) {
        let mut running = self.running();
        if running
            .get(&user)
            .is_some_and(|handle| !handle.is_finished())
        {
            return;
        }
        let task = tokio::spawn(run(Arc::clone(&self.engine), user.clone(), self.clock));
        running.insert(user, task);
        self.engine.announce(Change::Status);
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<UserId, JoinHandle<()>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Loops {
    fn drop(&mut self) {
        self.end();
    }
}

async fn run(engine: Arc<Engine>, user: UserId, clock: fn() -> Timestamp) {
    let woken = engine.woken();
    let mut polls = tokio::task::JoinSet::new();
    loop {
        let wake = woken.notified();
        engine.give_way().await;
        if let Err(error) = round(&engine, &user, clock, &mut polls).await {
            tracing::error!(user = %user, %error, "a round failed; it is tried again");
        }
        tokio::select! {
            () = wake => {}
            () = tokio::time::sleep(PAUSE) => {}
            Some(_) = polls.join_next() => {}
        }
    }
}

async fn round(
    engine: &Arc<Engine>,
    user: &UserId,
    clock: fn() -> Timestamp,
    polls: &mut tokio::task::JoinSet<()>,
) -> Result<(), StoreError> {
    for connection in engine.due_polls(user, clock()).await? {
        if !engine.is_polling(&connection.id) {
            let engine = Arc::clone(engine);
            polls.spawn(async move {
                if let Err(error) = engine.poll(&connection, clock()).await {
                    tracing::error!(connection.id = %connection.id, %error, "a poll could not be stored");
                }
            });
        }
    }
    // What ends begins another round, so nothing is spawned that has nothing to do.
    if engine.survey_is_due(user, clock()) {
        let (engine, user) = (Arc::clone(engine), user.clone());
        polls.spawn(async move {
            if let Err(error) = engine.survey_alone(&user, clock()).await {
                tracing::error!(user = %user, %error, "a look at the dependencies could not be stored");
            }
        });
    }
    engine.step_road(user, clock()).await?;
    if engine.writing_is_due(user, clock()).await? {
        let (engine, user) = (Arc::clone(engine), user.clone());
        polls.spawn(async move {
            if let Err(error) = engine.write_waiting(&user, clock).await {
                tracing::error!(user = %user, %error, "what a model wrote could not be stored");
            }
        });
    }
    Ok(())
}
