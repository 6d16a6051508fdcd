//! The engine: what all steps share.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use perch_core::change::Change;
use perch_core::id::{ActionId, ConnectionId, UserId};
use perch_core::preferences::Preferences;
use perch_core::seam::ecosystem::Ecosystem;
use perch_core::seam::model::{ModelProvider, ModelStanding};
use perch_core::seam::notifier::Notifier;
use perch_core::seam::provider::Provider;
use perch_core::seam::secrets::Secrets;
use perch_store::db::{Db, StoreError};
use perch_store::table::users;
use tokio::sync::{Notify, broadcast, watch};

use crate::agent::Standings;
use crate::catch_up::Rounds;
use crate::give_way::Arrivals;
use crate::meter::Meter;
use crate::setup::Setup;

/// What the shell hands in.
pub struct Parts {
    /// The open database.
    pub db: Db,
    /// Every provider.
    pub providers: &'static [&'static dyn Provider],
    /// Every package ecosystem.
    pub ecosystems: &'static [&'static dyn Ecosystem],
    /// Every provider of language models.
    pub models: &'static [&'static dyn ModelProvider],
    /// Whatever shows suggestions outside the panel.
    pub notifiers: Vec<Arc<dyn Notifier>>,
    /// The keychain.
    pub secrets: Arc<dyn Secrets>,
    /// The settings, now and when they change.
    pub setup: watch::Receiver<Arc<Setup>>,
}

/// The road and what it works with. One per data folder.
pub struct Engine {
    pub(crate) db: Db,
    pub(crate) providers: &'static [&'static dyn Provider],
    pub(crate) ecosystems: &'static [&'static dyn Ecosystem],
    pub(crate) models: &'static [&'static dyn ModelProvider],
    /// How models are doing.
    pub(crate) standings: Standings,
    pub(crate) notifiers: Vec<Arc<dyn Notifier>>,
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) setup: watch::Receiver<Arc<Setup>>,
    changes: broadcast::Sender<Change>,
    woken: Arc<Notify>,
    working: AtomicUsize,
    pub(crate) arrivals: Arrivals,
    pub(crate) meter: Meter,
    in_hand: Mutex<InHand>,
    /// Held while a token is renewed.
    pub(crate) renewing: tokio::sync::Mutex<()>,
}

/// What some task is busy with, so that no second one begins it, and what rounds remember of the one before.
#[derive(Default)]
struct InHand {
    actions: HashSet<ActionId>,
    polls: HashSet<ConnectionId>,
    /// Connections to be asked again once, whatever their poll under way finds.
    looks: HashSet<ConnectionId>,
    observed: HashMap<UserId, Timestamp>,
    surveys: HashSet<UserId>,
    writings: HashSet<UserId>,
    next_surveys: HashMap<UserId, Timestamp>,
    rounds: HashMap<UserId, Rounds>,
    /// Steps whose failing each user was told of.
    told: HashSet<(UserId, &'static str)>,
}

/// Time brings little about within this.
const BETWEEN_OBSERVATIONS: SignedDuration = SignedDuration::from_mins(15);

/// How long a process is left alone before it looks at dependencies for the first time.
const BEFORE_SURVEYS: SignedDuration = SignedDuration::from_mins(10);

/// How often a process asks whether some repository's turn has come.
const BETWEEN_SURVEYS: SignedDuration = SignedDuration::from_hours(1);

impl Engine {
    /// Puts the parts together. Nothing runs until [`Engine::step`] or a loop does.
    pub fn new(parts: Parts) -> Self {
        Self {
            db: parts.db,
            providers: parts.providers,
            ecosystems: parts.ecosystems,
            models: parts.models,
            standings: Standings::default(),
            notifiers: parts.notifiers,
            secrets: parts.secrets,
            setup: parts.setup,
            changes: broadcast::channel(256).0,
            woken: Arc::default(),
            working: AtomicUsize::new(0),
            arrivals: Arrivals::default(),
            meter: Meter::default(),
            in_hand: Mutex::default(),
            renewing: tokio::sync::Mutex::default(),
        }
    }

    /// The database, for the commands of `api`.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The keychain.
    pub fn secrets(&self) -> &Arc<dyn Secrets> {
        &self.secrets
    }

    /// Every provider.
    pub fn providers(&self) -> &'static [&'static dyn Provider] {
        self.providers
    }

    /// The provider with this id.
    pub fn provider(&self, id: &str) -> Option<&'static dyn Provider> {
        self.providers
            .iter()
            .copied()
            .find(|provider| provider.id() == id)
    }

    /// The settings now.
    pub fn setup(&self) -> Arc<Setup> {
        Arc::clone(&self.setup.borrow())
    }

    /// Changes from now on.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Tells whoever listens that something changed.
    pub fn announce(&self, change: Change) {
        // Nobody listening is fine.
        let _ = self.changes.send(change);
    }

    /// Lets the loops look for work at once.
    pub fn wake(&self) {
        self.woken.notify_waiters();
        self.woken.notify_one();
    }

    /// Notified when there may be work.
    pub fn woken(&self) -> Arc<Notify> {
        Arc::clone(&self.woken)
    }

    /// True while an event is being worked on.
    pub fn is_working(&self) -> bool {
        self.working.load(Ordering::Relaxed) > 0
    }

    /// Counts as working until the guard is dropped.
    pub(crate) fn begin_work(&self) -> Working<'_> {
        if self.working.fetch_add(1, Ordering::Relaxed) == 0 {
            self.announce(Change::Status);
        }
        Working(self)
    }

    /// What `user` wants now: settings, vibe and pause together.
    pub async fn preferences(&self, user: &UserId) -> Result<Preferences, StoreError> {
        let mut preferences = self.setup().preferences.clone();
        let user = user.clone();
        let (vibe, profile, paused_until) = self
            .db
            .read(move |connection| {
                let paused = users::list(connection)?
                    .into_iter()
                    .find(|row| row.id == user)
                    .and_then(|row| row.paused_until);
                Ok((
                    users::vibe(connection, &user)?,
                    users::profile(connection, &user)?,
                    paused,
                ))
            })
            .await?;
        preferences.auto_suggest = vibe.auto_suggest;
        preferences.approval_required = vibe.approval_required;
        preferences.time_zone = profile.time_zone;
        preferences.paused_until = paused_until;
        Ok(preferences)
    }

    /// Takes an action in hand; `None` when some task has it already.
    pub(crate) fn take_action(&self, action: ActionId) -> Option<Held<'_>> {
        self.in_hand().actions.insert(action).then(|| Held {
            engine: self,
            what: What::Action(action),
        })
    }

    /// Takes a connection's poll in hand; `None` when one is under way.
    pub(crate) fn take_poll(&self, connection: &ConnectionId) -> Option<Held<'_>> {
        self.in_hand()
            .polls
            .insert(connection.clone())
            .then(|| Held {
                engine: self,
                what: What::Poll(connection.clone()),
            })
    }

    /// True while a poll of this connection is under way.
    pub(crate) fn is_polling(&self, connection: &ConnectionId) -> bool {
        self.in_hand().polls.contains(connection)
    }

    /// Notes that these connections are to be asked once more.
    pub(crate) fn ask_looks(&self, ids: Vec<ConnectionId>) {
        self.in_hand().looks.extend(ids);
    }

    /// The connections that are to be asked once more.
    pub(crate) fn asked_looks(&self) -> HashSet<ConnectionId> {
        self.in_hand().looks.clone()
    }

    /// Forgets that a connection is to be asked, since it is being asked now.
    pub(crate) fn forget_look(&self, id: &ConnectionId) {
        self.in_hand().looks.remove(id);
    }

    /// True when the store is to be looked over again for this user, at most every quarter of an hour.
    pub(crate) fn observation_is_due(&self, user: &UserId, now: Timestamp) -> bool {
        let mut in_hand = self.in_hand();
        let last = in_hand.observed.get(user);
        if last.is_some_and(|last| now.duration_since(*last).abs() < BETWEEN_OBSERVATIONS) {
            return false;
        }
        in_hand.observed.insert(user.clone(), now);
        true
    }

    /// True when this user's dependencies are to be looked at: a while after the start, then now and again.
    pub(crate) fn survey_is_due(&self, user: &UserId, now: Timestamp) -> bool {
        let mut in_hand = self.in_hand();
        let next = in_hand
            .next_surveys
            .entry(user.clone())
            .or_insert(now + BEFORE_SURVEYS);
        let is_due = now >= *next;
        if is_due {
            *next = now + BETWEEN_SURVEYS;
        }
        is_due
    }

    /// Takes a user's dependencies in hand; `None` when some task has them already.
    pub(crate) fn take_survey(&self, user: &UserId) -> Option<Held<'_>> {
        self.in_hand().surveys.insert(user.clone()).then(|| Held {
            engine: self,
            what: What::Survey(user.clone()),
        })
    }

    /// Takes a user's writings in hand; `None` when some task has them already.
    pub(crate) fn take_writing(&self, user: &UserId) -> Option<Held<'_>> {
        self.in_hand().writings.insert(user.clone()).then(|| Held {
            engine: self,
            what: What::Writing(user.clone()),
        })
    }

    /// True while a model writes for this user.
    pub(crate) fn is_writing(&self, user: &UserId) -> bool {
        self.in_hand().writings.contains(user)
    }

    /// Every provider of language models.
    pub fn models(&self) -> &'static [&'static dyn ModelProvider] {
        self.models
    }

    /// How the model called `name` was doing when it was last asked.
    pub fn model_standing(&self, name: &str) -> ModelStanding {
        self.standings.of(name)
    }

    /// Asks a model again although it was in trouble, since the user changed something about it.
    pub fn try_model_again(&self, name: &str) {
        self.standings.forget(name);
        self.wake();
    }

    /// What this process knows of a user's rounds.
    pub(crate) fn rounds(&self, user: &UserId) -> Option<Rounds> {
        self.in_hand().rounds.get(user).copied()
    }

    /// Notes a round.
    pub(crate) fn set_rounds(&self, user: &UserId, rounds: Rounds) {
        self.in_hand().rounds.insert(user.clone(), rounds);
    }

    /// True when this user was told that `step` fails.
    pub(crate) fn tells_of(&self, user: &UserId, step: &'static str) -> bool {
        self.in_hand().told.contains(&(user.clone(), step))
    }

    /// Notes whether this user was told so.
    pub(crate) fn set_tells_of(&self, user: &UserId, step: &'static str, told: bool) {
        let key = (user.clone(), step);
        let mut in_hand = self.in_hand();
        if told {
            in_hand.told.insert(key);
        } else {
            in_hand.told.remove(&key);
        }
    }

    fn in_hand(&self) -> MutexGuard<'_, InHand> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// While it lives, [`Engine::is_working`].
pub(crate) struct Working<'a>(&'a Engine);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        if self.0.working.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.announce(Change::Status);
        }
    }
}

/// While it lives, nobody else takes the same thing in hand.
pub(crate) struct Held<'a> {
    engine: &'a Engine,
    what: What,
}

enum What {
    Action(ActionId),
    Poll(ConnectionId),
    Survey(UserId),
    Writing(UserId),
}

impl Held<'_> {
    /// The action in hand, if it is one.
    pub(crate) fn action(&self) -> Option<ActionId> {
        match self.what {
            What::Action(action) => Some(action),
            What::Poll(_) | What::Survey(_) | What::Writing(_) => None,
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut in_hand = self.engine.in_hand();
        match &self.what {
            What::Action(action) => in_hand.actions.remove(action),
            What::Poll(connection) => in_hand.polls.remove(connection),
            What::Survey(user) => in_hand.surveys.remove(user),
            What::Writing(user) => in_hand.writings.remove(user),
        };
    }
}
