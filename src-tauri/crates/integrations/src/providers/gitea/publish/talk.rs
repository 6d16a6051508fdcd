//! Pull requests and comments: made once, found again, taken back.

use http::{Method, StatusCode};
use perch_core::outcome::{Link, StepResult, Undo};
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use super::refusal::refusal;
use crate::providers::gitea::api::{DRAFT, has_next, is_work_in_progress, members, page_of, read};
use crate::publish::{failed, refused};

/// What a token needs for pull requests.
const PULLS: &str = "write:repository";

/// Pages of open pull requests, and of comments, searched.
const PAGES: usize = 20;

/// Opens a pull request from `branch` into `base`, or finds the open one.
pub(super) async fn open_pull_request(
    target: Target<'_>,
    branch: &str,
    base: &str,
    title: &str,
    body: &str,
    draft: bool,
) -> Result<StepResult, PublishError> {
    if let Some(found) = find_pull(target, branch).await? {
        return Ok(opened(&found));
    }
    // The servers have no other way to say that it is a draft.
    let title = if draft && !is_work_in_progress(title) {
        format!("{DRAFT}{title}")
    } else {
        title.to_owned()
    };
    let request = json!({"title": title, "head": branch, "base": base, "body": body});
    let answer = target
        .api
        .write(Method::POST, &target.url("/pulls"), Some(request))
        .await
        .map_err(failed)?;
    if answer.status == StatusCode::CREATED {
        return Ok(opened(&read(&answer).map_err(failed)?));
    }
    if answer.status == StatusCode::CONFLICT
        && let Some(found) = find_pull(target, branch).await?
    {
        return Ok(opened(&found));
    }
    let doing = format!("open a pull request into `{base}`");
    Err(refusal(&target, &answer, &doing, PULLS))
}

/// The open pull request from `branch`, whatever it goes into.
async fn find_pull(target: Target<'_>, branch: &str) -> Result<Option<Value>, PublishError> {
    let url = target.url("/pulls?state=open&sort=recentupdate");
    let mut read = 0;
    for page in 1..=PAGES {
        let answer = target.api.get(&page_of(&url, page)).await.map_err(failed)?;
        if answer.status != StatusCode::OK {
            let doing = "list the pull requests";
            return Err(refusal(&target, &answer, doing, "read:repository"));
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

fn opened(pull: &Value) -> StepResult {
    let number = pull["number"].as_u64().unwrap_or_default();
    StepResult {
        summary: format!("opened pull request #{number}"),
        links: link(&format!("#{number}"), pull),
        undo: Some(Undo::ClosePullRequest { number }),
    }
}

/// Comments on an issue or pull request, unless a comment with `marker` stands there.
pub(super) async fn comment(
    target: Target<'_>,
    number: u64,
    body: &str,
    marker: &str,
) -> Result<StepResult, PublishError> {
    let doing = format!("comment on #{number}");
    let permission = "write:issue";
    let url = target.url(&format!("/issues/{number}/comments"));
    let mut count = 0;
    for page in 1..=PAGES {
        let answer = target.api.get(&page_of(&url, page)).await.map_err(failed)?;
        if answer.status != StatusCode::OK {
            return Err(refusal(&target, &answer, &doing, permission));
        }
        let comments = members(&answer, None).map_err(failed)?;
        let ours = comments.iter().find(|comment| {
            comment["body"]
                .as_str()
                .is_some_and(|body| body.contains(marker))
        });
        if let Some(ours) = ours {
            return Ok(commented(number, ours));
        }
        count += comments.len();
        if !has_next(&answer, count, comments.len()) {
            break;
        }
    }
    let words = json!({"body": format!("{body}\n\n{marker}")});
    let answer = target
        .api
        .write(Method::POST, &url, Some(words))
        .await
        .map_err(failed)?;
    if answer.status == StatusCode::CREATED {
        return Ok(commented(number, &read(&answer).map_err(failed)?));
    }
    Err(refusal(&target, &answer, &doing, permission))
}

fn commented(number: u64, comment: &Value) -> StepResult {
    StepResult {
        summary: format!("commented on #{number}"),
        links: link("comment", comment),
        undo: comment["id"]
            .as_u64()
            .map(|id| Undo::DeleteComment { id: id.to_string() }),
    }
}

/// Only `https:` pages are linked.
fn link(text: &str, thing: &Value) -> Vec<Link> {
    thing["html_url"]
        .as_str()
        .filter(|url| url.starts_with("https://"))
        .map(|url| Link {
            text: text.into(),
            url: url.into(),
        })
        .into_iter()
        .collect()
}

/// Closes a pull request that is still open.
pub(super) async fn close(target: Target<'_>, number: u64) -> Result<String, PublishError> {
    let doing = format!("close pull request #{number}");
    let url = target.url(&format!("/pulls/{number}"));
    let answer = target.api.get(&url).await.map_err(failed)?;
    if answer.status != StatusCode::OK {
        return Err(refusal(&target, &answer, &doing, PULLS));
    }
    let pull: Value = read(&answer).map_err(failed)?;
    if pull["merged"] == true {
        return Err(refused(
            format!("pull request #{number} was merged"),
            "revert it on the server if it is not wanted",
        ));
    }
    if pull["state"] == "closed" {
        return Ok(format!("pull request #{number} was closed already"));
    }
    let answer = target
        .api
        .write(Method::PATCH, &url, Some(json!({"state": "closed"})))
        .await
        .map_err(failed)?;
    if answer.status.is_success() {
        return Ok(format!("closed pull request #{number}"));
    }
    Err(refusal(&target, &answer, &doing, PULLS))
}

/// Deletes a comment.
pub(super) async fn delete_comment(target: Target<'_>, id: &str) -> Result<String, PublishError> {
    if id.parse::<u64>().is_err() {
        return Err(refused(
            format!("`{id}` is no comment's number"),
            "delete the comment on the server",
        ));
    }
    let url = target.url(&format!("/issues/comments/{id}"));
    let answer = target
        .api
        .write(Method::DELETE, &url, None)
        .await
        .map_err(failed)?;
    match answer.status {
        StatusCode::NO_CONTENT => Ok("deleted the comment".into()),
        StatusCode::NOT_FOUND => Ok("the comment was gone already".into()),
        _ => {
            let permission = "write:issue";
            Err(refusal(&target, &answer, "delete the comment", permission))
        }
    }
}
