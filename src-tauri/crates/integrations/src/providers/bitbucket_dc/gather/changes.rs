//! Diffs, commits, files and reviews.

use perch_core::event_type::EventType;
use perch_core::facts::{Commit, FileChange, Review};
use serde_json::Value;

use super::source::Source;
use crate::diff;
use crate::facts::{Lack, found, missing};
use crate::http::address::{encode, part};
use crate::providers::bitbucket_dc::api::millis;

/// Bytes of a diff read at most.
const DIFF: usize = 16 << 20;

/// Commits of a range at most.
const COMMITS: usize = 250;

/// Paths of a tree at most.
const PATHS: usize = 50_000;

/// Activities of a pull request read.
const ACTIVITIES: usize = 500;

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
                    Range::Compare(format!("refs/heads/{default}"), after)
                }
                _ => Range::Commit(after),
            });
        }
        // A build: since it last passed, else its pull request, else its own commit.
        Ok(match (self.green().await?, subject.number) {
            (Some(green), _) => Range::Compare(green, after),
            (None, Some(number)) => Range::Pull(number),
            (None, None) => Range::Commit(after),
        })
    }

    pub(super) async fn diff(&mut self) -> Result<Vec<FileChange>, Lack> {
        let (rest, what) = match self.range().await? {
            Range::Pull(number) => (
                format!("/pull-requests/{number}.diff"),
                "the pull request's diff",
            ),
            Range::Commit(commit) => (format!("/diff?until={commit}"), "the commit's diff"),
            Range::Compare(since, until) => (
                format!("/diff?since={}&until={until}", part(&since)),
                "the comparison",
            ),
        };
        self.spend()?;
        let Some(answer) = self.api.raw(&self.url(&rest), DIFF).await? else {
            return Err(missing(format!("{what} is too large")));
        };
        let text = as_git_writes(&found(answer, what)?.body);
        let mut changes =
            diff::text(&text).map_err(|_| missing(format!("{what} cannot be read")))?;
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(changes)
    }

    pub(super) async fn commits(&mut self) -> Result<Vec<Commit>, Lack> {
        let (rest, what) = match self.range().await? {
            Range::Pull(number) => (
                format!("/pull-requests/{number}/commits"),
                "the pull request's commits",
            ),
            Range::Compare(since, until) => (
                format!("/commits?since={}&until={until}", part(&since)),
                "the list of commits",
            ),
            Range::Commit(commit) => {
                let found = self
                    .json(&format!("/commits/{commit}"), "the commit")
                    .await?;
                return Ok(read(&found).into_iter().collect());
            }
        };
        let (mut listed, _) = self.values(&self.url(&rest), what, COMMITS).await?;
        // The newest comes first.
        listed.reverse();
        Ok(listed.iter().filter_map(read).collect())
    }

    /// All paths, and whether these are all.
    pub(super) async fn tree(&mut self) -> Result<(Vec<String>, bool), Lack> {
        let url = self.url(&format!("/files?at={}", self.commit_of_base()?));
        let (entries, whole) = self.values(&url, "the list of files", PATHS).await?;
        let mut paths: Vec<String> = entries
            .iter()
            .filter_map(|entry| entry.as_str().map(Into::into))
            .collect();
        paths.sort();
        Ok((paths, whole))
    }

    /// A file's text; nothing if it is not there, is not text, or is too large.
    pub(super) async fn file(&mut self, path: &str) -> Result<Option<String>, Lack> {
        let commit = self.commit_of_base()?;
        let rest = format!("/raw/{}?at={commit}", encode(path));
        self.text(path, &rest).await
    }

    /// Every verdict there was, from the pull request's activities.
    pub(super) async fn reviews(&mut self) -> Result<Vec<Review>, Lack> {
        let number = self
            .event
            .subject
            .number
            .ok_or_else(|| missing("the event names no pull request"))?;
        let url = self.url(&format!("/pull-requests/{number}/activities"));
        let what = "the pull request's activities";
        let (activities, _) = self.values(&url, what, ACTIVITIES).await?;
        let mut reviews: Vec<Review> = activities
            .iter()
            .rev()
            .filter_map(|one| {
                let state = match one["action"].as_str()? {
                    "APPROVED" => "approved",
                    "REVIEWED" => "changes_requested",
                    "UNAPPROVED" => "dismissed",
                    _ => return None,
                };
                Some(Review {
                    author: one.pointer("/user/name")?.as_str()?.into(),
                    state: state.into(),
                    at: millis(one, "createdDate")?,
                })
            })
            .collect();
        reviews.sort_by_key(|review| review.at);
        Ok(reviews)
    }
}

fn read(commit: &Value) -> Option<Commit> {
    let text = |pointer: &str| commit.pointer(pointer).and_then(Value::as_str);
    Some(Commit {
        sha: text("/id")?.into(),
        message: text("/message")?.into(),
        author: text("/author/name").unwrap_or_default().into(),
        at: millis(commit, "authorTimestamp")?,
    })
}

/// A diff with `a/` and `b/` before its paths, where Data Center writes `src://` and `dst://`.
pub(in super::super) fn as_git_writes(diff: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(diff.len());
    let mut in_hunk = false;
    for line in diff.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b"diff --git ") {
            in_hunk = false;
        }
        if in_hunk {
            text.extend_from_slice(line);
            continue;
        }
        in_hunk = line.starts_with(b"@@ ");
        let is_header = [&b"diff --git "[..], b"--- ", b"+++ "]
            .iter()
            .any(|start| line.starts_with(start));
        if is_header {
            let line = String::from_utf8_lossy(line);
            let line = line.replace("src://", "a/").replace("dst://", "b/");
            text.extend_from_slice(line.as_bytes());
        } else {
            text.extend_from_slice(line);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_before_the_lines_of_a_diff_is_rewritten() {
        let theirs = "diff --git src://a.rs dst://a.rs\nindex 1..2 100644\n--- src://a.rs\n\
                      +++ dst://a.rs\n@@ -1,2 +1,2 @@\n--- src://kept\n+++ dst://kept\n\
                      diff --git src://b dst://b\nnew file mode 100644\n--- /dev/null\n+++ dst://b\n";
        let gits = "diff --git a/a.rs b/a.rs\nindex 1..2 100644\n--- a/a.rs\n\
                    +++ b/a.rs\n@@ -1,2 +1,2 @@\n--- src://kept\n+++ dst://kept\n\
                    diff --git a/b b/b\nnew file mode 100644\n--- /dev/null\n+++ b/b\n";
        let text = as_git_writes(theirs.as_bytes());
        assert_eq!(String::from_utf8_lossy(&text), gits);
    }
}
