//! What one forge does in its own way when it is written to, and what a refusal of it means.

use async_trait::async_trait;
use http::{Method, StatusCode};
use perch_core::outcome::StepResult;
use perch_core::patch::{Base, Patch};
use perch_core::seam::provider::ProviderError;
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::{failed, refused};
use crate::http::Answer;
use crate::http::rest::{Rest, read};

/// How a forge is spoken of.
#[derive(Debug)]
pub(crate) struct Words {
    /// `GitHub`, `the server`.
    pub(crate) name: &'static str,
    /// What it calls a pull request.
    pub(crate) pull: &'static str,
    /// What it calls a repository.
    pub(crate) home: &'static str,
    /// What it writes before the number of one.
    pub(crate) sign: char,
}

/// What the token must be allowed for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// To read the repository.
    Read,
    /// To push.
    Push,
    /// To list pull requests.
    ReadPulls,
    /// To open and close pull requests.
    Pulls,
    /// To comment, label, close and edit issues and pull requests.
    Talk,
    /// To open issues.
    Issues,
    /// To start builds again.
    Builds,
}

/// A branch with one commit.
pub(crate) struct NewBranch<'a> {
    /// Its name.
    pub(crate) branch: &'a str,
    /// What it stands on.
    pub(crate) base: &'a Base,
    /// The commit's message.
    pub(crate) message: &'a str,
    /// The commit's change.
    pub(crate) patch: &'a Patch,
}

/// A pull request to be opened.
pub(crate) struct NewPull<'a> {
    /// Where it comes from.
    pub(crate) branch: &'a str,
    /// Where it goes.
    pub(crate) base_branch: &'a str,
    /// Its title.
    pub(crate) title: &'a str,
    /// Its text.
    pub(crate) body: &'a str,
    /// True for a draft.
    pub(crate) draft: bool,
}

/// How a pull request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It waits.
    Open,
    /// It is in.
    Merged,
    /// It was closed without.
    Closed,
}

/// A pull request as far as publishing reads it.
pub(crate) struct Pull<'a> {
    /// Its number.
    pub(crate) number: u64,
    /// How it stands.
    pub(crate) state: State,
    /// Its page.
    pub(crate) page: Option<&'a str>,
}

/// A comment as far as publishing reads it.
pub(crate) struct Comment<'a> {
    /// How [`Forge::comment_url`] finds it again.
    pub(crate) id: Option<String>,
    /// Its text.
    pub(crate) text: &'a str,
    /// Its page.
    pub(crate) page: Option<&'a str>,
}

/// One repository of a forge that is written to.
///
/// Addresses and JSON that are given here are GitHub's; Gitea and Forgejo took them over.
#[async_trait]
pub(crate) trait Forge: Sync {
    /// How it is spoken of.
    fn words(&self) -> &'static Words;

    /// Where it is asked.
    fn api(&self) -> Rest<'_>;

    /// `owner/name`.
    fn repository(&self) -> &str;

    /// The address of `rest` below the repository's own.
    fn url(&self, rest: &str) -> String;

    /// What a token needs, in the forge's own words.
    fn permission(&self, need: Need) -> &'static str;

    /// What to do about a refusal only this forge knows; `words` is its message in small letters.
    fn next_step(&self, _status: StatusCode, _words: &str) -> Option<String> {
        None
    }

    /// Asks for `url`; only success is an answer. `doing` completes "… refuses to …".
    async fn found(&self, url: &str, doing: &str, need: Need) -> Result<Answer, PublishError> {
        let answer = self.api().get(url).await.map_err(failed)?;
        if answer.status != StatusCode::OK {
            return Err(refusal(self, &answer, doing, need));
        }
        Ok(answer)
    }

    /// Changes something at `url`; only success is an answer.
    async fn changed(
        &self,
        method: Method,
        url: &str,
        body: Option<Value>,
        doing: &str,
        need: Need,
    ) -> Result<Answer, PublishError> {
        let answer = self.api().write(method, url, body).await.map_err(failed)?;
        if !answer.status.is_success() {
            return Err(refusal(self, &answer, doing, need));
        }
        Ok(answer)
    }

    /// Deletes what is at `url`; false if it was gone.
    async fn gone(&self, url: &str, doing: &str, need: Need) -> Result<bool, PublishError> {
        let answer = self.api().write(Method::DELETE, url, None).await;
        let answer = answer.map_err(failed)?;
        match answer.status {
            status if status.is_success() => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(refusal(self, &answer, doing, need)),
        }
    }

    /// Creates a branch with one commit, or finds that it stands there.
    async fn create_branch(&self, new: &NewBranch<'_>) -> Result<StepResult, PublishError>;

    /// The address of `branch`, and the JSON pointer to its commit in what stands there.
    fn branch(&self, branch: &str) -> (String, &'static str);

    /// The commit `branch` stands on.
    async fn head(&self, branch: &str) -> Result<Option<String>, PublishError> {
        let (url, commit) = self.branch(branch);
        let answer = self.api().get(&url).await.map_err(failed)?;
        match answer.status {
            StatusCode::OK => {
                let found: Value = read(&answer).map_err(failed)?;
                Ok(found
                    .pointer(commit)
                    .and_then(Value::as_str)
                    .map(Into::into))
            }
            StatusCode::NOT_FOUND => Ok(None),
            _ => {
                let doing = format!("look up branch `{branch}`");
                Err(refusal(self, &answer, &doing, Need::Read))
            }
        }
    }

    /// Asks to delete `branch`, which stands on `commit`.
    async fn delete_branch(&self, branch: &str, _commit: &str) -> Result<Answer, ProviderError> {
        let (url, _) = self.branch(branch);
        self.api().write(Method::DELETE, &url, None).await
    }

    /// The open pull request from `branch` of this very repository, whatever it goes into.
    async fn find_pull(&self, branch: &str) -> Result<Option<Value>, PublishError>;

    /// Asks for a pull request.
    async fn open_pull(&self, new: &NewPull<'_>) -> Result<Answer, ProviderError>;

    /// The address of a pull request.
    fn pull_url(&self, number: u64) -> String {
        self.url(&format!("/pulls/{number}"))
    }

    /// Reads a pull request.
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

    /// Asks to close a pull request.
    async fn close_pull(&self, pull: &Value) -> Result<Answer, ProviderError> {
        let url = self.pull_url(self.pull(pull).number);
        let closed = json!({"state": "closed"});
        self.api().write(Method::PATCH, &url, Some(closed)).await
    }

    /// What people call the thing with this number that is commented on.
    fn thread(&self, number: u64) -> String {
        format!("#{number}")
    }

    /// The address of the comments on it.
    fn comments_url(&self, number: u64) -> String {
        self.url(&format!("/issues/{number}/comments"))
    }

    /// Reads a comment on `number`.
    fn comment<'v>(&self, _number: u64, comment: &'v Value) -> Comment<'v> {
        Comment {
            id: comment["id"].as_u64().map(|id| id.to_string()),
            text: comment["body"].as_str().unwrap_or_default(),
            page: comment["html_url"].as_str(),
        }
    }

    /// The JSON of a comment with this text.
    fn said(&self, text: &str) -> Value {
        json!({"body": text})
    }

    /// The address of a comment by its id; nothing if that is none.
    fn comment_url(&self, id: &str) -> Option<String> {
        let id: u64 = id.parse().ok()?;
        Some(self.url(&format!("/issues/comments/{id}")))
    }

    /// Deletes the comment at `url`.
    async fn delete_comment(&self, url: &str) -> Result<Answer, ProviderError> {
        self.api().write(Method::DELETE, url, None).await
    }

    /// How a marker is written so that people do not see it.
    fn mark(&self, marker: &str) -> String {
        marker.to_owned()
    }

    /// The first page of the list at `url`.
    fn first_page(&self, url: &str) -> String {
        format!("{url}?per_page=100")
    }

    /// The members of a page of the list at `url`, and the next page; `number` counts pages from 1, `before` members.
    fn page(
        &self,
        _url: &str,
        answer: &Answer,
        _number: usize,
        _before: usize,
    ) -> Result<(Vec<Value>, Option<String>), ProviderError> {
        Ok((read(answer)?, answer.next_page()))
    }
}

/// What a refused answer to a write means. `doing` completes "… refuses to …", `need` is what it takes.
pub(crate) fn refusal(
    forge: &(impl Forge + ?Sized),
    answer: &Answer,
    doing: &str,
    need: Need,
) -> PublishError {
    let (name, repository) = (forge.words().name, forge.repository());
    let permission = forge.permission(need);
    let message = answer.message();
    let words = message.to_ascii_lowercase();
    let said = if message.is_empty() {
        answer.status.to_string()
    } else {
        message
    };
    let reason = format!("{name} refuses to {doing}: {said}");
    let own = forge.next_step(answer.status, &words);
    let next_step = own.unwrap_or_else(|| match answer.status {
        status if status == StatusCode::LOCKED || words.contains("archived") => {
            format!("unarchive `{repository}`, or copy the change instead")
        }
        _ if words.contains("protected") => {
            format!("ask whoever administers `{repository}` to let you push this branch")
        }
        _ if words.contains("locked") => "unlock the conversation first".into(),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            format!("give the token `{permission}` for `{repository}`")
        }
        StatusCode::NOT_FOUND => format!(
            "check that `{repository}` still exists and give the token `{permission}` for it"
        ),
        StatusCode::GONE => "it was turned off or deleted; choose another action".into(),
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
            format!("refresh the suggestion, or do it by hand on {name}")
        }
        _ => format!("do it by hand on {name}"),
    });
    refused(reason, next_step)
}

/// Something this forge has no such thing for.
pub(crate) fn unknown(forge: &(impl Forge + ?Sized), doing: &str) -> PublishError {
    refused(
        format!("{} knows no way to {doing}", forge.words().name),
        "choose another action",
    )
}
