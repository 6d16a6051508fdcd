//! `poll`: asks each due connection what is new, and commits what it brought together with where it stopped.
//!
//! Deliveries, cursor and validators share one commit: a crash before it asks again, one after it goes on.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use perch_core::change::Change;
use perch_core::connection::{Connection, ConnectionState};
use perch_core::id::{ConnectionId, UserId, short_hash};
use perch_core::seam::delivery_log::Arrival;
use perch_core::seam::http_cache::{HttpCache, Validators};
use perch_core::seam::provider::{Batch, Context, ProviderError};
use perch_store::db::StoreError;
use perch_store::table::connections::{self, ConnectionRow};
use perch_store::table::{deliveries, series};

use crate::engine::Engine;
use crate::{log, observe};

/// After this many failed polls in a row nothing else is asked of the far side until the next one succeeds.
const OPENS: u32 = 3;

/// A poll that takes longer is given up and counted as a failure.
const LIMIT: Duration = Duration::from_secs(90);

/// Validators read before a poll, with those it brought on top.
pub(crate) struct StagedCache {
    known: HashMap<String, Validators>,
    fresh: Mutex<HashMap<String, Validators>>,
}

impl StagedCache {
    pub(crate) fn new(known: HashMap<String, Validators>) -> Self {
        Self {
            known,
            fresh: Mutex::default(),
        }
    }

    fn into_fresh(self) -> HashMap<String, Validators> {
        self.fresh.into_inner().unwrap_or_default()
    }
}

impl HttpCache for StagedCache {
    fn get(&self, url: &str) -> Option<Validators> {
        let fresh = self.fresh.lock().ok()?.get(url).cloned();
        fresh.or_else(|| self.known.get(url).cloned())
    }

    fn put(&self, url: &str, validators: Validators) {
        if let Ok(mut fresh) = self.fresh.lock() {
            fresh.insert(url.to_owned(), validators);
        }
    }
}

impl Engine {
    /// Lets the loops ask these connections at once, also if a poll of theirs is under way and may have missed what
    /// just happened. A far side that wants to be left alone is left alone.
    pub async fn look_now(&self, ids: Vec<ConnectionId>, now: Timestamp) -> Result<(), StoreError> {
        let due = self
            .db
            .write(move |db| {
                let mut due = Vec::new();
                for id in ids {
                    let Some(mut row) = connections::get(db, &id)? else {
                        continue;
                    };
                    if !matches!(row.state, ConnectionState::Waiting { until, .. } if until > now) {
                        row.next_poll_at = now.min(row.next_poll_at);
                        connections::put(db, &id, &row)?;
                        due.push(id);
                    }
                }
                Ok(due)
            })
            .await?;
        self.ask_looks(due);
        self.wake();
        Ok(())
    }

    /// The user's connections that are due at `now`.
    pub(crate) async fn due_polls(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<Connection>, StoreError> {
        let asked = self.asked_looks();
        let watched: Vec<Connection> = self
            .setup()
            .connections_of(user)
            .filter(|connection| !connection.watch.is_empty())
            .cloned()
            .collect();
        self.db
            .read(move |db| {
                let mut due = Vec::new();
                for connection in watched {
                    let row = connections::get(db, &connection.id)?.unwrap_or_default();
                    let waits =
                        matches!(row.state, ConnectionState::Waiting { until, .. } if until > now);
                    if row.next_poll_at <= now || (asked.contains(&connection.id) && !waits) {
                        due.push(connection);
                    }
                }
                Ok(due)
            })
            .await
    }

    /// Polls one connection; what went wrong becomes the connection's state. Returns how many deliveries came.
    pub(crate) async fn poll(
        &self,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let Some(_held) = self.take_poll(&connection.id) else {
            return Ok(0);
        };
        self.forget_look(&connection.id);
        let Some(provider) = self.provider(&connection.provider) else {
            return Ok(0);
        };
        let id = connection.id.clone();
        let (row, known) = self
            .db
            .read(move |db| {
                Ok((
                    connections::get(db, &id)?.unwrap_or_default(),
                    connections::validators(db, &id)?,
                ))
            })
            .await?;
        let cache = StagedCache::new(known);
        let answer = match self.token(&connection.id, now).await {
            Err(problem) => Err(ProviderError::Unavailable(problem)),
            Ok(token) => {
                let ctx = Context {
                    connection,
                    token: token.as_ref(),
                    cache: &cache,
                    now,
                };
                tokio::time::timeout(LIMIT, provider.poll(&ctx, row.cursor.as_ref()))
                    .await
                    .unwrap_or_else(|_| {
                        Err(ProviderError::Unavailable(format!(
                            "no answer within {} s",
                            LIMIT.as_secs()
                        )))
                    })
            }
        };
        match answer {
            Ok(batch) => {
                let committed = self
                    .commit_batch(connection, &row, batch, cache.into_fresh(), now)
                    .await;
                self.meter.note("poll", committed, now)
            }
            Err(error) => {
                // What is wrong with a connection is told as its state.
                self.meter.count_error("poll", &error.to_string(), now);
                self.note_failure(&connection.id, row, &error, now).await?;
                Ok(0)
            }
        }
    }

    async fn commit_batch(
        &self,
        connection: &Connection,
        before: &ConnectionRow,
        mut batch: Batch,
        fresh: HashMap<String, Validators>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let looked = match batch.database.take() {
            Some(reading) => Some(self.look_at_database(connection, reading, now).await?),
            None => None,
        };
        let told = looked.as_ref().map_or(&[][..], |looked| &looked.deliveries);
        batch.deliveries.extend(told.iter().cloned());
        let settled = looked.as_ref().and_then(|looked| looked.settled.clone());
        let pause = batch.wait.unwrap_or_default().max(self.setup().poll_every);
        let was_well = before.state == ConnectionState::Well;
        let state = ConnectionRow {
            cursor: Some(batch.cursor),
            state: ConnectionState::Well,
            next_poll_at: now + pause,
            last_success: Some(now),
            failures: 0,
            standing: batch.standing,
        };
        let changed = !was_well || before.standing.hurdles != state.standing.hurdles;
        let count = batch.deliveries.len();
        let rows: Vec<_> = batch
            .deliveries
            .into_iter()
            .enumerate()
            .map(|(number, message)| {
                let arrival = Arrival {
                    user_id: connection.user_id.clone(),
                    connection_id: connection.id.clone(),
                    message,
                };
                log::delivery(arrival, now, number)
            })
            .collect();
        let (id, user) = (connection.id.clone(), connection.user_id.clone());
        let digest = (batch.begun && connection.watch.len() > 1).then(|| connection.clone());
        self.db
            .write(move |db| {
                for row in &rows {
                    deliveries::insert(db, row, batch.baseline)?;
                }
                for samples in &batch.series {
                    series::put(db, &user, &id, samples)?;
                }
                for (url, validators) in &fresh {
                    connections::put_validators(db, &id, url, validators)?;
                }
                if let Some(connection) = &digest {
                    let found = deliveries::count_baseline(db, &id)?;
                    let told = observe::baseline_taken(connection, &state.standing, found, now);
                    deliveries::insert(db, &log::delivery(told, now, rows.len()), false)?;
                }
                if let Some(looked) = &looked {
                    looked.remember(db)?;
                }
                connections::put(db, &id, &state)
            })
            .await?;
        if changed {
            self.announce(Change::Status);
        }
        if let Some(key) = settled {
            self.withdraw_by_key(&connection.user_id, &key, now).await?;
        }
        Ok(count)
    }

    async fn note_failure(
        &self,
        id: &ConnectionId,
        mut row: ConnectionRow,
        error: &ProviderError,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        row.failures += 1;
        let state = match error {
            ProviderError::Wait { until, reason } => ConnectionState::Waiting {
                until: *until,
                reason: reason.clone(),
            },
            ProviderError::Refused { problem, next_step }
            | ProviderError::Misconfigured { problem, next_step } => ConnectionState::Broken {
                problem: problem.clone(),
                next_step: next_step.clone(),
            },
            ProviderError::Unavailable(problem) => ConnectionState::Unreachable {
                problem: problem.clone(),
            },
        };
        row.next_poll_at = match error {
            ProviderError::Wait { until, .. } => *until,
            _ => {
                now + spread(
                    back_off(self.setup().poll_every, row.failures),
                    id,
                    row.failures,
                )
            }
        };
        let changed = row.state != state;
        if changed {
            tracing::warn!(connection.id = %id, problem = %error, "a connection could not be polled");
        }
        row.state = state;
        let id = id.clone();
        self.db
            .write(move |db| connections::put(db, &id, &row))
            .await?;
        if changed {
            self.announce(Change::Status);
        }
        Ok(())
    }
}

impl Engine {
    /// Until when a connection is not asked for anything, since it failed again and again or asked to be left alone.
    pub(crate) async fn left_alone_until(
        &self,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let id = connection.id.clone();
        let row = self.db.read(move |db| connections::get(db, &id)).await?;
        Ok(row
            .filter(|row| {
                let asked = matches!(row.state, ConnectionState::Waiting { .. });
                asked || row.failures >= OPENS
            })
            .map(|row| row.next_poll_at)
            .filter(|until| *until > now))
    }
}

/// Twice as long after each failure, up to half an hour.
fn back_off(pause: SignedDuration, failures: u32) -> SignedDuration {
    let factor = 1_i32 << failures.saturating_sub(1).min(10);
    (pause * factor).min(SignedDuration::from_mins(30).max(pause))
}

/// Up to a fifth longer, so that connections that failed together do not come back together.
fn spread(pause: SignedDuration, id: &ConnectionId, failures: u32) -> SignedDuration {
    let hash = short_hash(&format!("{id}/{failures}"), 4);
    let share = i64::from_str_radix(&hash, 16).unwrap_or(0);
    pause + SignedDuration::from_millis(pause.as_secs() * 200 * share / 0xffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_with_each_failure_up_to_half_an_hour() {
        let minute = SignedDuration::from_mins(1);
        let pauses: Vec<i64> = (1..=7)
            .map(|failures| back_off(minute, failures).as_mins())
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn connections_that_failed_together_come_back_one_by_one() {
        let minute = SignedDuration::from_mins(1);
        let pauses: Vec<i128> = (0..100)
            .map(|number| {
                let id = ConnectionId::new(format!("forge-{number}"));
                spread(minute, &id, 1).as_millis()
            })
            .collect();
        assert!(pauses.iter().all(|pause| (60_000..=72_000).contains(pause)));
        let different: std::collections::HashSet<_> = pauses.iter().collect();
        assert!(different.len() > 90, "{}", different.len());
    }
}
