//! Accepted actions on a forge: a branch with one commit, a pull request, a comment. Each is made once, found again
//! after an interruption, and taken back. What one forge does in its own way is its [`Forge`].

mod branch;
mod builds;
mod forge;
mod issues;
mod labels;
mod lines;
mod reviewers;
mod standing;
pub(crate) mod steps;
mod talk;
mod tickets;

use perch_core::action::Step;
use perch_core::outcome::{Link, StepResult, Undo};
use perch_core::patch::PatchError;
use perch_core::seam::provider::ProviderError;
use perch_core::seam::publisher::PublishError;

pub(crate) use self::branch::{
    Change, File, Files, Made, Standing, create, created, existing, holds_something_else, resolve,
    stands, stands_still,
};
pub(crate) use self::builds::{Attempt, Builds, Course};
pub(crate) use self::forge::{
    Comment, Forge, Need, NewBranch, NewPull, Pull, State, Words, refusal, unknown,
};

pub(crate) use self::lines::{LineComment, Lines, NewLineComment};
pub(crate) use self::tickets::{Issue, Ticket, Tickets};

/// True for the kinds of step every forge knows; [`steps`] has those on issues, lines and builds.
pub(crate) fn knows(step: &Step) -> bool {
    matches!(
        step,
        Step::CreateBranch { .. } | Step::OpenPullRequest { .. } | Step::Comment { .. }
    )
}

/// Does `step`, or finds that it is done already.
pub(crate) async fn perform(forge: &impl Forge, step: &Step) -> Result<StepResult, PublishError> {
    match step {
        Step::CreateBranch {
            branch,
            base,
            message,
            patch,
        } => {
            if base
                .branch
                .as_deref()
                .is_some_and(|name| name.contains(':'))
            {
                return Err(refused(
                    "the commit is in somebody else's fork, where Perch does not push",
                    "comment with the change, or copy it for the author",
                ));
            }
            let new = NewBranch {
                branch,
                base,
                message,
                patch,
            };
            forge.create_branch(&new).await
        }
        Step::OpenPullRequest {
            branch,
            base_branch,
            title,
            body,
            draft,
        } => {
            let new = NewPull {
                branch,
                base_branch,
                title,
                body,
                draft: *draft,
            };
            talk::open_pull(forge, &new).await
        }
        Step::Comment {
            number,
            body,
            marker,
        } => talk::comment(forge, *number, body, marker).await,
        _ => Err(refused(
            format!("{} cannot do that", forge.words().name),
            "choose another action",
        )),
    }
}

/// Takes back what a step did, or finds that it is taken back already.
pub(crate) async fn undo(forge: &impl Forge, undo: &Undo) -> Result<String, PublishError> {
    match undo {
        Undo::DeleteBranch { branch, commit } => branch::delete(forge, branch, commit).await,
        Undo::ClosePullRequest { number } => talk::close(forge, *number).await,
        Undo::DeleteComment { id } => talk::delete_comment(forge, id).await,
        _ => Err(refused(
            format!("{} did not do that", forge.words().name),
            "take it back where it was done",
        )),
    }
}

/// It cannot be done until the user does `next_step`.
pub(crate) fn refused(reason: impl Into<String>, next_step: impl Into<String>) -> PublishError {
    PublishError::Refused {
        reason: reason.into(),
        next_step: next_step.into(),
    }
}

/// A failed request: what cannot be had for good is refused, the rest is tried again.
pub(crate) fn failed(error: ProviderError) -> PublishError {
    match error {
        ProviderError::Refused { problem, next_step }
        | ProviderError::Misconfigured { problem, next_step } => refused(problem, next_step),
        ProviderError::Wait { .. } | ProviderError::Unavailable(_) => {
            PublishError::Unavailable(error.to_string())
        }
    }
}

/// A patch that does not fit the commit it was made against: making it afresh may help.
pub(crate) fn unfit(error: &PatchError) -> PublishError {
    match error {
        PatchError::Overlap { .. } | PatchError::Outside { .. } | PatchError::Ambiguous { .. } => {
            refused(error.to_string(), "make the change by hand")
        }
        PatchError::NotFound { .. } | PatchError::Missing { .. } | PatchError::Exists { .. } => {
            PublishError::Moved(error.to_string())
        }
    }
}

/// A link to `page`; only `https:` pages are linked.
pub(crate) fn link(text: &str, page: Option<&str>) -> Vec<Link> {
    page.filter(|url| url.starts_with("https://"))
        .map(|url| Link {
            text: text.into(),
            url: url.into(),
        })
        .into_iter()
        .collect()
}

/// A marker where HTML comments are shown as text: the definition of a link nobody follows, which Markdown hides.
pub(crate) fn link_definition(marker: &str) -> String {
    let name = marker.trim_start_matches("<!--").trim_end_matches("-->");
    format!("[//]: # ({})", name.trim())
}

/// Those of `wanted` that are not among `there`; names differ by more than the size of their letters.
fn lacking(wanted: &[String], there: &[String]) -> Vec<String> {
    let is_there = |name: &String| there.iter().any(|other| other.eq_ignore_ascii_case(name));
    wanted
        .iter()
        .filter(|name| !is_there(name))
        .cloned()
        .collect()
}

fn quoted(names: &[String]) -> String {
    format!("`{}`", names.join("`, `"))
}
