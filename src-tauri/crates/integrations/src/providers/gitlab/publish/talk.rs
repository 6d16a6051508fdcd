//! Merge requests and comments: made once, found again, taken back.

use http::{Method, StatusCode};
use perch_core::outcome::{Link, StepResult, Undo};
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use super::refusal::refusal;
use crate::http::address::part;
use crate::providers::gitlab::api::read;
use crate::publish::{failed, refused};

/// Pages of comments searched for a marker.
const PAGES: usize = 20;

/// What begins the title of a merge request that is no more than a draft.
const DRAFT: &str = "Draft: ";

/// Opens a merge request from `branch` into `base`, or finds the open one.
pub(super) async fn open_merge_request(
    target: &Target<'_>,
    branch: &str,
    base: &str,
    title: &str,
    body: &str,
    draft: bool,
) -> Result<StepResult, PublishError> {
    if let Some(found) = find(target, branch).await? {
        return Ok(opened(&found));
    }
    let title = if draft {
        format!("{DRAFT}{title}")
    } else {
        title.to_owned()
    };
    let request = json!({
        "source_branch": branch,
        "target_branch": base,
        "title": title,
        "description": body,
        "remove_source_branch": true,
    });
    let answer = target
        .api
        .write(Method::POST, &target.url("/merge_requests"), Some(request))
        .await
        .map_err(failed)?;
    if answer.status == StatusCode::CREATED {
        return Ok(opened(&read(&answer).map_err(failed)?));
    }
    if answer.status == StatusCode::CONFLICT
        && let Some(found) = find(target, branch).await?
    {
        return Ok(opened(&found));
    }
    let doing = format!("open a merge request into `{base}`");
    Err(refusal(target, &answer, &doing))
}

/// The open merge request from `branch`, whatever it goes into.
async fn find(target: &Target<'_>, branch: &str) -> Result<Option<Value>, PublishError> {
    let rest = format!(
        "/merge_requests?scope=all&state=opened&source_branch={}",
        part(branch)
    );
    let answer = target.api.get(&target.url(&rest)).await.map_err(failed)?;
    if answer.status != StatusCode::OK {
        return Err(refusal(target, &answer, "list the merge requests"));
    }
    let found: Vec<Value> = read(&answer).map_err(failed)?;
    // A branch of the same name in a fork is another's.
    Ok(found.into_iter().find(|merge| {
        merge["source_branch"] == branch && merge["source_project_id"] == merge["target_project_id"]
    }))
}

fn opened(merge: &Value) -> StepResult {
    let number = merge["iid"].as_u64().unwrap_or_default();
    StepResult {
        summary: format!("opened merge request !{number}"),
        links: link(&format!("!{number}"), merge["web_url"].as_str()),
        undo: Some(Undo::ClosePullRequest { number }),
    }
}

/// Comments on an issue or merge request, unless a comment with `marker` stands there.
pub(super) async fn comment(
    target: &Target<'_>,
    number: u64,
    body: &str,
    marker: &str,
) -> Result<StepResult, PublishError> {
    let thread = target.thread(number);
    let doing = format!("comment on {thread}");
    let notes = target.url(&format!("/{thread}/notes"));
    let mut next = Some(format!("{notes}?per_page=100"));
    for _ in 0..PAGES {
        let Some(url) = next.take() else {
            break;
        };
        let answer = target.api.get(&url).await.map_err(failed)?;
        if answer.status != StatusCode::OK {
            return Err(refusal(target, &answer, &doing));
        }
        let listed: Vec<Value> = read(&answer).map_err(failed)?;
        let ours = listed.iter().find(|note| {
            note["body"]
                .as_str()
                .is_some_and(|body| body.contains(marker))
        });
        if let Some(ours) = ours {
            return Ok(commented(&thread, ours));
        }
        next = answer.next_page();
    }
    let words = json!({"body": format!("{body}\n\n{marker}")});
    let answer = target
        .api
        .write(Method::POST, &notes, Some(words))
        .await
        .map_err(failed)?;
    if answer.status == StatusCode::CREATED {
        return Ok(commented(&thread, &read(&answer).map_err(failed)?));
    }
    Err(refusal(target, &answer, &doing))
}

fn commented(thread: &str, note: &Value) -> StepResult {
    let (kind, number) = thread.split_once('/').unwrap_or_default();
    let sign = if kind == "issues" { '#' } else { '!' };
    StepResult {
        summary: format!("commented on {sign}{number}"),
        links: Vec::new(),
        undo: note["id"].as_u64().map(|id| Undo::DeleteComment {
            id: format!("{thread}/notes/{id}"),
        }),
    }
}

/// Only `https:` pages are linked.
fn link(text: &str, page: Option<&str>) -> Vec<Link> {
    page.filter(|url| url.starts_with("https://"))
        .map(|url| Link {
            text: text.into(),
            url: url.into(),
        })
        .into_iter()
        .collect()
}

/// Closes a merge request that is still open.
pub(super) async fn close(target: &Target<'_>, number: u64) -> Result<String, PublishError> {
    let doing = format!("close merge request !{number}");
    let url = target.url(&format!("/merge_requests/{number}"));
    let answer = target.api.get(&url).await.map_err(failed)?;
    if answer.status != StatusCode::OK {
        return Err(refusal(target, &answer, &doing));
    }
    let merge: Value = read(&answer).map_err(failed)?;
    match merge["state"].as_str() {
        Some("merged") => {
            return Err(refused(
                format!("merge request !{number} was merged"),
                "revert it on GitLab if it is not wanted",
            ));
        }
        Some("closed") => return Ok(format!("merge request !{number} was closed already")),
        _ => {}
    }
    let answer = target
        .api
        .write(Method::PUT, &url, Some(json!({"state_event": "close"})))
        .await
        .map_err(failed)?;
    if answer.status == StatusCode::OK {
        return Ok(format!("closed merge request !{number}"));
    }
    Err(refusal(target, &answer, &doing))
}

/// Deletes a comment, known as `issues/7/notes/12`.
pub(super) async fn delete_comment(target: &Target<'_>, id: &str) -> Result<String, PublishError> {
    let parts: Vec<&str> = id.split('/').collect();
    let number = |text: &str| text.parse::<u64>().is_ok();
    let known = matches!(
        parts.as_slice(),
        ["issues" | "merge_requests", of, "notes", note] if number(of) && number(note)
    );
    if !known {
        return Err(refused(
            format!("`{id}` is no comment's place"),
            "delete the comment on GitLab",
        ));
    }
    let answer = target
        .api
        .write(Method::DELETE, &target.url(&format!("/{id}")), None)
        .await
        .map_err(failed)?;
    match answer.status {
        StatusCode::NO_CONTENT => Ok("deleted the comment".into()),
        StatusCode::NOT_FOUND => Ok("the comment was gone already".into()),
        _ => Err(refusal(target, &answer, "delete the comment")),
    }
}
