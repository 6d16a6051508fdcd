//! Accepted actions on Bitbucket Cloud. Each finds what an interrupted attempt left behind and goes on from there.

mod branch;
mod builds;
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

use super::Bitbucket;
use super::api::{Api, page, repository};
use crate::http::Answer;
use crate::http::address::{encode, part};
use crate::publish::{
    self, Comment, Forge, Need, NewBranch, NewPull, Pull, State, Words, failed, refusal, steps,
};

/// Pages of pull requests from one branch searched.
const PAGES: usize = 5;

/// The repository steps are carried out in.
struct Target<'a> {
    api: Api<'a>,
    /// What the steps are about.
    subject: &'a Subject,
}

impl Target<'_> {
    /// Where the subject with this number lies. Bitbucket counts issues and pull requests apart.
    fn place(&self, number: u64) -> String {
        let kind = if self.subject.key.starts_with("issue/") {
            "issues"
        } else {
            "pullrequests"
        };
        format!("{kind}/{number}")
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
        &self.subject.repository
    }

    fn url(&self, rest: &str) -> String {
        let path = repository(&self.subject.repository);
        self.api.url(&format!("{path}{rest}"))
    }

    fn permission(&self, need: Need) -> &'static str {
        match need {
            Need::Read => "repository",
            Need::Push => "repository:write",
            Need::ReadPulls => "pullrequest",
            Need::Pulls => "pullrequest:write",
            Need::Talk => "pullrequest:write` and `issue:write",
            Need::Issues => "issue:write",
            Need::Builds => "pipeline:write",
        }
    }

    fn next_step(&self, _status: StatusCode, words: &str) -> Option<String> {
        let repository = &self.subject.repository;
        (words.contains("branch restriction") || words.contains("permission to push"))
            .then(|| format!("ask whoever administers `{repository}` to let you push this branch"))
    }

    async fn create_branch(&self, new: &NewBranch<'_>) -> Result<StepResult, PublishError> {
        publish::create(self, new).await
    }

    fn branch(&self, branch: &str) -> (String, &'static str) {
        (
            self.url(&format!("/refs/branches/{}", encode(branch))),
            "/target/hash",
        )
    }

    async fn find_pull(&self, branch: &str) -> Result<Option<Value>, PublishError> {
        let quoted = branch.replace('\\', "\\\\").replace('"', "\\\"");
        let condition = format!("source.branch.name=\"{quoted}\" AND state=\"OPEN\"");
        let rest = format!("/pullrequests?pagelen=50&q={}", part(&condition));
        let mut next = Some(self.url(&rest));
        for _ in 0..PAGES {
            let Some(url) = next.take() else {
                break;
            };
            let answer = self.api.get(&url).await.map_err(failed)?;
            if answer.status != StatusCode::OK {
                let doing = "list the pull requests";
                return Err(refusal(self, &answer, doing, Need::ReadPulls));
            }
            let (pulls, further) = page(&self.api, &answer).map_err(failed)?;
            // A branch of the same name in a fork is another's.
            let ours = pulls.into_iter().find(|pull| {
                let side = |pointer: &str| pull.pointer(pointer).and_then(Value::as_str);
                side("/source/branch/name") == Some(branch)
                    && side("/source/repository/uuid") == side("/destination/repository/uuid")
                    && side("/state") == Some("OPEN")
            });
            if ours.is_some() {
                return Ok(ours);
            }
            next = further;
        }
        Ok(None)
    }

    async fn open_pull(&self, new: &NewPull<'_>) -> Result<Answer, ProviderError> {
        let request = json!({
            "title": new.title,
            "description": new.body,
            "source": {"branch": {"name": new.branch}},
            "destination": {"branch": {"name": new.base_branch}},
            "close_source_branch": true,
            "draft": new.draft,
        });
        self.api
            .write(Method::POST, &self.url("/pullrequests"), Some(request))
            .await
    }

    fn pull_url(&self, number: u64) -> String {
        self.url(&format!("/pullrequests/{number}"))
    }

    fn pull<'v>(&self, pull: &'v Value) -> Pull<'v> {
        Pull {
            number: pull["id"].as_u64().unwrap_or_default(),
            state: match pull["state"].as_str() {
                Some("MERGED") => State::Merged,
                Some("DECLINED" | "SUPERSEDED") => State::Closed,
                _ => State::Open,
            },
            page: pull.pointer("/links/html/href").and_then(Value::as_str),
        }
    }

    async fn close_pull(&self, pull: &Value) -> Result<Answer, ProviderError> {
        let url = self.pull_url(self.pull(pull).number);
        self.api
            .write(Method::POST, &format!("{url}/decline"), None)
            .await
    }

    fn comments_url(&self, number: u64) -> String {
        self.url(&format!("/{}/comments", self.place(number)))
    }

    fn comment<'v>(&self, number: u64, comment: &'v Value) -> Comment<'v> {
        let place = self.place(number);
        let id = comment["id"].as_u64();
        let text = comment.pointer("/content/raw").and_then(Value::as_str);
        Comment {
            id: id.map(|id| format!("{place}/comments/{id}")),
            // One that was deleted is still listed.
            text: text
                .filter(|_| comment["deleted"] != true)
                .unwrap_or_default(),
            page: comment.pointer("/links/html/href").and_then(Value::as_str),
        }
    }

    fn said(&self, text: &str) -> Value {
        json!({"content": {"raw": text}})
    }

    /// A comment is known as `issues/7/comments/12`.
    fn comment_url(&self, id: &str) -> Option<String> {
        let parts: Vec<&str> = id.split('/').collect();
        let number = |text: &str| text.parse::<u64>().is_ok();
        let known = matches!(
            parts.as_slice(),
            ["issues" | "pullrequests", of, "comments", one] if number(of) && number(one)
        );
        known.then(|| self.url(&format!("/{id}")))
    }

    /// Bitbucket shows HTML comments as text, but not the definition of a link.
    fn mark(&self, marker: &str) -> String {
        publish::link_definition(marker)
    }

    fn first_page(&self, url: &str) -> String {
        format!("{url}?pagelen=100")
    }

    fn page(
        &self,
        _url: &str,
        answer: &Answer,
        _number: usize,
        _before: usize,
    ) -> Result<(Vec<Value>, Option<String>), ProviderError> {
        page(&self.api, answer)
    }
}

impl Bitbucket {
    fn target<'a>(&'a self, ctx: &'a Context<'a>, subject: &'a Subject) -> Target<'a> {
        Target {
            api: self.api(ctx),
            subject,
        }
    }
}

#[async_trait]
impl Publisher for Bitbucket {
    fn knows(&self, step: &Step) -> bool {
        match step {
            // There are no labels.
            Step::AddLabels { .. } => false,
            Step::OpenIssue { labels, .. } => labels.is_empty(),
            step => steps::knows(step, builds::PIPELINE),
        }
    }

    /// A pull request that was declined stays so.
    fn can_undo(&self, step: &Step) -> bool {
        !matches!(
            step,
            Step::Close {
                thing: Thing::PullRequest(_),
                ..
            }
        )
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
