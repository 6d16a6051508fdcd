//! Walks over commits, bounded and stoppable.

use std::sync::atomic::{AtomicBool, Ordering};

use git2::{Commit, Oid, Repository, Sort};
use jiff::Timestamp;

use super::message::Brief;

/// Commits looked at in one walk at most.
const FAR: usize = 20_000;

/// Commits reachable from `tips` and from none of `hidden`, newest first, at most `most`.
///
/// A commit whose parents are missing (a shallow clone, a broken object) ends the walk there.
pub(super) fn between(
    git: &Repository,
    tips: &[Oid],
    hidden: &[Oid],
    most: usize,
    stop: &AtomicBool,
) -> Result<Vec<Oid>, git2::Error> {
    let mut walk = git.revwalk()?;
    // Sorting by topology reads everything before the first commit comes out, so only where an end is set.
    walk.set_sorting(if hidden.is_empty() {
        Sort::TIME
    } else {
        Sort::TOPOLOGICAL | Sort::TIME
    })?;
    for &tip in tips {
        walk.push(tip)?;
    }
    for &oid in hidden {
        // Hidden tips may be gone after a rebase and `git gc`; then they hide nothing.
        if git.find_commit(oid).is_ok() {
            walk.hide(oid)?;
        }
    }
    Ok(walk
        .map_while(Result::ok)
        .take_while(|_| !stop.load(Ordering::Relaxed))
        .take(most.min(FAR))
        .collect())
}

/// True when `ancestor` is `commit` or can be reached from it.
pub(super) fn contains(git: &Repository, commit: Oid, ancestor: Oid) -> bool {
    commit == ancestor || git.graph_descendant_of(commit, ancestor).unwrap_or(false)
}

/// Its first line, in whatever encoding it was written.
pub(super) fn subject(commit: &Commit<'_>) -> String {
    let message = String::from_utf8_lossy(commit.message_bytes());
    message.lines().next().unwrap_or_default().trim().into()
}

/// The author's e-mail, or their name when they gave none.
pub(super) fn author(commit: &Commit<'_>) -> String {
    let author = commit.author();
    let email = String::from_utf8_lossy(author.email_bytes());
    if email.is_empty() {
        String::from_utf8_lossy(author.name_bytes()).into_owned()
    } else {
        email.into_owned()
    }
}

/// When it was committed; the earliest possible moment when its date is none.
pub(super) fn committed_at(commit: &Commit<'_>) -> Timestamp {
    Timestamp::from_second(commit.time().seconds()).unwrap_or(Timestamp::MIN)
}

/// When it was written.
pub(super) fn authored_at(commit: &Commit<'_>) -> Timestamp {
    Timestamp::from_second(commit.author().when().seconds()).unwrap_or(Timestamp::MIN)
}

/// It in short.
pub(super) fn brief(commit: &Commit<'_>) -> Brief {
    Brief {
        sha: commit.id().to_string(),
        subject: subject(commit),
        author: author(commit),
    }
}
