//! Accepted actions on GitHub: a branch with one commit, a pull request, comments, labels, reviewers, issues, builds.
//! Each finds what an interrupted attempt left behind and goes on from there.

mod branch;
mod builds;
mod lines;
mod tickets;
mod tree;

use async_trait::async_trait;
use http::{Method, StatusCode};
use perch_core::action::Step;
use perch_core::outcome::{Before, StepResult, Undo};
use perch_core::seam::provider::{Context, ProviderError};
use perch_core::seam::publisher::{PublishError, Publisher};
use perch_core::subject::Subject;
use serde_json::{Value, json};

use super::GitHub;
use super::api::{Api, read};
use crate::http::Answer;
use crate::http::address::{encode, part};
use crate::publish::{Forge, Need, NewBranch, NewPull, Words, failed, refusal, steps};

/// The repository steps are carried out in.
#[derive(Clone, Copy)]
struct Target<'a> {
    api: Api<'a>,
    /// `owner/name`.
    repository: &'a str,
}

impl<'a> Target<'a> {
    fn owner(&self) -> &'a str {
        self.repository
            .split_once('/')
            .map_or(self.repository, |(owner, _)| owner)
    }
}

#[async_trait]
impl Forge for Target<'_> {
    fn words(&self) -> &'static Words {
        &Words {
            name: "GitHub",
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
            Need::Read => "Contents: read",
            Need::Push => "Contents: write",
            Need::ReadPulls => "Pull requests: read",
            Need::Pulls => "Pull requests: write",
            Need::Talk => "Issues: write` and `Pull requests: write",
            Need::Issues => "Issues: write",
            Need::Builds => "Actions: write",
        }
    }

    fn next_step(&self, _status: StatusCode, words: &str) -> Option<String> {
        if words.contains("rule violations") {
            let repository = self.repository;
            return Some(format!(
                "ask whoever administers `{repository}` to let you push this branch"
            ));
        }
        if words.contains("saml") || words.contains("sso") {
            return Some("authorize the token for the organization's single sign-on".into());
        }
        words
            .contains("draft pull requests are not supported")
            .then(|| {
                "open the pull request by hand from the branch; this repository has no drafts"
                    .into()
            })
    }

    async fn create_branch(&self, new: &NewBranch<'_>) -> Result<StepResult, PublishError> {
        branch::create(*self, new).await
    }

    fn branch(&self, branch: &str) -> (String, &'static str) {
        (
            self.url(&format!("/git/ref/heads%2F{}", part(branch))),
            "/object/sha",
        )
    }

    async fn delete_branch(&self, branch: &str, _commit: &str) -> Result<Answer, ProviderError> {
        let url = self.url(&format!("/git/refs/heads%2F{}", part(branch)));
        self.api.write(Method::DELETE, &url, None).await
    }

    async fn find_pull(&self, branch: &str) -> Result<Option<Value>, PublishError> {
        let url = self.url(&format!(
            "/pulls?state=open&head={}%3A{}",
            part(self.owner()),
            part(branch)
        ));
        let answer = self.api.get(&url).await.map_err(failed)?;
        if answer.status != StatusCode::OK {
            let doing = "list the pull requests";
            return Err(refusal(self, &answer, doing, Need::ReadPulls));
        }
        let found: Vec<Value> = read(&answer).map_err(failed)?;
        // A filter GitHub cannot read is answered with all there are.
        Ok(found
            .into_iter()
            .find(|pull| pull.pointer("/head/ref").and_then(Value::as_str) == Some(branch)))
    }

    async fn open_pull(&self, new: &NewPull<'_>) -> Result<Answer, ProviderError> {
        let request = json!({
            "title": new.title,
            "head": new.branch,
            "base": new.base_branch,
            "body": new.body,
            "draft": new.draft,
        });
        self.api
            .write(Method::POST, &self.url("/pulls"), Some(request))
            .await
    }
}

impl GitHub {
    fn target<'a>(&'a self, ctx: &'a Context<'a>, subject: &'a Subject) -> Target<'a> {
        Target {
            api: self.api(ctx),
            repository: &subject.repository,
        }
    }
}

#[async_trait]
impl Publisher for GitHub {
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
