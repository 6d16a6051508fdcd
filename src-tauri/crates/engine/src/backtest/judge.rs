//! Was it right? What then happened to the lines that a suggestion shows.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::evidence::Place;
use perch_core::facts::{ChangeStatus, DiffLine, Facts, FileChange, Want};
use perch_core::seam::checkout::{History, Recorded, Survey};
use perch_core::seam::provider::{Budget, Context};
use perch_core::subject::Subject;
use perch_core::suggestion::Suggestion;
use serde_json::json;

use super::Saying;
use crate::documents::DocumentError;
use crate::engine::Engine;
use crate::poll::StagedCache;

/// A change that comes later than this has other reasons.
const HORIZON: SignedDuration = SignedDuration::from_hours(24 * 14);

/// Whether what then happened proved a suggestion right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A later commit changed a line that it shows.
    Right {
        /// The commit.
        commit: String,
        /// The file.
        path: String,
        /// The line, as it was numbered when the suggestion was made.
        line: u32,
    },
    /// Nobody changed what it shows within a fortnight, or what mended the build was elsewhere.
    NotRight,
    /// The fortnight is not over.
    NotYet,
    /// It shows no line of a file, or what mended the build is in no commit.
    NotToTell,
    /// A build, and the commit with which it passed again.
    Build {
        /// That commit.
        mended: Option<String>,
    },
}

/// What came after, as far as the past that is looked at goes.
pub(super) struct Future<'a> {
    engine: &'a Engine,
    connection: &'a Connection,
    survey: &'a Survey,
    /// First parents, oldest first.
    line: Vec<&'a Recorded>,
    places: HashMap<&'a str, usize>,
    end: Timestamp,
}

impl<'a> Future<'a> {
    pub(super) fn of(
        engine: &'a Engine,
        connection: &'a Connection,
        survey: &'a Survey,
        history: &'a History,
        end: Timestamp,
    ) -> Self {
        let by_sha: HashMap<&str, &Recorded> = history
            .commits
            .iter()
            .map(|commit| (commit.sha.as_str(), commit))
            .collect();
        let mut line = Vec::new();
        let mut next = by_sha.get(history.to.as_str());
        while let Some(commit) = next {
            line.push(*commit);
            next = commit
                .parents
                .first()
                .and_then(|parent| by_sha.get(parent.as_str()));
        }
        line.reverse();
        let mut places = HashMap::new();
        for (place, commit) in line.iter().enumerate() {
            // What a merge brought stands where the merge does.
            for sha in commit
                .parents
                .iter()
                .skip(1)
                .map(String::as_str)
                .chain([commit.sha.as_str()])
            {
                places.entry(sha).or_insert(place);
            }
        }
        Self {
            engine,
            connection,
            survey,
            line,
            places,
            end,
        }
    }

    /// Gives each its outcome.
    pub(super) async fn judge(&self, said: &mut [Saying]) -> Result<(), DocumentError> {
        let mut diffs: HashMap<(String, String), Vec<FileChange>> = HashMap::new();
        for saying in said {
            saying.outcome = match &saying.outcome {
                Outcome::Build { mended } => {
                    self.of_build(saying, mended.clone(), &mut diffs).await?
                }
                _ => self.of_change(saying, &mut diffs).await?,
            };
        }
        Ok(())
    }

    /// The change from the commit a build failed on to the one it passed on.
    async fn of_build(
        &self,
        saying: &Saying,
        mended: Option<String>,
        diffs: &mut HashMap<(String, String), Vec<FileChange>>,
    ) -> Result<Outcome, DocumentError> {
        let Some(mended) = mended else {
            return Ok(Outcome::NotYet);
        };
        let failed = saying.suggestion.subject.commit.clone().unwrap_or_default();
        let shown = shown(&saying.suggestion, true);
        if failed.is_empty() || failed == mended || shown.is_empty() {
            return Ok(Outcome::NotToTell);
        }
        let changes = self.diff(&failed, &mended, diffs).await?;
        for (path, line) in shown {
            if let Some(change) = changes.iter().find(|change| concerns(change, &path))
                && follow(change, line).is_none()
            {
                return Ok(Outcome::Right {
                    commit: mended,
                    path,
                    line,
                });
            }
        }
        Ok(Outcome::NotRight)
    }

    /// The commits that came after.
    async fn of_change(
        &self,
        saying: &Saying,
        diffs: &mut HashMap<(String, String), Vec<FileChange>>,
    ) -> Result<Outcome, DocumentError> {
        let shown = shown(&saying.suggestion, false);
        let made = saying.suggestion.subject.commit.as_deref();
        let Some(&place) = made.and_then(|sha| self.places.get(sha)) else {
            return Ok(Outcome::NotToTell);
        };
        if shown.is_empty() {
            return Ok(Outcome::NotToTell);
        }
        let mut open: Vec<(String, u32, u32)> = shown
            .into_iter()
            .map(|(path, line)| (path, line, line))
            .collect();
        for commit in &self.line[place + 1..] {
            if commit.at.duration_since(saying.at) > HORIZON {
                break;
            }
            let Some(before) = commit.parents.first() else {
                continue;
            };
            let touched = |path: &String| commit.paths.contains(path);
            if !open.iter().any(|(path, ..)| touched(path)) {
                continue;
            }
            let changes = self.diff(before, &commit.sha, diffs).await?;
            for (path, first, line) in &mut open {
                let Some(change) = changes.iter().find(|change| concerns(change, path)) else {
                    continue;
                };
                match follow(change, *line) {
                    None => {
                        return Ok(Outcome::Right {
                            commit: commit.sha.clone(),
                            path: path.clone(),
                            line: *first,
                        });
                    }
                    Some(moved) => {
                        *line = moved;
                        path.clone_from(&change.path);
                    }
                }
            }
        }
        Ok(if self.end.duration_since(saying.at) < HORIZON {
            Outcome::NotYet
        } else {
            Outcome::NotRight
        })
    }

    async fn diff(
        &self,
        before: &str,
        after: &str,
        diffs: &mut HashMap<(String, String), Vec<FileChange>>,
    ) -> Result<Vec<FileChange>, DocumentError> {
        let key = (before.to_owned(), after.to_owned());
        if let Some(known) = diffs.get(&key) {
            return Ok(known.clone());
        }
        let event = Event {
            event_type: EventType::PUSH,
            dedup_key: format!("backtest/diff/{before}..{after}"),
            subject: Subject {
                repository: self.survey.name.clone(),
                repository_key: self.survey.root.clone(),
                commit: Some(after.into()),
                before: Some(before.into()),
                ..Subject::default()
            },
            at: self.end,
            actor: None,
            involves: Vec::new(),
            data: json!({}),
        };
        let mut facts = Facts::default();
        if let Some(provider) = self.engine.provider(&self.connection.provider) {
            let ctx = Context {
                connection: self.connection,
                token: None,
                cache: &StagedCache::new(HashMap::new()),
                now: self.end,
            };
            provider
                .gather(&ctx, &event, &[Want::Diff], Budget::default(), &mut facts)
                .await
                .map_err(|error| DocumentError::Failed(error.to_string()))?;
        }
        diffs.insert(key, facts.diff.clone());
        Ok(facts.diff)
    }
}

/// The lines of files that a suggestion shows: those of what leads, or of all where nothing does.
fn shown(suggestion: &Suggestion, all: bool) -> Vec<(String, u32)> {
    let leads = suggestion.points.iter().any(|point| !point.todo);
    let mut shown: Vec<(String, u32)> = suggestion
        .points
        .iter()
        .filter(|point| all || !leads || !point.todo)
        .flat_map(|point| &point.evidence)
        .filter_map(|evidence| match &evidence.place {
            Place::File {
                path,
                line: Some(line),
                ..
            } => Some((path.clone(), *line)),
            _ => None,
        })
        .collect();
    shown.dedup();
    shown
}

/// True if `change` is about the file that was called `path` before it.
fn concerns(change: &FileChange, path: &str) -> bool {
    change.old_path.as_deref().unwrap_or(&change.path) == path
}

/// Where a line stands after `change`; none when the change touches it, or puts something right beside it.
fn follow(change: &FileChange, line: u32) -> Option<u32> {
    if change.status == ChangeStatus::Removed {
        return None;
    }
    let mut shift: i64 = 0;
    for hunk in &change.hunks {
        let mut old = hunk.old_start;
        for one in &hunk.lines {
            match one {
                DiffLine::Context(_) => old += 1,
                DiffLine::Removed(_) if old == line => return None,
                DiffLine::Removed(_) => {
                    if old < line {
                        shift -= 1;
                    }
                    old += 1;
                }
                // Stands before the old line `old`.
                DiffLine::Added(_) if old == line || old == line + 1 => return None,
                DiffLine::Added(_) => {
                    if old <= line {
                        shift += 1;
                    }
                }
            }
        }
    }
    u32::try_from(i64::from(line) + shift).ok()
}

#[cfg(test)]
mod tests {
    use perch_core::facts::parse_hunks;

    use super::*;

    #[test]
    fn a_line_is_followed_through_a_change_until_it_is_touched() {
        let change = FileChange {
            path: "a".into(),
            hunks: parse_hunks(
                "@@ -2,3 +2,5 @@\n two\n+new\n+new\n three\n four\n@@ -10,4 +12,3 @@\n ten\n-eleven\n twelve\n thirteen\n",
            ),
            ..FileChange::default()
        };
        for (line, expected) in [
            (1, Some(1)),
            (2, None),
            (3, None),
            (4, Some(6)),
            (9, Some(11)),
            (10, Some(12)),
            (11, None),
            (12, Some(13)),
            (40, Some(41)),
        ] {
            assert_eq!(follow(&change, line), expected, "line {line}");
        }
        let gone = FileChange {
            status: ChangeStatus::Removed,
            ..change
        };
        assert_eq!(follow(&gone, 40), None);
    }
}
