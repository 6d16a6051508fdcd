//! One poll of everything a connection watches, repository by repository: whose turn it is, what a repository that
//! fails does to the others, and what the cursor keeps. How one repository is looked at is the provider's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use perch_core::connection::{Hurdle, Standing};
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

/// Requests of first looks after which no other is begun in one poll.
const FIRST_LOOKS: i64 = 400;

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
pub(crate) struct Purse {
    left: AtomicI64,
    /// True where what was begun is finished at any price.
    finishes: bool,
}

impl Purse {
    /// For repositories that are known.
    fn of_sweeps() -> Self {
        Self {
            left: AtomicI64::new(SWEEP),
            finishes: false,
        }
    }

    /// For first looks. One that is cut short would leave what it did not see to be taken for news by the next.
    fn of_first_looks() -> Self {
        Self {
            left: AtomicI64::new(FIRST_LOOKS),
            finishes: true,
        }
    }

    /// Takes one, unless none is left.
    pub(crate) fn spend(&self) -> bool {
        self.left.fetch_sub(1, Ordering::Relaxed) > 0 || self.finishes
    }

    fn is_empty(&self) -> bool {
        self.left.load(Ordering::Relaxed) <= 0
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

    /// What the place of the repository `name` says stands in the way of watching it as it is written in `watch`.
    fn hurdle(&self, _name: &str, _place: &Self::Place) -> Option<Hurdle> {
        None
    }
}

/// A repository that is called otherwise now: it is still found, but not by every way.
pub(crate) fn moved(name: &str, now: &str) -> Option<Hurdle> {
    (!now.is_empty() && !now.eq_ignore_ascii_case(name)).then(|| Hurdle {
        about: name.to_owned(),
        problem: format!("`{name}` is now `{now}`"),
        next_step: format!("write `{now}` in `watch`, or its webhooks are passed over"),
    })
}

/// A repository in which nothing happens any more.
pub(crate) fn archived(name: &str, is_archived: bool) -> Option<Hurdle> {
    is_archived.then(|| Hurdle {
        about: name.to_owned(),
        problem: format!("`{name}` is archived, so nothing happens there any more"),
        next_step: "take it out of `watch`, or unarchive it".into(),
    })
}

/// How long a repository is left alone that cannot be watched: twice as long each time, up to half an hour.
fn rest(failures: u32) -> SignedDuration {
    let minutes = 1_i64 << failures.saturating_sub(1).min(5);
    SignedDuration::from_mins(minutes.min(30))
}

/// One poll of everything the connection watches, waiting at least `pause` before the next.
pub(crate) async fn poll<L: Look>(
    look: &L,
    ctx: &Context<'_>,
    cursor: Option<&Cursor>,
    turn: u64,
    pause: Option<SignedDuration>,
) -> Result<Batch, ProviderError> {
    let mut places: Places<L::Place> = Places::read(cursor);
    let watch = &ctx.connection.watch;
    places.keep_only(watch);
    // What was there before watching began is told once, by the first look at everything.
    let first = !places.begun;
    let (sweeps, first_looks) = (Purse::of_sweeps(), Purse::of_first_looks());
    let mut deliveries = Vec::new();
    let mut wait = pause;
    let mut answered = false;
    let mut failed: BTreeSet<String> = BTreeSet::new();
    let mut problem: Option<ProviderError> = None;
    let mut mine: Vec<&String> = in_turn(watch, turn)
        .filter(|name| !places.rests(name, ctx.now))
        .collect();
    if mine.is_empty() {
        // Then the connection as a whole waits, by its own clock.
        mine = in_turn(watch, turn).collect();
    }
    'groups: for group in mine.chunks(SIDE_BY_SIDE) {
        let mut group: Vec<&str> = group.iter().map(|name| name.as_str()).collect();
        if first_looks.is_empty() {
            group.retain(|name| places.get(name).is_some());
        }
        let looks = group.iter().map(|name| {
            let place = places.get(name);
            let purse = place.map_or(&first_looks, |_| &sweeps);
            look.look(name, place, turn, purse)
        });
        for (name, result) in group.iter().zip(join_all(looks).await) {
            match result {
                Ok(brought) => {
                    answered = true;
                    let known = places.get(name).is_some();
                    for (url, validators) in brought.validators {
                        ctx.cache.put(&url, validators);
                    }
                    if known || first {
                        deliveries.extend(brought.deliveries);
                    }
                    wait = wait.max(brought.wait);
                    places.put(name, brought.place);
                }
                Err(error) => {
                    let stop = matches!(error, ProviderError::Wait { .. });
                    places.note_failure(name, &error, ctx.now);
                    failed.insert((*name).to_owned());
                    problem = Some(weightier(problem, error));
                    if stop {
                        break 'groups;
                    }
                }
            }
        }
    }
    if let Some(problem) = problem {
        // A repository that fails does not hold up the others: what they brought is kept.
        if !answered {
            return Err(problem);
        }
        if let ProviderError::Wait { until, .. } = problem {
            wait = wait.max(Some(until.duration_since(ctx.now)));
        } else {
            tracing::debug!(connection.id = %ctx.connection.id, %problem, "a repository could not be polled");
        }
    }
    // One that does not answer does not keep the others from being news.
    places.begun |= watch.iter().all(|name| {
        places.get(name).is_some() || places.resting(name).is_some() || failed.contains(name)
    });
    deliveries.sort_by_key(|(at, _)| *at);
    let hurdles = watch
        .iter()
        .filter_map(|name| match places.resting(name) {
            Some(resting) => Some(resting.hurdle.clone()),
            None => look.hurdle(name, places.get(name)?),
        })
        .collect();
    Ok(Batch {
        deliveries: deliveries.into_iter().map(|(_, message)| message).collect(),
        cursor: places.write(),
        baseline: first,
        begun: first && places.begun,
        wait,
        standing: Standing {
            hurdles,
            ..Standing::default()
        },
        ..Batch::default()
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
    /// True once every repository was looked at for the first time.
    #[serde(default = "yes")]
    begun: bool,
    /// Repositories that cannot be watched, and until when each is left alone.
    #[serde(default)]
    resting: BTreeMap<String, Resting>,
}

/// A cursor that does not tell was written when one poll looked at everything.
fn yes() -> bool {
    true
}

/// A repository that is left alone for a while.
#[derive(Serialize, Deserialize)]
struct Resting {
    until: Timestamp,
    failures: u32,
    hurdle: Hurdle,
}

impl<P: Serialize + DeserializeOwned> Places<P> {
    /// A cursor of another shape is none: the repositories are looked at afresh.
    fn read(cursor: Option<&Cursor>) -> Self {
        cursor
            .and_then(|cursor| Self::deserialize(cursor).ok())
            .unwrap_or(Self {
                repositories: BTreeMap::new(),
                begun: false,
                resting: BTreeMap::new(),
            })
    }

    fn write(&self) -> Cursor {
        serde_json::to_value(self).expect("a cursor holds only texts and numbers")
    }

    fn get(&self, name: &str) -> Option<&P> {
        self.repositories.get(&name.to_ascii_lowercase())
    }

    /// Keeps where a look that succeeded stopped.
    fn put(&mut self, name: &str, place: P) {
        let name = name.to_ascii_lowercase();
        self.resting.remove(&name);
        self.repositories.insert(name, place);
    }

    fn resting(&self, name: &str) -> Option<&Resting> {
        self.resting.get(&name.to_ascii_lowercase())
    }

    fn rests(&self, name: &str, now: Timestamp) -> bool {
        self.resting(name)
            .is_some_and(|resting| now < resting.until)
    }

    /// What only the user can end is asked about ever more rarely; its place is kept.
    fn note_failure(&mut self, name: &str, error: &ProviderError, now: Timestamp) {
        let (ProviderError::Refused { problem, next_step }
        | ProviderError::Misconfigured { problem, next_step }) = error
        else {
            return;
        };
        let failures = 1 + self.resting(name).map_or(0, |resting| resting.failures);
        let resting = Resting {
            until: now + rest(failures),
            failures,
            hurdle: Hurdle {
                about: name.to_owned(),
                problem: problem.clone(),
                next_step: next_step.clone(),
            },
        };
        self.resting.insert(name.to_ascii_lowercase(), resting);
    }

    fn keep_only(&mut self, watch: &[String]) {
        let watched: BTreeSet<String> =
            watch.iter().map(|name| name.to_ascii_lowercase()).collect();
        self.repositories.retain(|name, _| watched.contains(name));
        self.resting.retain(|name, _| watched.contains(name));
    }
}
