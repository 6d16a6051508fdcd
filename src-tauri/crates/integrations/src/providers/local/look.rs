//! One look at a repository: which branches moved since the last one, what was merged, what lies still.
//!
//! Only reads references and commits. The first look reads no history, however long that is.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use git2::{Oid, Repository};
use jiff::{SignedDuration, Timestamp};
use perch_core::delivery::{Door, NewDelivery};
use perch_core::id::short_hash;
use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::history::{between, brief, committed_at, contains};
use super::merges::{self, Side};
use super::message::{MERGE, PUSH, Place, Push, STALE, Stale};

/// Branches Perch makes itself; it takes no notice of them.
pub(super) const OWN: &str = "perch/";

/// Commits listed for one move at most.
const LISTED: usize = 100;

/// Branches whose moves are taken up in one look at most; the others wait for the next.
const MOVES: usize = 100;

/// Commits an old branch may be ahead before they are no longer counted.
const COUNTED: usize = 1_000;

/// A repository as it was seen last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Seen {
    /// Local branches and where they stood.
    pub(super) branches: BTreeMap<String, String>,
    /// Where `origin`'s side of the default branch stood.
    pub(super) upstream: Option<String>,
    /// Branches that were judged for lying still, and the tip that was judged.
    pub(super) stale: BTreeMap<String, String>,
}

/// What a look goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    /// How long a tip lies until its branch is stale.
    pub(super) stale_after: SignedDuration,
    /// The present.
    pub(super) now: Timestamp,
    /// Set from outside to end long walks.
    pub(super) stop: &'a AtomicBool,
}

/// Looks at `folder` and says what is new since `before`, oldest first; `None` is the first look.
pub(super) fn look(
    folder: &Folder,
    before: Option<&Seen>,
    terms: Terms<'_>,
) -> Result<(Seen, Vec<NewDelivery>), git2::Error> {
    let git = &folder.git;
    let place = Place {
        path: folder.key.clone(),
        name: folder.name.clone(),
        default_branch: folder.default_branch(),
        me: folder.person(),
    };
    let branches = branches(git)?;
    let upstream = place.default_branch.as_ref().and_then(|name| {
        git.refname_to_id(&format!("refs/remotes/origin/{name}"))
            .ok()
    });
    let Some(before) = before else {
        let seen = Seen {
            stale: old(git, &branches, terms)
                .map(|(name, tip)| (name.clone(), tip.to_string()))
                .collect(),
            branches: branches
                .iter()
                .map(|(name, tip)| (name.clone(), tip.to_string()))
                .collect(),
            upstream: upstream.map(|tip| tip.to_string()),
        };
        return Ok((seen, Vec::new()));
    };
    let look = Look {
        git,
        place,
        branches,
        upstream,
        known: parsed(&before.branches),
        known_upstream: before.upstream.as_deref().and_then(parse),
        terms,
    };
    let (reached, mut found) = look.pushes()?;
    found.extend(look.merges()?);
    let (stale, still) = look.stale(&before.stale)?;
    found.extend(still);
    let seen = Seen {
        branches: reached
            .into_iter()
            .map(|(name, tip)| (name, tip.to_string()))
            .collect(),
        upstream: look.upstream.map(|tip| tip.to_string()),
        stale,
    };
    Ok((seen, found))
}

/// The first part of every key of a repository: `local/` and a hash of its path.
pub(super) fn key_prefix(path: &str) -> String {
    format!("local/{}", short_hash(path, 16))
}

/// The key of a branch's move.
pub(super) fn push_key(push: &Push) -> String {
    format!(
        "{}/push/{}/{}..{}",
        key_prefix(&push.place.path),
        push.branch,
        push.before.as_deref().unwrap_or("new"),
        push.after
    )
}

/// The key of a merge.
pub(super) fn merge_key(path: &str, commit: &str) -> String {
    format!("{}/merge/{commit}", key_prefix(path))
}

/// The key of a branch lying still.
pub(super) fn stale_key(stale: &Stale) -> String {
    format!(
        "{}/branch/{}/stale/{}",
        key_prefix(&stale.place.path),
        stale.branch,
        stale.tip.sha
    )
}

/// A delivery of the poll.
pub(super) fn delivery(kind: &str, key: String, message: &impl Serialize) -> NewDelivery {
    let body = serde_json::to_vec(message).expect("plain structures have no keys JSON refuses");
    NewDelivery {
        door: Door::Poll,
        kind: kind.into(),
        external_id: Some(key),
        body: body.into(),
    }
}

struct Look<'a> {
    git: &'a Repository,
    place: Place,
    branches: BTreeMap<String, Oid>,
    upstream: Option<Oid>,
    known: BTreeMap<String, Oid>,
    known_upstream: Option<Oid>,
    terms: Terms<'a>,
}

impl Look<'_> {
    fn is_default(&self, branch: &str) -> bool {
        self.place.default_branch.as_deref() == Some(branch)
    }

    /// Moves of local branches and of `origin`'s default branch, and the state up to which they were taken.
    ///
    /// A move that brings no commit (a reset, a new name for an old place, a branch that caught up) is no
    /// push, and what came in on one side of the default branch is no news on the other.
    fn pushes(&self) -> Result<(BTreeMap<String, Oid>, Vec<NewDelivery>), git2::Error> {
        let default = self.place.default_branch.as_deref();
        let default_tips = [
            default.and_then(|name| self.known.get(name).copied()),
            default.and_then(|name| self.branches.get(name).copied()),
            self.known_upstream,
            self.upstream,
        ];
        let mut reached = BTreeMap::new();
        let mut found = Vec::new();
        let mut moves = 0;
        for (branch, &after) in &self.branches {
            let before = self.known.get(branch).copied();
            if before == Some(after) {
                reached.insert(branch.clone(), after);
                continue;
            }
            moves += 1;
            if moves > MOVES {
                reached.extend(before.map(|before| (branch.clone(), before)));
                continue;
            }
            reached.insert(branch.clone(), after);
            let hidden: Vec<Oid> = if self.is_default(branch) {
                before.into_iter().chain(self.known_upstream).collect()
            } else if self.known.values().any(|&tip| tip == after) {
                continue;
            } else {
                before
                    .into_iter()
                    .chain(default_tips.into_iter().flatten())
                    .collect()
            };
            found.extend(self.push(branch, before, after, &hidden)?);
        }
        if let (Some(branch), Some(after)) = (default, self.upstream)
            && self.known_upstream != Some(after)
        {
            let hidden: Vec<Oid> = default_tips
                .into_iter()
                .flatten()
                .filter(|&tip| tip != after || self.branches.get(branch) == Some(&after))
                .collect();
            found.extend(self.push(branch, self.known_upstream, after, &hidden)?);
        }
        Ok((reached, found))
    }

    fn push(
        &self,
        branch: &str,
        before: Option<Oid>,
        after: Oid,
        hidden: &[Oid],
    ) -> Result<Option<NewDelivery>, git2::Error> {
        let news = between(self.git, &[after], hidden, LISTED, self.terms.stop)?;
        if news.is_empty() {
            return Ok(None);
        }
        let commits = news
            .iter()
            .rev()
            .filter_map(|&oid| self.git.find_commit(oid).ok())
            .map(|commit| brief(&commit))
            .collect();
        let push = Push {
            place: self.place.clone(),
            branch: branch.into(),
            before: before.map(|before| before.to_string()),
            after: after.to_string(),
            forced: before.is_some_and(|before| !contains(self.git, after, before)),
            commits,
            at: self.terms.now,
        };
        Ok(Some(delivery(PUSH, push_key(&push), &push)))
    }

    /// What came into the default branch, here or at `origin`.
    fn merges(&self) -> Result<Vec<NewDelivery>, git2::Error> {
        let Some(base) = &self.place.default_branch else {
            return Ok(Vec::new());
        };
        let local = (self.known.get(base), self.branches.get(base));
        let remote = (self.known_upstream.as_ref(), self.upstream.as_ref());
        let own_side = [local.0, local.1, remote.0, remote.1];
        let mut found: Vec<NewDelivery> = Vec::new();
        for (before, after) in [remote, local] {
            let (Some(&before), Some(&after)) = (before, after) else {
                continue;
            };
            let side = Side {
                git: self.git,
                place: &self.place,
                base,
                before,
                after,
                own_tips: own_side.into_iter().flatten().copied().collect(),
                known: &self.known,
                branches: &self.branches,
                terms: self.terms,
            };
            for merge in merges::found(&side)? {
                let key = merge_key(&merge.place.path, &merge.commit);
                let message = delivery(MERGE, key, &merge);
                if !found
                    .iter()
                    .any(|other| other.external_id == message.external_id)
                {
                    found.push(message);
                }
            }
        }
        Ok(found)
    }

    /// Branches that have just become stale, and all that have been judged with the tip they had.
    fn stale(
        &self,
        judged: &BTreeMap<String, String>,
    ) -> Result<(BTreeMap<String, String>, Vec<NewDelivery>), git2::Error> {
        let bases: Vec<Oid> = self
            .place
            .default_branch
            .as_ref()
            .and_then(|name| self.branches.get(name).copied())
            .into_iter()
            .chain(self.upstream)
            .collect();
        let mut marked = BTreeMap::new();
        let mut found = Vec::new();
        for (branch, &tip) in old(self.git, &self.branches, self.terms) {
            let sha = tip.to_string();
            let known = judged.get(branch) == Some(&sha);
            marked.insert(branch.clone(), sha);
            let merged = || bases.iter().any(|&base| contains(self.git, base, tip));
            if known || bases.is_empty() || self.is_default(branch) || merged() {
                continue;
            }
            let commit = self.git.find_commit(tip)?;
            let stale = Stale {
                place: self.place.clone(),
                branch: branch.clone(),
                tip: brief(&commit),
                committed_at: committed_at(&commit),
                ahead: between(self.git, &[tip], &bases, COUNTED, self.terms.stop)?.len(),
                at: self.terms.now,
            };
            found.push(delivery(STALE, stale_key(&stale), &stale));
        }
        Ok((marked, found))
    }
}

/// Branches whose tips were committed too long ago.
fn old<'a>(
    git: &'a Repository,
    branches: &'a BTreeMap<String, Oid>,
    terms: Terms<'a>,
) -> impl Iterator<Item = (&'a String, &'a Oid)> {
    branches.iter().filter(move |&(_, &tip)| {
        git.find_commit(tip)
            .is_ok_and(|commit| terms.now.duration_since(committed_at(&commit)) > terms.stale_after)
    })
}

/// Local branches but Perch's own, and the commits they stand on.
fn branches(git: &Repository) -> Result<BTreeMap<String, Oid>, git2::Error> {
    let mut branches = BTreeMap::new();
    for reference in git.references_glob("refs/heads/*")?.flatten() {
        let Ok(name) = reference.name() else { continue };
        let name = name.trim_start_matches("refs/heads/");
        if let (false, Some(tip)) = (name.starts_with(OWN), reference.target()) {
            branches.insert(name.into(), tip);
        }
    }
    Ok(branches)
}

fn parse(oid: &str) -> Option<Oid> {
    Oid::from_str(oid).ok()
}

fn parsed(branches: &BTreeMap<String, String>) -> BTreeMap<String, Oid> {
    branches
        .iter()
        .filter_map(|(name, oid)| Some((name.clone(), parse(oid)?)))
        .collect()
}
