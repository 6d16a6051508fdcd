//! `step`: one round of the road for one user, from what is due to what is shown.
//!
//! Every intermediate result is a row or can be made again, so a round cut off anywhere is simply begun anew.

use jiff::{SignedDuration, Timestamp};
use perch_analyse::analyser::{Analyser, Look};
use perch_core::action::Step;
use perch_core::change::Change;
use perch_core::connection::Connection as Watched;
use perch_core::draft::{Brief, Sent};
use perch_core::event::{EventRow, EventState};
use perch_core::event_type::EventType;
use perch_core::facts::Facts;
use perch_core::filter::Filters;
use perch_core::finding::Finding;
use perch_core::id::{AgentRunId, SuggestionId, UserId};
use perch_core::preferences::Preferences;
use perch_core::seam::model::ModelChoice;
use perch_core::suggestion::{Suggestion, SuggestionState};
use perch_core::verdict::Verdict;
use perch_store::db::{Connection, StoreError};
use perch_store::table::agent_runs::{self, AgentRun};
use perch_store::table::notifications::{self, Notification};
use perch_store::table::opened::Opened;
use perch_store::table::writings::{self, Writing};
use perch_store::table::{actions, events, runs, suggestions, users};

use crate::analyse::analyser_of;
use crate::brief::brief;
use crate::compose::{self, Material, compose};
use crate::elsewhere;
use crate::engine::Engine;
use crate::follow::turned_red;
use crate::gate::{Gate, gate};
use crate::gather::GatherError;
use crate::intake::run_id;
use crate::past::paths;
use crate::rank::{self, Rank, Surroundings, rank};

/// Events brought along in one round.
const GROUP: u32 = 32;

/// After this many failed attempts an event is given up, with the error as its verdict.
const ATTEMPTS: u32 = 5;

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Deliveries that came by polling or from the spool.
    pub deliveries: usize,
    /// Events that are new.
    pub events: usize,
    /// Events that were brought to their end.
    pub decided: usize,
    /// Notices shown.
    pub shown: usize,
}

/// Where the road ended for one event.
enum End {
    Silent(Verdict),
    Suggested(Box<Made>),
    /// The user paused; nothing failed.
    Wait {
        until: Timestamp,
    },
    /// An attempt failed; with a verdict it was the last.
    Later {
        until: Timestamp,
        verdict: Option<Verdict>,
        problem: String,
    },
}

/// What the user wants of events and of what is found in them.
#[derive(Clone, Copy)]
struct Wishes<'a> {
    preferences: &'a Preferences,
    filters: &'a Filters,
}

/// A suggestion ready to be stored.
struct Made {
    run: AgentRun,
    rank: Rank,
    notices: Vec<Notification>,
    /// What a model is to write.
    writing: Option<Writing>,
    verdicts: Vec<Verdict>,
}

impl Engine {
    /// Polls what is due and brings everything that waits as far as it goes.
    pub async fn step(&self, user: &UserId, now: Timestamp) -> Result<Progress, StoreError> {
        let mut progress = Progress::default();
        for connection in self.due_polls(user, now).await? {
            progress.deliveries += self.poll(&connection, now).await?;
        }
        let rest = self.step_road(user, now).await?;
        Ok(Progress {
            deliveries: progress.deliveries + rest.deliveries,
            ..rest
        })
    }

    /// Polls those due connections that `chosen` picks.
    pub async fn poll_where(
        &self,
        user: &UserId,
        now: Timestamp,
        chosen: impl Fn(&Watched) -> bool,
    ) -> Result<usize, StoreError> {
        let mut deliveries = 0;
        for connection in self.due_polls(user, now).await? {
            if chosen(&connection) {
                deliveries += self.poll(&connection, now).await?;
            }
        }
        Ok(deliveries)
    }

    /// The same without polling.
    pub async fn step_road(&self, user: &UserId, now: Timestamp) -> Result<Progress, StoreError> {
        let meter = &self.meter;
        let mut progress = Progress {
            deliveries: meter.note("spool", self.take_up_spool(now).await, now)?,
            ..Progress::default()
        };
        progress.deliveries += meter.note("observe", self.step_observe(user, now).await, now)?;
        progress.deliveries += meter.note("observe", self.judge_series(user, now).await, now)?;
        progress.events = meter.note("intake", self.intake(user, now).await, now)?;
        self.wake_snoozed(user, now).await?;
        progress.decided = meter.note("process", self.process(user, now).await, now)?;
        progress.shown = meter.note("notify", self.step_notify(user, now).await, now)?;
        self.resume_actions(user, now).await?;
        self.look_after(user, now).await?;
        Ok(progress)
    }

    async fn wake_snoozed(&self, user: &UserId, now: Timestamp) -> Result<(), StoreError> {
        let of = user.clone();
        let awake = self
            .db
            .read(move |db| suggestions::awake(db, &of, now))
            .await?;
        for id in awake {
            self.db
                .write(move |db| suggestions::set_state(db, id, SuggestionState::Open, None, now))
                .await?;
            self.announce(Change::Suggestion {
                user: user.clone(),
                id,
            });
        }
        Ok(())
    }

    async fn process(&self, user: &UserId, now: Timestamp) -> Result<usize, StoreError> {
        let mut decided = 0;
        loop {
            let of = user.clone();
            let waiting = self
                .db
                .read(move |db| events::waiting(db, &of, now, GROUP))
                .await?;
            if waiting.is_empty() {
                return Ok(decided);
            }
            let _working = self.begin_work();
            let preferences = self.preferences(user).await?;
            let filters = Filters::new(&preferences.filters, &preferences.mutes);
            for mut row in waiting {
                self.give_way().await;
                self.overtake(&row, now).await?;
                let opened = self.follow(&row, now).await?;
                if let Some(opened) = &opened {
                    // Not every build names its pull request.
                    row.event.subject.number = Some(opened.number);
                }
                let end = self
                    .bring_along(&row, opened.as_ref(), &preferences, &filters, now)
                    .await?;
                if let End::Later { problem, .. } = &end {
                    self.meter.failed("process", problem, now);
                }
                decided += usize::from(!matches!(end, End::Later { .. } | End::Wait { .. }));
                self.store_end(row, end, now).await?;
            }
        }
    }

    /// One event from the gate to the ranking.
    async fn bring_along(
        &self,
        row: &EventRow,
        opened: Option<&Opened>,
        preferences: &Preferences,
        filters: &Filters,
        now: Timestamp,
    ) -> Result<End, StoreError> {
        let setup = self.setup();
        let connection = setup.connection(&row.connection_id);
        let analyser = analyser_of(row.event.event_type);
        let passed = match gate(
            row,
            connection,
            preferences,
            filters,
            analyser.is_some(),
            now,
        ) {
            Gate::Silent(verdict) => return Ok(End::Silent(verdict)),
            Gate::Wait { until } => return Ok(End::Wait { until }),
            Gate::Pass(verdict) => verdict,
        };
        let (Some(connection), Some(analyser)) = (connection, analyser) else {
            return Ok(End::Silent(passed));
        };
        // Asking a far side that does not answer would only use up the event's attempts.
        if let Some(until) = self.left_alone_until(connection, now).await? {
            return Ok(End::Wait { until });
        }
        let home = self.home(row, connection, now).await?;
        let (row, connection) = match &home {
            Some(home) => (&home.row, &home.connection),
            None => (row, connection),
        };
        let facts = match self.gather(connection, row, analyser, now).await {
            Ok(facts) => facts,
            Err(GatherError::Store(error)) => return Err(error),
            Err(GatherError::Provider(error)) => return Ok(later(row, &error.to_string(), now)),
        };
        let Some(finding) = look(analyser, row, facts.clone()).await else {
            return Ok(later(
                row,
                "the analyser stopped with a fault of its own",
                now,
            ));
        };
        let finding = match finding {
            Look::Nothing(reason) => return Ok(End::Silent(Verdict::silent("analyse", reason))),
            Look::Found(finding) => *finding,
        };
        let finding = match opened {
            Some(opened) if row.event.event_type == EventType::BUILD_FAILED => {
                turned_red(finding, row, opened)
            }
            _ => finding,
        };
        let wishes = Wishes {
            preferences,
            filters,
        };
        self.finish_suggestion(row, connection, wishes, &facts, &finding, passed, now)
            .await
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the values of all steps before come together here"
    )]
    async fn finish_suggestion(
        &self,
        row: &EventRow,
        connection: &Watched,
        wishes: Wishes<'_>,
        facts: &Facts,
        finding: &Finding,
        passed: Verdict,
        now: Timestamp,
    ) -> Result<End, StoreError> {
        let run = self.built_in_run(row, finding, now).await?;
        let setup = self.setup();
        let (acting, acts_at, base) = elsewhere::acting(row, connection, finding, &setup);
        let provider = self.provider(&acts_at.provider);
        let publisher = provider.and_then(|provider| provider.publisher());
        let knows = |step: &Step| publisher.is_some_and(|publisher| publisher.knows(step));
        let can_undo = |step: &Step| publisher.is_none_or(|publisher| publisher.can_undo(step));
        let material = Material {
            event: &acting,
            base: base.or(facts.base.as_ref()),
            local: provider.is_some_and(|provider| provider.about().local),
            knows: &knows,
            can_undo: &can_undo,
            is_user: &|name| connection.is_me(name),
            run_id: run.id,
            now,
        };
        let suggestion = match compose(finding, &material) {
            Ok(suggestion) => Suggestion {
                merge_key: compose::merge_key(row),
                ..suggestion
            },
            Err(reason) => return Ok(End::Silent(Verdict::silent("compose", reason))),
        };
        let Wishes {
            preferences,
            filters,
        } = wishes;
        let past = self.past(&suggestion, now).await?;
        let paths = paths(facts, finding);
        let around = Surroundings {
            event: row,
            connection,
            preferences,
            filters,
            confidence: finding.confidence,
            paths: &paths,
            standing: past.standing.as_ref(),
            told: &past.told,
            alike: past.alike,
            answers: &past.answers,
            hindsight: past.hindsight.as_ref(),
            now,
        };
        let analysed = Verdict::new(
            "analyse",
            "found",
            format!(
                "{} found `{}`: {}",
                finding.analyser, finding.rule, finding.title
            ),
        );
        let rank = rank(suggestion, &around);
        let notices = match &rank {
            Rank::Make {
                suggestion,
                toast_at: Some(due_at),
                ..
            } => self
                .notifiers
                .iter()
                .map(|notifier| Notification {
                    id: rank::notification_id(suggestion, notifier.id()),
                    user_id: row.user_id.clone(),
                    suggestion_id: suggestion.id,
                    notifier: notifier.id().into(),
                    notice: rank::notice(suggestion, preferences),
                    state: "waiting".into(),
                    due_at: *due_at,
                    shown_at: None,
                    detail: None,
                })
                .collect(),
            _ => Vec::new(),
        };
        let mut run = run;
        let mut writing = None;
        if let Rank::Make { suggestion, .. } = &rank {
            run.generated_content.clone_from(&suggestion.body);
            run.suggestion_id = Some(suggestion.id);
            let brief = self.brief_for_models(row, facts, finding);
            writing = brief.map(|brief| Writing {
                suggestion_id: suggestion.id,
                user_id: row.user_id.clone(),
                run_id: run.id,
                brief,
                instruction: None,
                attempts: 0,
                waits: true,
            });
        }
        Ok(End::Suggested(Box::new(Made {
            run,
            rank,
            notices,
            writing,
            verdicts: vec![passed, analysed],
        })))
    }

    /// The agent run of this version, in Perch's own words.
    async fn built_in_run(
        &self,
        row: &EventRow,
        finding: &Finding,
        now: Timestamp,
    ) -> Result<AgentRun, StoreError> {
        let (user, event_id) = (row.user_id.clone(), row.id);
        let (number, vibe) = self
            .db
            .read(move |db| Ok((agent_runs::count(db, event_id)?, users::vibe(db, &user)?)))
            .await?;
        Ok(AgentRun {
            id: AgentRunId::new(now, &[&row.id.to_string(), &number.to_string()]),
            user_id: row.user_id.clone(),
            created_at: now,
            trigger: "event".into(),
            trigger_data: row.event.dedup_key.clone(),
            assembled_prompt: String::new(),
            selected_atoms: "[]".into(),
            vibe_config_snapshot: serde_json::to_string(&vibe).unwrap_or_default(),
            agent_type: finding.analyser.clone(),
            model_used: "built-in".into(),
            generated_content: String::new(),
            tokens_used: 0,
            latency_ms: 0,
            cost_usd: 0.0,
            event_id: row.id,
            suggestion_id: None,
            sent: Sent::default(),
        })
    }

    /// What a model is to be told of this suggestion, if one is set and may be asked.
    fn brief_for_models(&self, row: &EventRow, facts: &Facts, finding: &Finding) -> Option<Brief> {
        let setup = self.setup();
        let may_be_asked =
            |choice: &ModelChoice| choice.enabled && setup.policy.forbids(choice).is_none();
        let asked = setup.models.iter().any(may_be_asked);
        asked.then(|| brief(row, facts, finding, &setup.policy.secret_files()))
    }

    /// Stores where the road ended for an event, in one commit.
    async fn store_end(&self, row: EventRow, end: End, now: Timestamp) -> Result<(), StoreError> {
        let user = row.user_id.clone();
        let made = match end {
            End::Silent(verdict) => {
                self.db
                    .write(move |db| events::decide(db, row.id, EventState::Silent, &verdict))
                    .await?;
                self.announce(Change::Events { user });
                return Ok(());
            }
            End::Wait { until } => {
                return self
                    .db
                    .write(move |db| events::wait(db, row.id, until))
                    .await;
            }
            End::Later { until, verdict, .. } => {
                return self
                    .db
                    .write(move |db| {
                        events::postpone(db, row.id, until)?;
                        match verdict {
                            Some(verdict) => {
                                events::decide(db, row.id, EventState::Failed, &verdict)
                            }
                            None => Ok(()),
                        }
                    })
                    .await;
            }
            End::Suggested(made) => made,
        };
        let suggestion = match &made.rank {
            Rank::Make { suggestion, .. } => Some(suggestion.id),
            Rank::Silent(_) => None,
        };
        self.db
            .write(move |db| store_made(db, &row, *made, now))
            .await?;
        if let Some(id) = suggestion {
            self.announce(Change::Suggestion {
                user: user.clone(),
                id,
            });
        }
        self.announce(Change::Events { user });
        Ok(())
    }

    /// Takes suggestions that this event makes pointless out of the inbox and their toasts off the screen.
    async fn overtake(&self, row: &EventRow, now: Timestamp) -> Result<(), StoreError> {
        let user = row.user_id.clone();
        let subject = row.event.subject.clone();
        let overtaken = match row.event.event_type {
            EventType::BUILD_COMPLETED => {
                let merge_key = compose::failed_build_key(row);
                self.db
                    .read(move |db| suggestions::standing(db, &user, &merge_key))
                    .await?
                    .into_iter()
                    .collect()
            }
            EventType::PR_MERGED | EventType::PR_CLOSED | EventType::ISSUE_CLOSED => {
                let pull = subject
                    .number
                    .filter(|_| row.event.event_type != EventType::ISSUE_CLOSED);
                let (repository, key) = (subject.repository_key, subject.key);
                self.db
                    .read(move |db| suggestions::about(db, &user, &repository, &key, pull))
                    .await?
            }
            _ => Vec::new(),
        };
        for suggestion in overtaken
            .into_iter()
            .filter(|one| one.created_at <= now && one.event_id != row.id)
        {
            self.withdraw(&row.user_id, suggestion.id, now).await?;
        }
        Ok(())
    }

    /// Takes a suggestion that has become pointless out of the inbox and its toast off the screen.
    pub(crate) async fn withdraw(
        &self,
        user: &UserId,
        id: SuggestionId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.db
            .write(move |db| suggestions::set_state(db, id, SuggestionState::Overtaken, None, now))
            .await?;
        self.take_down(id).await;
        self.announce(Change::Suggestion {
            user: user.clone(),
            id,
        });
        Ok(())
    }

    /// Sends an event down the road again, since what its suggestion stood on moved.
    pub async fn refresh(&self, row: &EventRow, now: Timestamp) -> Result<(), StoreError> {
        let id = row.id;
        self.db.write(move |db| events::renew(db, id)).await?;
        self.process(&row.user_id, now).await.map(drop)
    }
}

/// Stores run, suggestion, notices and verdicts; what runs by itself is claimed in the same commit, so that it is
/// carried on whatever happens.
fn store_made(
    db: &Connection,
    row: &EventRow,
    made: Made,
    now: Timestamp,
) -> Result<(), StoreError> {
    for earlier in &made.verdicts {
        events::decide(db, row.id, EventState::Passed, earlier)?;
    }
    let (suggestion, by_itself, verdict) = match made.rank {
        Rank::Silent(verdict) => return events::decide(db, row.id, EventState::Silent, &verdict),
        Rank::Make {
            suggestion,
            by_itself,
            verdict,
            ..
        } => (suggestion, by_itself, verdict),
    };
    agent_runs::insert(db, &made.run)?;
    suggestions::put(db, &suggestion)?;
    if let Some(writing) = &made.writing {
        writings::put(db, writing, now)?;
    }
    for notice in &made.notices {
        notifications::insert(db, notice)?;
    }
    events::decide(db, row.id, EventState::Suggested, &verdict)?;
    events::suggested(db, row.id, made.run.id)?;
    if let Some((action, reason)) = &by_itself
        && actions::claim(db, action, now)?
    {
        suggestions::set_state(db, suggestion.id, SuggestionState::Accepted, None, now)?;
        let verdict = Verdict::new("accept", "by itself", reason.as_str());
        events::decide(db, row.id, EventState::Suggested, &verdict)?;
    }
    if row.event.event_type == EventType::BUILD_FAILED {
        runs::set_rule(db, &run_id(&row.event), &suggestion.rule)?;
    }
    Ok(())
}

/// Analysers are pure and may take their time on a large log, so they run away from the async threads.
pub(crate) async fn look(
    analyser: &'static dyn Analyser,
    row: &EventRow,
    facts: Facts,
) -> Option<Look> {
    let event = row.event.clone();
    tokio::task::spawn_blocking(move || analyser.look(&event, &facts))
        .await
        .ok()
}

/// The event is tried again, each time after a longer pause, and given up in the end.
fn later(row: &EventRow, problem: &str, now: Timestamp) -> End {
    let attempts = row.attempts + 1;
    let until = now + SignedDuration::from_secs(30 << attempts.min(8));
    let verdict = (attempts >= ATTEMPTS).then(|| {
        Verdict::new(
            "gather",
            "failed",
            format!("given up after {attempts} attempts: {problem}"),
        )
    });
    End::Later {
        until,
        verdict,
        problem: problem.to_owned(),
    }
}
