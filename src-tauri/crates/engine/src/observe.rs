//! `observe`: what nobody sends but time brings about, from stored state.
//!
//! A pull request or an issue nobody moved for long is stale; a token ends within days. What a provider itself can see
//! (a stale branch) it sends.

mod connections;
mod stale;

use jiff::Timestamp;
use perch_core::id::UserId;
use perch_core::seam::delivery_log::Arrival;
use perch_store::db::StoreError;
use perch_store::table::{deliveries, events};

pub(crate) use self::connections::baseline_taken;
use self::connections::token_ending;
use self::stale::stale_things;
use crate::engine::Engine;
use crate::log;

impl Engine {
    /// What time brought about for the connections of `user` themselves.
    async fn observe_connections(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<Arrival>, StoreError> {
        let setup = self.setup();
        let mut arrivals = Vec::new();
        for connection in setup.connections_of(user) {
            let id = connection.id.clone();
            let row = self
                .db
                .read(move |db| perch_store::table::connections::get(db, &id))
                .await?;
            let forge = self
                .provider(&connection.provider)
                .map_or(connection.provider.as_str(), |provider| {
                    provider.about().name
                });
            let message = row.and_then(|row| token_ending(connection, forge, &row.standing, now));
            arrivals.extend(message.map(|message| Arrival {
                user_id: user.clone(),
                connection_id: connection.id.clone(),
                message,
            }));
        }
        Ok(arrivals)
    }

    /// Looks at the store for what only time brought about. Returns how many deliveries are new.
    pub(crate) async fn step_observe(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        if !self.observation_is_due(user, now) {
            return Ok(0);
        }
        let preferences = self.setup().preferences.clone();
        let of = user.clone();
        let latest = self
            .db
            .read(move |db| events::latest_of_things(db, &of))
            .await?;
        let mut arrivals = self.observe_connections(user, now).await?;
        for row in &latest {
            let stale = stale_things(std::slice::from_ref(row), &preferences, now);
            arrivals.extend(stale.into_iter().map(|message| Arrival {
                user_id: row.user_id.clone(),
                connection_id: row.connection_id.clone(),
                message,
            }));
        }
        if arrivals.is_empty() {
            return Ok(0);
        }
        self.db
            .write(move |db| {
                let mut added = 0;
                for (number, arrival) in arrivals.into_iter().enumerate() {
                    let receipt =
                        deliveries::insert(db, &log::delivery(arrival, now, number), false)?;
                    added += usize::from(!receipt.repeat);
                }
                Ok(added)
            })
            .await
    }
}
