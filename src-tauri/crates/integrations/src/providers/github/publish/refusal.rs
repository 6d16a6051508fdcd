//! Why GitHub refuses to write, and what the user can do about it.

use http::StatusCode;
use perch_core::seam::publisher::PublishError;

use super::Target;
use crate::http::Answer;
use crate::publish::refused;

/// What a refused answer to a write means. `doing` completes "GitHub refuses to …", `permission` is what the
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
        format!("GitHub refuses to {doing}: {}", answer.status)
    } else {
        format!("GitHub refuses to {doing}: {message}")
    };
    let next_step = match answer.status {
        _ if words.contains("archived") => {
            format!("unarchive `{repository}`, or copy the change instead")
        }
        _ if words.contains("protected") || words.contains("rule violations") => {
            format!("ask whoever administers `{repository}` to let you push this branch")
        }
        _ if words.contains("saml") || words.contains("sso") => {
            "authorize the token for the organization's single sign-on".into()
        }
        _ if words.contains("locked") => "unlock the conversation first".into(),
        _ if words.contains("draft pull requests are not supported") => {
            "open the pull request by hand from the branch; this repository has no drafts".into()
        }
        StatusCode::FORBIDDEN => {
            format!("give the token `{permission}` for `{repository}`")
        }
        StatusCode::NOT_FOUND => format!(
            "check that `{repository}` still exists and give the token `{permission}` for it"
        ),
        StatusCode::GONE => "it was turned off or deleted; choose another action".into(),
        StatusCode::UNPROCESSABLE_ENTITY => {
            "refresh the suggestion, or do it by hand on GitHub".into()
        }
        _ => "do it by hand on GitHub".into(),
    };
    refused(reason, next_step)
}
