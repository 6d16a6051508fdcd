//! What came into the default branch when it moved: merge commits, and branches it moved forward over.
//!
//! A squash or a rebase leaves no trace that names the branch; such a move is only a push.

use std::collections::{BTreeMap, BTreeSet};

use git2::{Commit, Oid, Repository};
use perch_core::merge_message;

use super::history::{author, between, committed_at, contains, subject};
use super::look::{OWN, Terms};
use super::message::{Merge, Place};

/// Commits of one move that are searched for merges at most.
const SEARCHED: usize = 5_000;

/// One side of the default branch, here or at `origin`, and its move.
pub(super) struct Side<'a> {
    pub(super) git: &'a Repository,
    pub(super) place: &'a Place,
    /// The default branch's name.
    pub(super) base: &'a str,
    pub(super) before: Oid,
    pub(super) after: Oid,
    /// Where either side stood and stands: merging these is catching up, not bringing something in.
    pub(super) own_tips: Vec<Oid>,
    /// Branches as they stood.
    pub(super) known: &'a BTreeMap<String, Oid>,
    /// Branches as they stand.
    pub(super) branches: &'a BTreeMap<String, Oid>,
    pub(super) terms: Terms<'a>,
}

/// The merges of this move, oldest first.
pub(super) fn found(side: &Side<'_>) -> Result<Vec<Merge>, git2::Error> {
    let git = side.git;
    if side.before == side.after || !contains(git, side.after, side.before) {
        return Ok(Vec::new());
    }
    let range: BTreeSet<Oid> = between(
        git,
        &[side.after],
        &[side.before],
        SEARCHED,
        side.terms.stop,
    )?
    .into_iter()
    .collect();
    let mut line = Vec::new();
    let mut next = Some(side.after);
    while let Some(oid) = next.filter(|oid| range.contains(oid)) {
        let commit = git.find_commit(oid)?;
        next = commit.parent_id(0).ok();
        line.push(commit);
    }
    let tips = side.forwarded(&range);
    let mut boundary = side.before;
    let mut found = Vec::new();
    for commit in line.iter().rev() {
        let merge = if commit.parent_count() > 1 {
            side.merge_commit(commit)?
        } else {
            tips.get(&commit.id())
                .map(|branch| side.forward(commit, branch, boundary))
        };
        if let Some(merge) = merge {
            boundary = commit.id();
            found.push(merge);
        }
    }
    Ok(found)
}

impl Side<'_> {
    /// Branches that had commits of their own which the default branch has now, by the tip it has of them.
    fn forwarded(&self, range: &BTreeSet<Oid>) -> BTreeMap<Oid, &str> {
        self.known
            .iter()
            .filter(|(name, tip)| name.as_str() != self.base && range.contains(tip))
            .map(|(name, &tip)| {
                let newer = self.branches.get(name).copied();
                (
                    newer.filter(|tip| range.contains(tip)).unwrap_or(tip),
                    name.as_str(),
                )
            })
            .collect()
    }

    fn merge_commit(&self, commit: &Commit<'_>) -> Result<Option<Merge>, git2::Error> {
        let first = commit.parent_id(0)?;
        let second = commit.parent_id(1)?;
        let message = merge_message::read(&String::from_utf8_lossy(commit.message_bytes()));
        let head = message.head.or_else(|| {
            let stood = |&(_, &tip): &(&String, &Oid)| tip == second;
            let branch = self.branches.iter().chain(self.known).find(stood);
            branch.map(|(name, _)| name.clone())
        });
        let catches_up = head.as_deref() == Some(self.base) || self.own_tips.contains(&second);
        if catches_up || head.as_deref().is_some_and(|head| head.starts_with(OWN)) {
            return Ok(None);
        }
        let tip = self.git.find_commit(second)?;
        let title = match message.title {
            Some(title) => title,
            None => self
                .only_subject(&tip, first)?
                .unwrap_or_else(|| subject(commit)),
        };
        Ok(Some(Merge {
            place: self.place.clone(),
            base: self.base.into(),
            head,
            before: first.to_string(),
            commit: commit.id().to_string(),
            title,
            body: message.body,
            author: author(&tip),
            merged_by: author(commit),
            at: committed_at(commit).min(self.terms.now),
        }))
    }

    fn forward(&self, tip: &Commit<'_>, branch: &str, before: Oid) -> Merge {
        Merge {
            place: self.place.clone(),
            base: self.base.into(),
            head: Some(branch.into()),
            before: before.to_string(),
            commit: tip.id().to_string(),
            title: self
                .only_subject(tip, before)
                .ok()
                .flatten()
                .unwrap_or_else(|| format!("Merge branch '{branch}'")),
            body: String::new(),
            author: author(tip),
            merged_by: author(tip),
            at: self.terms.now,
        }
    }

    /// The subject of what came in when that is a single commit: it says more than the merge's own.
    fn only_subject(&self, tip: &Commit<'_>, before: Oid) -> Result<Option<String>, git2::Error> {
        let brought = between(self.git, &[tip.id()], &[before], 2, self.terms.stop)?;
        Ok((brought.len() == 1).then(|| subject(tip)))
    }
}
