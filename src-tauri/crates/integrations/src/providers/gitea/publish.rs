//! Accepted actions on Gitea and Forgejo: a branch with one commit, a pull request, a comment. Each finds what an
//! interrupted attempt left behind and goes on from there.

mod branch;
mod files;
mod refusal;
mod talk;

use async_trait::async_trait;
use perch_core::action::Step;
use perch_core::outcome::{StepResult, Undo};
use perch_core::seam::provider::Context;
use perch_core::seam::publisher::{PublishError, Publisher};
use perch_core::subject::Subject;

use super::Gitea;
use super::api::Api;
use crate::http::address::encode;
use crate::publish::refused;

/// The repository steps are carried out in.
#[derive(Clone, Copy)]
struct Target<'a> {
    api: Api<'a>,
    /// `owner/name`.
    repository: &'a str,
}

impl Target<'_> {
    fn url(&self, rest: &str) -> String {
        self.api
            .url(&format!("/repos/{}{rest}", encode(self.repository)))
    }
}

#[async_trait]
impl Publisher for Gitea {
    fn knows(&self, step: &Step) -> bool {
        matches!(
            step,
            Step::CreateBranch { .. } | Step::OpenPullRequest { .. } | Step::Comment { .. }
        )
    }

    async fn perform(
        &self,
        ctx: &Context<'_>,
        subject: &Subject,
        step: &Step,
        _key: &str,
    ) -> Result<StepResult, PublishError> {
        let target = Target {
            api: self.api(ctx),
            repository: &subject.repository,
        };
        match step {
            Step::CreateBranch {
                branch,
                base,
                message,
                patch,
            } => branch::create(target, branch, base, message, patch).await,
            Step::OpenPullRequest {
                branch,
                base_branch,
                title,
                body,
                draft,
            } => talk::open_pull_request(target, branch, base_branch, title, body, *draft).await,
            Step::Comment {
                number,
                body,
                marker,
            } => talk::comment(target, *number, body, marker).await,
            _ => Err(refused("a server cannot do that", "choose another action")),
        }
    }

    async fn undo(
        &self,
        ctx: &Context<'_>,
        subject: &Subject,
        undo: &Undo,
    ) -> Result<String, PublishError> {
        let target = Target {
            api: self.api(ctx),
            repository: &subject.repository,
        };
        match undo {
            Undo::DeleteBranch { branch, commit } => branch::delete(target, branch, commit).await,
            Undo::ClosePullRequest { number } => talk::close(target, *number).await,
            Undo::DeleteComment { id } => talk::delete_comment(target, id).await,
            _ => Err(refused(
                "the server did not do that",
                "take it back where it was done",
            )),
        }
    }
}
