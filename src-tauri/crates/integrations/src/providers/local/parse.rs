//! Deliveries of the local provider, read as events. Pure.

use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::NewDelivery;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::id::short_hash;
use perch_core::run::ExecRun;
use perch_core::subject::Subject;
use serde_json::{Value, json};

use super::look::{key_prefix, merge_key, push_key, stale_key};
use super::message::{EXEC, MERGE, Merge, PUSH, Place, Push, STALE, Stale};

/// Exit codes of runs their user broke off: hanging up (SIGHUP) and Ctrl-C (SIGINT). They say nothing
/// about the code.
const BROKEN_OFF: [i32; 2] = [128 + 1, 128 + 2];

/// The event a delivery means, if any.
pub(super) fn parse(connection: &Connection, message: &NewDelivery) -> Option<Event> {
    let body = &message.body;
    match message.kind.as_str() {
        PUSH => serde_json::from_slice(body).ok().map(pushed),
        MERGE => serde_json::from_slice(body).ok().map(merged),
        STALE => serde_json::from_slice(body).ok().map(stale),
        EXEC => serde_json::from_slice(body)
            .ok()
            .and_then(|run| ran(connection, &run)),
        _ => None,
    }
}

fn subject(place: &Place, key: String, branch: Option<&str>) -> Subject {
    Subject {
        repository: place.name.clone(),
        repository_key: place.path.clone(),
        key,
        branch: branch.map(Into::into),
        base_branch: place.default_branch.clone(),
        on_default_branch: branch.is_some() && branch == place.default_branch.as_deref(),
        ..Subject::default()
    }
}

/// The user's own names in the repository, for connections that list none.
fn me(place: &Place) -> Value {
    place
        .me
        .as_ref()
        .map_or_else(|| json!([]), |me| json!([me.email, me.name]))
}

fn distinct<'a>(people: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for person in people {
        if !distinct.contains(person) {
            distinct.push(person.clone());
        }
    }
    distinct
}

fn pushed(push: Push) -> Event {
    let last = push.commits.last();
    Event {
        event_type: EventType::PUSH,
        dedup_key: push_key(&push),
        subject: Subject {
            title: last
                .map(|commit| commit.subject.clone())
                .unwrap_or_default(),
            commit: Some(push.after.clone()),
            before: push.before.clone(),
            ..subject(
                &push.place,
                format!("branch/{}", push.branch),
                Some(&push.branch),
            )
        },
        at: push.at,
        actor: last.map(|commit| commit.author.clone()),
        involves: distinct(push.commits.iter().map(|commit| &commit.author)),
        data: json!({
            "push": { "forced": push.forced, "commits": push.commits },
            "me": me(&push.place),
        }),
    }
}

fn merged(merge: Merge) -> Event {
    Event {
        event_type: EventType::PR_MERGED,
        dedup_key: merge_key(&merge.place.path, &merge.commit),
        subject: Subject {
            title: merge.title.clone(),
            base_branch: Some(merge.base.clone()),
            commit: Some(merge.commit.clone()),
            before: Some(merge.before.clone()),
            ..subject(
                &merge.place,
                format!("merge/{}", merge.commit),
                merge.head.as_deref(),
            )
        },
        at: merge.at,
        actor: Some(merge.merged_by.clone()),
        involves: distinct([&merge.author, &merge.merged_by]),
        data: json!({
            "pull_request": {
                "title": merge.title,
                "body": merge.body,
                "labels": [],
                "draft": false,
                "author": merge.author,
                "head": merge.head,
                "base": merge.base,
                "number": null,
            },
            "me": me(&merge.place),
        }),
    }
}

fn stale(stale: Stale) -> Event {
    let days = stale.at.duration_since(stale.committed_at).as_hours() / 24;
    Event {
        event_type: EventType::BRANCH_STALE,
        dedup_key: stale_key(&stale),
        subject: Subject {
            title: stale.branch.clone(),
            commit: Some(stale.tip.sha.clone()),
            ..subject(
                &stale.place,
                format!("branch/{}", stale.branch),
                Some(&stale.branch),
            )
        },
        at: stale.at,
        actor: Some(stale.tip.author.clone()),
        involves: vec![stale.tip.author.clone()],
        data: json!({
            "branch": {
                "name": stale.branch,
                "age_days": days,
                "ahead": stale.ahead,
                "last_commit": stale.tip,
                "committed_at": stale.committed_at,
            },
            "me": me(&stale.place),
        }),
    }
}

fn ran(connection: &Connection, run: &ExecRun) -> Option<Event> {
    if BROKEN_OFF.contains(&run.exit_code) {
        return None;
    }
    let (event_type, outcome) = if run.passed() {
        (EventType::BUILD_COMPLETED, "passed")
    } else {
        (EventType::BUILD_FAILED, "failed")
    };
    let repository = run.repository.as_ref().unwrap_or(&run.folder);
    let prefix = folder_prefix(repository, &run.folder);
    let base = run.base.clone().unwrap_or_default();
    let job = run.command_line();
    // The same command in the same folder is the same job, however often it runs.
    let job_key = short_hash(&format!("{prefix}\0{}", run.command.join("\0")), 12);
    Some(Event {
        event_type,
        dedup_key: format!("{}/exec/{}/1/{outcome}", key_prefix(repository), run.id),
        subject: Subject {
            repository: name_of(repository).into(),
            repository_key: repository.clone(),
            key: format!("exec/{job_key}"),
            title: job.clone(),
            branch: base.branch.clone(),
            commit: Some(base.commit.clone()).filter(|commit| !commit.is_empty()),
            ..Subject::default()
        },
        at: run.finished_at,
        actor: connection.identities.first().cloned(),
        involves: connection.identities.clone(),
        data: json!({
            "build": {
                "job": job,
                "command": run.command,
                "exit_code": run.exit_code,
                "folder_prefix": prefix,
                "local": true,
                "run_id": run.id,
                "seconds": seconds(run.started_at, run.finished_at),
            },
            "base": run.base,
            "environment": run.environment,
        }),
    })
}

/// `folder` relative to `repository`, with a final slash, or nothing for the root and for foreign folders.
fn folder_prefix(repository: &str, folder: &str) -> String {
    match folder
        .strip_prefix(repository)
        .map(|rest| rest.replace('\\', "/"))
    {
        Some(rest) if rest.starts_with('/') && rest.len() > 1 => {
            format!("{}/", rest.trim_matches('/'))
        }
        _ => String::new(),
    }
}

fn name_of(path: &str) -> &str {
    path.trim_end_matches(['/', '\\'])
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(path)
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}
