//! Why the server refuses to write, and what the user can do about it.

use http::StatusCode;
use perch_core::seam::publisher::PublishError;

use super::Target;
use crate::http::Answer;
use crate::publish::refused;

/// What a refused answer to a write means. `doing` completes "the server refuses to …", `permission` is what the
/// token needs for it.
pub(super) fn refusal(
    target: &Target<'_>,
    answer: &Answer,
    doing: &str,
    permission: &str,
) -> PublishError {
    let repository = target.repository;
    let message = answer.message();
    let words = message.to_ascii_lowercase();
    let reason = if message.is_empty() {
        format!("the server refuses to {doing}: {}", answer.status)
    } else {
        format!("the server refuses to {doing}: {message}")
    };
    let next_step = match answer.status {
        StatusCode::LOCKED => {
            format!("unarchive `{repository}`, or copy the change instead")
        }
        _ if words.contains("archived") => {
            format!("unarchive `{repository}`, or copy the change instead")
        }
        _ if words.contains("protected") => {
            format!("ask whoever administers `{repository}` to let you push this branch")
        }
        _ if words.contains("locked") => "unlock the conversation first".into(),
        StatusCode::FORBIDDEN => {
            format!("give the token `{permission}` for `{repository}`")
        }
        StatusCode::NOT_FOUND => format!(
            "check that `{repository}` still exists and give the token `{permission}` for it"
        ),
        StatusCode::GONE => "it was turned off or deleted; choose another action".into(),
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT => {
            "refresh the suggestion, or do it by hand on the server".into()
        }
        _ => "do it by hand on the server".into(),
    };
    refused(reason, next_step)
}
