//! What the change takes from those who use the code: exports, flags, variables, schemas, rows.

use perch_core::evidence::Evidence;
use perch_core::finding::Point;

use super::{Remark, Review, words};
use crate::change::role::{self, Role};
use crate::change::surface::{self, Break, Promise};
use crate::change::testing;

pub(super) fn look(review: &Review<'_>) -> Vec<Remark> {
    let diff = &review.facts.diff;
    let mut remarks = Vec::new();
    let breaks = surface::breaks(diff);
    let (grave, rest): (Vec<&Break>, Vec<&Break>) = breaks
        .iter()
        .partition(|found| found.promise == Promise::Database);
    for found in grave.iter().take(3) {
        remarks.push(remark(
            20,
            "pr/migration",
            format!("has a migration that breaks `{}`", found.name),
            found,
            false,
        ));
    }
    // A breaking change that is announced needs no finding, only a tick.
    let announced = is_announced(review);
    match rest.as_slice() {
        [] => {}
        [found] => remarks.push(remark(30, "pr/contract", title(found), found, announced)),
        [first, ..] => {
            let names: Vec<&str> = rest.iter().map(|found| found.name.as_str()).collect();
            let mut several = remark(30, "pr/contract", title(first), first, announced);
            several.point.text = format!(
                "{} others may use change or go: {}",
                words::count(rest.len(), "name"),
                words::names(&names, 6)
            );
            several.point.evidence = rest.iter().take(6).map(|found| evidence(found)).collect();
            remarks.push(several);
        }
    }
    for (name, path, line) in surface::new_variables(diff).into_iter().take(3) {
        let documented = diff
            .iter()
            .filter(|change| role::of(&change.path) != Role::Code)
            .any(|change| {
                change
                    .added()
                    .any(|(_, text)| testing::mentions(text, &name))
            });
        if !documented {
            remarks.push(Remark {
                rank: 75,
                rule: "pr/undocumented",
                category: "documentation",
                title: format!("reads a new variable `{name}`"),
                point: Point {
                    text: format!(
                        "Environment variable `{name}` is new; no document in this change names it"
                    ),
                    evidence: vec![Evidence::file("read here", path, Some(line))],
                    todo: true,
                },
                confidence: 0.8,
            });
        }
    }
    remarks
}

fn title(found: &Break) -> String {
    match &found.now {
        Some(now) if *now == found.name => format!("changes how `{}` is called", found.name),
        Some(now) => format!("renames `{}` to `{now}`", found.name),
        None => format!("removes `{}`", found.name),
    }
}

fn remark(rank: u8, rule: &'static str, title: String, found: &Break, todo: bool) -> Remark {
    Remark {
        rank,
        rule,
        category: "contract",
        title,
        point: Point {
            text: found.text.clone(),
            evidence: vec![evidence(found)],
            todo,
        },
        confidence: 0.8,
    }
}

fn evidence(found: &Break) -> Evidence {
    let side = if found.before {
        "before this change"
    } else {
        "after this change"
    };
    Evidence::file(
        format!("`{}` {side}", found.name),
        &found.path,
        Some(found.line),
    )
}

fn is_announced(review: &Review<'_>) -> bool {
    let pull_request = &review.pull_request;
    let head = pull_request.title.split(':').next().unwrap_or_default();
    let commits = || {
        review
            .facts
            .commits
            .iter()
            .any(|commit| commit.message.contains("BREAKING CHANGE"))
    };
    (head.ends_with('!') && pull_request.title.contains(':'))
        || pull_request.title.to_ascii_lowercase().contains("breaking")
        || pull_request.body.contains("BREAKING CHANGE")
        || pull_request
            .labels
            .iter()
            .any(|label| label.to_ascii_lowercase().contains("breaking"))
        || commits()
}
