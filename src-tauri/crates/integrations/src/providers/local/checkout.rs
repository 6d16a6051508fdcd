//! A git folder as documents see it: its tags and commits, the files as they lie there, and putting new ones in.

mod discover;
mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use git2::{DiffOptions, ErrorCode, Oid, Repository, StatusOptions, StatusShow};
use jiff::Timestamp;
use perch_core::patch::{Patch, is_inside};
use perch_core::seam::checkout::{
    Checkout, CheckoutError, Discovered, History, Recorded, Survey, Tag,
};
use perch_core::seam::publisher::PublishError;

use super::blocking::{self, Unfinished};
use super::folder::{Folder, Unusable};
use super::history::{between, committed_at};
use super::publish::tree;

/// Commits of a range at most, and of the past before it that is searched for its authors.
const COMMITS: usize = 20_000;

/// Paths of a survey at most.
const PATHS: usize = 50_000;

/// Paths of one commit at most.
const TOUCHED: usize = 1_000;

/// Bytes of a file beyond which it counts as no text.
const FILE_BYTES: u64 = 4 << 20;

/// Reads and writes git folders.
pub(super) struct LocalCheckout;

impl From<Unfinished> for CheckoutError {
    fn from(unfinished: Unfinished) -> Self {
        Self::Unavailable(unfinished.0)
    }
}

impl From<Unusable> for CheckoutError {
    fn from(unusable: Unusable) -> Self {
        Self::Refused {
            problem: unusable.problem,
            next_step: unusable.next_step,
        }
    }
}

/// What kept a document from being written.
fn unwritten(error: PublishError) -> CheckoutError {
    match error {
        PublishError::Refused { reason, next_step } => CheckoutError::Refused {
            problem: reason,
            next_step,
        },
        PublishError::Moved(reason) => CheckoutError::Refused {
            problem: reason,
            next_step: "nothing was written; make the document afresh".into(),
        },
        PublishError::Unavailable(reason) => CheckoutError::Unavailable(reason),
    }
}

fn fault(error: git2::Error) -> CheckoutError {
    CheckoutError::Unavailable(format!("git: {}", error.message()))
}

#[async_trait]
impl Checkout for LocalCheckout {
    async fn survey(&self, path: &str) -> Result<Survey, CheckoutError> {
        let path = path.to_owned();
        blocking::run(move |stop| survey(Path::new(&path), stop)).await?
    }

    async fn history(
        &self,
        root: &str,
        from: Option<&str>,
        to: &str,
    ) -> Result<History, CheckoutError> {
        let (root, from, to) = (root.to_owned(), from.map(str::to_owned), to.to_owned());
        blocking::run(move |stop| {
            let folder = Folder::open(Path::new(&root))?;
            history(&folder.git, from.as_deref(), &to, stop)
        })
        .await?
    }

    async fn texts(
        &self,
        root: &str,
        paths: &[String],
    ) -> Result<BTreeMap<String, String>, CheckoutError> {
        let (root, paths) = (root.to_owned(), paths.to_vec());
        let read = move |_: &AtomicBool| {
            let text = |path: &String| Some((path.clone(), text(Path::new(&root), path)?));
            paths.iter().filter_map(text).collect()
        };
        Ok(blocking::run(read).await?)
    }

    async fn discover(&self, under: &str) -> Result<Vec<Discovered>, CheckoutError> {
        let under = under.to_owned();
        Ok(blocking::run(move |stop| discover::below(Path::new(&under), stop)).await?)
    }

    async fn file(&self, root: &str, path: &str) -> Result<String, CheckoutError> {
        let (root, path) = (root.to_owned(), path.to_owned());
        blocking::run(move |_| file::find(Path::new(&root), &path)).await?
    }

    async fn put(&self, root: &str, patch: &Patch) -> Result<(), CheckoutError> {
        let (root, patch) = (root.to_owned(), patch.clone());
        blocking::run(move |_| {
            let folder = Folder::open(Path::new(&root))?;
            tree::put(&folder, &patch).map_err(unwritten)
        })
        .await?
    }
}

fn survey(path: &Path, stop: &AtomicBool) -> Result<Survey, CheckoutError> {
    let folder = match Folder::around(path) {
        Some(folder) => folder,
        None => Folder::open(path)?,
    };
    let git = &folder.git;
    let within = path
        .canonicalize()
        .ok()
        .and_then(|path| Some(path.strip_prefix(&folder.root).ok()?.to_str()?.to_owned()))
        .unwrap_or_default();
    let head = git.head().ok();
    Ok(Survey {
        within: within.replace('\\', "/"),
        head: head
            .as_ref()
            .and_then(|head| Some(head.peel_to_commit().ok()?.id().to_string())),
        branch: head
            .as_ref()
            .filter(|head| head.is_branch())
            .and_then(|head| Some(head.shorthand().ok()?.to_owned())),
        remote: remote(git),
        person: folder.person().map(|person| person.name),
        tags: tags(git, stop).map_err(fault)?,
        paths: paths(git).map_err(fault)?,
        root: folder.key,
        name: folder.name,
    })
}

fn remote(git: &Repository) -> Option<String> {
    let names = git.remotes().ok()?;
    let names: Vec<&str> = names.iter().flatten().flatten().collect();
    let name = names
        .iter()
        .find(|name| **name == "origin")
        .or_else(|| names.first().filter(|_| names.len() == 1))?;
    Some(git.find_remote(name).ok()?.url().ok()?.to_owned())
}

fn tags(git: &Repository, stop: &AtomicBool) -> Result<Vec<Tag>, git2::Error> {
    let head: Vec<Oid> = git
        .head()
        .and_then(|head| head.peel_to_commit())
        .map(|head| head.id())
        .into_iter()
        .collect();
    let contained: BTreeSet<Oid> = between(git, &head, &[], COMMITS, stop)?
        .into_iter()
        .collect();
    let mut found = Vec::new();
    for reference in git.references_glob("refs/tags/*")?.flatten() {
        let Some(name) = reference
            .name()
            .ok()
            .and_then(|name| name.strip_prefix("refs/tags/"))
        else {
            continue;
        };
        // A tag may also name a tree or a blob.
        let Ok(commit) = reference.peel_to_commit() else {
            continue;
        };
        let tagged = reference
            .peel_to_tag()
            .ok()
            .and_then(|tag| Timestamp::from_second(tag.tagger()?.when().seconds()).ok());
        found.push(Tag {
            name: name.to_owned(),
            commit: commit.id().to_string(),
            contained: contained.contains(&commit.id()),
            at: tagged.unwrap_or_else(|| committed_at(&commit)),
        });
    }
    Ok(found)
}

/// Tracked files, and new ones that are not ignored.
fn paths(git: &Repository) -> Result<Vec<String>, git2::Error> {
    let mut paths: BTreeSet<String> = git
        .index()?
        .iter()
        .filter_map(|entry| String::from_utf8(entry.path).ok())
        .take(PATHS)
        .collect();
    let mut options = StatusOptions::new();
    options
        .show(StatusShow::Workdir)
        .include_untracked(true)
        .recurse_untracked_dirs(true)
        .include_ignored(false)
        .exclude_submodules(true);
    for entry in git.statuses(Some(&mut options))?.iter() {
        let Ok(path) = entry.path() else { continue };
        if entry.status().is_wt_deleted() {
            paths.remove(path);
        } else if entry.status().is_wt_new() && paths.len() < PATHS {
            paths.insert(path.to_owned());
        }
    }
    Ok(paths.into_iter().collect())
}

fn text(root: &Path, path: &str) -> Option<String> {
    if !is_inside(path) {
        return None;
    }
    let place = root.join(path);
    let inside = place
        .canonicalize()
        .ok()?
        .starts_with(root.canonicalize().ok()?);
    let small = place
        .metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.len() <= FILE_BYTES);
    if !inside || !small {
        return None;
    }
    String::from_utf8(std::fs::read(place).ok()?).ok()
}

fn history(
    git: &Repository,
    from: Option<&str>,
    to: &str,
    stop: &AtomicBool,
) -> Result<History, CheckoutError> {
    let end = commit(git, to)?;
    let begin = from.map(|from| commit(git, from)).transpose()?;
    let hidden: Vec<Oid> = begin.into_iter().collect();
    let walked = between(git, &[end], &hidden, COMMITS, stop).map_err(fault)?;
    let shallow = shallow_roots(git);
    let mailmap = git.mailmap().ok();
    let mut commits = Vec::with_capacity(walked.len());
    for oid in walked {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        commits.push(recorded(git, oid, mailmap.as_ref()).map_err(fault)?);
    }
    let mut earlier_authors = BTreeSet::new();
    for oid in between(git, &hidden, &[], COMMITS, stop).map_err(fault)? {
        if let Ok(commit) = git.find_commit(oid) {
            earlier_authors.insert(who(&commit, mailmap.as_ref()).1);
        }
    }
    Ok(History {
        from: begin.map(|oid| oid.to_string()),
        to: end.to_string(),
        cut_short: commits.iter().any(|one| shallow.contains(&one.sha)),
        commits,
        earlier_authors,
    })
}

fn commit(git: &Repository, name: &str) -> Result<Oid, CheckoutError> {
    let tag = git.find_reference(&format!("refs/tags/{name}")).ok();
    let object = match tag.as_ref().and_then(|tag| tag.peel_to_commit().ok()) {
        Some(commit) => return Ok(commit.id()),
        None => git.revparse_single(name),
    };
    let found = object.and_then(|object| object.peel_to_commit());
    found.map(|commit| commit.id()).map_err(|error| {
        let missing = matches!(
            error.code(),
            ErrorCode::NotFound
                | ErrorCode::InvalidSpec
                | ErrorCode::UnbornBranch
                | ErrorCode::Ambiguous
        );
        if !missing {
            return fault(error);
        }
        let next_step = if git.is_shallow() {
            "the clone is shallow: `git fetch --unshallow --tags` brings the rest"
        } else {
            "`git tag` lists the tags; `git fetch --tags` brings those of the remote"
        };
        CheckoutError::Refused {
            problem: format!("`{name}` is no tag, branch or commit here"),
            next_step: next_step.into(),
        }
    })
}

/// Commits whose parents were left away when the repository was cloned.
fn shallow_roots(git: &Repository) -> BTreeSet<String> {
    std::fs::read_to_string(git.commondir().join("shallow"))
        .unwrap_or_default()
        .lines()
        .map(|line| line.trim().to_owned())
        .collect()
}

fn recorded(
    git: &Repository,
    oid: Oid,
    mailmap: Option<&git2::Mailmap>,
) -> Result<Recorded, git2::Error> {
    let commit = git.find_commit(oid)?;
    let (name, email) = who(&commit, mailmap);
    let tree = commit.tree()?;
    let before = commit.parent(0).ok().and_then(|parent| parent.tree().ok());
    let mut options = DiffOptions::new();
    options.skip_binary_check(true).ignore_submodules(false);
    let diff = git.diff_tree_to_tree(before.as_ref(), Some(&tree), Some(&mut options))?;
    let paths = diff
        .deltas()
        .filter_map(|delta| {
            delta
                .new_file()
                .path()
                .or(delta.old_file().path())
                .and_then(Path::to_str)
                .map(str::to_owned)
        })
        .take(TOUCHED)
        .collect();
    Ok(Recorded {
        sha: oid.to_string(),
        parents: commit
            .parent_ids()
            .map(|parent| parent.to_string())
            .collect(),
        message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
        name,
        email,
        at: committed_at(&commit),
        paths,
    })
}

/// The author's name and address.
fn who(commit: &git2::Commit<'_>, mailmap: Option<&git2::Mailmap>) -> (String, String) {
    let author = mailmap
        .and_then(|mailmap| commit.author_with_mailmap(mailmap).ok())
        .unwrap_or_else(|| commit.author().to_owned());
    (
        String::from_utf8_lossy(author.name_bytes()).into_owned(),
        String::from_utf8_lossy(author.email_bytes()).to_lowercase(),
    )
}
