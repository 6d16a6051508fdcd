//! `accept`: a click claims an action, once, and has it carried out; dismissing, snoozing and taking back.

use jiff::Timestamp;
use perch_core::action::Amendments;
use perch_core::change::Change;
use perch_core::id::{ActionId, SuggestionId};
use perch_core::outcome::{ActionState, Outcome};
use perch_core::suggestion::SuggestionState;
use perch_store::db::{Connection, StoreError};
use perch_store::table::{actions, agent_runs, atoms, events, feedback, suggestions};

use crate::engine::{Engine, Held};
use crate::rank::at_once;

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
        // Held from before the claim, so that a second click waits for the first one's outcome.
        let held = self.hold(action).await?;
        let claimed = self
            .db
            .write(move |db| {
                let claimed = actions::claim(db, &amended, now)?;
                if claimed {
                    let answer = if revised { "revised" } else { "approved" };
                    let state = SuggestionState::Accepted;
                    record_answer(db, suggestion, state, answer, "accepted", None, now)?;
                }
                Ok(claimed)
            })
            .await?;
        if claimed {
            self.take_down(suggestion).await;
            self.announce_suggestion(suggestion).await;
            self.carry_out(&held, now).await?;
        }
        self.outcome(action).await
    }

    /// True if `action` may be started where the suggestion is not shown in full: from a toast or the tray's menu.
    pub async fn starts_at_once(
        &self,
        suggestion: SuggestionId,
        action: ActionId,
    ) -> Result<bool, StoreError> {
        let found = self
            .db
            .read(move |db| suggestions::get(db, suggestion))
            .await?;
        let Some(suggestion) = found else {
            return Ok(false);
        };
        let preferences = self.preferences(&suggestion.user_id).await?;
        Ok(at_once(&suggestion, &preferences).is_some_and(|leading| leading.id == action))
    }

    /// Takes back an action that is done.
    pub async fn undo(&self, action: ActionId, now: Timestamp) -> Result<Outcome, AcceptError> {
        let held = self.hold(action).await?;
        let claimed = self
            .db
            .write(move |db| actions::claim_undo(db, action))
            .await?;
        if claimed {
            self.unlearn(action).await?;
            self.carry_out(&held, now).await?;
        }
        let outcome = self.outcome(action).await?;
        let taken_back = matches!(outcome.state, ActionState::Undone | ActionState::Undoing);
        if claimed || taken_back {
            Ok(outcome)
        } else {
            Err(AcceptError::Refused(
                "only an action that is done can be taken back".into(),
            ))
        }
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

    /// Puts a suggestion that was dismissed, or that a filter put into the history, back into the inbox.
    pub async fn restore(
        &self,
        suggestion: SuggestionId,
        now: Timestamp,
    ) -> Result<(), AcceptError> {
        let refused = self
            .db
            .write(move |db| {
                let Some(row) = suggestions::get(db, suggestion)? else {
                    return Ok(Some("this suggestion is no longer there"));
                };
                if !matches!(
                    row.state,
                    SuggestionState::Dismissed | SuggestionState::Done
                ) {
                    return Ok(Some(
                        "only what was dismissed or filed by a filter can be put back",
                    ));
                }
                if suggestions::standing(db, &row.user_id, &row.merge_key)?.is_some() {
                    return Ok(Some(
                        "a newer suggestion about the same thing is in the inbox already",
                    ));
                }
                suggestions::set_state(db, suggestion, SuggestionState::Open, None, now)?;
                feedback::insert(db, suggestion, "restored", None, now)?;
                Ok(None)
            })
            .await?;
        if let Some(reason) = refused {
            return Err(AcceptError::Refused(reason.into()));
        }
        self.announce_suggestion(suggestion).await;
        Ok(())
    }

    /// Notes that what was taken is taken back.
    async fn unlearn(&self, action: ActionId) -> Result<(), StoreError> {
        self.db
            .write(move |db| match actions::get(db, action)? {
                Some(row) => learn(db, row.suggestion_id, false),
                None => Ok(()),
            })
            .await
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

    /// Takes an action in hand, once no other task has it.
    async fn hold(&self, action: ActionId) -> Result<Held<'_>, AcceptError> {
        const PATIENCE: std::time::Duration = std::time::Duration::from_millis(50);
        for _ in 0..2400 {
            if let Some(held) = self.take_action(action) {
                return Ok(held);
            }
            tokio::time::sleep(PATIENCE).await;
        }
        Err(AcceptError::Refused(
            "it is still being carried out; look again in a moment".into(),
        ))
    }

    async fn outcome(&self, action: ActionId) -> Result<Outcome, AcceptError> {
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
    // Snoozing says nothing of the words.
    if matches!(
        state,
        SuggestionState::Accepted | SuggestionState::Dismissed
    ) {
        learn(db, suggestion, state == SuggestionState::Accepted)?;
    }
    feedback::insert(db, suggestion, kind, detail, now)
}

/// Notes with the atoms that shaped a suggestion's words that it was taken, or was not. Built-in words have none.
pub(crate) fn learn(
    db: &Connection,
    suggestion: SuggestionId,
    taken: bool,
) -> Result<(), StoreError> {
    let Some(row) = suggestions::get(db, suggestion)? else {
        return Ok(());
    };
    let Some(run) = agent_runs::get(db, row.run_id)? else {
        return Ok(());
    };
    let ids: Vec<String> = serde_json::from_str(&run.selected_atoms).unwrap_or_default();
    atoms::learn(db, &row.user_id, &ids, taken)
}
