//! The seam through which accepted actions reach the outside.

use async_trait::async_trait;
use thiserror::Error;

use crate::action::Step;
use crate::outcome::{Before, StepResult, Undo};
use crate::seam::provider::Context;
use crate::subject::Subject;

/// Why a step was not done. Nothing was changed unless the message says so.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PublishError {
    /// What it stands on moved since the suggestion was made; making it afresh may help.
    #[error("{0}")]
    Moved(String),
    /// It cannot be done; trying again changes nothing until the user does `next_step`.
    #[error("{reason}; {next_step}")]
    Refused {
        /// Why.
        reason: String,
        /// What the user can do.
        next_step: String,
    },
    /// The far side could not be reached or had a fault of its own; the same step is tried again.
    #[error("{0}")]
    Unavailable(String),
}

/// Carries out steps at one provider, each exactly once however often it is asked.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// True for the kinds of step it knows.
    fn knows(&self, step: &Step) -> bool;

    /// True when it can take back what `step` does.
    fn can_undo(&self, _step: &Step) -> bool {
        true
    }

    /// What stands there before `step` is first sent, where doing it once or taking it back depends on that. It is
    /// recorded before anything is sent. Only reads.
    async fn before(
        &self,
        _ctx: &Context<'_>,
        _subject: &Subject,
        _step: &Step,
    ) -> Result<Option<Before>, PublishError> {
        Ok(None)
    }

    /// Does `step`, or finds that it is done already. `before` is what [`Publisher::before`] found before the first
    /// attempt, the same on every attempt.
    async fn perform(
        &self,
        ctx: &Context<'_>,
        subject: &Subject,
        step: &Step,
        before: Option<&Before>,
    ) -> Result<StepResult, PublishError>;

    /// Takes back what a step did and says what it did, or finds that it is taken back already.
    async fn undo(
        &self,
        ctx: &Context<'_>,
        subject: &Subject,
        undo: &Undo,
    ) -> Result<String, PublishError>;
}
