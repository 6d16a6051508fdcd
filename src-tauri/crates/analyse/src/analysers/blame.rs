//! Suspects in words: what metrics and incidents say of the changes that came before them, and how one is taken back.

use perch_core::event::Event;
use perch_core::evidence::{Evidence, Place};
use perch_core::facts::{Facts, Suspect};
use perch_core::finding::{Elsewhere, Fix, Point, Remedy};

use crate::content::happenings::clock;
use crate::markdown::{inline, visible};
use crate::revert;
use crate::suspects::Ranked;

/// Suspects named at most.
const NAMED: usize = 3;

/// A statement without a place to look at.
pub(super) fn said(text: String) -> Point {
    Point {
        text,
        evidence: Vec::new(),
        todo: false,
    }
}

/// Something to be done or answered.
pub(super) fn todo(text: String) -> Point {
    Point {
        todo: true,
        ..said(text)
    }
}

/// `points`, where those that cite nothing cite the page the event is seen at.
pub(super) fn cited(mut points: Vec<Point>, event: &Event, statement: &str) -> Vec<Point> {
    let page = event.subject.url.as_ref().map(|url| Evidence {
        statement: statement.to_owned(),
        place: Place::Page { url: url.clone() },
    });
    for point in points.iter_mut().filter(|point| point.evidence.is_empty()) {
        point.evidence.extend(page.clone());
    }
    points
}

/// A change in a few words: `1a2b3c4` “subject” by somebody in repository.
pub(super) fn named(suspect: &Suspect) -> String {
    let subject = &suspect.event.subject;
    let title = suspect
        .commit
        .as_ref()
        .map_or(subject.title.as_str(), |commit| commit.subject());
    let what = match (&suspect.commit, subject.number) {
        (_, Some(number)) => format!("#{number}"),
        (Some(commit), None) => format!("`{}`", commit.sha.get(..7).unwrap_or(&commit.sha)),
        (None, None) => "the release".into(),
    };
    let author = suspect
        .commit
        .as_ref()
        .map(|commit| commit.author.as_str())
        .filter(|author| !author.is_empty())
        .or(suspect.event.actor.as_deref());
    let by = author.map_or(String::new(), |author| format!(" by {}", inline(author)));
    format!(
        "{what} “{}”{by} in {}",
        inline(title),
        inline(&subject.repository)
    )
}

/// Statements about who caused it: the suspects with their reasons, or that none explains it.
pub(super) fn points(facts: &Facts, ranked: &[Ranked]) -> Vec<Point> {
    let explaining = ranked.iter().filter(|one| one.explains()).take(NAMED);
    let points: Vec<Point> = explaining
        .enumerate()
        .map(|(number, one)| {
            let suspect = &facts.suspects[one.at];
            let rank = if number == 0 {
                "Likeliest cause"
            } else {
                "Less likely"
            };
            Point {
                text: format!(
                    "{rank}: {}, {}: {}",
                    named(suspect),
                    clock(suspect.at),
                    one.reasons.join(", ")
                ),
                evidence: evidence(suspect),
                todo: false,
            }
        })
        .collect();
    if !points.is_empty() {
        return points;
    }
    let count = facts.suspects.len();
    let seen = match count {
        0 => "none landed in what Perch watches in the 24 hours before it".to_owned(),
        1 => "one landed in the 24 hours before it, and it does not fit".to_owned(),
        _ => format!("{count} landed in the 24 hours before it, and none of them fits"),
    };
    vec![said(format!(
        "No change here explains it: {seen}; look at traffic, at what it depends on and at the machines"
    ))]
}

fn evidence(suspect: &Suspect) -> Vec<Evidence> {
    let statement = "the change".to_owned();
    let mut found = Vec::new();
    if let Some(commit) = &suspect.commit {
        found.push(Evidence {
            statement: statement.clone(),
            place: Place::Commit {
                sha: commit.sha.clone(),
            },
        });
    }
    if let Some(url) = suspect.event.subject.url.clone() {
        found.push(Evidence {
            statement,
            place: Place::Page { url },
        });
    }
    found
}

/// What to ask for next: the files of the likeliest suspect, to see whether it can be taken back.
pub(super) fn wanted(facts: &Facts, ranked: &[Ranked]) -> Option<String> {
    let best = ranked.first().filter(|one| one.explains())?;
    let commit = facts.suspects[best.at].commit.as_ref()?;
    Some(commit.sha.clone())
}

/// How the likeliest suspect is taken back, and how the right one is searched for.
pub(super) fn fixes(facts: &Facts, ranked: &[Ranked], what: &str) -> Vec<Fix> {
    let mut explaining = ranked.iter().filter(|one| one.explains());
    let Some(best) = explaining.next() else {
        return Vec::new();
    };
    let suspect = &facts.suspects[best.at];
    let Some(commit) = &suspect.commit else {
        return Vec::new();
    };
    let short = commit.sha.get(..7).unwrap_or(&commit.sha);
    let title = visible(commit.subject());
    let patch = suspect
        .diff
        .as_deref()
        .and_then(|diff| revert::patch(diff, &suspect.files));
    let mut fixes = Vec::new();
    if let Some(patch) = patch.filter(|_| suspect.base.is_some()) {
        fixes.push(Fix {
            title: shortened(&format!("Revert “{title}”")),
            explanation: format!(
                "Takes back `{short}`, the likeliest cause of {what}. It fits the files as they stand now."
            ),
            remedy: Remedy::Patch { patch },
            confidence: confidence(best.score),
        });
    }
    fixes.push(Fix {
        title: format!("Take back {short} by hand"),
        explanation: "Makes a commit that undoes it; look at it before you push.".into(),
        remedy: Remedy::Command {
            command: format!("git revert --no-edit {}", commit.sha),
        },
        confidence: confidence(best.score),
    });
    let first = facts
        .suspects
        .iter()
        .filter(|one| one.event.subject.repository_key == suspect.event.subject.repository_key)
        .find_map(|one| one.event.subject.before.clone());
    if let (Some(good), Some(_)) = (first, explaining.next()) {
        fixes.push(Fix {
            title: "Search for the change that did it".into(),
            explanation: "More than one fits. Halve the commits of that time, measuring at each."
                .into(),
            remedy: Remedy::Command {
                command: format!("git bisect start {} {good}", commit.sha),
            },
            confidence: 0.3,
        });
    }
    fixes
}

/// Where actions are done: in the repository of the likeliest suspect, else in the one that is named, as far as
/// something landed there.
pub(super) fn elsewhere(
    facts: &Facts,
    ranked: &[Ranked],
    repository: Option<&str>,
) -> Option<Elsewhere> {
    let best = ranked.first().filter(|one| one.explains());
    let of = |suspect: &Suspect, base: bool| Elsewhere {
        connection: suspect.connection.clone(),
        subject: suspect.event.subject.clone(),
        base: suspect.base.clone().filter(|_| base),
    };
    if let Some(best) = best {
        return Some(of(&facts.suspects[best.at], true));
    }
    let there = |one: &&Suspect| Some(one.event.subject.repository.as_str()) == repository;
    let last = facts.suspects.iter().rev().find(there);
    last.map(|one| of(one, false))
}

/// A text for an issue: statements, then what is to be done, then how it is taken back.
pub(super) fn issue(
    points: &[Point],
    fixes: &[Fix],
    picture: Option<&str>,
    event: &Event,
) -> String {
    let mut text = String::new();
    let (todo, said): (Vec<&Point>, Vec<&Point>) = points.iter().partition(|point| point.todo);
    for point in said {
        text.push_str(&format!("- {}\n", point.text));
    }
    if let Some(picture) = picture {
        text.push_str(&format!("\n```\n{picture}\n```\n"));
    }
    text.push('\n');
    for point in todo {
        text.push_str(&format!("- [ ] {}\n", point.text));
    }
    for fix in fixes {
        if let Remedy::Command { command } = &fix.remedy {
            text.push_str(&format!("\n{}:\n\n```sh\n{command}\n```\n", fix.title));
        }
    }
    if let Some(url) = &event.subject.url {
        text.push_str(&format!("\nSeen at {url}\n"));
    }
    text
}

/// At most 60 characters.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    let cut: String = text.chars().take(59).collect();
    format!("{}…", cut.trim_end())
}

#[expect(clippy::cast_possible_truncation, reason = "it lies between 0 and 1")]
fn confidence(score: f64) -> f32 {
    score as f32
}
