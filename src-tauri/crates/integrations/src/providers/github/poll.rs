//! Asking GitHub what is new.
//!
//! At rest a repository costs four conditional requests, all answered 304: its issues and pull requests by their
//! last change, its comments likewise, and two looks that take turns (`turns.rs`). Whatever answers 200 sets off
//! a sweep over what depends on it, still within the same poll. Polling alone finds everything a webhook tells.

mod branches;
mod comments;
mod cursor;
mod heads;
mod look;
mod pulls;
mod repository;
mod things;
mod turns;

use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use perch_core::delivery::NewDelivery;
use perch_core::seam::http_cache::Validators;
use perch_core::seam::provider::{Batch, Cursor, ProviderError};

use self::cursor::{Place, Places};
use super::api::Api;

/// Repositories asked at the same time.
const SIDE_BY_SIDE: usize = 4;

/// Repositories asked in one poll; of more, every so-manieth takes its turn.
const AT_ONCE: usize = 100;

/// Requests that sweeps may spend in one poll. What is left over is done by the next.
const SWEEP: i64 = 200;

/// What one repository brought.
struct Brought {
    place: Place,
    /// Messages with the moment they are about.
    deliveries: Vec<(Timestamp, NewDelivery)>,
    validators: Vec<(String, Validators)>,
    wait: Option<SignedDuration>,
}

/// Requests left for sweeps in this poll.
struct Purse(AtomicI64);

impl Purse {
    /// Takes one, unless none is left.
    fn spend(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) > 0
    }
}

/// One poll of everything the connection watches. `turn` counts polls.
pub(super) async fn poll(
    api: Api<'_>,
    cursor: Option<&Cursor>,
    turn: u64,
) -> Result<Batch, ProviderError> {
    let first = cursor.is_none();
    let mut places = Places::read(cursor);
    let watch = &api.ctx.connection.watch;
    places.keep_only(watch);
    let purse = Purse(AtomicI64::new(SWEEP));
    let mut deliveries = Vec::new();
    let mut wait = anonymous_pause(api, watch.len());
    let mut progress = false;
    let mut problem: Option<ProviderError> = None;
    let mine: Vec<&String> = in_turn(watch, turn).collect();
    'groups: for group in mine.chunks(SIDE_BY_SIDE) {
        let looks = group
            .iter()
            .map(|name| repository::look(api, name, places.get(name), turn, &purse));
        for (name, result) in group.iter().zip(join_all(looks).await) {
            match result {
                Ok(brought) => {
                    let known = places.get(name).is_some();
                    progress |= places.get(name) != Some(&brought.place);
                    for (url, validators) in brought.validators {
                        api.ctx.cache.put(&url, validators);
                    }
                    // What was there before watching began is told once, by a connection's very first poll.
                    if known || first {
                        deliveries.extend(brought.deliveries);
                    }
                    wait = wait.max(brought.wait);
                    places.put(name, brought.place);
                }
                Err(error) => {
                    let stop = matches!(error, ProviderError::Wait { .. });
                    problem = Some(weightier(problem, error));
                    if stop {
                        break 'groups;
                    }
                }
            }
        }
    }
    if let Some(problem) = problem {
        // A repository that fails does not hold up the others: what they brought is kept first.
        if !progress {
            return Err(problem);
        }
        if let ProviderError::Wait { until, .. } = problem {
            wait = wait.max(Some(until.duration_since(api.ctx.now)));
        } else {
            tracing::warn!(connection.id = %api.ctx.connection.id, %problem, "a repository could not be polled");
        }
    }
    deliveries.sort_by_key(|(at, _)| *at);
    Ok(Batch {
        deliveries: deliveries.into_iter().map(|(_, message)| message).collect(),
        cursor: places.write(),
        baseline: first,
        wait,
    })
}

/// The repositories of this poll.
fn in_turn(watch: &[String], turn: u64) -> impl Iterator<Item = &String> {
    let groups = watch.len().div_ceil(AT_ONCE).max(1);
    let group = usize::try_from(turn % groups as u64).unwrap_or(0);
    watch.iter().skip(group).step_by(groups)
}

/// Without a token GitHub answers 60 requests an hour and counts unchanged ones too.
fn anonymous_pause(api: Api<'_>, repositories: usize) -> Option<SignedDuration> {
    let each = i64::try_from(repositories).unwrap_or(1).max(1);
    api.ctx
        .token
        .is_none()
        .then(|| SignedDuration::from_mins(5) * i32::try_from(each).unwrap_or(1))
}

/// Of two problems the one the user or the far side must end.
fn weightier(one: Option<ProviderError>, other: ProviderError) -> ProviderError {
    let weight = |error: &ProviderError| match error {
        ProviderError::Wait { .. } => 3,
        ProviderError::Refused { .. } => 2,
        ProviderError::Misconfigured { .. } => 1,
        ProviderError::Unavailable(_) => 0,
    };
    match one {
        Some(one) if weight(&one) >= weight(&other) => one,
        _ => other,
    }
}
