//! Looks at `PR_OPENED`: a review checklist from the facts of this diff.
//!
//! Each check says what it saw and where; the gravest three lead, the rest is there to tick off. It never
//! judges style, and it stays silent where it would have to guess.

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, FileChange, Want};
use perch_core::finding::{Finding, Point};
use perch_core::suggestion::Level;

use crate::analyser::{Analyser, Look};
use crate::change::role::{self, Role};
use crate::change::testing;
use crate::pull_request::PullRequest;

mod coverage;
mod labels;
mod lines;
mod owners;
mod process;
mod promises;
mod size;
mod words;
mod workflow;

pub(super) static ANALYSER: PrOpened = PrOpened;

pub(super) struct PrOpened;

/// How many statements lead.
const LEADING: usize = 3;
/// The most statements in all: a longer list is not read.
const MOST: usize = 15;
/// The most files read to see which tests there are.
const MOST_FILES: usize = 24;

/// What a check has to say.
struct Remark {
    /// Order among all, the gravest lowest.
    rank: u8,
    /// The finding's rule if this leads.
    rule: &'static str,
    category: &'static str,
    /// The title if this leads, behind "PR #42".
    title: String,
    point: Point,
    /// How sure, 0 to 1.
    confidence: f32,
}

/// What the checks look at.
struct Review<'facts> {
    pull_request: PullRequest,
    facts: &'facts Facts,
    /// The changes a person reads.
    changes: Vec<&'facts FileChange>,
}

impl Analyser for PrOpened {
    fn id(&self) -> &'static str {
        "pr_opened"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::PR_OPENED]
    }

    fn wants(&self, _event: &Event, facts: &Facts) -> Vec<Want> {
        if !facts.answered.contains(&Want::Diff) {
            return vec![Want::Diff];
        }
        if only_documents(&facts.diff) || facts.diff.is_empty() {
            return Vec::new();
        }
        if !facts.answered.contains(&Want::Tree) {
            return vec![Want::Tree, Want::Checks, Want::Issues];
        }
        let sources: Vec<&str> = facts
            .diff
            .iter()
            .filter(|change| role::of(&change.path) == Role::Code)
            .map(|change| change.path.as_str())
            .collect();
        let mut files = testing::wanted(facts, &sources);
        files.truncate(MOST_FILES);
        files.extend(owners::wanted(facts));
        files
            .into_iter()
            .map(Want::File)
            .filter(|want| !facts.answered.contains(want))
            .collect()
    }

    fn look(&self, event: &Event, facts: &Facts) -> Look {
        if facts.diff.is_empty() {
            let unread = facts
                .missing
                .iter()
                .find(|missing| missing.want == Want::Diff);
            return Look::Nothing(unread.map_or_else(
                || "the pull request changes no file".into(),
                |missing| format!("the diff could not be read: {}", missing.reason),
            ));
        }
        let review = Review {
            pull_request: PullRequest::of(event),
            facts,
            changes: facts
                .diff
                .iter()
                .filter(|change| role::is_reviewed(change))
                .collect(),
        };
        let mut remarks = lines::look(&review);
        remarks.extend(workflow::look(&review));
        remarks.extend(promises::look(&review));
        remarks.extend(coverage::look(&review));
        remarks.extend(size::look(&review));
        remarks.extend(owners::look(&review));
        remarks.extend(process::look(&review));
        remarks.sort_by_key(|remark| remark.rank);

        let leads = remarks.iter().filter(|remark| !remark.point.todo).count();
        let size = size::of(&review.changes);
        if leads == 0 {
            if review.changes.is_empty() {
                return Look::Nothing("the diff touches only generated and lock files".into());
            }
            if only_documents(&facts.diff) {
                return Look::Nothing("the diff touches only documentation".into());
            }
            if remarks.len() < 2 && size.lines < 200 {
                return Look::Nothing(format!(
                    "the diff is small ({}) and its facts leave nothing to check",
                    size.words()
                ));
            }
        }
        Look::Found(Box::new(finding(&review, remarks, event)))
    }
}

fn finding(review: &Review<'_>, mut remarks: Vec<Remark>, event: &Event) -> Finding {
    // What leads comes first; beyond the third it is one more thing to check.
    let mut place = 0;
    for remark in &mut remarks {
        if !remark.point.todo {
            place += 1;
            remark.point.todo = place > LEADING;
        }
    }
    remarks.sort_by_key(|remark| (remark.point.todo, remark.rank));
    remarks.truncate(MOST);
    let size = size::of(&review.changes);
    let first = remarks.first().filter(|remark| !remark.point.todo);
    let secret = first.is_some_and(|first| first.rule == lines::SECRET);
    let level = match first {
        Some(_) if secret => Level::Urgent,
        Some(_) if !review.pull_request.draft => Level::Normal,
        _ => Level::Silent,
    };
    let title = words::title(
        &review.pull_request,
        first.map(|first| first.title.as_str()),
        remarks.len(),
    );
    let why = words::why(&review.pull_request, &size);
    let rule = first.map_or("pr/checklist", |first| first.rule);
    let category = first.map_or("review", |first| first.category);
    let confidence = first.map_or(0.8, |first| first.confidence);
    let points: Vec<Point> = remarks.into_iter().map(|remark| remark.point).collect();
    Finding {
        analyser: "pr_opened".into(),
        rule: rule.into(),
        title,
        why,
        level,
        category: Some(category.into()),
        confidence,
        fingerprint: format!(
            "pr_opened/{}/{}",
            event.subject.repository_key, event.subject.key
        ),
        comment: Some(words::comment(&points, &size)),
        offers: owners::offer(review)
            .into_iter()
            .chain(labels::offer(review))
            .collect(),
        points,
        ..Finding::default()
    }
}

fn only_documents(diff: &[FileChange]) -> bool {
    !diff.is_empty()
        && diff
            .iter()
            .all(|change| role::of(&change.path) == Role::Docs)
}

#[cfg(test)]
mod tests;
