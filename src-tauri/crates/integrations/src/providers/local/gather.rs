//! Facts about events of the local provider, read from the repository and from snapshots.
//!
//! Logs and earlier runs are in the store, so the engine answers those wants itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use git2::{ObjectType, Oid, Tree, TreeWalkMode, TreeWalkResult};
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Commit, Facts, FileChange, Missing, PastRun, Want};
use perch_core::patch::{Base, is_inside};
use perch_core::seam::provider::{Budget, ProviderError};

use super::blocking;
use super::folder::Folder;
use super::history::{author, authored_at, between};
use super::snapshot::{self, Entry, Manifest};
use crate::diff;

/// Commits of a range at most.
const COMMITS: usize = 250;

/// Paths of a tree at most.
const PATHS: usize = 50_000;

/// Answers the wants this provider can answer.
pub(super) async fn gather(
    event: &Event,
    wants: &[Want],
    budget: Budget,
    facts: &mut Facts,
) -> Result<(), ProviderError> {
    let wants: Vec<Want> = wants
        .iter()
        .filter(|want| !of_the_store(want))
        .filter(|want| !facts.answered.contains(want))
        .cloned()
        .collect();
    let event = event.clone();
    let passed = facts.history.iter().find(|run| run.passed).cloned();
    let known = facts.base.clone();
    let found =
        blocking::run(move |stop| answers(&event, &wants, budget, passed.as_ref(), known, stop))
            .await??;
    facts.base = found.base.or(facts.base.take());
    facts.answered.extend(found.answered);
    facts.missing.extend(found.missing);
    facts.diff.extend(found.diff);
    facts.commits.extend(found.commits);
    facts.tree.extend(found.tree);
    facts.files.extend(found.files);
    Ok(())
}

/// True for what the engine takes from the store.
fn of_the_store(want: &Want) -> bool {
    matches!(
        want,
        Want::FailingLog | Want::PassingLogs | Want::Log | Want::History
    )
}

fn answers(
    event: &Event,
    wants: &[Want],
    budget: Budget,
    passed: Option<&PastRun>,
    known: Option<Base>,
    stop: &AtomicBool,
) -> Result<Facts, ProviderError> {
    let mut facts = Facts::default();
    let outside = event.data.get("build").is_some() && event.data["base"].is_null();
    let path = PathBuf::from(&event.subject.repository_key);
    let opened = if outside {
        Err("the command ran outside a git repository".to_owned())
    } else {
        Folder::open(&path).map_err(|unusable| unusable.problem)
    };
    let folder = match opened {
        Ok(folder) => folder,
        Err(reason) => {
            for want in wants {
                facts.answered.insert(want.clone());
                facts.missing.push(missing(want, &reason));
            }
            return Ok(facts);
        }
    };
    let base = known.unwrap_or_else(|| base(event));
    let source = Source {
        range: range(&folder, event, &base, passed, stop),
        manifest: base
            .snapshot
            .as_ref()
            .and_then(|snapshot| snapshot::manifest(Path::new(snapshot))),
        folder: &folder,
        base: &base,
        budget,
        stop,
    };
    for want in wants {
        if let Err(reason) = source.answer(want, &mut facts) {
            facts.missing.push(missing(want, &reason));
        }
        facts.answered.insert(want.clone());
    }
    facts.base = Some(base);
    Ok(facts)
}

fn missing(want: &Want, reason: &str) -> Missing {
    Missing {
        want: want.clone(),
        reason: reason.into(),
    }
}

/// What files are read from: the tree a command ran on, else the event's commit.
fn base(event: &Event) -> Base {
    serde_json::from_value(event.data["base"].clone()).unwrap_or_else(|_| {
        let subject = &event.subject;
        let into = if event.event_type == EventType::PR_MERGED {
            &subject.base_branch
        } else {
            &subject.branch
        };
        Base {
            commit: subject.commit.clone().unwrap_or_default(),
            branch: into.clone(),
            ..Base::default()
        }
    })
}

/// The commits an event is about.
struct Range {
    /// The commit before; absent when there is none.
    before: Option<Oid>,
    /// The last one.
    after: Oid,
}

fn range(
    folder: &Folder,
    event: &Event,
    base: &Base,
    passed: Option<&PastRun>,
    stop: &AtomicBool,
) -> Result<Range, String> {
    let after = Oid::from_str(&base.commit).map_err(|_| "the repository has no commit yet")?;
    let exists = |oid: &Oid| folder.git.find_commit(*oid).is_ok();
    if !exists(&after) {
        return Err(format!("commit {} is no longer there", base.commit));
    }
    let parse = |sha: &Option<String>| {
        sha.as_deref()
            .and_then(|sha| Oid::from_str(sha).ok())
            .filter(exists)
    };
    let before = if event.data.get("build").is_some() {
        // Without an earlier passing run only what is not committed can have broken it.
        Some(passed.and_then(|run| parse(&run.commit)).unwrap_or(after))
    } else {
        parse(&event.subject.before).or_else(|| forked(folder, event, after, stop))
    };
    Ok(Range { before, after })
}

/// Where a new or rewritten branch left the default branch.
fn forked(folder: &Folder, event: &Event, tip: Oid, stop: &AtomicBool) -> Option<Oid> {
    let default = event.subject.base_branch.as_deref()?;
    let git = &folder.git;
    ["refs/heads/", "refs/remotes/origin/"]
        .iter()
        .filter_map(|place| git.refname_to_id(&format!("{place}{default}")).ok())
        .filter(|&base| base != tip)
        .find_map(|base| git.merge_base(base, tip).ok())
        .filter(|&base| base != tip)
        .or_else(|| {
            // The default branch itself, seen for the first time: its last commit only.
            let last = between(git, &[tip], &[], 1, stop).ok()?;
            git.find_commit(*last.first()?).ok()?.parent_id(0).ok()
        })
}

struct Source<'a> {
    folder: &'a Folder,
    base: &'a Base,
    range: Result<Range, String>,
    /// The snapshot the base names, as far as it is still kept.
    manifest: Option<Manifest>,
    budget: Budget,
    stop: &'a AtomicBool,
}

impl Source<'_> {
    fn answer(&self, want: &Want, facts: &mut Facts) -> Result<(), String> {
        let said = |error: git2::Error| error.message().to_owned();
        match want {
            Want::Diff => facts.diff = self.diff()?,
            Want::Commits => facts.commits = self.commits().map_err(said)?,
            Want::Tree => facts.tree = self.paths()?,
            Want::File(path) => {
                if let Some(text) = self.text(path)? {
                    facts.files.insert(path.clone(), text);
                }
            }
            Want::Ticket | Want::Thread | Want::Issues => {
                return Err("a local folder keeps no issues".into());
            }
            Want::Reviews => return Err("a local folder keeps no reviews".into()),
            Want::Schema => return Err("a local folder has no database".into()),
            Want::Checks => return Err("a local folder keeps no checks".into()),
            Want::Steps => return Err("a command has no steps that could be timed".into()),
            Want::FailingLog
            | Want::PassingLogs
            | Want::Log
            | Want::History
            | Want::Around(..)
            | Want::Suspects(..)
            | Want::SuspectFiles(_) => {}
        }
        Ok(())
    }

    fn committed(&self) -> Result<Tree<'_>, String> {
        let range = self.range.as_ref().map_err(Clone::clone)?;
        diff::tree(&self.folder.git, range.after).map_err(|error| error.message().to_owned())
    }

    /// The committed range, with the dirty files' part replaced by what the snapshot holds.
    fn diff(&self) -> Result<Vec<FileChange>, String> {
        let git = &self.folder.git;
        let read = || -> Result<Vec<FileChange>, git2::Error> {
            let (before, after) = match &self.range {
                Ok(range) => (
                    range
                        .before
                        .map(|before| diff::tree(git, before))
                        .transpose()?,
                    Some(diff::tree(git, range.after)?),
                ),
                // No commit yet: everything in the snapshot is new.
                Err(_) => (None, None),
            };
            let dirty: BTreeSet<&str> = self.base.dirty.iter().map(String::as_str).collect();
            let mut changes = diff::trees(git, before.as_ref(), after.as_ref())?;
            changes.retain(|change| !dirty.contains(change.path.as_str()));
            for path in dirty {
                let blob = before.as_ref().and_then(|tree| diff::blob(git, tree, path));
                match self.entry(path) {
                    Some(Entry::Kept { hash }) => {
                        let bytes = self.kept(hash);
                        changes.extend(diff::contents(path, blob.as_ref(), bytes.as_deref())?);
                    }
                    Some(Entry::Removed) => {
                        changes.extend(diff::contents(path, blob.as_ref(), None)?);
                    }
                    Some(Entry::LeftOut) | None => changes.push(FileChange {
                        path: path.into(),
                        opaque: true,
                        ..FileChange::default()
                    }),
                }
            }
            changes.sort_by(|one, other| one.path.cmp(&other.path));
            Ok(changes)
        };
        if let (Err(reason), true) = (&self.range, self.base.dirty.is_empty()) {
            return Err(reason.clone());
        }
        read().map_err(|error| error.message().to_owned())
    }

    fn commits(&self) -> Result<Vec<Commit>, git2::Error> {
        let Ok(range) = &self.range else {
            return Ok(Vec::new());
        };
        let git = &self.folder.git;
        let hidden: Vec<Oid> = range.before.into_iter().collect();
        let mut found = between(git, &[range.after], &hidden, COMMITS, self.stop)?;
        found.reverse();
        found
            .into_iter()
            .map(|oid| {
                let commit = git.find_commit(oid)?;
                Ok(Commit {
                    sha: oid.to_string(),
                    message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
                    author: author(&commit),
                    at: authored_at(&commit),
                })
            })
            .collect()
    }

    fn paths(&self) -> Result<Vec<String>, String> {
        let mut paths = BTreeSet::new();
        if !self.base.commit.is_empty() {
            let walked = self
                .committed()?
                .walk(TreeWalkMode::PreOrder, |folder, entry| {
                    if let (Some(ObjectType::Blob), Ok(name)) = (entry.kind(), entry.name()) {
                        paths.insert(format!("{folder}{name}"));
                    }
                    if paths.len() < PATHS {
                        TreeWalkResult::Ok
                    } else {
                        TreeWalkResult::Abort
                    }
                });
            // Ending the walk early is reported as an error too.
            if let (Err(error), true) = (walked, paths.len() < PATHS) {
                return Err(error.message().into());
            }
        }
        for path in &self.base.dirty {
            if self.entry(path) == Some(&Entry::Removed) {
                paths.remove(path);
            } else {
                paths.insert(path.clone());
            }
        }
        Ok(paths.into_iter().take(PATHS).collect())
    }

    fn text(&self, path: &str) -> Result<Option<String>, String> {
        if !is_inside(path) {
            return Err("it is not a path inside the repository".into());
        }
        let bytes = if self.base.dirty.iter().any(|dirty| dirty == path) {
            match self.entry(path) {
                Some(Entry::Removed) => return Ok(None),
                Some(Entry::Kept { hash }) => self.kept(hash),
                Some(Entry::LeftOut) | None => None,
            }
            .ok_or("its uncommitted content was not kept")?
        } else if self.base.commit.is_empty() {
            return Ok(None);
        } else {
            let tree = self.committed()?;
            match diff::blob(&self.folder.git, &tree, path) {
                Some(blob) if blob.size() <= self.budget.file_bytes => blob.content().to_vec(),
                Some(_) => return Err("it is too large".into()),
                None => return Ok(None),
            }
        };
        if bytes.len() > self.budget.file_bytes {
            return Err("it is too large".into());
        }
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| "it is not UTF-8 text".into())
    }

    fn entry(&self, path: &str) -> Option<&Entry> {
        self.manifest.as_ref()?.files.get(path)
    }

    fn kept(&self, hash: &str) -> Option<Vec<u8>> {
        snapshot::kept(Path::new(self.base.snapshot.as_ref()?), hash)
    }
}
