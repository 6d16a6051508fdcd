//! Diffs, commits, files and reviews.

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
    /// A whole hash for one that was cut.
    pub(super) async fn whole_hash(&mut self, commit: &str) -> Result<String, Lack> {
        let rest = format!("/commit/{}", encode(commit));
        let found = self.json(&rest, "the commit").await?;
        let hash = found["hash"].as_str().map(Into::into);
        hash.ok_or_else(|| missing("the commit has no hash"))
    }

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
        // A build: since the last passing one, else its pull request, else its own commit.
        let green = match self.passing().await {
            Ok(passed) => passed
                .iter()
                .filter_map(|run| run.pointer("/target/commit/hash")?.as_str())
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
        let (rest, what) = match self.range().await? {
            Range::Pull(number) => (
                format!("/pullrequests/{number}/diff"),
                "the pull request's diff",
            ),
            Range::Commit(commit) => (format!("/diff/{commit}"), "the commit's diff"),
            // What is looked at comes first, from where both parted.
            Range::Compare(from, to) => (
                format!("/diff/{to}..{}?topic=true", encode(&from)),
                "the comparison",
            ),
        };
        self.spend()?;
        let Some(answer) = self.api.raw(&self.url(&rest), DIFF).await? else {
            return Err(missing(format!("{what} is too large")));
        };
        let text = found(answer, what)?.body;
        let mut changes =
            diff::text(&text).map_err(|_| missing(format!("{what} cannot be read")))?;
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(changes)
    }

    pub(super) async fn commits(&mut self) -> Result<Vec<Commit>, Lack> {
        let (rest, what) = match self.range().await? {
            Range::Pull(number) => (
                format!("/pullrequests/{number}/commits?pagelen=100"),
                "the pull request's commits",
            ),
            Range::Compare(from, to) => (
                format!("/commits/{to}?exclude={}&pagelen=100", encode(&from)),
                "the list of commits",
            ),
            Range::Commit(commit) => {
                let found = self
                    .json(&format!("/commit/{commit}"), "the commit")
                    .await?;
                return Ok(read(&found).into_iter().collect());
            }
        };
        let (mut listed, _) = self.values(&rest, what, COMMITS).await?;
        // The newest comes first.
        listed.reverse();
        Ok(listed.iter().filter_map(read).collect())
    }

    /// All paths, and whether these are all.
    pub(super) async fn tree(&mut self) -> Result<(Vec<String>, bool), Lack> {
        let commit = self.commit_of_base()?;
        let rest = format!("/src/{commit}/?max_depth=50&pagelen=100");
        let (entries, whole) = self.values(&rest, "the list of files", 2 * PATHS).await?;
        let mut paths: Vec<String> = entries
            .iter()
            .filter(|entry| entry["type"] == "commit_file")
            .filter_map(|entry| entry["path"].as_str().map(Into::into))
            .collect();
        paths.sort();
        let whole = whole && paths.len() <= PATHS;
        paths.truncate(PATHS);
        Ok((paths, whole))
    }

    /// A file's text; nothing if it is not there, is not text, or is too large.
    pub(super) async fn file(&mut self, path: &str) -> Result<Option<String>, Lack> {
        let commit = self.commit_of_base()?;
        let rest = format!("/src/{commit}/{}", encode(path));
        self.text(path, &rest).await
    }

    /// Where everybody who took part stands.
    pub(super) async fn reviews(&mut self) -> Result<Vec<Review>, Lack> {
        let event = self.event;
        let number = event
            .subject
            .number
            .ok_or_else(|| missing("the event names no pull request"))?;
        let rest = format!("/pullrequests/{number}");
        let pull = self.json(&rest, "the pull request").await?;
        let participants = pull["participants"].as_array().into_iter().flatten();
        let mut reviews: Vec<Review> = participants
            .filter_map(|one| {
                let state = match one["state"].as_str() {
                    _ if one["approved"] == true => "approved",
                    Some("changes_requested") => "changes_requested",
                    _ if one["role"] == "REVIEWER" && one["participated_on"].is_string() => {
                        "commented"
                    }
                    _ => return None,
                };
                let at = one["participated_on"].as_str();
                Some(Review {
                    author: one.pointer("/user/nickname")?.as_str()?.into(),
                    state: state.into(),
                    at: at.and_then(|at| at.parse().ok()).unwrap_or(event.at),
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
        sha: text("/hash")?.into(),
        message: text("/message")?.into(),
        author: text("/author/user/nickname")
            .or(text("/author/raw"))
            .unwrap_or_default()
            .into(),
        at: text("/date")?.parse::<Timestamp>().ok()?,
    })
}
