//! `accept`: a click claims an action, once, and has it carried out; dismissing, snoozing and taking back.

use jiff::Timestamp;
use perch_core::action::Amendments;
use perch_core::change::Change;
use perch_core::id::{ActionId, SuggestionId};
use perch_core::outcome::{ActionState, Outcome};
use perch_core::suggestion::SuggestionState;
use perch_store::db::{Connection, StoreError};
use perch_store::table::{actions, agent_runs, events, feedback, suggestions};

use crate::engine::Engine;

/// Why a click did nothing.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The suggestion or the action is not there.
    #[error("{0}")]
    NotFound(String),
    /// It cannot be done as things stand.
    #[error("{0}")]
    Refused(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Claims an action and carries it out. A second click, on whatever device, finds the first one's outcome.
    pub async fn accept(
        &self,
        suggestion: SuggestionId,
        action: ActionId,
        amendments: Amendments,
        now: Timestamp,
    ) -> Result<Outcome, AcceptError> {
        let row = self
            .db
            .read(move |db| actions::get(db, action))
            .await?
            .filter(|row| row.suggestion_id == suggestion)
            .ok_or_else(|| {
                AcceptError::NotFound(
                    "this action is no longer on offer; look at the suggestion again".into(),
                )
            })?;
        if let Some(reason) = &row.action.refused {
            return Err(AcceptError::Refused(reason.clone()));
        }
        let amended = row.action.amended(&amendments);
        if amended.patch().is_some_and(|patch| patch.files.is_empty()) {
            return Err(AcceptError::Refused(
                "every part of the change was left out, so nothing is left to do".into(),
            ));
        }
        let revised = amendments != Amendments::default();
        let claimed = self
            .db
            .write(move |db| {
                let claimed = actions::claim(db, &amended, now)?;
                if claimed {
                    let answer = if revised { "revised" } else { "approved" };
                    record_answer(
                        db,
                        suggestion,
                        SuggestionState::Accepted,
                        answer,
                        "accepted",
                        None,
                        now,
                    )?;
                }
                Ok(claimed)
            })
            .await?;
        if claimed {
            self.take_down(suggestion).await;
            self.announce_suggestion(suggestion).await;
            self.carry_out(action, now).await?;
        }
        self.outcome_when_settled(action).await
    }

    /// Takes back an action that is done.
    pub async fn undo(&self, action: ActionId, now: Timestamp) -> Result<Outcome, AcceptError> {
        let claimed = self
            .db
            .write(move |db| actions::claim_undo(db, action))
            .await?;
        if !claimed {
            let outcome = self.db.read(move |db| actions::outcome(db, action)).await?;
            return match outcome {
                Some(outcome) if outcome.state == ActionState::Undone => Ok(outcome),
                _ => Err(AcceptError::Refused(
                    "only an action that is done can be taken back".into(),
                )),
            };
        }
        self.carry_out(action, now).await?;
        self.outcome_when_settled(action).await
    }

    /// Puts a suggestion out of the inbox for good.
    pub async fn dismiss(
        &self,
        suggestion: SuggestionId,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.db
            .write(move |db| {
                let reason = reason.as_deref();
                record_answer(
                    db,
                    suggestion,
                    SuggestionState::Dismissed,
                    "rejected",
                    "dismissed",
                    reason,
                    now,
                )
            })
            .await?;
        self.take_down(suggestion).await;
        self.announce_suggestion(suggestion).await;
        Ok(())
    }

    /// Puts a suggestion out of the inbox until `until`.
    pub async fn snooze(
        &self,
        suggestion: SuggestionId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.db
            .write(move |db| {
                suggestions::set_state(db, suggestion, SuggestionState::Snoozed, Some(until), now)?;
                events::mark_actioned(db, &suggestion.to_string())?;
                feedback::insert(db, suggestion, "snoozed", Some(&until.to_string()), now)
            })
            .await?;
        self.take_down(suggestion).await;
        self.announce_suggestion(suggestion).await;
        Ok(())
    }

    pub(crate) async fn announce_suggestion(&self, suggestion: SuggestionId) {
        if let Ok(Some(row)) = self
            .db
            .read(move |db| suggestions::get(db, suggestion))
            .await
        {
            self.announce(Change::Suggestion {
                user: row.user_id,
                id: suggestion,
            });
        }
    }

    /// The outcome, once no other task has the action in hand any more.
    async fn outcome_when_settled(&self, action: ActionId) -> Result<Outcome, AcceptError> {
        const PATIENCE: std::time::Duration = std::time::Duration::from_millis(100);
        for _ in 0..600 {
            if let Some(_held) = self.take_action(action) {
                break;
            }
            tokio::time::sleep(PATIENCE).await;
        }
        self.db
            .read(move |db| actions::outcome(db, action))
            .await?
            .ok_or_else(|| AcceptError::NotFound("this action was never begun".into()))
    }
}

/// What the user made of a suggestion: its place, its event, its run and the feedback, together.
fn record_answer(
    db: &Connection,
    suggestion: SuggestionId,
    state: SuggestionState,
    answer: &str,
    kind: &str,
    detail: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    suggestions::set_state(db, suggestion, state, None, now)?;
    events::mark_actioned(db, &suggestion.to_string())?;
    agent_runs::set_feedback(db, &suggestion.to_string(), answer, detail)?;
    feedback::insert(db, suggestion, kind, detail, now)
}
