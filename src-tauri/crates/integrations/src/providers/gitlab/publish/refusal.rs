//! Why GitLab refuses to write, and what the user can do about it.

use http::StatusCode;
use perch_core::seam::publisher::PublishError;

use super::Target;
use crate::http::Answer;
use crate::publish::refused;

/// What a refused answer to a write means. `doing` completes "GitLab refuses to …".
pub(super) fn refusal(target: &Target<'_>, answer: &Answer, doing: &str) -> PublishError {
    let project = &target.subject.repository;
    let message = answer.message();
    let words = message.to_ascii_lowercase();
    let reason = if message.is_empty() {
        format!("GitLab refuses to {doing}: {}", answer.status)
    } else {
        format!("GitLab refuses to {doing}: {message}")
    };
    let next_step = match answer.status {
        _ if words.contains("archived") => {
            format!("unarchive `{project}`, or copy the change instead")
        }
        _ if words.contains("insufficient_scope") => {
            "make a token with the scope `api` and set it with `perch connect gitlab`".into()
        }
        _ if words.contains("protected") || words.contains("not allowed to push") => {
            format!("ask a Maintainer of `{project}` to let you push this branch")
        }
        _ if words.contains("does not follow the pattern") || words.contains("push rule") => {
            format!("the push rules of `{project}` forbid it; do it by hand as they ask")
        }
        _ if words.contains("locked") => "unlock the conversation first".into(),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            format!(
                "give the token's user the Developer role in `{project}`, and the token the scope `api`"
            )
        }
        StatusCode::NOT_FOUND => {
            format!("check that `{project}` still exists and that the token's user may write there")
        }
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
            "refresh the suggestion, or do it by hand on GitLab".into()
        }
        _ => "do it by hand on GitLab".into(),
    };
    refused(reason, next_step)
}
