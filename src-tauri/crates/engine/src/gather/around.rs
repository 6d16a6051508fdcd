//! What happened around a moment, wherever the user watches: from the store, and for changes from their own providers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use perch_core::event::{Event, EventRow};
use perch_core::event_type::EventType;
use perch_core::facts::{Commit, Facts, FileChange, Missing, Suspect, Want};
use perch_core::id::UserId;
use perch_core::seam::provider::ProviderError;
use perch_core::subject::Subject;
use perch_store::db::StoreError;
use perch_store::table::events;

use super::GatherError;
use crate::engine::Engine;

/// Events of the surroundings at most.
const AROUND: u32 = 500;

/// Events that brought changes, at most.
const CHANGES: u32 = 60;

/// Suspects whose files are looked at, at most: of more those that landed last.
const SUSPECTS: usize = 40;

/// Files of one suspect whose texts are read, at most.
const FILES: usize = 12;

/// What brings changes.
const BRINGS: [EventType; 3] = [
    EventType::PUSH,
    EventType::PR_MERGED,
    EventType::RELEASE_PUBLISHED,
];

impl Engine {
    /// Answers the wants about what happened around.
    pub(super) async fn gather_around(
        &self,
        row: &EventRow,
        wanted: &BTreeSet<Want>,
        now: Timestamp,
        facts: &mut Facts,
    ) -> Result<(), GatherError> {
        for want in wanted {
            match want {
                Want::Around(from, to) => {
                    let rows = self.rows_around(row, &[], *from, *to, AROUND).await?;
                    facts.around = rows.into_iter().map(|row| row.event).collect();
                }
                Want::Suspects(from, to) => {
                    facts.suspects = self.suspects(row, *from, *to, now, facts).await?;
                }
                Want::SuspectFiles(sha) => {
                    if let Err(reason) = self.add_files(&row.user_id, sha, now, facts).await? {
                        facts.missing.push(Missing {
                            want: want.clone(),
                            reason,
                        });
                    }
                }
                _ => continue,
            }
            facts.answered.insert(want.clone());
        }
        Ok(())
    }

    async fn rows_around(
        &self,
        row: &EventRow,
        types: &'static [EventType],
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError> {
        let (user, own) = (row.user_id.clone(), row.id);
        let mut rows = self
            .db
            .read(move |db| events::around(db, &user, types, from, to, limit))
            .await?;
        rows.retain(|one| one.id != own);
        Ok(rows)
    }

    /// The changes that landed between two moments, oldest first, a commit each where they are told apart.
    async fn suspects(
        &self,
        row: &EventRow,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
        facts: &mut Facts,
    ) -> Result<Vec<Suspect>, StoreError> {
        let rows = self.rows_around(row, &BRINGS, from, to, CHANGES).await?;
        let mut found: Vec<Suspect> = Vec::new();
        let mut known = BTreeSet::new();
        // A merge says more than the push that brought it.
        let (merges, others): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .rev()
            .filter(|one| reaches_users(&one.event))
            .partition(|one| one.event.event_type == EventType::PR_MERGED);
        for one in merges.into_iter().chain(others) {
            if found.len() >= SUSPECTS {
                break;
            }
            match self.of_event(&one, now).await {
                Ok(suspects) => found.extend(suspects.into_iter().filter(|suspect| {
                    let place = &suspect.event.subject.repository_key;
                    let sha = suspect.commit.as_ref().map(|commit| commit.sha.clone());
                    sha.is_none_or(|sha| known.insert((place.clone(), sha))) && suspect.at <= to
                })),
                Err(GatherError::Store(error)) => return Err(error),
                Err(GatherError::Provider(error)) => {
                    facts.missing.push(Missing {
                        want: Want::Suspects(from, to),
                        reason: error.to_string(),
                    });
                    found.push(bare(&one));
                }
            }
        }
        found.sort_by_key(|suspect| suspect.at);
        Ok(found)
    }

    /// The suspects of one event: each commit of a push, or the merge or release as a whole.
    async fn of_event(&self, row: &EventRow, now: Timestamp) -> Result<Vec<Suspect>, GatherError> {
        let setup = self.setup();
        let Some(connection) = setup.connection(&row.connection_id) else {
            return Ok(vec![bare(row)]);
        };
        if row.event.event_type == EventType::RELEASE_PUBLISHED {
            return Ok(vec![bare(row)]);
        }
        let local = self
            .provider(&connection.provider)
            .is_some_and(|provider| provider.about().local);
        let mut of_all = Facts::default();
        let wants = [Want::Commits, Want::Diff];
        self.consult(connection, &row.event, &wants, now, &mut of_all)
            .await?;
        if row.event.event_type == EventType::PR_MERGED || of_all.commits.len() <= 1 {
            let mut whole = bare(row);
            whole.commit = whole.commit.or(of_all.commits.pop());
            whole.base = of_all.base.take();
            whole.diff = diff(of_all);
            return Ok(vec![whole]);
        }
        let mut suspects = Vec::new();
        let mut before = row.event.subject.before.clone();
        let commits = std::mem::take(&mut of_all.commits);
        let skipped = commits.len().saturating_sub(SUSPECTS);
        for (number, commit) in commits.into_iter().enumerate() {
            let last = before.replace(commit.sha.clone());
            if number < skipped {
                continue;
            }
            let event = Event {
                subject: Subject {
                    title: commit.subject().to_owned(),
                    commit: Some(commit.sha.clone()),
                    before: last,
                    ..row.event.subject.clone()
                },
                ..row.event.clone()
            };
            let mut own = Facts::default();
            self.consult(connection, &event, &[Want::Diff], now, &mut own)
                .await?;
            suspects.push(Suspect {
                connection: row.connection_id.clone(),
                // What was written here takes effect here; elsewhere it counts when it arrives.
                at: if local {
                    commit.at.min(row.event.at)
                } else {
                    row.event.at
                },
                event,
                commit: Some(commit),
                base: own.base.take(),
                diff: diff(own),
                files: BTreeMap::new(),
            });
        }
        Ok(suspects)
    }

    /// Adds the texts of a suspect's files as they stand after the last change to its branch.
    async fn add_files(
        &self,
        user: &UserId,
        sha: &str,
        now: Timestamp,
        facts: &mut Facts,
    ) -> Result<Result<(), String>, StoreError> {
        let is_it = |one: &Suspect| one.commit.as_ref().is_some_and(|commit| commit.sha == sha);
        let Some(at) = facts.suspects.iter().position(is_it) else {
            return Ok(Err("it is not among the suspects".into()));
        };
        let suspect = &facts.suspects[at];
        let paths: Vec<Want> = suspect
            .diff
            .iter()
            .flatten()
            .map(|change| Want::File(change.path.clone()))
            .collect();
        if paths.is_empty() || paths.len() > FILES {
            return Ok(Err(format!("it changes {} files", paths.len())));
        }
        let place = suspect.event.subject.repository_key.clone();
        let branch = into(&suspect.event).map(str::to_owned);
        // Not the suspects alone: what came after the metric moved is in the branch too.
        let (of, last_known) = (user.clone(), suspect.event.at);
        let later = self
            .db
            .read(move |db| events::around(db, &of, &BRINGS[..2], last_known, now, CHANGES))
            .await?;
        let newest = later
            .into_iter()
            .rev()
            .find(|row| {
                row.event.subject.repository_key == place && into(&row.event) == branch.as_deref()
            })
            .map_or_else(
                || (suspect.connection.clone(), suspect.event.clone()),
                |row| (row.connection_id, row.event),
            );
        let setup = self.setup();
        let Some(connection) = setup.connection(&newest.0) else {
            return Ok(Err("its connection is no longer set up".into()));
        };
        let mut found = Facts::default();
        match self
            .consult(connection, &newest.1, &paths, now, &mut found)
            .await
        {
            Ok(()) => {}
            Err(GatherError::Store(error)) => return Err(error),
            Err(GatherError::Provider(ProviderError::Misconfigured { problem, .. })) => {
                return Ok(Err(problem));
            }
            Err(GatherError::Provider(error)) => return Ok(Err(error.to_string())),
        }
        let suspect = &mut facts.suspects[at];
        suspect.base = found.base.or(suspect.base.take());
        suspect.files = found.files;
        Ok(Ok(()))
    }
}

/// The branch a change landed on.
fn into(event: &Event) -> Option<&str> {
    let subject = &event.subject;
    if event.event_type == EventType::PR_MERGED {
        subject.base_branch.as_deref()
    } else {
        subject.branch.as_deref()
    }
}

/// True for what may be running somewhere: not for work on a branch.
fn reaches_users(event: &Event) -> bool {
    let subject = &event.subject;
    event.event_type != EventType::PUSH
        || subject.on_default_branch
        || subject.base_branch.is_none()
}

/// The files that were answered.
fn diff(facts: Facts) -> Option<Vec<FileChange>> {
    let missing = facts.missing.iter().any(|one| one.want == Want::Diff);
    (!missing).then_some(facts.diff)
}

/// What the event alone tells.
fn bare(row: &EventRow) -> Suspect {
    let subject = &row.event.subject;
    Suspect {
        connection: row.connection_id.clone(),
        at: row.event.at,
        commit: subject.commit.clone().map(|sha| Commit {
            sha,
            message: subject.title.clone(),
            author: row.event.actor.clone().unwrap_or_default(),
            at: row.event.at,
        }),
        event: row.event.clone(),
        diff: None,
        base: None,
        files: BTreeMap::new(),
    }
}
