//! Diffs, commits, files and reviews.

use jiff::Timestamp;
use perch_core::event_type::EventType;
use perch_core::facts::{ChangeStatus, Commit, FileChange, Review, parse_hunks};
use serde_json::Value;

use super::source::Source;
use crate::facts::{Lack, missing};
use crate::http::address::part;

/// Changed files at most; GitHub itself lists no more of a pull request.
const FILES: usize = 3_000;

/// Commits of a range at most.
const COMMITS: usize = 250;

/// Paths of a tree at most.
const PATHS: usize = 50_000;

/// The hash of the file without content, which has no diff to show.
const EMPTY: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

/// The commits an event is about.
enum Range {
    /// A pull request's.
    Pull(u64),
    /// From one commit to another.
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
                    Range::Compare(part(default), after)
                }
                _ => Range::Commit(after),
            });
        }
        // A build: since the last passing run, else its pull request, else its own commit.
        let green = match self.passing_runs().await {
            Ok(runs) => runs
                .iter()
                .find_map(|run| run["head_sha"].as_str())
                .filter(|green| *green != after)
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
        let files = match self.range().await? {
            Range::Pull(number) => {
                let rest = format!("/pulls/{number}/files?per_page=100");
                self.list(&rest, None, "the pull request's diff", FILES)
                    .await?
            }
            Range::Compare(from, to) => members(&self.compare(&from, &to).await?, "files"),
            Range::Commit(sha) => {
                let commit = self.json(&format!("/commits/{sha}"), "the commit").await?;
                members(&commit, "files")
            }
        };
        let mut changes: Vec<FileChange> = files.iter().filter_map(file_change).collect();
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(changes)
    }

    pub(super) async fn commits(&mut self) -> Result<Vec<Commit>, Lack> {
        let commits = match self.range().await? {
            Range::Pull(number) => {
                let rest = format!("/pulls/{number}/commits?per_page=100");
                self.list(&rest, None, "the pull request's commits", COMMITS)
                    .await?
            }
            Range::Compare(from, to) => members(&self.compare(&from, &to).await?, "commits"),
            Range::Commit(sha) => {
                vec![self.json(&format!("/commits/{sha}"), "the commit").await?]
            }
        };
        Ok(commits.iter().filter_map(commit).collect())
    }

    async fn compare(&mut self, from: &str, to: &str) -> Result<Value, Lack> {
        let rest = format!("/compare/{from}...{to}?per_page={COMMITS}");
        self.json(&rest, "the comparison").await
    }

    /// All paths, and whether these are all.
    pub(super) async fn tree(&mut self) -> Result<(Vec<String>, bool), Lack> {
        let sha = self.commit_of_base()?;
        let rest = format!("/git/trees/{sha}?recursive=1");
        let tree = self.json(&rest, "the list of files").await?;
        let mut paths: Vec<String> = members(&tree, "tree")
            .iter()
            .filter(|entry| entry["type"] == "blob")
            .filter_map(|entry| entry["path"].as_str().map(Into::into))
            .collect();
        paths.sort();
        let whole = tree["truncated"] != true && paths.len() <= PATHS;
        paths.truncate(PATHS);
        Ok((paths, whole))
    }

    /// A file's text; nothing if it is not there, is not text, or is too large.
    pub(super) async fn file(&mut self, path: &str) -> Result<Option<String>, Lack> {
        let commit = self.commit_of_base()?;
        let rest = format!("/contents/{}?ref={commit}", part(path));
        self.text(path, &rest).await
    }

    pub(super) async fn reviews(&mut self) -> Result<Vec<Review>, Lack> {
        let number = self
            .event
            .subject
            .number
            .ok_or_else(|| missing("the event names no pull request"))?;
        let rest = format!("/pulls/{number}/reviews?per_page=100");
        let reviews = self.list(&rest, None, "the reviews", 500).await?;
        let mut reviews: Vec<Review> = reviews
            .iter()
            .filter_map(|review| {
                Some(Review {
                    author: review.pointer("/user/login")?.as_str()?.into(),
                    state: review["state"].as_str()?.to_ascii_lowercase(),
                    at: review["submitted_at"].as_str()?.parse().ok()?,
                })
            })
            .collect();
        reviews.sort_by_key(|review| review.at);
        Ok(reviews)
    }
}

fn members(value: &Value, field: &str) -> Vec<Value> {
    value[field].as_array().cloned().unwrap_or_default()
}

fn file_change(file: &Value) -> Option<FileChange> {
    let text = |field: &str| file[field].as_str();
    let status = match text("status")? {
        "added" | "copied" => ChangeStatus::Added,
        "removed" => ChangeStatus::Removed,
        "renamed" => ChangeStatus::Renamed,
        "unchanged" => return None,
        _ => ChangeStatus::Modified,
    };
    let hunks = text("patch").map(parse_hunks).unwrap_or_default();
    let only_moved = status == ChangeStatus::Renamed && file["changes"].as_u64() == Some(0);
    Some(FileChange {
        path: text("filename")?.into(),
        old_path: text("previous_filename")
            .filter(|_| status == ChangeStatus::Renamed)
            .map(Into::into),
        status,
        opaque: hunks.is_empty() && !only_moved && file["sha"] != EMPTY,
        hunks,
    })
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
