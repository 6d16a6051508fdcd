//! What happens in the repository `acme/api` at a forge: events with the facts that explain them.
//!
//! `ada` is the user; `grace`, `linus` and the rest are the team.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use perch_core::dependency::{Advisory, Release, Releases, Survey};
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Commit, Facts, Log};
use perch_core::patch::Base;
use perch_core::subject::Subject;
use perch_testkit::diff::diff;
use serde_json::{Value, json};

/// An event and its facts.
pub(crate) type Happening = (Event, Facts);

/// An event of `event_type` about `key`; its own key names the moment as well.
pub(crate) fn event(
    event_type: EventType,
    key: &str,
    at: Timestamp,
    actor: &str,
    data: Value,
) -> Event {
    Event {
        event_type,
        dedup_key: format!("scripted/here/7/{key}/{event_type}/{}", at.as_second()),
        subject: Subject {
            repository: "acme/api".into(),
            repository_key: "7".into(),
            key: key.into(),
            title: key.into(),
            base_branch: Some("main".into()),
            ..Subject::default()
        },
        at,
        actor: Some(actor.into()),
        involves: Vec::new(),
        data,
    }
}

/// A build of `job` on `branch` at `commit`, by whoever pushed.
pub(crate) fn build(
    passed: bool,
    job: &str,
    branch: &str,
    commit: &str,
    actor: &str,
    at: Timestamp,
) -> Event {
    let event_type = if passed {
        EventType::BUILD_COMPLETED
    } else {
        EventType::BUILD_FAILED
    };
    let run = format!("run/{job}-{branch}-{}", at.as_second());
    let mut made = event(
        event_type,
        &run,
        at,
        actor,
        json!({ "build": { "workflow": "ci", "job": job } }),
    );
    let result = if passed { "passed" } else { "failed" };
    made.dedup_key = format!("scripted/here/7/{run}/1/{result}");
    made.subject.branch = Some(branch.into());
    made.subject.on_default_branch = branch == "main";
    made.subject.commit = Some(commit.into());
    made.subject.title = job.into();
    made
}

/// What rustc prints of a type that does not fit, about `name` in `file`.
pub(crate) fn rust_fails(name: &str, file: &str) -> Facts {
    let log = format!(
        "error[E0425]: cannot find value `{name}` in this scope\n --> {file}:4:9\n  |\n4 |     {name};\n  |     ^^^^ not found in this scope\n\nerror: could not compile `api` (bin \"api\") due to 1 previous error\n"
    );
    Facts {
        base: Some(base()),
        failing_log: Some(Log {
            name: "build".into(),
            bytes: log.into_bytes(),
            first_line: 1,
            url: None,
        }),
        ..Facts::default()
    }
}

/// A pull request of `author`, with the people asked to review it.
pub(crate) fn pull(
    event_type: EventType,
    number: u64,
    title: &str,
    author: &str,
    reviewers: &[&str],
    at: Timestamp,
) -> Event {
    let reviewers: Vec<String> = reviewers.iter().map(|name| (*name).to_owned()).collect();
    let mut made = event(
        event_type,
        &format!("pull/{number}"),
        at,
        author,
        json!({ "pull_request": {
            "title": title, "body": "As agreed.", "labels": [], "draft": false, "author": author,
            "number": number, "requested_reviewers": reviewers,
        } }),
    );
    made.subject.title = title.into();
    made.subject.number = Some(number);
    made.subject.branch = Some(format!("{author}/{number}"));
    made.subject.commit = Some(format!("{number:040x}"));
    made.involves = [vec![author.to_owned()], reviewers].concat();
    made
}

/// A push of `subject` to `branch`.
pub(crate) fn push(branch: &str, subject: &str, actor: &str, at: Timestamp) -> Event {
    let mut made = event(
        EventType::PUSH,
        &format!("branch/{branch}"),
        at,
        actor,
        json!({ "push": { "forced": false, "commits": [{ "sha": "c0ffee", "subject": subject, "author": actor }] } }),
    );
    made.subject.branch = Some(branch.into());
    made.subject.on_default_branch = branch == "main";
    made.subject.title = subject.into();
    made.subject.commit = Some("c0ffee".into());
    made
}

/// Facts of a change: its diff, the tree beside it, and files after it.
pub(crate) fn change(text: &str, tree: &[&str], files: &[(&str, &str)]) -> Facts {
    let mut tree: Vec<String> = tree.iter().map(|path| (*path).to_owned()).collect();
    tree.extend(files.iter().map(|(path, _)| (*path).to_owned()));
    tree.sort();
    tree.dedup();
    Facts {
        base: Some(base()),
        diff: diff(text),
        tree,
        files: files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        commits: vec![Commit {
            sha: "c0ffee".into(),
            message: "Change it".into(),
            author: "grace".into(),
            at: Timestamp::UNIX_EPOCH,
        }],
        ..Facts::default()
    }
}

/// What npm says at `now`: each package with its versions and their age in days, `!` before one that was withdrawn.
pub(crate) fn released(packages: &[(&str, &[(&str, i64)])], now: Timestamp) -> Survey {
    let release = |(version, days): &(&str, i64)| Release {
        version: version.trim_start_matches('!').into(),
        released_at: Some(now - SignedDuration::from_hours(24 * days)),
        withdrawn: version.starts_with('!'),
    };
    let packages = packages.iter().map(|(name, releases)| Releases {
        ecosystem: "npm".into(),
        name: (*name).into(),
        releases: releases.iter().map(release).collect(),
    });
    Survey {
        packages: packages.collect(),
        min_age_days: 3,
        ..Survey::default()
    }
}

/// The default branch, which has these files, is found outdated by `survey`.
pub(crate) fn outdated(survey: &Survey, files: &[(&str, &str)], at: Timestamp) -> Happening {
    let mut made = event(
        EventType::DEPENDENCY_OUTDATED,
        "dependencies",
        at,
        "",
        json!({ "dependencies": survey }),
    );
    made.actor = None;
    made.subject.branch = Some("main".into());
    made.subject.on_default_branch = true;
    let facts = Facts {
        commits: Vec::new(),
        ..change("", &[], files)
    };
    (made, facts)
}

/// A fault of `left` before 1.0.4.
pub(crate) fn fault() -> Advisory {
    Advisory {
        ecosystem: "npm".into(),
        name: "left".into(),
        id: "CVE-2026-1234".into(),
        fixed_in: Some("1.0.4".into()),
        summary: "reads beyond the end".into(),
        url: Some("https://advisories.example/CVE-2026-1234".into()),
    }
}

/// A manifest that holds `left` at 1.0.0.
pub(crate) const PINNED: (&str, &str) = (
    "package.json",
    "{\n  \"dependencies\": {\n    \"left\": \"1.0.0\"\n  }\n}\n",
);

/// A diff of one file from line 10 on.
pub(crate) fn patch(path: &str, lines: &str) -> String {
    format!("diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -10,1 +10,9 @@\n{lines}")
}

/// A secret that looks real and is none.
pub(crate) fn secret() -> String {
    format!("ghp_{}", "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5")
}

/// An exported function goes.
pub(crate) const GONE: &str = " use a;\n-pub fn parse_range(text: &str) -> u64 {\n-    1\n-}\n";

/// A function with cases to test comes.
pub(crate) const UNTESTED: &str = " use a;\n+pub fn one(a: u8) -> Result<u8> {\n+    if a > LIMIT {\n+        return Err(Error::Large);\n+    }\n+    Ok(a)\n+}\n";

fn base() -> Base {
    Base {
        commit: "c0ffee".into(),
        branch: Some("main".into()),
        ..Base::default()
    }
}
