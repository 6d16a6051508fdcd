//! Pull requests and comments: made once, found again, taken back.

use http::{Method, StatusCode};
use perch_core::outcome::{StepResult, Undo};
use perch_core::seam::publisher::PublishError;
use serde_json::Value;

use super::forge::{Comment, Forge, Need, NewPull, State, refusal};
use super::{failed, link, refused};
use crate::http::rest::read;

/// Pages of comments searched for a marker.
const PAGES: usize = 20;

/// Opens a pull request, or finds the open one.
pub(super) async fn open_pull(
    forge: &impl Forge,
    new: &NewPull<'_>,
) -> Result<StepResult, PublishError> {
    if let Some(found) = forge.find_pull(new.branch).await? {
        return Ok(opened(forge, &found));
    }
    let answer = forge.open_pull(new).await.map_err(failed)?;
    if answer.status == StatusCode::CREATED {
        return Ok(opened(forge, &read(&answer).map_err(failed)?));
    }
    // Somebody was faster, perhaps we ourselves.
    if matches!(
        answer.status,
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY
    ) && let Some(found) = forge.find_pull(new.branch).await?
    {
        return Ok(opened(forge, &found));
    }
    let doing = format!("open a {} into `{}`", forge.words().pull, new.base_branch);
    Err(refusal(forge, &answer, &doing, Need::Pulls))
}

fn opened(forge: &impl Forge, pull: &Value) -> StepResult {
    let (words, pull) = (forge.words(), forge.pull(pull));
    let number = pull.number;
    let shown = format!("{}{number}", words.sign);
    StepResult {
        summary: format!("opened {} {shown}", words.pull),
        links: link(&shown, pull.page),
        undo: Some(Undo::ClosePullRequest { number }),
    }
}

/// Closes a pull request that is still open.
pub(super) async fn close(forge: &impl Forge, number: u64) -> Result<String, PublishError> {
    let words = forge.words();
    let what = format!("{} {}{number}", words.pull, words.sign);
    let doing = format!("close {what}");
    let answer = forge
        .api()
        .get(&forge.pull_url(number))
        .await
        .map_err(failed)?;
    if answer.status != StatusCode::OK {
        return Err(refusal(forge, &answer, &doing, Need::Pulls));
    }
    let pull: Value = read(&answer).map_err(failed)?;
    match forge.pull(&pull).state {
        State::Open => {}
        State::Closed => return Ok(format!("{what} was closed already")),
        State::Merged => {
            return Err(refused(
                format!("{what} was merged"),
                format!("revert it on {} if it is not wanted", words.name),
            ));
        }
    }
    let answer = forge.close_pull(&pull).await.map_err(failed)?;
    if answer.status.is_success() {
        return Ok(format!("closed {what}"));
    }
    Err(refusal(forge, &answer, &doing, Need::Pulls))
}

/// Comments on an issue or pull request, unless a comment with `marker` stands there.
pub(super) async fn comment(
    forge: &impl Forge,
    number: u64,
    body: &str,
    marker: &str,
) -> Result<StepResult, PublishError> {
    let thread = forge.thread(number);
    let doing = format!("comment on {thread}");
    let commented = |comment: Comment<'_>| StepResult {
        summary: format!("commented on {thread}"),
        links: link("comment", comment.page),
        undo: comment.id.map(|id| Undo::DeleteComment { id }),
    };
    let list = forge.comments_url(number);
    let mark = forge.mark(marker);
    let mut next = Some(forge.first_page(&list));
    let mut before = 0;
    for page in 1..=PAGES {
        let Some(url) = next.take() else {
            break;
        };
        let answer = forge.api().get(&url).await.map_err(failed)?;
        if answer.status != StatusCode::OK {
            return Err(refusal(forge, &answer, &doing, Need::Talk));
        }
        let (comments, further) = forge.page(&list, &answer, page, before).map_err(failed)?;
        let mut read = comments.iter().map(|one| forge.comment(number, one));
        if let Some(ours) = read.find(|comment| comment.text.contains(&mark)) {
            return Ok(commented(ours));
        }
        before += comments.len();
        next = further;
    }
    let words = forge.said(&format!("{body}\n\n{mark}"));
    let answer = forge
        .api()
        .write(Method::POST, &list, Some(words))
        .await
        .map_err(failed)?;
    if answer.status == StatusCode::CREATED {
        let made: Value = read(&answer).map_err(failed)?;
        return Ok(commented(forge.comment(number, &made)));
    }
    Err(refusal(forge, &answer, &doing, Need::Talk))
}

/// Deletes a comment.
pub(super) async fn delete_comment(forge: &impl Forge, id: &str) -> Result<String, PublishError> {
    let Some(url) = forge.comment_url(id) else {
        return Err(refused(
            format!("`{id}` names no comment"),
            format!("delete the comment on {}", forge.words().name),
        ));
    };
    let answer = forge.delete_comment(&url).await.map_err(failed)?;
    match answer.status {
        StatusCode::OK | StatusCode::NO_CONTENT => Ok("deleted the comment".into()),
        StatusCode::NOT_FOUND | StatusCode::GONE => Ok("the comment was gone already".into()),
        _ => Err(refusal(forge, &answer, "delete the comment", Need::Talk)),
    }
}
