//! Workflow runs, check runs and commit statuses.
//!
//! A check run that is a job of GitHub Actions speaks through its workflow run: the run knows its attempt,
//! and one failure is one event.

use perch_core::event_type::EventType;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::{Found, Reading};
use crate::facts::seconds_between;
use crate::payload::{first_line, list, login, moment, number, text};

/// How a finished run or check counts; nothing for those that say neither way.
fn verdict(conclusion: &str) -> Option<(EventType, &'static str)> {
    match conclusion {
        "failure" | "timed_out" | "startup_failure" => Some((EventType::BUILD_FAILED, "failed")),
        "success" => Some((EventType::BUILD_COMPLETED, "passed")),
        _ => None,
    }
}

pub(super) fn workflow_run(reading: &Reading<'_>) -> Option<Found> {
    let run = reading.get("workflow_run")?;
    if reading.action() != "completed" {
        return None;
    }
    let (event_type, result) = verdict(text(run, "/conclusion")?)?;
    let id = number(run, "/id")?;
    let attempt = number(run, "/run_attempt").unwrap_or(1);
    let name = text(run, "/name")
        .or(text(reading.payload, "/workflow/name"))
        .unwrap_or("workflow");
    let branch = head_branch(run, &reading.id);
    let actor = run
        .get("triggering_actor")
        .and_then(login)
        .or_else(|| run.get("actor").and_then(login))
        .or(reading.sender());
    let pull = pull_of(reading, run);
    let on_default_branch = is_default(reading, branch.as_deref());
    let build = json!({
        "job": name,
        "workflow": name,
        "workflow_id": number(run, "/workflow_id"),
        "url": text(run, "/html_url"),
        "attempt": attempt,
        "local": false,
        "run_id": id,
        "seconds": seconds_between(run, "/run_started_at", "/updated_at"),
        "conclusion": text(run, "/conclusion"),
        "trigger": text(run, "/event"),
        "commit_message": text(run, "/head_commit/message"),
    });
    Some(Found {
        event_type,
        key: format!("run/{id}/{attempt}/{result}"),
        subject: Subject {
            number: pull.and_then(|pull| number(pull, "/number")),
            base_branch: base_branch(reading, pull),
            on_default_branch,
            branch,
            commit: text(run, "/head_sha").map(Into::into),
            url: text(run, "/html_url").map(Into::into),
            ..reading.subject(format!("run/{id}"), name)
        },
        at: moment(run, "/updated_at"),
        involves: involved(actor.as_ref(), pull),
        actor,
        data: Map::from_iter([("build".to_owned(), build)]),
    })
}

pub(super) fn check_run(reading: &Reading<'_>) -> Option<Found> {
    let check = reading.get("check_run")?;
    if reading.action() != "completed" || is_actions_job(check) {
        return None;
    }
    let (event_type, result) = verdict(text(check, "/conclusion")?)?;
    let id = number(check, "/id")?;
    let name = text(check, "/name").unwrap_or("check");
    let url = text(check, "/html_url").or(text(check, "/details_url"));
    let pull = pull_of(reading, check);
    let branch = text(check, "/check_suite/head_branch").map(str::to_owned);
    let ended = moment(check, "/completed_at");
    let build = json!({
        "job": name,
        "workflow": text(check, "/app/name"),
        "url": url,
        "attempt": 1,
        "local": false,
        "check_run_id": id,
        "conclusion": text(check, "/conclusion"),
        "summary": text(check, "/output/title"),
    });
    let actor = reading.sender();
    Some(Found {
        event_type,
        key: format!(
            "check/{id}/{}/{result}",
            ended.map_or(0, jiff::Timestamp::as_second)
        ),
        subject: Subject {
            number: pull.and_then(|pull| number(pull, "/number")),
            base_branch: base_branch(reading, pull),
            on_default_branch: is_default(reading, branch.as_deref()),
            branch,
            commit: text(check, "/head_sha").map(Into::into),
            url: url.map(Into::into),
            ..reading.subject(format!("check/{id}"), name)
        },
        at: ended,
        involves: involved(None, pull),
        actor,
        data: Map::from_iter([("build".to_owned(), build)]),
    })
}

pub(super) fn status(reading: &Reading<'_>) -> Option<Found> {
    let status = reading.payload;
    let (event_type, result) = match text(status, "/state")? {
        "failure" | "error" => (EventType::BUILD_FAILED, "failed"),
        "success" => (EventType::BUILD_COMPLETED, "passed"),
        _ => return None,
    };
    let sha = text(status, "/sha")?;
    let context = text(status, "/context").unwrap_or("default");
    let pull = pull_of(reading, status);
    let tips: Vec<&str> = list(status, "/branches")
        .filter(|branch| text(branch, "/commit/sha") == Some(sha))
        .filter_map(|branch| text(branch, "/name"))
        .collect();
    let branch = tips
        .iter()
        .find(|name| Some(**name) == reading.default_branch)
        .or(tips.first())
        .map(|name| (*name).to_owned());
    let build = json!({
        "job": context,
        "workflow": null,
        "url": text(status, "/target_url"),
        "attempt": 1,
        "local": false,
        "conclusion": text(status, "/state"),
        "summary": text(status, "/description"),
        "commit_message": text(status, "/commit/commit/message").map(first_line),
    });
    let author = status.pointer("/commit/author").and_then(login);
    let mut involves = involved(author.as_ref(), pull);
    involves.extend(reading.sender());
    Some(Found {
        event_type,
        key: format!("status/{sha}/{context}/{result}"),
        subject: Subject {
            number: pull.and_then(|pull| number(pull, "/number")),
            base_branch: base_branch(reading, pull),
            on_default_branch: is_default(reading, branch.as_deref()),
            branch,
            commit: Some(sha.to_owned()),
            url: text(status, "/target_url").map(Into::into),
            ..reading.subject(format!("status/{sha}/{context}"), context)
        },
        at: moment(status, "/updated_at").or(moment(status, "/created_at")),
        involves,
        actor: reading.sender(),
        data: Map::from_iter([("build".to_owned(), build)]),
    })
}

/// True for the check run of a job of GitHub Actions; a workflow may also report checks of its own making.
fn is_actions_job(check: &Value) -> bool {
    text(check, "/app/slug") == Some("github-actions")
        && text(check, "/details_url").is_some_and(|url| url.contains("/actions/runs/"))
}

/// The branch a run is on; one in a fork is written `owner:branch`.
fn head_branch(run: &Value, repository: &str) -> Option<String> {
    let branch = text(run, "/head_branch")?;
    match number(run, "/head_repository/id") {
        Some(id) if id.to_string() != repository => {
            let owner = text(run, "/head_repository/owner/login").unwrap_or("unknown");
            Some(format!("{owner}:{branch}"))
        }
        _ => Some(branch.into()),
    }
}

/// The pull request a build is of. GitHub names none for a fork's; a poll knows it and adds it.
fn pull_of<'a>(reading: &Reading<'a>, build: &'a Value) -> Option<&'a Value> {
    let repository = &reading.id;
    list(build, "/pull_requests")
        .chain(list(reading.payload, "/pull_requests"))
        .find(|pull| number(pull, "/base/repo/id").is_none_or(|id| id.to_string() == *repository))
}

fn base_branch(reading: &Reading<'_>, pull: Option<&Value>) -> Option<String> {
    pull.and_then(|pull| text(pull, "/base/ref"))
        .or(reading.default_branch)
        .map(Into::into)
}

fn is_default(reading: &Reading<'_>, branch: Option<&str>) -> bool {
    branch.is_some() && branch == reading.default_branch
}

fn involved(actor: Option<&String>, pull: Option<&Value>) -> Vec<String> {
    let author = pull.and_then(|pull| pull.get("user")).and_then(login);
    actor.cloned().into_iter().chain(author).collect()
}
