//! Diffs, commits, files and reviews.
//!
//! The API gives out the diff of a pull request and of a commit. Of a range it lists only commits with the paths
//! they touch; then both versions of each file are fetched and compared here.

use std::collections::BTreeSet;

use jiff::Timestamp;
use perch_core::event_type::EventType;
use perch_core::facts::{Commit, FileChange, Review};
use serde_json::Value;

use super::source::Source;
use crate::diff;
use crate::facts::{Lack, found, missing};
use crate::http::address::encode;

/// Bytes of a diff read at most.
const DIFF: usize = 16 << 20;

/// Files of a range compared at most; each costs two requests.
const COMPARED: usize = 12;

/// Commits of a range at most.
const COMMITS: usize = 250;

/// Paths of a tree at most.
const PATHS: usize = 50_000;

/// The commits an event is about.
enum Range {
    /// A pull request's.
    Pull(u64),
    /// From one commit or branch to a commit.
    Compare(String, String),
    /// One commit.
    Commit(String),
}

impl Source<'_> {
    async fn range(&mut self) -> Result<Range, Lack> {
        let event = self.event;
        let subject = &event.subject;
        if event.event_type.as_str().starts_with("repo.pr.") {
            return subject
                .number
                .map(Range::Pull)
                .ok_or_else(|| missing("the event names no pull request"));
        }
        let after = subject
            .commit
            .clone()
            .ok_or_else(|| missing("the event names no commit"))?;
        if event.event_type == EventType::PUSH {
            return Ok(match (&subject.before, &subject.base_branch) {
                (Some(before), _) => Range::Compare(before.clone(), after),
                (None, Some(default)) if !subject.on_default_branch => {
                    Range::Compare(default.clone(), after)
                }
                _ => Range::Commit(after),
            });
        }
        // A build: since the last passing run, else its pull request, else its own commit.
        let green = match self.passing_runs().await {
            Ok(runs) => runs
                .iter()
                .filter_map(|run| run["head_sha"].as_str().or(run["commit_sha"].as_str()))
                .find(|green| *green != after)
                .map(ToOwned::to_owned),
            Err(Lack::Missing(_)) => None,
            Err(error) => return Err(error),
        };
        Ok(match (green, subject.number) {
            (Some(green), _) => Range::Compare(green, after),
            (None, Some(number)) => Range::Pull(number),
            (None, None) => Range::Commit(after),
        })
    }

    pub(super) async fn diff(&mut self) -> Result<Vec<FileChange>, Lack> {
        let mut changes = match self.range().await? {
            Range::Pull(number) => {
                let rest = format!("/pulls/{number}.diff");
                self.text_diff(&rest, "the pull request's diff").await?
            }
            Range::Commit(sha) => {
                let rest = format!("/git/commits/{sha}.diff");
                self.text_diff(&rest, "the commit's diff").await?
            }
            Range::Compare(from, to) => self.range_diff(&from, &to).await?,
        };
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(changes)
    }

    async fn text_diff(&mut self, rest: &str, what: &str) -> Result<Vec<FileChange>, Lack> {
        self.spend()?;
        let Some(answer) = self.api.raw(&self.url(rest), DIFF).await? else {
            return Err(missing(format!("{what} is too large")));
        };
        let text = found(answer, what)?.body;
        diff::text(&text).map_err(|_| missing(format!("{what} cannot be read")))
    }

    async fn range_diff(&mut self, from: &str, to: &str) -> Result<Vec<FileChange>, Lack> {
        let commits = self.compared(from, to).await?;
        let mut paths: BTreeSet<String> = BTreeSet::new();
        for commit in &commits {
            let parents = commit["parents"].as_array().map_or(0, Vec::len);
            // A merge brings nothing of its own that its parents do not list.
            let files = commit["files"].as_array().into_iter().flatten();
            if parents < 2 {
                paths.extend(files.filter_map(|file| file["filename"].as_str().map(Into::into)));
            }
        }
        let single = match &commits[..] {
            [commit] => commit.pointer("/parents/0/sha").and_then(Value::as_str) == Some(from),
            _ => false,
        };
        if single || paths.is_empty() {
            let rest = format!("/git/commits/{to}.diff");
            return self.text_diff(&rest, "the commit's diff").await;
        }
        // Where it parted, not where the other side has come to since.
        let parted = commits
            .first()
            .and_then(|commit| commit.pointer("/parents/0/sha")?.as_str())
            .unwrap_or(from)
            .to_owned();
        let mut changes = Vec::new();
        for (number, path) in paths.iter().enumerate() {
            if number >= COMPARED {
                changes.push(FileChange {
                    path: path.clone(),
                    opaque: true,
                    ..FileChange::default()
                });
                continue;
            }
            let before = self.bytes(path, &raw(path, &parted)).await?;
            let after = self.bytes(path, &raw(path, to)).await?;
            let change = diff::buffers(path, before.as_deref(), after.as_deref());
            changes.extend(change.map_err(|_| missing("a file could not be compared"))?);
        }
        Ok(changes)
    }

    pub(super) async fn commits(&mut self) -> Result<Vec<Commit>, Lack> {
        let commits = match self.range().await? {
            Range::Pull(number) => {
                let rest = format!("/pulls/{number}/commits");
                let mut listed = self
                    .counted(&rest, None, "the pull request's commits", COMMITS)
                    .await?;
                // Servers list the newest first.
                listed.reverse();
                listed
            }
            Range::Compare(from, to) => self.compared(&from, &to).await?,
            Range::Commit(sha) => {
                let rest = format!("/git/commits/{sha}");
                vec![self.json(&rest, "the commit").await?]
            }
        };
        Ok(commits.iter().filter_map(commit).collect())
    }

    /// The commits from one to the other, oldest first.
    async fn compared(&mut self, from: &str, to: &str) -> Result<Vec<Value>, Lack> {
        let rest = format!("/compare/{}...{to}", encode(from));
        let compared = self.json(&rest, "the comparison").await?;
        let mut commits = compared["commits"].as_array().cloned().unwrap_or_default();
        if commits.first().is_some_and(|commit| commit["sha"] == to) {
            commits.reverse();
        }
        commits.truncate(COMMITS);
        Ok(commits)
    }

    /// All paths, and whether these are all.
    pub(super) async fn tree(&mut self) -> Result<(Vec<String>, bool), Lack> {
        let sha = self.commit_of_base()?;
        let mut paths = Vec::new();
        let mut page = 0;
        loop {
            page += 1;
            let rest = format!("/git/trees/{sha}?recursive=true&per_page=10000&page={page}");
            let tree = match self.json(&rest, "the list of files").await {
                Err(Lack::Missing(_)) if !paths.is_empty() => return Ok((paths, false)),
                tree => tree?,
            };
            let entries = tree["tree"].as_array().cloned().unwrap_or_default();
            let blobs = entries.iter().filter(|entry| entry["type"] == "blob");
            paths.extend(blobs.filter_map(|entry| entry["path"].as_str().map(String::from)));
            if tree["truncated"] != true || entries.is_empty() {
                break;
            }
            if paths.len() > PATHS {
                paths.truncate(PATHS);
                return Ok((paths, false));
            }
        }
        paths.sort();
        Ok((paths, true))
    }

    /// A file's text; nothing if it is not there, is not text, or is too large.
    pub(super) async fn file(&mut self, path: &str) -> Result<Option<String>, Lack> {
        let commit = self.commit_of_base()?;
        self.text(path, &raw(path, &commit)).await
    }

    pub(super) async fn reviews(&mut self) -> Result<Vec<Review>, Lack> {
        let number = self
            .event
            .subject
            .number
            .ok_or_else(|| missing("the event names no pull request"))?;
        let rest = format!("/pulls/{number}/reviews");
        let reviews = self.counted(&rest, None, "the reviews", 500).await?;
        let mut reviews: Vec<Review> = reviews
            .iter()
            .filter_map(|review| {
                let state = match review["state"].as_str()? {
                    _ if review["dismissed"] == true => "dismissed",
                    "APPROVED" => "approved",
                    "REQUEST_CHANGES" => "changes_requested",
                    "COMMENT" => "commented",
                    _ => return None,
                };
                Some(Review {
                    author: review.pointer("/user/login")?.as_str()?.into(),
                    state: state.into(),
                    at: review["submitted_at"].as_str()?.parse().ok()?,
                })
            })
            .collect();
        reviews.sort_by_key(|review| review.at);
        Ok(reviews)
    }
}

fn commit(commit: &Value) -> Option<Commit> {
    let text = |pointer: &str| commit.pointer(pointer).and_then(Value::as_str);
    Some(Commit {
        sha: text("/sha")?.into(),
        message: text("/commit/message")?.into(),
        author: text("/author/login")
            .or(text("/commit/author/email"))
            .unwrap_or_default()
            .into(),
        at: text("/commit/author/date")?.parse::<Timestamp>().ok()?,
    })
}

/// Where a file's own bytes lie below the repository.
fn raw(path: &str, commit: &str) -> String {
    format!("/raw/{}?ref={commit}", encode(path))
}
