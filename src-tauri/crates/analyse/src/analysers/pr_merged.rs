//! Looks at `PR_MERGED`: the changelog entry in the file's own style, and documents that name what changed.

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::evidence::Evidence;
use perch_core::facts::{Facts, Want};
use perch_core::finding::{Finding, Fix, Point, Remedy};
use perch_core::patch::{Change, Edit, FilePatch, Patch};
use perch_core::suggestion::Level;

use crate::analyser::{Analyser, Look};
use crate::changelog::landed::{Author, Landed};
use crate::changelog::layout::Layout;
use crate::changelog::style::Style;
use crate::changelog::{category, entry, insert, which};
use crate::pull_request::PullRequest;
use crate::title::shortened;

mod mentions;

pub(super) static ANALYSER: PrMerged = PrMerged;

pub(super) struct PrMerged;

impl Analyser for PrMerged {
    fn id(&self) -> &'static str {
        "pr_merged"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::PR_MERGED]
    }

    fn wants(&self, _event: &Event, facts: &Facts) -> Vec<Want> {
        if !facts.answered.contains(&Want::Diff) {
            return vec![Want::Diff];
        }
        if facts.diff.is_empty() {
            return Vec::new();
        }
        if !facts.answered.contains(&Want::Tree) {
            return vec![Want::Tree, Want::Commits];
        }
        changelog_of(facts)
            .into_iter()
            .chain(mentions::wanted(facts))
            .map(Want::File)
            .filter(|want| !facts.answered.contains(want))
            .collect()
    }

    fn look(&self, event: &Event, facts: &Facts) -> Look {
        let pull_request = PullRequest::of(event);
        let entry = changelog_entry(event, facts, &pull_request);
        let mentions = mentions::find(facts);
        let reason = match (&entry, mentions.is_empty()) {
            (Err(reason), true) => return Look::Nothing(reason.clone()),
            (Err(reason), false) => Some(reason.clone()),
            (Ok(_), _) => None,
        };
        let name = pull_request.name();
        let mut finding = Finding {
            analyser: "pr_merged".into(),
            why: why(&pull_request),
            level: Level::Normal,
            category: Some("documentation".into()),
            fingerprint: format!(
                "pr_merged/{}/{}",
                event.subject.repository_key, event.subject.key
            ),
            confidence: 0.8,
            ..Finding::default()
        };
        if let Ok(entry) = entry {
            finding.rule = "pr/changelog".into();
            finding.title = shortened(&format!("{name} has its changelog entry ready"));
            finding.points.push(Point {
                text: format!(
                    "`{}` does not name this change; under {}: {}",
                    entry.path, entry.under, entry.text
                ),
                evidence: vec![Evidence::file(
                    "the entry's place",
                    &entry.path,
                    Some(entry.line),
                )],
                todo: false,
            });
            finding.fixes.push(Fix {
                    title: shortened(&format!("Add {name} to {}", entry.path)),
                    explanation: format!("Adds one entry under {} in the style of those that are there; the rest of the file stays as it is", entry.under),
                    remedy: Remedy::Patch {
                        patch: Patch {
                            files: vec![FilePatch {
                                path: entry.path,
                                change: Change::Edit {
                                    edits: vec![entry.edit],
                                },
                            }],
                        },
                    },
                    confidence: 0.8,
                });
        } else {
            finding.rule = "docs/outdated_name".into();
            let first = &mentions[0];
            finding.title = shortened(&format!(
                "`{}` still names `{}`",
                file_name(&first.path),
                first.name
            ));
            finding.level = Level::Normal;
        }
        let renames = mentions::renames(facts, &mentions);
        for mention in mentions {
            finding.points.push(mention.point());
        }
        if let Some(reason) = reason {
            finding.why = format!("{}; no changelog entry: {reason}", finding.why);
        }
        if !renames.files.is_empty() {
            finding.fixes.push(Fix {
                title: "Use the new names in the documents".into(),
                explanation: "Replaces names that this pull request changed, in the lines that still hold the old ones".into(),
                remedy: Remedy::Patch { patch: renames },
                confidence: 0.7,
            });
        }
        Look::Found(Box::new(finding))
    }
}

/// An entry with its place.
struct Entry {
    path: String,
    /// The heading it goes under, for people.
    under: String,
    /// The entry as it will stand there.
    text: String,
    /// The line it goes behind.
    line: u32,
    edit: Edit,
}

/// The entry, or why there is to be none.
fn changelog_entry(
    event: &Event,
    facts: &Facts,
    pull_request: &PullRequest,
) -> Result<Entry, String> {
    if facts.diff.is_empty() {
        return Err(facts
            .missing
            .iter()
            .find(|missing| missing.want == Want::Diff)
            .map_or_else(
                || "the pull request changes no file".into(),
                |missing| format!("the diff could not be read: {}", missing.reason),
            ));
    }
    if let Some(own) = facts
        .diff
        .iter()
        .find(|change| which::is_changelog(&change.path))
    {
        return Err(format!("the pull request changed `{}` itself", own.path));
    }
    if let Some(fragment) = facts
        .diff
        .iter()
        .find(|change| which::is_fragment(&change.path))
    {
        return Err(format!(
            "the pull request brought its own note, `{}`",
            fragment.path
        ));
    }
    let path = changelog_of(facts).ok_or("the repository has no changelog")?;
    let Some(text) = facts.files.get(&path) else {
        return Err(format!("`{path}` could not be read"));
    };
    let layout = Layout::read(text);
    layout.known().map_err(|why| format!("`{path}` {why}"))?;
    let style = Style::read(text, &layout);
    let landed = landed(event, facts, pull_request);
    let category = category::of(&landed, text)?;
    if let Some(tool) = which::writer(&facts.tree)
        && layout.unreleased.is_none()
    {
        return Err(format!("`{path}` is written by {tool} at each release"));
    }
    if entry::is_mentioned(text, &layout, &landed) {
        return Err(format!("`{path}` already names this change"));
    }
    let line = entry::text(&landed, category, &style);
    let placed = insert::place(text, &layout, &style, category, &line);
    Ok(Entry {
        path,
        under: placed.under,
        text: line.trim_start_matches(['-', '*', '+', ' ']).to_owned(),
        line: placed.line,
        edit: placed.edit,
    })
}

fn changelog_of(facts: &Facts) -> Option<String> {
    let changed = facts.diff.iter().map(|change| change.path.as_str());
    which::changelog(&facts.tree, changed)
}

fn landed(event: &Event, facts: &Facts, pull_request: &PullRequest) -> Landed {
    Landed {
        title: pull_request.title.clone(),
        body: pull_request.body.clone(),
        labels: pull_request.labels.clone(),
        authors: vec![Author::called(&pull_request.author)],
        number: pull_request.number,
        commit: event.subject.commit.clone(),
        url: event.subject.url.clone(),
        paths: facts
            .diff
            .iter()
            .map(|change| change.path.clone())
            .collect(),
    }
}

fn why(pull_request: &PullRequest) -> String {
    let by = if pull_request.author.is_empty() {
        String::new()
    } else {
        format!(" by {}", pull_request.author)
    };
    format!(
        "{}{by} was merged: {}",
        pull_request.name(),
        pull_request.title
    )
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
