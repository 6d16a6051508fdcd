//! One poll of everything a connection watches, repository by repository: whose turn it is, what a repository that
//! fails does to the others, and what the cursor keeps. How one repository is looked at is the provider's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use perch_core::delivery::NewDelivery;
use perch_core::seam::http_cache::Validators;
use perch_core::seam::provider::{Batch, Context, Cursor, ProviderError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Repositories asked at the same time.
const SIDE_BY_SIDE: usize = 4;

/// Repositories asked in one poll; of more, every so-manieth takes its turn.
const AT_ONCE: usize = 100;

/// Requests that sweeps may spend in one poll. What is left over is done by the next.
const SWEEP: i64 = 200;

/// What one repository brought.
pub(crate) struct Brought<P> {
    /// Where to go on.
    pub(crate) place: P,
    /// Messages with the moment they are about.
    pub(crate) deliveries: Vec<(Timestamp, NewDelivery)>,
    /// Validators of answers that are used up, by address.
    pub(crate) validators: Vec<(String, Validators)>,
    /// How long the far side wants to be left alone.
    pub(crate) wait: Option<SignedDuration>,
}

impl<P> Brought<P> {
    /// Nothing.
    pub(crate) fn unchanged(place: P) -> Self {
        Self {
            place,
            deliveries: Vec::new(),
            validators: Vec::new(),
            wait: None,
        }
    }
}

/// Requests left for sweeps in this poll.
pub(crate) struct Purse(AtomicI64);

impl Purse {
    /// Takes one, unless none is left.
    pub(crate) fn spend(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) > 0
    }
}

/// How a provider looks at one repository.
#[async_trait]
pub(crate) trait Look: Sync {
    /// Where the polls of one repository stopped.
    type Place: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync;

    /// Looks at the repository `name`, going on from `place`; `turn` counts polls.
    async fn look(
        &self,
        name: &str,
        place: Option<&Self::Place>,
        turn: u64,
        purse: &Purse,
    ) -> Result<Brought<Self::Place>, ProviderError>;
}

/// One poll of everything the connection watches, waiting at least `pause` before the next.
pub(crate) async fn poll<L: Look>(
    look: &L,
    ctx: &Context<'_>,
    cursor: Option<&Cursor>,
    turn: u64,
    pause: Option<SignedDuration>,
) -> Result<Batch, ProviderError> {
    let first = cursor.is_none();
    let mut places: Places<L::Place> = Places::read(cursor);
    let watch = &ctx.connection.watch;
    places.keep_only(watch);
    let purse = Purse(AtomicI64::new(SWEEP));
    let mut deliveries = Vec::new();
    let mut wait = pause;
    let mut progress = false;
    let mut problem: Option<ProviderError> = None;
    let mine: Vec<&String> = in_turn(watch, turn).collect();
    'groups: for group in mine.chunks(SIDE_BY_SIDE) {
        let looks = group
            .iter()
            .map(|name| look.look(name, places.get(name), turn, &purse));
        for (name, result) in group.iter().zip(join_all(looks).await) {
            match result {
                Ok(brought) => {
                    let known = places.get(name).is_some();
                    progress |= places.get(name) != Some(&brought.place);
                    for (url, validators) in brought.validators {
                        ctx.cache.put(&url, validators);
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
            wait = wait.max(Some(until.duration_since(ctx.now)));
        } else {
            tracing::warn!(connection.id = %ctx.connection.id, %problem, "a repository could not be polled");
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

/// The cursor: a place for every watched repository.
#[derive(Serialize, Deserialize)]
struct Places<P> {
    repositories: BTreeMap<String, P>,
}

impl<P: Serialize + DeserializeOwned> Places<P> {
    /// A cursor of another shape is none: the repositories are looked at afresh.
    fn read(cursor: Option<&Cursor>) -> Self {
        cursor
            .and_then(|cursor| Self::deserialize(cursor).ok())
            .unwrap_or(Self {
                repositories: BTreeMap::new(),
            })
    }

    fn write(&self) -> Cursor {
        serde_json::to_value(self).expect("a cursor holds only texts and numbers")
    }

    fn get(&self, name: &str) -> Option<&P> {
        self.repositories.get(&name.to_ascii_lowercase())
    }

    fn put(&mut self, name: &str, place: P) {
        self.repositories.insert(name.to_ascii_lowercase(), place);
    }

    fn keep_only(&mut self, watch: &[String]) {
        let watched: BTreeSet<String> =
            watch.iter().map(|name| name.to_ascii_lowercase()).collect();
        self.repositories.retain(|name, _| watched.contains(name));
    }
}
