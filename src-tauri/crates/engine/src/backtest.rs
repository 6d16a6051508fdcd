//! `backtest`: what Perch would have said of a repository's past, and how often what then happened proved it right.
//!
//! The past of the default branch goes down the road from the gate to the ranking, with the clock of that time and
//! without any effect; builds are judged by what was really said of them. All that is stored is how the rules fared.

mod judge;
mod past;
mod relive;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::event::EventRow;
use perch_core::event_type::EventType;
use perch_core::filter::Filters;
use perch_core::id::{ConnectionId, UserId};
use perch_core::seam::checkout::{History, Survey};
use perch_core::suggestion::Suggestion;
use perch_store::table::events::{self, Named};
use perch_store::table::{notifications, runs, suggestions};

use self::judge::Future;
pub use self::judge::Outcome;
use self::relive::Reliving;
use crate::documents::DocumentError;
use crate::engine::Engine;
use crate::hindsight::{Fared, fared};
use crate::intake::run_id;

/// Which past is looked at.
#[derive(Debug, Clone, Default)]
pub struct BacktestRequest {
    /// The repository: a folder in it, or its name.
    pub repository: Option<String>,
    /// The folder the user is in, when `repository` does not say more.
    pub near: Option<String>,
    /// The tag, branch or commit the past ends with; what is checked out when absent.
    pub to: Option<String>,
    /// How many days before its end.
    pub days: u32,
}

/// Something Perch would have said, or said.
#[derive(Debug, Clone)]
pub struct Saying {
    /// What it would have suggested.
    pub suggestion: Suggestion,
    /// What happened.
    pub event_type: EventType,
    /// When.
    pub at: Timestamp,
    /// True when a toast would have told of it.
    pub toast: bool,
    /// Whether what then happened proved it right.
    pub outcome: Outcome,
}

/// Events of one type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Happened {
    /// How many there were.
    pub events: u32,
    /// How many led to a suggestion.
    pub said: u32,
}

/// What a backtest found.
#[derive(Debug, Clone, Default)]
pub struct Backtest {
    /// The repository's name.
    pub repository: String,
    /// The branch whose past it is.
    pub branch: String,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// How many commits came in.
    pub commits: u32,
    /// What happened, by event type.
    pub happened: BTreeMap<EventType, Happened>,
    /// What was said, oldest first.
    pub said: Vec<Saying>,
    /// Why nothing was said, with how often, the commonest first.
    pub silent: Vec<(String, u32)>,
    /// Rules that start silent in this repository from now on. Empty when the past ends elsewhere than in the present.
    pub silent_rules: Vec<Fared>,
}

impl Engine {
    /// Sends the past of a repository down the road. Where it ends with the present, how each rule fared is remembered
    /// for the ranking.
    pub async fn backtest(
        &self,
        user: &UserId,
        request: BacktestRequest,
        now: Timestamp,
    ) -> Result<Backtest, DocumentError> {
        let place = self
            .place(
                user,
                request.repository.as_deref(),
                request.near.as_deref(),
                true,
            )
            .await?;
        let name = place.name.clone();
        let survey = place.survey.ok_or_else(|| {
            DocumentError::Refused(
                "only a repository that is checked out on this machine can be looked back at; clone it first".into(),
            )
        })?;
        let end = request.to.as_deref().or(survey.head.as_deref());
        let Some(end) = end else {
            return Err(DocumentError::Refused(
                "the repository has no commit yet, so it has no past".into(),
            ));
        };
        let history = self.checkout()?.history(&survey.root, None, end).await?;
        let last = history.commits.first().map_or(now, |commit| commit.at);
        let to = if request.to.is_some() { last } else { now };
        let from = to - SignedDuration::from_hours(24 * i64::from(request.days));
        let branch = survey.branch.clone().unwrap_or_else(|| "main".into());

        let connection = self.connection_of(user, &survey);
        let mut preferences = self.preferences(user).await?;
        // What is asked for is what would be said, so nothing holds it back.
        preferences.auto_suggest = true;
        preferences.paused_until = None;
        let filters = Filters::new(&preferences.filters, &preferences.mutes);
        let mut reliving = Reliving::new(self, &connection, &preferences, &filters);
        for event in past::events(&history, &survey, &branch, from, to) {
            reliving.happens(event).await?;
        }
        let mut report = reliving.told;
        self.add_builds(user, &name, &survey, (from, to), &mut report)
            .await?;
        let future = Future::of(self, &connection, &survey, &history, to);
        future.judge(&mut report.said).await?;
        report.said.sort_by_key(|saying| saying.at);
        report.commits = count(commits_within(&history, from, to));
        report.repository = if name.is_empty() {
            survey.name.clone()
        } else {
            name.clone()
        };
        report.branch = branch;
        report.from = from;
        report.to = to;
        if request.to.is_none() {
            let fared = fared(&report.said, &report.repository, now);
            self.remember(user, (&survey.root, &name), fared).await?;
            let of_here = |one: &Fared| one.repository == report.repository;
            report.silent_rules = self.silent_rules(user, now).await?;
            report.silent_rules.retain(of_here);
        }
        Ok(report)
    }

    /// The connection that watches the folder, or one like it.
    fn connection_of(&self, user: &UserId, survey: &Survey) -> Connection {
        let setup = self.setup();
        let watches = |one: &&Connection| one.watch.contains(&survey.root);
        if let Some(connection) = setup.connections_of(user).find(watches) {
            return connection.clone();
        }
        let local = self
            .providers()
            .iter()
            .find(|one| one.checkout().is_some())
            .map_or("", |one| one.id());
        Connection::new(ConnectionId::new("backtest"), user.clone(), local, "")
    }

    /// What was said of builds that failed within the time, and what became of them.
    async fn add_builds(
        &self,
        user: &UserId,
        name: &str,
        survey: &Survey,
        (from, to): (Timestamp, Timestamp),
        report: &mut Backtest,
    ) -> Result<(), DocumentError> {
        let (user, name, key) = (user.clone(), name.to_owned(), survey.root.clone());
        let builds = self
            .db()
            .read(move |db| {
                let named = Named {
                    name: &name,
                    key: &key,
                };
                let rows = events::between(db, &user, named, from, to)?;
                let mut found = Vec::new();
                for row in rows {
                    if !matches!(
                        row.event.event_type,
                        EventType::BUILD_FAILED | EventType::BUILD_COMPLETED
                    ) {
                        continue;
                    }
                    let suggestion = match suggestions::of_event(db, row.id)? {
                        Some(id) => suggestions::get(db, id)?,
                        None => None,
                    };
                    let toast = match &suggestion {
                        Some(one) => notifications::of(db, one.id)?
                            .iter()
                            .any(|notice| notice.shown_at.is_some()),
                        None => false,
                    };
                    let mended = match runs::get(db, &run_id(&row.event))? {
                        Some(run) => runs::next_passed(db, &run)?.and_then(|run| run.commit),
                        None => None,
                    };
                    found.push((row, suggestion, toast, mended));
                }
                Ok(found)
            })
            .await?;
        for (row, suggestion, toast, mended) in builds {
            let EventRow { event, verdict, .. } = row;
            let tally = report.happened.entry(event.event_type).or_default();
            tally.events += 1;
            match suggestion {
                Some(suggestion) => {
                    tally.said += 1;
                    report.said.push(Saying {
                        suggestion,
                        event_type: event.event_type,
                        at: event.at,
                        toast,
                        outcome: Outcome::Build { mended },
                    });
                }
                None => {
                    if let Some(verdict) = verdict {
                        report.was_silent(verdict.reason);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Backtest {
    fn was_silent(&mut self, reason: String) {
        match self.silent.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => self.silent.push((reason, 1)),
        }
        self.silent
            .sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    }
}

fn commits_within(history: &History, from: Timestamp, to: Timestamp) -> usize {
    let within = |at: Timestamp| at >= from && at <= to;
    history.commits.iter().filter(|one| within(one.at)).count()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
