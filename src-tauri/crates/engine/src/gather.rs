//! `gather`: fetches the facts an analyser asks for, from the store and from the provider, within a budget.

mod around;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use perch_analyse::analyser::Analyser;
use perch_analyse::ticket;
use perch_core::connection::Connection;
use perch_core::event::{Event, EventRow};
use perch_core::facts::{Facts, Log, Missing, Want};
use perch_core::patch::Base;
use perch_core::seam::provider::{Budget, Context, ProviderError};
use perch_store::db::StoreError;
use perch_store::spool;
use perch_store::table::{connections, events, runs, schemas};

use crate::engine::Engine;
use crate::intake::run_id;
use crate::poll::StagedCache;

/// How often an analyser may ask for more on the grounds of what came.
const ROUNDS: usize = 4;

/// Passing logs to compare with, at most.
const PASSING_LOGS: usize = 3;

/// Stored issues compared with, at most.
const STORED_ISSUES: u32 = 1_000;
/// Earlier runs to judge by, at most.
const EARLIER: u32 = 40;

/// Why facts could not be gathered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatherError {
    /// The provider could not be asked.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Everything `analyser` wants to know about an event.
    pub(crate) async fn gather(
        &self,
        connection: &Connection,
        row: &EventRow,
        analyser: &dyn Analyser,
        now: Timestamp,
    ) -> Result<Facts, GatherError> {
        let budget = Budget::default();
        let mut facts = Facts {
            base: recorded_base(row),
            ..Facts::default()
        };
        for _ in 0..ROUNDS {
            let wanted: BTreeSet<Want> = analyser
                .wants(&row.event, &facts)
                .into_iter()
                .filter(|want| !facts.answered.contains(want))
                .collect();
            if wanted.is_empty() {
                break;
            }
            self.gather_stored(row, &wanted, budget, &mut facts).await?;
            self.gather_around(row, &wanted, now, &mut facts).await?;
            if wanted.contains(&Want::Schema) {
                self.gather_schema(row, &mut facts).await?;
            }
            let rest: Vec<Want> = wanted
                .iter()
                .filter(|want| !facts.answered.contains(want))
                .cloned()
                .collect();
            if !rest.is_empty() {
                self.consult(connection, &row.event, &rest, now, &mut facts)
                    .await?;
            }
            if wanted.contains(&Want::Issues) {
                self.add_stored_issues(row, &mut facts).await?;
            }
            facts.answered.extend(wanted);
        }
        self.add_attempts(row, &mut facts).await?;
        Ok(facts)
    }

    /// Has the provider of `connection` answer `wants` for `event`.
    pub(crate) async fn consult(
        &self,
        connection: &Connection,
        event: &Event,
        wants: &[Want],
        now: Timestamp,
        facts: &mut Facts,
    ) -> Result<(), GatherError> {
        let Some(provider) = self.provider(&connection.provider) else {
            return Ok(());
        };
        let id = connection.id.clone();
        let known = self
            .db
            .read(move |db| connections::validators(db, &id))
            .await?;
        let cache = StagedCache::new(known);
        let token = self
            .token(&connection.id, now)
            .await
            .map_err(ProviderError::Unavailable)?;
        let ctx = Context {
            connection,
            token: token.as_ref(),
            cache: &cache,
            now,
        };
        provider
            .gather(&ctx, event, wants, Budget::default(), facts)
            .await?;
        Ok(())
    }

    /// Issues the store heard of and the provider did not list: older ones, or all where it could not be asked.
    async fn add_stored_issues(&self, row: &EventRow, facts: &mut Facts) -> Result<(), StoreError> {
        let (user, key) = (
            row.user_id.clone(),
            row.event.subject.repository_key.clone(),
        );
        let opened = self
            .db
            .read(move |db| events::issues_opened(db, &user, &key, STORED_ISSUES))
            .await?;
        let own = row.event.subject.number;
        for row in &opened {
            let issue = ticket::of(&row.event, &Facts::default());
            let known = facts
                .issues
                .iter()
                .any(|known| known.number == issue.number);
            if !known && Some(issue.number) != own {
                facts.issues.push(issue);
            }
        }
        Ok(())
    }

    /// Adds earlier attempts on the same commit to the history: forges list only the last attempt of a run.
    async fn add_attempts(&self, row: &EventRow, facts: &mut Facts) -> Result<(), StoreError> {
        if !facts.answered.contains(&Want::History) {
            return Ok(());
        }
        let id = run_id(&row.event);
        let attempts = self
            .db
            .read(move |db| match runs::get(db, &id)? {
                Some(run) => runs::on_its_commit(db, &run),
                None => Ok(Vec::new()),
            })
            .await?;
        for attempt in attempts.iter().map(runs::Run::as_fact) {
            let known = facts
                .history
                .iter()
                .any(|run| run.commit == attempt.commit && run.finished_at == attempt.finished_at);
            if !known {
                facts.history.push(attempt);
            }
        }
        facts
            .history
            .sort_by_key(|run| std::cmp::Reverse(run.finished_at));
        Ok(())
    }

    /// The schema of the event's database, as it was read last.
    async fn gather_schema(&self, row: &EventRow, facts: &mut Facts) -> Result<(), StoreError> {
        facts.answered.insert(Want::Schema);
        let place = row.event.data["place"].as_str().unwrap_or_default();
        let (user, place) = (row.user_id.clone(), place.to_owned());
        let schema = self
            .db
            .read(move |db| schemas::schema(db, &user, &place))
            .await?;
        match schema {
            Some(schema) => facts.schema = Some(Arc::new(schema)),
            None => facts.missing.push(Missing {
                want: Want::Schema,
                reason: "the database was not read since".into(),
            }),
        }
        Ok(())
    }

    /// Logs and history of local runs, which only the store has.
    async fn gather_stored(
        &self,
        row: &EventRow,
        wanted: &BTreeSet<Want>,
        budget: Budget,
        facts: &mut Facts,
    ) -> Result<(), StoreError> {
        let id = run_id(&row.event);
        let found = self
            .db
            .read(move |db| {
                let Some(run) = runs::get(db, &id)?.filter(|run| run.log.is_some()) else {
                    return Ok(None);
                };
                let earlier = runs::earlier(db, &run, EARLIER)?;
                Ok(Some((run, earlier)))
            })
            .await?;
        let Some((run, earlier)) = found else {
            return Ok(());
        };
        if wanted.contains(&Want::History) {
            facts.history = earlier.iter().map(runs::Run::as_fact).collect();
            facts.answered.insert(Want::History);
        }
        for want in [Want::FailingLog, Want::Log] {
            if !wanted.contains(&want) {
                continue;
            }
            facts.answered.insert(want.clone());
            match self.stored_log(&run, budget.log_bytes).await {
                Ok(log) if want == Want::FailingLog => facts.failing_log = Some(log),
                Ok(log) => facts.log = Some(log),
                Err(reason) => facts.missing.push(Missing { want, reason }),
            }
        }
        if wanted.contains(&Want::PassingLogs) {
            facts.answered.insert(Want::PassingLogs);
            for passed in earlier
                .iter()
                .filter(|run| run.passed && run.log.is_some())
                .take(PASSING_LOGS)
            {
                match self.stored_log(passed, budget.log_bytes).await {
                    Ok(log) => facts.passing_logs.push(log),
                    Err(reason) => facts.missing.push(Missing {
                        want: Want::PassingLogs,
                        reason,
                    }),
                }
            }
        }
        Ok(())
    }

    pub(crate) async fn stored_log(&self, run: &runs::Run, limit: usize) -> Result<Log, String> {
        let file = PathBuf::from(run.log.clone().unwrap_or_default());
        let read = tokio::task::spawn_blocking(move || spool::read_log_end(&file, limit)).await;
        match read {
            Ok(Ok((bytes, first_line))) => Ok(Log {
                name: run.job.clone(),
                bytes,
                first_line,
                url: None,
            }),
            Ok(Err(error)) => Err(format!("its log cannot be read: {error}")),
            Err(error) => Err(format!("its log cannot be read: {error}")),
        }
    }
}

/// The tree a local run was recorded on.
fn recorded_base(row: &EventRow) -> Option<Base> {
    serde_json::from_value(row.event.data.get("base")?.clone()).ok()
}
