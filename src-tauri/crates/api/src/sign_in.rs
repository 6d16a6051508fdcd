//! Sign-ins in memory: tokens that were had and not yet given to a connection. Nothing here outlives the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::id::{ConnectionId, UserId};
use perch_core::seam::account::{DeviceCode, TokenCheck};
use secrecy::SecretString;

/// How long a sign-in is held.
const HELD: SignedDuration = SignedDuration::from_mins(15);

/// Sign-ins held at once, so that nobody fills the memory.
const MOST: usize = 32;

/// A sign-in.
#[derive(Clone)]
pub(crate) struct Held {
    /// Whose it is; nobody else may use it.
    pub(crate) user: UserId,
    /// The server as a connection that watches nothing.
    pub(crate) server: Connection,
    pub(crate) stands: Stands,
    /// The connection whose token it is, which needs none of it.
    pub(crate) of: Option<ConnectionId>,
    /// Gone after then.
    pub(crate) until: Timestamp,
}

/// Where it stands.
#[derive(Clone)]
pub(crate) enum Stands {
    Waiting(Waiting),
    Ready {
        /// What the keychain would keep: the token, or the grant it came with.
        secret: SecretString,
        /// What the far side is asked with.
        token: SecretString,
        check: TokenCheck,
    },
    Failed(String),
}

/// A device authorization the user has not agreed to yet.
#[derive(Clone)]
pub(crate) struct Waiting {
    pub(crate) code: DeviceCode,
    pub(crate) client_id: String,
    pub(crate) interval: SignedDuration,
    pub(crate) ask_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// All that are held, by id.
#[derive(Default)]
pub(crate) struct SignIns(Mutex<HashMap<String, Held>>);

impl SignIns {
    /// Until when one that begins now is held.
    pub(crate) fn until(now: Timestamp) -> Timestamp {
        now + HELD
    }

    /// Holds one, or what became of it.
    pub(crate) fn put(&self, id: &str, held: Held, now: Timestamp) {
        let mut all = self.lock();
        all.retain(|_, one| one.until > now);
        if all.len() >= MOST
            && let Some(oldest) = all
                .iter()
                .min_by_key(|(_, one)| one.until)
                .map(|(id, _)| id.clone())
        {
            all.remove(&oldest);
        }
        all.insert(id.to_owned(), held);
    }

    /// One of `user`'s.
    pub(crate) fn get(&self, id: &str, user: &UserId, now: Timestamp) -> Option<Held> {
        let mut all = self.lock();
        all.retain(|_, one| one.until > now);
        all.get(id).filter(|one| one.user == *user).cloned()
    }

    /// Forgets one.
    pub(crate) fn forget(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
