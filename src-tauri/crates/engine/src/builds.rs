//! `builds`: how a branch, a commit, or everything of the user's own stands: what is stored, and what a forge says where
//! the store cannot know yet.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use perch_core::build::Build;
use perch_core::connection::Connection;
use perch_core::id::{ConnectionId, UserId};
use perch_core::seam::provider::Context;
use perch_store::db::StoreError;
use perch_store::table::events::{self, Touched};
use perch_store::table::runs::{self, Run};

use crate::engine::Engine;
use crate::poll::StagedCache;

/// How long back a branch counts as the user's own.
const RECENT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Happenings looked through for branches.
const LOOKED_AT: u32 = 5_000;

/// Places asked at forges for one answer, at most.
const PLACES: usize = 20;

/// How long all forges together may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The builds with the connections that know them, newest first; those still going on before all others.
    pub builds: Vec<(ConnectionId, Build)>,
    /// Forges that could not be asked, each with why and for what.
    pub unreached: Vec<String>,
}

/// Something to ask a forge about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    connection: ConnectionId,
    repository: String,
    reference: String,
}

impl Engine {
    /// The builds of a branch or commit; of the user's own branches and pull requests where none is named.
    pub async fn builds(
        &self,
        user: &UserId,
        reference: Option<&str>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Found, StoreError> {
        let (stored, places) = match reference {
            Some(reference) => self.of_reference(user, reference, limit, now).await?,
            None => self.of_user(user, now).await?,
        };
        let mut found = self.ask(places, now).await;
        let known: BTreeSet<_> = found.builds.iter().map(|(_, build)| key(build)).collect();
        let stored = stored
            .into_iter()
            .map(|run| (run.connection_id.clone(), as_build(run)));
        found
            .builds
            .extend(stored.filter(|(_, build)| !known.contains(&key(build))));
        found.builds.sort_by_key(|(_, build)| {
            let ended = build.passed.and(build.finished_at);
            (build.passed.is_some(), std::cmp::Reverse(ended))
        });
        found
            .builds
            .truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    /// What is stored about a reference, and where to ask about it.
    async fn of_reference(
        &self,
        user: &UserId,
        reference: &str,
        limit: u32,
        now: Timestamp,
    ) -> Result<(Vec<Run>, BTreeSet<Place>), StoreError> {
        let (of, wanted) = (user.clone(), reference.to_owned());
        let (stored, touched) = self
            .db
            .read(move |db| {
                let stored = runs::list(db, &of, Some(&wanted), limit)?;
                let touched = events::touched(db, &of, Some(&wanted), now - RECENT, LOOKED_AT)?;
                Ok((stored, touched))
            })
            .await?;
        let mut places: BTreeSet<Place> = newest(&touched)
            .into_iter()
            .filter(|one| !is_answered(&stored, one))
            .filter_map(place)
            .collect();
        if stored.is_empty() && touched.is_empty() {
            // Nobody told of it; any repository may know it.
            let setup = self.setup();
            let forges = setup.connections_of(user);
            for connection in forges.filter(|connection| !self.is_local(connection)) {
                places.extend(connection.watch.iter().map(|repository| Place {
                    connection: connection.id.clone(),
                    repository: repository.clone(),
                    reference: reference.to_owned(),
                }));
            }
        }
        Ok((stored, places))
    }

    /// What is stored about the user's own branches and of this machine, and where to ask about them.
    async fn of_user(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<(Vec<Run>, BTreeSet<Place>), StoreError> {
        let setup = self.setup();
        let of = user.clone();
        let touched = self
            .db
            .read(move |db| events::touched(db, &of, None, now - RECENT, LOOKED_AT))
            .await?;
        let connections: HashMap<&ConnectionId, &Connection> = setup
            .connections_of(user)
            .map(|connection| (&connection.id, connection))
            .collect();
        let is_mine = |one: &Touched| {
            let connection = connections.get(&one.connection_id);
            let actor = one.actor.as_deref();
            actor.is_some_and(|actor| connection.is_some_and(|one| one.is_me(actor)))
        };
        let mine: BTreeSet<_> = touched
            .iter()
            .filter(|one| is_mine(one))
            .map(branch_of)
            .collect();
        // The newest commit of a branch counts, whoever pushed it.
        let newest: Vec<Touched> = newest(&touched)
            .into_iter()
            .filter(|one| mine.contains(&branch_of(one)))
            .cloned()
            .collect();
        let here: Vec<ConnectionId> = connections
            .values()
            .filter(|connection| self.is_local(connection))
            .map(|connection| connection.id.clone())
            .collect();
        let (of, branches) = (user.clone(), newest.clone());
        let stored = self
            .db
            .read(move |db| {
                let mut stored = Vec::new();
                for connection in &here {
                    stored.extend(runs::latest_at(db, &of, connection, now - RECENT)?);
                }
                for one in branches {
                    let subject = &one.subject;
                    if here.contains(&one.connection_id) {
                        continue;
                    }
                    if let Some(branch) = &subject.branch {
                        let key = &subject.repository_key;
                        stored.extend(runs::latest_on(db, &of, &one.connection_id, key, branch)?);
                    }
                }
                Ok(stored)
            })
            .await?;
        let places = newest
            .iter()
            .filter(|one| !is_answered(&stored, one))
            .filter_map(place)
            .collect();
        Ok((stored, places))
    }

    fn is_local(&self, connection: &Connection) -> bool {
        self.provider(&connection.provider)
            .is_some_and(|provider| provider.about().local)
    }

    /// Asks the forges; who does not answer in time is named.
    async fn ask(&self, places: BTreeSet<Place>, now: Timestamp) -> Found {
        let mut found = Found::default();
        let left_out = places.len().saturating_sub(PLACES);
        let end = tokio::time::Instant::now() + PATIENCE;
        for place in places.into_iter().take(PLACES) {
            let asked = tokio::time::timeout_at(end, self.ask_one(&place, now)).await;
            let problem = match asked {
                Ok(Ok(builds)) => {
                    let at = &place.connection;
                    found
                        .builds
                        .extend(builds.into_iter().map(|build| (at.clone(), build)));
                    continue;
                }
                Ok(Err(problem)) => problem,
                Err(_) => "no answer in time".into(),
            };
            let Place {
                connection,
                repository,
                ..
            } = place;
            found
                .unreached
                .push(format!("{repository} at {connection}: {problem}"));
        }
        if left_out > 0 {
            found.unreached.push(format!(
                "{left_out} more repositories or branches were not asked; name a branch or commit"
            ));
        }
        found
    }

    async fn ask_one(&self, place: &Place, now: Timestamp) -> Result<Vec<Build>, String> {
        let setup = self.setup();
        let Some(connection) = setup.connection(&place.connection) else {
            return Ok(Vec::new());
        };
        let Some(provider) = self.provider(&connection.provider) else {
            return Ok(Vec::new());
        };
        let token = self.token(&connection.id, now).await?;
        let cache = StagedCache::new(HashMap::new());
        let ctx = Context {
            connection,
            token: token.as_ref(),
            cache: &cache,
            now,
        };
        let builds = provider
            .builds(&ctx, &place.repository, &place.reference)
            .await;
        Ok(builds
            .map_err(|error| error.to_string())?
            .unwrap_or_default())
    }
}

/// What makes two builds one.
fn key(build: &Build) -> (String, String, Option<String>) {
    (
        build.repository.clone(),
        build.job.clone(),
        build.commit.clone(),
    )
}

fn as_build(run: Run) -> Build {
    Build {
        repository: run.repository,
        job: run.job,
        branch: run.branch,
        commit: run.commit,
        passed: Some(run.passed),
        finished_at: Some(run.finished_at),
        url: None,
    }
}

fn branch_of(one: &Touched) -> (ConnectionId, String, Option<String>) {
    (
        one.connection_id.clone(),
        one.subject.repository_key.clone(),
        one.subject.branch.clone(),
    )
}

/// The newest happening of every branch, from happenings of which the newest come first.
fn newest(touched: &[Touched]) -> Vec<&Touched> {
    let mut branches: BTreeMap<_, &Touched> = BTreeMap::new();
    for one in touched {
        branches.entry(branch_of(one)).or_insert(one);
    }
    branches.into_values().collect()
}

/// True when a build of the newest commit is stored.
fn is_answered(stored: &[Run], one: &Touched) -> bool {
    stored.iter().any(|run| {
        run.connection_id == one.connection_id
            && run.repository_key == one.subject.repository_key
            && run.commit == one.subject.commit
    })
}

/// Where to ask about a branch: by its newest commit, which also finds it in a fork.
fn place(one: &Touched) -> Option<Place> {
    Some(Place {
        connection: one.connection_id.clone(),
        repository: one.subject.repository.clone(),
        reference: one.subject.commit.clone().or(one.subject.branch.clone())?,
    })
}
