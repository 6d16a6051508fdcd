//! Looks at `PUSH`: promises that were broken, who still relies on them, and what came without a test.
//!
//! A pushed commit cannot be talked about any more, so only what can be shown is said: a name that is gone
//! *and* still used, rows that are dropped, a secret. One finding per branch.

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::evidence::Evidence;
use perch_core::facts::{Facts, FileChange, Want};
use perch_core::finding::{Finding, Point};
use perch_core::suggestion::Level;

use crate::analyser::{Analyser, Look};
use crate::change::surface::{self, Break, Promise};
use crate::change::{role, secrets, untested};

mod users;

pub(super) static ANALYSER: Push = Push;

pub(super) struct Push;

/// The most statements.
const MOST: usize = 8;
/// Untested functions below this number are no news after the fact.
const LEAST_UNTESTED: usize = 2;

impl Analyser for Push {
    fn id(&self) -> &'static str {
        "push"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::PUSH]
    }

    fn wants(&self, _event: &Event, facts: &Facts) -> Vec<Want> {
        if !facts.answered.contains(&Want::Diff) {
            return vec![Want::Diff];
        }
        let breaks = surface::breaks(&facts.diff);
        let code = facts
            .diff
            .iter()
            .any(|change| role::of(&change.path) == role::Role::Code);
        if breaks.is_empty() && !code {
            return Vec::new();
        }
        if !facts.answered.contains(&Want::Tree) {
            return vec![Want::Commits, Want::Tree];
        }
        users::wanted(facts, &breaks)
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
                || "the push changes no file".into(),
                |missing| format!("the diff could not be read: {}", missing.reason),
            ));
        }
        let mut said = secrets_in(facts);
        said.extend(broken(event, facts));
        if said.is_empty() {
            said.extend(without_tests(event, facts));
        }
        let Some(first) = said.first() else {
            return Look::Nothing(
                "nothing others rely on is changed in a way that the diff shows".into(),
            );
        };
        let branch = event.subject.branch.as_deref().unwrap_or("the branch");
        let level = match first.rule {
            "push/secret" => Level::Urgent,
            "push/untested" => Level::Silent,
            _ if event.subject.on_default_branch => Level::Normal,
            _ => Level::Silent,
        };
        let (rule, title, confidence) = (
            first.rule,
            crate::title::shortened(&first.title),
            first.confidence,
        );
        let category = first.category;
        let points: Vec<Point> = said.into_iter().take(MOST).map(|said| said.point).collect();
        Look::Found(Box::new(Finding {
            analyser: "push".into(),
            rule: rule.into(),
            title,
            why: why(event, facts, branch),
            level,
            category: Some(category.into()),
            confidence,
            fingerprint: format!("push/{}/{branch}", event.subject.repository_key),
            comment: Some(comment(event, branch, &points)),
            points,
            ..Finding::default()
        }))
    }
}

/// Something to say, with the title it would give.
struct Said {
    rule: &'static str,
    category: &'static str,
    title: String,
    point: Point,
    confidence: f32,
}

fn secrets_in(facts: &Facts) -> Vec<Said> {
    facts
        .diff
        .iter()
        .flat_map(|change| {
            secrets::find(change)
                .into_iter()
                .map(move |secret| (change, secret))
        })
        .map(|(change, secret)| Said {
            rule: "push/secret",
            category: "security",
            title: format!(
                "A {} was pushed in `{}`",
                secret.kind,
                file_name(&change.path)
            ),
            point: Point {
                text: format!(
                    "Looks like a {} in `{}`. If it is real, revoke it: the history keeps it",
                    secret.kind, change.path
                ),
                evidence: vec![Evidence::file(secret.kind, &change.path, Some(secret.line))],
                todo: false,
            },
            confidence: 0.85,
        })
        .collect()
}

fn broken(event: &Event, facts: &Facts) -> Vec<Said> {
    let mut said = Vec::new();
    for found in surface::breaks(&facts.diff) {
        let users = users::of(facts, &found);
        // A schema and a migration are promises by themselves; a name only where someone is seen to use it.
        let standing = matches!(found.promise, Promise::Database | Promise::Schema);
        if users.is_empty() && !(standing && event.subject.on_default_branch) {
            continue;
        }
        let mut evidence = vec![Evidence::file(
            if found.before {
                "before this push"
            } else {
                "after this push"
            },
            &found.path,
            Some(found.line),
        )];
        evidence.extend(users.iter().map(|user| {
            Evidence::file(
                format!("uses `{}`", found.name),
                &user.path,
                Some(user.line),
            )
        }));
        let text = match users.as_slice() {
            [] => found.text.clone(),
            [user] => format!(
                "{}; `{}:{}` still uses it",
                found.text, user.path, user.line
            ),
            [user, rest @ ..] => format!(
                "{}; `{}:{}` and {} more still use it",
                found.text,
                user.path,
                user.line,
                rest.len()
            ),
        };
        said.push(Said {
            rule: rule_of(&found),
            category: "contract",
            title: title(&found, users.first().map(|user| file_name(&user.path))),
            point: Point {
                text,
                evidence,
                todo: false,
            },
            confidence: if users.is_empty() { 0.7 } else { 0.85 },
        });
    }
    // What is in use leads.
    said.sort_by_key(|said| std::cmp::Reverse(said.point.evidence.len() > 1));
    said
}

fn rule_of(found: &Break) -> &'static str {
    match found.promise {
        Promise::Database => "push/migration",
        Promise::Code => "push/export",
        Promise::Schema => "push/schema",
        Promise::Flag => "push/flag",
        Promise::Environment => "push/environment",
    }
}

fn title(found: &Break, user: Option<&str>) -> String {
    let name = &found.name;
    let what = match (&found.now, found.promise) {
        (_, Promise::Database) => return format!("A migration breaks `{name}`"),
        (Some(now), _) if now == name => format!("`{name}` is called differently"),
        (Some(now), _) => format!("`{name}` is now `{now}`"),
        (None, _) => format!("`{name}` is gone"),
    };
    match user {
        Some(user) => format!("{what}, `{user}` still uses it"),
        None => what,
    }
}

fn without_tests(event: &Event, facts: &Facts) -> Vec<Said> {
    // What came through a pull request was looked at there.
    let reviewed = facts.commits.iter().any(|commit| {
        let subject = commit.subject();
        subject.starts_with("Merge ") || subject.trim_end().ends_with(')') && subject.contains("(#")
    });
    if !event.subject.on_default_branch || reviewed || facts.commits.is_empty() {
        return Vec::new();
    }
    let changes: Vec<&FileChange> = facts
        .diff
        .iter()
        .filter(|change| role::is_reviewed(change))
        .collect();
    let found: Vec<_> = untested::find(facts, &changes)
        .into_iter()
        .filter(|(function, cases)| function.is_new && !cases.is_empty())
        .collect();
    if found.len() < LEAST_UNTESTED {
        return Vec::new();
    }
    let title = format!("{} new functions came without a test", found.len());
    found
        .into_iter()
        .map(|(function, cases)| {
            let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
            Said {
                rule: "push/untested",
                category: "test",
                title: title.clone(),
                point: Point {
                    text: format!(
                        "No test names `{}`; worth trying: {}",
                        function.name,
                        texts.join("; ")
                    ),
                    evidence: vec![Evidence::file(
                        "new function",
                        &function.path,
                        Some(function.line),
                    )],
                    todo: true,
                },
                confidence: 0.7,
            }
        })
        .collect()
}

fn why(event: &Event, facts: &Facts, branch: &str) -> String {
    let count = event
        .data
        .pointer("/push/commits")
        .and_then(serde_json::Value::as_u64)
        .unwrap_or(facts.commits.len() as u64);
    let commits = match count {
        0 => "A push".to_owned(),
        1 => "1 commit".to_owned(),
        count => format!("{count} commits"),
    };
    let by = event
        .actor
        .as_deref()
        .map_or(String::new(), |actor| format!(" by {actor}"));
    format!("{commits}{by} on `{branch}`")
}

fn comment(event: &Event, branch: &str, points: &[Point]) -> String {
    let commit = event
        .subject
        .commit
        .as_deref()
        .and_then(|commit| commit.get(..10));
    let at = commit.map_or(String::new(), |commit| format!(" at {commit}"));
    let mut text = format!("Seen in the push to `{branch}`{at}:\n\n");
    for point in points {
        text.push_str("- ");
        text.push_str(&point.text);
        text.push('\n');
    }
    text
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
