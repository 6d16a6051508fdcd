//! Accepted actions in a git folder: a commit on a new branch, or a change to the working tree.

mod branch;
mod commit;
mod texts;
pub(super) mod tree;

use std::path::Path;

use async_trait::async_trait;
use perch_core::action::Step;
use perch_core::outcome::{Before, StepResult, Undo};
use perch_core::patch::PatchError;
use perch_core::seam::provider::Context;
use perch_core::seam::publisher::{PublishError, Publisher};
use perch_core::subject::Subject;

use super::blocking::{self, Unfinished};
use super::folder::Folder;

/// Carries out steps in the folder that is the subject's repository.
pub(super) struct LocalPublisher;

impl From<Unfinished> for PublishError {
    fn from(unfinished: Unfinished) -> Self {
        Self::Unavailable(unfinished.0)
    }
}

fn fault(error: git2::Error) -> PublishError {
    PublishError::Unavailable(format!("git: {}", error.message()))
}

fn refused(reason: impl Into<String>, next_step: impl Into<String>) -> PublishError {
    PublishError::Refused {
        reason: reason.into(),
        next_step: next_step.into(),
    }
}

/// A change that does not fit what it was made against: making it afresh may help.
fn unfit(error: &PatchError) -> PublishError {
    match error {
        PatchError::Overlap { .. } | PatchError::Outside { .. } | PatchError::Ambiguous { .. } => {
            refused(error.to_string(), "make the change by hand")
        }
        PatchError::NotFound { .. } | PatchError::Missing { .. } | PatchError::Exists { .. } => {
            PublishError::Moved(error.to_string())
        }
    }
}

#[async_trait]
impl Publisher for LocalPublisher {
    fn knows(&self, step: &Step) -> bool {
        matches!(step, Step::CreateBranch { .. } | Step::ApplyToTree { .. })
    }

    async fn perform(
        &self,
        ctx: &Context<'_>,
        subject: &Subject,
        step: &Step,
        _before: Option<&Before>,
    ) -> Result<StepResult, PublishError> {
        let (now, path, step) = (ctx.now, subject.repository_key.clone(), step.clone());
        blocking::run(move |_| {
            let folder = Folder::open(Path::new(&path))?;
            match &step {
                Step::CreateBranch {
                    branch,
                    base,
                    message,
                    patch,
                } => branch::create(&folder, branch, base, message, patch, now),
                Step::ApplyToTree { base, patch } => tree::apply(&folder, base, patch),
                _ => Err(refused(
                    "a git folder cannot do that",
                    "connect the forge the repository lives at",
                )),
            }
        })
        .await?
    }

    async fn undo(
        &self,
        _ctx: &Context<'_>,
        subject: &Subject,
        undo: &Undo,
    ) -> Result<String, PublishError> {
        let (path, undo) = (subject.repository_key.clone(), undo.clone());
        blocking::run(move |_| {
            let folder = Folder::open(Path::new(&path))?;
            match &undo {
                Undo::DeleteBranch { branch, commit } => branch::delete(&folder, branch, commit),
                Undo::RestoreFiles { files } => tree::restore(&folder, files),
                _ => Err(refused(
                    "a git folder did not do that",
                    "connect the forge the repository lives at",
                )),
            }
        })
        .await?
    }
}
