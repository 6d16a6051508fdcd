//! Accepted actions on Gitea and Forgejo: a branch with one commit, a pull request, comments, labels, reviewers, issues, builds.
//! Each finds what an interrupted attempt left behind and goes on from there.

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

use super::Gitea;
use super::api::{Api, DRAFT, has_next, is_work_in_progress, members, page_of};
use crate::http::Answer;
use crate::http::address::encode;
use crate::publish::{Forge, Need, NewBranch, NewPull, Words, failed, refusal, steps};

/// Pages of open pull requests searched.
const PAGES: usize = 20;

/// The repository steps are carried out in.
#[derive(Clone, Copy)]
struct Target<'a> {
    api: Api<'a>,
    /// `owner/name`.
    repository: &'a str,
}

#[async_trait]
impl Forge for Target<'_> {
    fn words(&self) -> &'static Words {
        &Words {
            name: "the server",
            pull: "pull request",
            home: "repository",
            sign: '#',
        }
    }

    fn api(&self) -> Api<'_> {
        self.api
    }

    fn repository(&self) -> &str {
        self.repository
    }

    fn url(&self, rest: &str) -> String {
        self.api
            .url(&format!("/repos/{}{rest}", encode(self.repository)))
    }

    fn permission(&self, need: Need) -> &'static str {
        match need {
            Need::Read | Need::ReadPulls => "read:repository",
            Need::Push | Need::Pulls | Need::Builds => "write:repository",
            Need::Talk | Need::Issues => "write:issue",
        }
    }

    async fn create_branch(&self, new: &NewBranch<'_>) -> Result<StepResult, PublishError> {
        branch::create(*self, new).await
    }

    fn branch(&self, branch: &str) -> (String, &'static str) {
        (
            self.url(&format!("/branches/{}", encode(branch))),
            "/commit/id",
        )
    }

    async fn find_pull(&self, branch: &str) -> Result<Option<Value>, PublishError> {
        let url = self.url("/pulls?state=open&sort=recentupdate");
        let mut read = 0;
        for page in 1..=PAGES {
            let answer = self.api.get(&page_of(&url, page)).await.map_err(failed)?;
            if answer.status != StatusCode::OK {
                let doing = "list the pull requests";
                return Err(refusal(self, &answer, doing, Need::ReadPulls));
            }
            let pulls = members(&answer, None).map_err(failed)?;
            let ours = pulls.iter().find(|pull| {
                pull.pointer("/head/ref").and_then(Value::as_str) == Some(branch)
                    && pull.pointer("/head/repo_id") == pull.pointer("/base/repo_id")
            });
            if let Some(ours) = ours {
                return Ok(Some(ours.clone()));
            }
            read += pulls.len();
            if !has_next(&answer, read, pulls.len()) {
                break;
            }
        }
        Ok(None)
    }

    async fn open_pull(&self, new: &NewPull<'_>) -> Result<Answer, ProviderError> {
        // The servers have no other way to say that it is a draft.
        let title = if new.draft && !is_work_in_progress(new.title) {
            format!("{DRAFT}{}", new.title)
        } else {
            new.title.to_owned()
        };
        let request = json!({
            "title": title,
            "head": new.branch,
            "base": new.base_branch,
            "body": new.body,
        });
        self.api
            .write(Method::POST, &self.url("/pulls"), Some(request))
            .await
    }

    fn first_page(&self, url: &str) -> String {
        page_of(url, 1)
    }

    fn page(
        &self,
        url: &str,
        answer: &Answer,
        number: usize,
        before: usize,
    ) -> Result<(Vec<Value>, Option<String>), ProviderError> {
        let members = members(answer, None)?;
        let more = has_next(answer, before + members.len(), members.len());
        Ok((members, more.then(|| page_of(url, number + 1))))
    }
}

impl Gitea {
    fn target<'a>(&'a self, ctx: &'a Context<'a>, subject: &'a Subject) -> Target<'a> {
        Target {
            api: self.api(ctx),
            repository: &subject.repository,
        }
    }
}

#[async_trait]
impl Publisher for Gitea {
    fn knows(&self, step: &Step) -> bool {
        steps::knows(step, builds::RUN)
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
