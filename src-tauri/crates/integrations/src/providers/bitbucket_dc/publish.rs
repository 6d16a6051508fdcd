//! Accepted actions on Data Center: a branch, a pull request, comments, reviewers. Each finds what an interrupted attempt
//! left behind and goes on from there.

mod branch;
mod lines;
mod tickets;

use async_trait::async_trait;
use http::{Method, StatusCode};
use perch_core::action::{Step, Thing};
use perch_core::outcome::{Before, StepResult, Undo};
use perch_core::seam::provider::{Context, ProviderError};
use perch_core::seam::publisher::{PublishError, Publisher};
use perch_core::subject::Subject;
use serde_json::{Value, json};

use super::BitbucketDc;
use super::api::{Api, from, is_same, link, page, read, repository, version};
use crate::http::Answer;
use crate::http::address::part;
use crate::publish::{
    self, Builds, Comment, Forge, Need, NewBranch, NewPull, Pull, State, Words, failed, refusal,
    steps,
};

/// Pages of pull requests from one branch searched.
const PAGES: usize = 5;

/// What a title begins with where the server knows no drafts.
const WORK_IN_PROGRESS: &str = "WIP: ";

/// The repository steps are carried out in.
struct Target<'a> {
    api: Api<'a>,
    /// `PROJECT/repository`.
    repository: &'a str,
}

impl Target<'_> {
    /// One side of a pull request within this repository.
    fn side(&self, branch: &str) -> Value {
        let (project, slug) = self.repository.split_once('/').unwrap_or_default();
        json!({
            "id": format!("refs/heads/{branch}"),
            "repository": {"slug": slug, "project": {"key": project}},
        })
    }

    async fn knows_drafts(&self) -> Result<bool, ProviderError> {
        let url = self.api.url("/api/latest/application-properties");
        let answer = self.api.get(&url).await?;
        Ok(answer.status != StatusCode::OK || version(&read(&answer)?).drafts())
    }
}

#[async_trait]
impl Forge for Target<'_> {
    fn words(&self) -> &'static Words {
        &Words {
            name: "Bitbucket",
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
        let path = repository("api", self.repository);
        self.api.url(&format!("{path}{rest}"))
    }

    fn permission(&self, need: Need) -> &'static str {
        match need {
            Need::Push => "Repository write",
            Need::Read
            | Need::ReadPulls
            | Need::Pulls
            | Need::Talk
            | Need::Issues
            | Need::Builds => "Repository read",
        }
    }

    fn next_step(&self, _status: StatusCode, words: &str) -> Option<String> {
        let repository = self.repository;
        (words.contains("branch permission") || words.contains("branch restriction"))
            .then(|| format!("ask whoever administers `{repository}` to let you push this branch"))
    }

    async fn create_branch(&self, new: &NewBranch<'_>) -> Result<StepResult, PublishError> {
        branch::create(self, new).await
    }

    /// No address has one branch; a list can be narrowed to those whose names hold a text.
    fn branch(&self, branch: &str) -> (String, &'static str) {
        (
            self.url(&format!("/branches?filterText={}", part(branch))),
            "/latestCommit",
        )
    }

    async fn head(&self, branch: &str) -> Result<Option<String>, PublishError> {
        branch::head(self, branch).await
    }

    async fn delete_branch(&self, branch: &str, commit: &str) -> Result<Answer, ProviderError> {
        let path = repository("branch-utils", self.repository);
        let url = self.api.url(&format!("{path}/branches"));
        let body = json!({
            "name": format!("refs/heads/{branch}"),
            "endPoint": commit,
            "dryRun": false,
        });
        self.api.write(Method::DELETE, &url, Some(body)).await
    }

    async fn find_pull(&self, branch: &str) -> Result<Option<Value>, PublishError> {
        let reference = format!("refs/heads/{branch}");
        let rest = format!(
            "/pull-requests?state=OPEN&direction=OUTGOING&at={}",
            part(&reference)
        );
        let url = self.url(&rest);
        let mut next = Some(0);
        for _ in 0..PAGES {
            let Some(start) = next.take() else {
                break;
            };
            let answer = self.api.get(&from(&url, start)).await.map_err(failed)?;
            if answer.status != StatusCode::OK {
                let doing = "list the pull requests";
                return Err(refusal(self, &answer, doing, Need::ReadPulls));
            }
            let (pulls, further) = page(&answer).map_err(failed)?;
            let ours = pulls.into_iter().find(|pull| {
                let id = |side: &str| &pull[side]["repository"]["id"];
                pull["fromRef"]["id"] == *reference && is_same(id("fromRef"), id("toRef"))
            });
            if ours.is_some() {
                return Ok(ours);
            }
            next = further;
        }
        Ok(None)
    }

    async fn open_pull(&self, new: &NewPull<'_>) -> Result<Answer, ProviderError> {
        let mut request = json!({
            "title": new.title,
            "description": new.body,
            "fromRef": self.side(new.branch),
            "toRef": self.side(new.base_branch),
        });
        if new.draft && self.knows_drafts().await? {
            request["draft"] = true.into();
        } else if new.draft && !new.title.starts_with(WORK_IN_PROGRESS) {
            request["title"] = format!("{WORK_IN_PROGRESS}{}", new.title).into();
        }
        self.api
            .write(Method::POST, &self.url("/pull-requests"), Some(request))
            .await
    }

    fn pull_url(&self, number: u64) -> String {
        self.url(&format!("/pull-requests/{number}"))
    }

    fn pull<'v>(&self, pull: &'v Value) -> Pull<'v> {
        Pull {
            number: pull["id"].as_u64().unwrap_or_default(),
            state: match pull["state"].as_str() {
                Some("MERGED") => State::Merged,
                Some("DECLINED") => State::Closed,
                _ => State::Open,
            },
            page: link(pull),
        }
    }

    /// Whatever changes must name the version it changes.
    async fn close_pull(&self, pull: &Value) -> Result<Answer, ProviderError> {
        let url = self.pull_url(self.pull(pull).number);
        let url = format!("{url}/decline?version={}", pull["version"]);
        self.api.write(Method::POST, &url, Some(json!({}))).await
    }

    fn comments_url(&self, number: u64) -> String {
        self.url(&format!("/pull-requests/{number}/comments"))
    }

    fn comment<'v>(&self, number: u64, comment: &'v Value) -> Comment<'v> {
        let id = comment["id"].as_u64();
        Comment {
            id: id.map(|id| format!("pull-requests/{number}/comments/{id}")),
            text: comment["text"].as_str().unwrap_or_default(),
            page: None,
        }
    }

    fn said(&self, text: &str) -> Value {
        json!({"text": text})
    }

    /// A comment is known as `pull-requests/7/comments/12`.
    fn comment_url(&self, id: &str) -> Option<String> {
        let parts: Vec<&str> = id.split('/').collect();
        let number = |text: &str| text.parse::<u64>().is_ok();
        let known = matches!(
            parts.as_slice(),
            ["pull-requests", of, "comments", one] if number(of) && number(one)
        );
        known.then(|| self.url(&format!("/{id}")))
    }

    async fn delete_comment(&self, url: &str) -> Result<Answer, ProviderError> {
        let answer = self.api.get(url).await?;
        if answer.status != StatusCode::OK {
            return Ok(answer);
        }
        let comment: Value = read(&answer)?;
        let url = format!("{url}?version={}", comment["version"]);
        self.api.write(Method::DELETE, &url, None).await
    }

    /// Data Center shows HTML comments as text, but not the definition of a link.
    fn mark(&self, marker: &str) -> String {
        publish::link_definition(marker)
    }

    /// Comments are listed only among what was done.
    fn first_page(&self, url: &str) -> String {
        from(&activities(url), 0)
    }

    fn page(
        &self,
        url: &str,
        answer: &Answer,
        _number: usize,
        _before: usize,
    ) -> Result<(Vec<Value>, Option<String>), ProviderError> {
        let (activities_read, next) = page(answer)?;
        let said = activities_read
            .into_iter()
            .filter(|one| one["action"] == "COMMENTED" && one["commentAction"] != "DELETED")
            .map(|mut one| one["comment"].take())
            .collect();
        Ok((said, next.map(|start| from(&activities(url), start))))
    }
}

impl Builds for Target<'_> {}

fn activities(comments: &str) -> String {
    let pull = comments.strip_suffix("/comments").unwrap_or(comments);
    format!("{pull}/activities")
}

impl BitbucketDc {
    fn target<'a>(&'a self, ctx: &'a Context<'a>, subject: &'a Subject) -> Target<'a> {
        Target {
            api: self.api(ctx),
            repository: &subject.repository,
        }
    }
}

#[async_trait]
impl Publisher for BitbucketDc {
    fn knows(&self, step: &Step) -> bool {
        match step {
            Step::ReviewComment { .. } | Step::RequestReviewers { .. } => true,
            Step::Close { thing, .. } => matches!(thing, Thing::PullRequest(_)),
            _ => publish::knows(step),
        }
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
