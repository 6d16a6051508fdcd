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
use super::api::{Api, DRAFT, has_next, is_work_in_progress, members, page_of, read};
use crate::http::Answer;
use crate::http::address::encode;
use crate::publish::{
    Comment, Forge, Need, NewBranch, NewPull, Pull, State, Words, failed, refusal, steps,
};

/// Pages of open pull requests searched.
const PAGES: usize = 20;

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

    fn permission(&self, need: Need) -> &'static str {
        match need {
            Need::Read | Need::ReadPulls => "read:repository",
            Need::Push | Need::Pulls | Need::Builds => "write:repository",
            Need::Talk => "write:issue",
        }
    }

    async fn create_branch(&self, new: &NewBranch<'_>) -> Result<StepResult, PublishError> {
        branch::create(*self, new).await
    }

    async fn head(&self, branch: &str) -> Result<Option<String>, PublishError> {
        let url = self.url(&format!("/branches/{}", encode(branch)));
        let answer = self.api.get(&url).await.map_err(failed)?;
        match answer.status {
            StatusCode::OK => {
                let found: Value = read(&answer).map_err(failed)?;
                let sha = found.pointer("/commit/id").and_then(Value::as_str);
                Ok(sha.map(Into::into))
            }
            StatusCode::NOT_FOUND => Ok(None),
            _ => {
                let doing = format!("look up branch `{branch}`");
                Err(refusal(self, &answer, &doing, Need::Read))
            }
        }
    }

    async fn delete_branch(&self, branch: &str, _commit: &str) -> Result<Answer, ProviderError> {
        let url = self.url(&format!("/branches/{}", encode(branch)));
        self.api.write(Method::DELETE, &url, None).await
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

    fn pull_url(&self, number: u64) -> String {
        self.url(&format!("/pulls/{number}"))
    }

    fn pull<'v>(&self, pull: &'v Value) -> Pull<'v> {
        Pull {
            number: pull["number"].as_u64().unwrap_or_default(),
            state: if pull["merged"] == true {
                State::Merged
            } else if pull["state"] == "closed" {
                State::Closed
            } else {
                State::Open
            },
            page: pull["html_url"].as_str(),
        }
    }

    async fn close_pull(&self, pull: &Value) -> Result<Answer, ProviderError> {
        let url = self.pull_url(self.pull(pull).number);
        let closed = json!({"state": "closed"});
        self.api.write(Method::PATCH, &url, Some(closed)).await
    }

    fn comments_url(&self, number: u64) -> String {
        self.url(&format!("/issues/{number}/comments"))
    }

    fn comment<'v>(&self, _number: u64, comment: &'v Value) -> Comment<'v> {
        Comment {
            id: comment["id"].as_u64().map(|id| id.to_string()),
            text: comment["body"].as_str().unwrap_or_default(),
            page: comment["html_url"].as_str(),
        }
    }

    fn said(&self, text: &str) -> Value {
        json!({"body": text})
    }

    fn comment_url(&self, id: &str) -> Option<String> {
        let id: u64 = id.parse().ok()?;
        Some(self.url(&format!("/issues/comments/{id}")))
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
