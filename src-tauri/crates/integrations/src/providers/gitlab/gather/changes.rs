//! Diffs, commits, files and reviews.

use jiff::Timestamp;
use perch_core::event_type::EventType;
use perch_core::facts::{ChangeStatus, Commit, FileChange, Review, parse_hunks};
use serde_json::Value;

use super::builds::passing_pipelines;
use crate::facts::{Lack, Source, missing};
use crate::http::address::part;

/// Changed files at most.
const FILES: usize = 3_000;

/// Commits of a range at most.
const COMMITS: usize = 250;

/// Paths of a tree at most.
const PATHS: usize = 50_000;

/// The commits an event is about.
enum Range {
    /// A merge request's.
    Merge(u64),
    /// From one commit to another.
    Compare(String, String),
    /// One commit.
    Commit(String),
}

async fn range(source: &mut Source<'_>) -> Result<Range, Lack> {
    let event = source.event;
    let subject = &event.subject;
    if event.event_type.as_str().starts_with("repo.pr.") {
        return subject
            .number
            .map(Range::Merge)
            .ok_or_else(|| missing("the event names no merge request"));
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
    // A build: since the last passing one, else its merge request, else its own commit.
    let green = match passing_pipelines(source).await {
        Ok(passed) => passed
            .iter()
            .find_map(|run| run["sha"].as_str())
            .filter(|green| *green != after)
            .map(ToOwned::to_owned),
        Err(Lack::Missing(_)) => None,
        Err(error) => return Err(error),
    };
    Ok(match (green, subject.number) {
        (Some(green), _) => Range::Compare(green, after),
        (None, Some(number)) => Range::Merge(number),
        (None, None) => Range::Commit(after),
    })
}

pub(super) async fn diff(source: &mut Source<'_>) -> Result<Vec<FileChange>, Lack> {
    let files = match range(source).await? {
        Range::Merge(number) => {
            let rest = format!("/merge_requests/{number}/diffs?per_page=100");
            let what = "the merge request's diff";
            source.list(&rest, None, what, FILES).await?
        }
        Range::Compare(from, to) => members(&compare(source, &from, &to).await?, "diffs"),
        Range::Commit(sha) => {
            let rest = format!("/repository/commits/{sha}/diff?per_page=100");
            source.list(&rest, None, "the commit's diff", FILES).await?
        }
    };
    let mut changes: Vec<FileChange> = files.iter().filter_map(file_change).collect();
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(changes)
}

pub(super) async fn commits(source: &mut Source<'_>) -> Result<Vec<Commit>, Lack> {
    let listed = match range(source).await? {
        Range::Merge(number) => {
            let rest = format!("/merge_requests/{number}/commits?per_page=100");
            let what = "the merge request's commits";
            let mut listed = source.list(&rest, None, what, COMMITS).await?;
            // Here the newest comes first.
            listed.reverse();
            listed
        }
        Range::Compare(from, to) => members(&compare(source, &from, &to).await?, "commits"),
        Range::Commit(sha) => {
            let rest = format!("/repository/commits/{sha}");
            vec![source.json(&rest, "the commit").await?]
        }
    };
    Ok(listed.iter().take(COMMITS).filter_map(commit).collect())
}

async fn compare(source: &mut Source<'_>, from: &str, to: &str) -> Result<Value, Lack> {
    let rest = format!("/repository/compare?from={}&to={}", part(from), part(to));
    source.json(&rest, "the comparison").await
}

/// All paths, and whether these are all.
pub(super) async fn tree(source: &mut Source<'_>) -> Result<(Vec<String>, bool), Lack> {
    let sha = source.commit_of_base()?;
    let rest = format!("/repository/tree?ref={sha}&recursive=true&pagination=keyset&per_page=100");
    let (entries, whole) = source
        .listed(&rest, None, "the list of files", 2 * PATHS)
        .await?;
    let mut paths: Vec<String> = entries
        .iter()
        .filter(|entry| entry["type"] == "blob")
        .filter_map(|entry| entry["path"].as_str().map(Into::into))
        .collect();
    paths.sort();
    let whole = whole && paths.len() <= PATHS;
    paths.truncate(PATHS);
    Ok((paths, whole))
}

/// A file's text; nothing if it is not there, is not text, or is too large.
pub(super) async fn file(source: &mut Source<'_>, path: &str) -> Result<Option<String>, Lack> {
    let commit = source.commit_of_base()?;
    let rest = format!("/repository/files/{}/raw?ref={commit}", part(path));
    source.text(path, &rest).await
}

/// Approvals, and what those asked to review said without approving.
pub(super) async fn reviews(source: &mut Source<'_>) -> Result<Vec<Review>, Lack> {
    let event = source.event;
    let number = event
        .subject
        .number
        .ok_or_else(|| missing("the event names no merge request"))?;
    let rest = format!("/merge_requests/{number}/approvals");
    let approvals = source.json(&rest, "the approvals").await?;
    let name = |one: &Value| Some(one.pointer("/user/username")?.as_str()?.to_owned());
    // Older servers do not say when.
    let at = |one: &Value, field: &str| {
        let written = one[field].as_str()?;
        written.parse::<Timestamp>().ok()
    };
    let mut reviews: Vec<Review> = members(&approvals, "approved_by")
        .iter()
        .filter_map(|one| {
            Some(Review {
                author: name(one)?,
                state: "approved".into(),
                at: at(one, "approved_at").unwrap_or(event.at),
            })
        })
        .collect();
    let rest = format!("/merge_requests/{number}/reviewers");
    let reviewers = match source.json(&rest, "the reviewers").await {
        Ok(reviewers) => reviewers.as_array().cloned().unwrap_or_default(),
        Err(Lack::Missing(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    reviews.extend(reviewers.iter().filter_map(|one| {
        let state = match one["state"].as_str()? {
            "requested_changes" => "changes_requested",
            "reviewed" => "commented",
            _ => return None,
        };
        Some(Review {
            author: name(one)?,
            state: state.into(),
            at: at(one, "updated_state_at")
                .or(at(one, "created_at"))
                .unwrap_or(event.at),
        })
    }));
    reviews.sort_by_key(|review| review.at);
    Ok(reviews)
}

fn members(value: &Value, field: &str) -> Vec<Value> {
    value[field].as_array().cloned().unwrap_or_default()
}

fn file_change(file: &Value) -> Option<FileChange> {
    let text = |field: &str| file[field].as_str().filter(|text| !text.is_empty());
    let is = |field: &str| file[field] == true;
    let status = if is("new_file") {
        ChangeStatus::Added
    } else if is("deleted_file") {
        ChangeStatus::Removed
    } else if is("renamed_file") {
        ChangeStatus::Renamed
    } else {
        ChangeStatus::Modified
    };
    let hunks = text("diff").map(parse_hunks).unwrap_or_default();
    // Binary files and diffs that are too large come without lines; so do an empty file and a mere move.
    let nothing_to_show = status == ChangeStatus::Renamed || file["b_mode"] != file["a_mode"];
    let withheld = is("too_large") || is("collapsed") || text("diff").is_some();
    Some(FileChange {
        path: text("new_path").or(text("old_path"))?.into(),
        old_path: text("old_path")
            .filter(|_| status == ChangeStatus::Renamed)
            .map(Into::into),
        status,
        opaque: hunks.is_empty() && (withheld || !nothing_to_show),
        hunks,
    })
}

fn commit(commit: &Value) -> Option<Commit> {
    let text = |field: &str| commit[field].as_str();
    Some(Commit {
        sha: text("id")?.into(),
        message: text("message")?.into(),
        author: text("author_email")
            .or(text("author_name"))
            .unwrap_or_default()
            .into(),
        at: text("authored_date")
            .or(text("created_at"))?
            .parse::<Timestamp>()
            .ok()?,
    })
}
