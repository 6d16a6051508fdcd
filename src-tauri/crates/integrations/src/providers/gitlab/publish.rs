//! Accepted actions on GitLab: a branch with one commit, a merge request, comments, labels, reviewers, issues,
//! pipelines. Each finds what an interrupted attempt left behind and goes on from there.

mod branch;
mod builds;
mod files;
mod lines;
mod tickets;

use async_trait::async_trait;
use http::{Method, StatusCode};
use perch_core::action::Step;
use perch_core::outcome::{Before, StepResult, Undo};
use perch_core::seam::provider::{Context, ProviderError};
use perch_core::seam::publisher::{PublishError, Publisher};
use perch_core::subject::Subject;
use serde_json::{Value, json};

use super::GitLab;
use super::api::{Api, project, read};
use crate::http::Answer;
use crate::http::address::part;
use crate::publish::{
    self, Comment, Forge, Need, NewBranch, NewPull, Pull, State, Words, failed, refusal, steps,
};

/// What begins the title of a merge request that is no more than a draft.
const DRAFT: &str = "Draft: ";

/// The project steps are carried out in.
struct Target<'a> {
    api: Api<'a>,
    /// Its path in the API.
    path: String,
    /// What the steps are about.
    subject: &'a Subject,
}

impl Target<'_> {
    /// Where the subject with this number lies. GitLab counts issues and merge requests apart.
    fn place(&self, number: u64) -> String {
        let kind = if self.is_issue() {
            "issues"
        } else {
            "merge_requests"
        };
        format!("{kind}/{number}")
    }

    fn is_issue(&self) -> bool {
        self.subject.key.starts_with("issue/")
    }
}

#[async_trait]
impl Forge for Target<'_> {
    fn words(&self) -> &'static Words {
        &Words {
            name: "GitLab",
            pull: "merge request",
            home: "project",
            sign: '!',
        }
    }

    fn api(&self) -> Api<'_> {
        self.api
    }

    fn repository(&self) -> &str {
        &self.subject.repository
    }

    fn url(&self, rest: &str) -> String {
        self.api.url(&format!("{}{rest}", self.path))
    }

    fn permission(&self, need: Need) -> &'static str {
        match need {
            Need::Read | Need::ReadPulls => "read_api",
            Need::Push | Need::Pulls | Need::Talk | Need::Issues | Need::Builds => "api",
        }
    }

    fn next_step(&self, status: StatusCode, words: &str) -> Option<String> {
        let project = &self.subject.repository;
        let said = |text: &str| words.contains(text);
        Some(match status {
            _ if said("insufficient_scope") => {
                "make a token with the scope `api` and set it with `perch connect gitlab`".into()
            }
            _ if said("protected") || said("not allowed to push") => {
                format!("ask a Maintainer of `{project}` to let you push this branch")
            }
            _ if said("does not follow the pattern") || said("push rule") => {
                format!("the push rules of `{project}` forbid it; do it by hand as they ask")
            }
            _ if said("archived") || said("locked") => return None,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                format!(
                    "give the token's user the Developer role in `{project}`, and the token the scope `api`"
                )
            }
            StatusCode::NOT_FOUND => {
                format!(
                    "check that `{project}` still exists and that the token's user may write there"
                )
            }
            _ => return None,
        })
    }

    async fn create_branch(&self, new: &NewBranch<'_>) -> Result<StepResult, PublishError> {
        publish::create(self, new).await
    }

    fn branch(&self, branch: &str) -> (String, &'static str) {
        (
            self.url(&format!("/repository/branches/{}", part(branch))),
            "/commit/id",
        )
    }

    async fn find_pull(&self, branch: &str) -> Result<Option<Value>, PublishError> {
        let rest = format!(
            "/merge_requests?scope=all&state=opened&source_branch={}",
            part(branch)
        );
        let answer = self.api.get(&self.url(&rest)).await.map_err(failed)?;
        if answer.status != StatusCode::OK {
            let doing = "list the merge requests";
            return Err(refusal(self, &answer, doing, Need::ReadPulls));
        }
        let found: Vec<Value> = read(&answer).map_err(failed)?;
        // A branch of the same name in a fork is another's.
        Ok(found.into_iter().find(|merge| {
            merge["source_branch"] == branch
                && merge["source_project_id"] == merge["target_project_id"]
        }))
    }

    async fn open_pull(&self, new: &NewPull<'_>) -> Result<Answer, ProviderError> {
        let title = if new.draft {
            format!("{DRAFT}{}", new.title)
        } else {
            new.title.to_owned()
        };
        let request = json!({
            "source_branch": new.branch,
            "target_branch": new.base_branch,
            "title": title,
            "description": new.body,
            "remove_source_branch": true,
        });
        self.api
            .write(Method::POST, &self.url("/merge_requests"), Some(request))
            .await
    }

    fn pull_url(&self, number: u64) -> String {
        self.url(&format!("/merge_requests/{number}"))
    }

    fn pull<'v>(&self, pull: &'v Value) -> Pull<'v> {
        Pull {
            number: pull["iid"].as_u64().unwrap_or_default(),
            state: match pull["state"].as_str() {
                Some("merged") => State::Merged,
                Some("closed") => State::Closed,
                _ => State::Open,
            },
            page: pull["web_url"].as_str(),
        }
    }

    async fn close_pull(&self, pull: &Value) -> Result<Answer, ProviderError> {
        let url = self.pull_url(self.pull(pull).number);
        let closed = json!({"state_event": "close"});
        self.api.write(Method::PUT, &url, Some(closed)).await
    }

    fn thread(&self, number: u64) -> String {
        let sign = if self.is_issue() { '#' } else { '!' };
        format!("{sign}{number}")
    }

    fn comments_url(&self, number: u64) -> String {
        self.url(&format!("/{}/notes", self.place(number)))
    }

    fn comment<'v>(&self, number: u64, comment: &'v Value) -> Comment<'v> {
        let place = self.place(number);
        Comment {
            id: comment["id"]
                .as_u64()
                .map(|id| format!("{place}/notes/{id}")),
            text: comment["body"].as_str().unwrap_or_default(),
            page: None,
        }
    }

    fn said(&self, text: &str) -> Value {
        json!({"body": text})
    }

    /// A comment is known as `issues/7/notes/12`.
    fn comment_url(&self, id: &str) -> Option<String> {
        let parts: Vec<&str> = id.split('/').collect();
        let number = |text: &str| text.parse::<u64>().is_ok();
        let known = matches!(
            parts.as_slice(),
            ["issues" | "merge_requests", of, "notes", note] if number(of) && number(note)
        );
        known.then(|| self.url(&format!("/{id}")))
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
        steps::knows(step, builds::PIPELINE)
    }

    async fn before(
        &self,
        ctx: &Context<'_>,
        subject: &Subject,
        step: &Step,
    ) -> Result<Option<Before>, PublishError> {
        steps::before(&self.target(ctx, subject), step).await
    }

    async fn perform(
        &self,
        ctx: &Context<'_>,
        subject: &Subject,
        step: &Step,
        before: Option<&Before>,
    ) -> Result<StepResult, PublishError> {
        steps::perform(&self.target(ctx, subject), step, before).await
    }

    async fn undo(
        &self,
        ctx: &Context<'_>,
        subject: &Subject,
        undo: &Undo,
    ) -> Result<String, PublishError> {
        steps::undo(&self.target(ctx, subject), undo).await
    }
}
