//! One event after another from the gate to the ranking, by the clock of its time, remembering what was said.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use perch_analyse::analyser::Look;
use perch_core::connection::Connection;
use perch_core::event::{Event, EventRow, EventState};
use perch_core::event_type::EventType;
use perch_core::filter::Filters;
use perch_core::id::{AgentRunId, EventId};
use perch_core::preferences::Preferences;
use perch_core::suggestion::Suggestion;
use perch_store::table::notifications::Told;

use super::{Backtest, Outcome, Saying};
use crate::analyse::analyser_of;
use crate::compose::{Material, compose};
use crate::documents::DocumentError;
use crate::engine::Engine;
use crate::gate::{Gate, gate};
use crate::past::paths;
use crate::rank::{Rank, Surroundings, rank};
use crate::step::look;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A past that is lived through again.
pub(super) struct Reliving<'a> {
    engine: &'a Engine,
    connection: &'a Connection,
    preferences: &'a Preferences,
    filters: &'a Filters,
    standing: HashMap<String, Suggestion>,
    toasts: Vec<Told>,
    /// What was told so far.
    pub(super) told: Backtest,
}

impl<'a> Reliving<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        connection: &'a Connection,
        preferences: &'a Preferences,
        filters: &'a Filters,
    ) -> Self {
        Self {
            engine,
            connection,
            preferences,
            filters,
            standing: HashMap::new(),
            toasts: Vec::new(),
            told: Backtest::default(),
        }
    }

    /// Brings `event` as far as it would have come.
    pub(super) async fn happens(&mut self, event: Event) -> Result<(), DocumentError> {
        if matches!(event.event_type, EventType::PR_MERGED) {
            let about = &event.subject.key;
            self.standing.retain(|_, one| one.subject.key != *about);
        }
        let now = event.at;
        let event_type = event.event_type;
        self.told.happened.entry(event_type).or_default().events += 1;
        let said = self.said(event, now).await?;
        match said {
            Err(reason) => self.told.was_silent(reason),
            Ok((suggestion, toast_at)) => {
                self.told.happened.entry(event_type).or_default().said += 1;
                if let Some(at) = toast_at {
                    self.toasts.push(Told {
                        suggestion: suggestion.id,
                        event_type: event_type.to_string(),
                        repository: suggestion.subject.repository.clone(),
                        level: suggestion.level,
                        at,
                        together: false,
                    });
                    self.toasts.sort_by_key(|told| told.at);
                }
                self.standing
                    .insert(suggestion.merge_key.clone(), suggestion.clone());
                self.told.said.push(Saying {
                    suggestion,
                    event_type,
                    at: now,
                    toast: toast_at.is_some(),
                    outcome: Outcome::NotYet,
                });
            }
        }
        Ok(())
    }

    /// The suggestion and when its toast would have come, or why there is none.
    async fn said(
        &self,
        event: Event,
        now: Timestamp,
    ) -> Result<Result<(Suggestion, Option<Timestamp>), String>, DocumentError> {
        let row = EventRow {
            id: EventId::new(now, &[&event.dedup_key]),
            user_id: self.connection.user_id.clone(),
            connection_id: self.connection.id.clone(),
            delivery_id: None,
            stored_at: now,
            state: EventState::New,
            verdict: None,
            attempts: 0,
            suggestion_id: None,
            user_actioned: false,
            event,
        };
        let analyser = analyser_of(row.event.event_type);
        let decided = gate(
            &row,
            Some(self.connection),
            self.preferences,
            self.filters,
            analyser.is_some(),
            now,
        );
        let (Gate::Pass(_), Some(analyser)) = (&decided, analyser) else {
            return Ok(Err(match decided {
                Gate::Silent(verdict) | Gate::Pass(verdict) => verdict.reason,
                Gate::Wait { .. } => "it waits".into(),
            }));
        };
        let facts = self
            .engine
            .gather(self.connection, &row, analyser, now)
            .await
            .map_err(|error| DocumentError::Failed(error.to_string()))?;
        let finding = match look(analyser, &row, facts.clone()).await {
            Some(Look::Found(finding)) => *finding,
            Some(Look::Nothing(reason)) => return Ok(Err(reason)),
            None => return Ok(Err("the analyser stopped with a fault of its own".into())),
        };
        let material = Material {
            event: &row,
            base: facts.base.as_ref(),
            local: true,
            knows: &|_| true,
            can_undo: &|_| true,
            is_user: &|name| self.connection.is_me(name),
            run_id: AgentRunId::new(now, &[&row.event.dedup_key]),
            now,
        };
        let suggestion = match compose(&finding, &material) {
            Ok(suggestion) => suggestion,
            Err(reason) => return Ok(Err(reason)),
        };
        let recent: Vec<Told> = self
            .toasts
            .iter()
            .filter(|told| now.duration_since(told.at) < DAY)
            .cloned()
            .collect();
        let around = Surroundings {
            event: &row,
            connection: self.connection,
            preferences: self.preferences,
            filters: self.filters,
            confidence: finding.confidence,
            paths: &paths(&facts, &finding),
            standing: self.standing.get(&suggestion.merge_key),
            told: &recent,
            alike: false,
            answers: &[],
            // What is asked is how it would have fared without.
            hindsight: None,
            now,
        };
        Ok(match rank(suggestion, &around) {
            Rank::Make {
                suggestion,
                toast_at,
                ..
            } => Ok((*suggestion, toast_at)),
            Rank::Silent(verdict) => Err(verdict.reason),
        })
    }
}
