//! Whether Perch, or the machine it runs on, was away, and whether it has caught up with what happened meanwhile.
//!
//! After a gap everything that happened comes in at once. Until it is in, toasts wait; then one tells of all.

use jiff::{SignedDuration, Timestamp};
use perch_core::id::UserId;
use perch_store::db::StoreError;
use perch_store::table::connections;

use crate::engine::Engine;

/// Rounds further apart mean that nobody watched meanwhile.
const GAP: SignedDuration = SignedDuration::from_mins(30);

/// Toasts wait no longer than this for far sides that answer late.
const PATIENCE: SignedDuration = SignedDuration::from_mins(2);

/// Where a user's rounds stand after a gap, as far as this process knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounds {
    last: Timestamp,
    catching_up_until: Option<Timestamp>,
}

/// How a round finds things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// The last round was a moment ago.
    Here,
    /// Nobody watched for a while, and what happened is still coming in.
    CatchingUp,
    /// All that happened has come in, this once.
    Back,
}

impl Engine {
    /// Notes a round of `user` at `now`, and tells how it finds things.
    pub(crate) async fn presence(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Presence, StoreError> {
        let before = match self.rounds(user) {
            Some(rounds) => rounds,
            None => Rounds {
                last: self.last_heard(user).await?.unwrap_or(now),
                catching_up_until: None,
            },
        };
        let gap = now.duration_since(before.last) >= GAP;
        let until = if gap {
            Some(now + PATIENCE)
        } else {
            before.catching_up_until
        };
        let behind = match until {
            Some(until) => now < until && self.is_behind(user, now).await?,
            None => false,
        };
        self.set_rounds(
            user,
            Rounds {
                last: now,
                catching_up_until: until.filter(|_| behind),
            },
        );
        Ok(match (until, behind) {
            (None, _) => Presence::Here,
            (Some(_), true) => Presence::CatchingUp,
            (Some(_), false) => Presence::Back,
        })
    }

    /// When an earlier process last heard from any far side of `user`.
    async fn last_heard(&self, user: &UserId) -> Result<Option<Timestamp>, StoreError> {
        let ids: Vec<_> = self
            .setup()
            .connections_of(user)
            .map(|connection| connection.id.clone())
            .collect();
        self.db
            .read(move |db| {
                let mut last = None;
                for id in &ids {
                    last = last.max(connections::get(db, id)?.and_then(|row| row.last_success));
                }
                Ok(last)
            })
            .await
    }

    /// True while a connection of `user` is due to be polled or is being polled.
    async fn is_behind(&self, user: &UserId, now: Timestamp) -> Result<bool, StoreError> {
        let polling = self
            .setup()
            .connections_of(user)
            .any(|connection| self.is_polling(&connection.id));
        Ok(polling || !self.due_polls(user, now).await?.is_empty())
    }
}
