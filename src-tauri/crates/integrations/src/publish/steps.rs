//! Which step is which effect at a forge that has issues, reviewed lines and builds.

use perch_core::action::Step;
use perch_core::outcome::{Before, StepResult, Undo};
use perch_core::seam::publisher::PublishError;

use super::builds::{self, Builds};
use super::issues::{self, NewIssue};
use super::lines::{self, Lines, NewLineComment};
use super::{labels, reviewers, standing};

/// True for the steps a forge knows that has all these; a build must be one whose key begins with `builds`.
pub(crate) fn knows(step: &Step, builds: &str) -> bool {
    match step {
        Step::Rerun { build } => build.starts_with(builds),
        Step::ReviewComment { .. }
        | Step::AddLabels { .. }
        | Step::RequestReviewers { .. }
        | Step::Close { .. }
        | Step::EditIssue { .. }
        | Step::OpenIssue { .. } => true,
        _ => super::knows(step),
    }
}

/// What stands before a step, where that matters.
pub(crate) async fn before(
    forge: &(impl Lines + Builds),
    step: &Step,
) -> Result<Option<Before>, PublishError> {
    match step {
        Step::AddLabels { thing, labels } => labels::before(forge, *thing, labels).await,
        Step::RequestReviewers { number, reviewers } => {
            reviewers::before(forge, *number, reviewers).await
        }
        Step::Close { thing, .. } => standing::before(forge, *thing).await,
        Step::Rerun { build } => builds::before(forge, build).await,
        _ => return Ok(None),
    }
    .map(Some)
}

/// Does a step, or finds that it is done already.
pub(crate) async fn perform(
    forge: &(impl Lines + Builds),
    step: &Step,
    before: Option<&Before>,
) -> Result<StepResult, PublishError> {
    match step {
        Step::ReviewComment {
            number,
            commit,
            path,
            lines,
            body,
            replacement,
            marker,
        } => {
            let new = NewLineComment {
                number: *number,
                commit,
                path,
                lines: *lines,
                body: body.clone(),
                marker,
            };
            lines::comment(forge, new, replacement.as_deref()).await
        }
        Step::AddLabels { thing, labels } => labels::give(forge, *thing, labels, before).await,
        Step::RequestReviewers { number, reviewers } => {
            reviewers::ask(forge, *number, reviewers, before).await
        }
        Step::Close { thing, not_planned } => {
            standing::close(forge, *thing, *not_planned, before).await
        }
        Step::EditIssue {
            number,
            before,
            after,
        } => issues::edit(forge, *number, before, after).await,
        Step::OpenIssue {
            title,
            body,
            labels,
            parent,
            marker,
        } => {
            let new = NewIssue {
                title,
                body,
                labels,
                parent: *parent,
                marker,
            };
            issues::open(forge, &new).await
        }
        Step::Rerun { build } => builds::rerun(forge, build, before).await,
        _ => super::perform(forge, step).await,
    }
}

/// Takes a step back.
pub(crate) async fn undo(forge: &impl Lines, undo: &Undo) -> Result<String, PublishError> {
    match undo {
        Undo::DeleteReviewComment { number, id } => lines::delete(forge, *number, id).await,
        Undo::RemoveLabels { thing, labels } => labels::take(forge, *thing, labels).await,
        Undo::WithdrawReviewers { number, reviewers } => {
            reviewers::withdraw(forge, *number, reviewers).await
        }
        Undo::Reopen { thing, closed_at } => standing::reopen(forge, *thing, *closed_at).await,
        Undo::RestoreIssue {
            number,
            before,
            after,
        } => issues::restore(forge, *number, before, after).await,
        Undo::CloseIssue { number } => issues::close(forge, *number).await,
        _ => super::undo(forge, undo).await,
    }
}
