//! Accepted actions on GitLab: a branch with one commit, a merge request, a comment. Each finds what an interrupted
//! attempt left behind and goes on from there.

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

use super::GitLab;
use super::api::{Api, project};
use crate::publish::refused;

/// The project steps are carried out in.
struct Target<'a> {
    api: Api<'a>,
    /// Its path in the API.
    path: String,
    /// What the steps are about.
    subject: &'a Subject,
}

impl Target<'_> {
    fn url(&self, rest: &str) -> String {
        self.api.url(&format!("{}{rest}", self.path))
    }

    /// Where comments on the subject with this number lie. GitLab counts issues and merge requests apart.
    fn thread(&self, number: u64) -> String {
        let kind = if self.subject.key.starts_with("issue/") {
            "issues"
        } else {
            "merge_requests"
        };
        format!("{kind}/{number}")
    }
}

impl GitLab {
    fn target<'a>(&'a self, ctx: &'a Context<'a>, subject: &'a Subject) -> Target<'a> {
        Target {
            api: self.api(ctx),
            path: project(subject),
            subject,
        }
    }
}

#[async_trait]
impl Publisher for GitLab {
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
        let target = &self.target(ctx, subject);
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
            } => talk::open_merge_request(target, branch, base_branch, title, body, *draft).await,
            Step::Comment {
                number,
                body,
                marker,
            } => talk::comment(target, *number, body, marker).await,
            _ => Err(refused("GitLab cannot do that", "choose another action")),
        }
    }

    async fn undo(
        &self,
        ctx: &Context<'_>,
        subject: &Subject,
        undo: &Undo,
    ) -> Result<String, PublishError> {
        let target = &self.target(ctx, subject);
        match undo {
            Undo::DeleteBranch { branch, commit } => branch::delete(target, branch, commit).await,
            Undo::ClosePullRequest { number } => talk::close(target, *number).await,
            Undo::DeleteComment { id } => talk::delete_comment(target, id).await,
            _ => Err(refused(
                "GitLab did not do that",
                "take it back where it was done",
            )),
        }
    }
}
