//! Runs of Gitea Actions and Forgejo Actions, and commit statuses.
//!
//! The server reports each job of its Actions as a commit status too. Such a status speaks through its run, so
//! that one failure is one event; only where a poll found no list of runs does the status speak for itself.

use jiff::Timestamp;
use perch_core::event_type::EventType;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::{Found, Reading};
use crate::payload::{first_line, flag, list, login, moment, number, text};

/// How an ended run counts; nothing for those that say neither way.
fn verdict(conclusion: &str) -> Option<(EventType, &'static str)> {
    match conclusion {
        "failure" | "error" | "timed_out" => Some((EventType::BUILD_FAILED, "failed")),
        "success" => Some((EventType::BUILD_COMPLETED, "passed")),
        _ => None,
    }
}

/// A run, as Gitea or as Forgejo writes it.
pub(in super::super) struct Run<'a> {
    /// Its number for people, counted in its repository.
    pub(in super::super) number: u64,
    /// Its number for the API.
    pub(in super::super) id: Option<u64>,
    /// Its workflow's file.
    pub(in super::super) workflow: &'a str,
    pub(in super::super) sha: Option<&'a str>,
    pub(in super::super) branch: Option<&'a str>,
    /// How it ended; nothing while it has not.
    pub(in super::super) conclusion: Option<&'a str>,
    pub(in super::super) ended: Option<Timestamp>,
    begun: Option<Timestamp>,
}

impl<'a> Run<'a> {
    pub(in super::super) fn read(run: &'a Value) -> Option<Self> {
        let status = text(run, "/status").unwrap_or_default();
        let conclusion = text(run, "/conclusion").or_else(|| {
            let over = matches!(status, "success" | "failure" | "cancelled" | "skipped");
            over.then_some(status)
        });
        // A moment that has not come is written as the year 1 or 1970.
        let ended = ["/completed_at", "/stopped", "/updated_at", "/updated"]
            .iter()
            .filter_map(|name| moment(run, name))
            .find(|at| at.as_second() > 0);
        let path = text(run, "/path").map(|path| path.split('@').next().unwrap_or(path));
        let path = path.map(|path| path.rsplit('/').next().unwrap_or(path));
        Some(Self {
            number: number(run, "/run_number").or(number(run, "/index_in_repo"))?,
            id: number(run, "/id"),
            workflow: text(run, "/workflow_id").or(path).unwrap_or("workflow"),
            sha: text(run, "/head_sha").or(text(run, "/commit_sha")),
            branch: text(run, "/head_branch").or(text(run, "/prettyref")),
            conclusion,
            ended,
            begun: ["/run_started_at", "/started_at", "/started"]
                .iter()
                .find_map(|name| moment(run, name)),
        })
    }

    /// How long it took, once it has ended.
    pub(in super::super) fn seconds(&self) -> Option<f64> {
        crate::facts::seconds(self.begun?, self.ended?)
    }

    /// What tells one ending of it from the next, after it was run again.
    pub(in super::super) fn ending(&self) -> String {
        let ended = self.ended.map_or(0, Timestamp::as_second);
        format!("run/{}/{ended}", self.number)
    }

    /// The pull request it is of, where its reference is written `#7` or `refs/pull/7/head`.
    fn pull(&self) -> Option<u64> {
        let branch = self.branch?;
        let number = branch.strip_prefix('#').or_else(|| {
            let rest = branch.strip_prefix("refs/pull/")?;
            rest.split('/').next()
        });
        number?.parse().ok()
    }
}

pub(super) fn run(reading: &Reading<'_>) -> Option<Found> {
    let value = reading.get("workflow_run").or(reading.get("run"))?;
    let run = Run::read(value)?;
    let conclusion = run.conclusion?;
    let (event_type, result) = verdict(conclusion)?;
    let url = text(value, "/html_url");
    let actor = ["trigger_actor", "actor", "trigger_user"]
        .iter()
        .find_map(|name| value.get(*name).and_then(login))
        .or(reading.sender());
    let pull = pull_of(reading);
    let number = pull
        .and_then(|pull| number(pull, "/number"))
        .or_else(|| run.pull());
    let branch = match run.pull() {
        // A reference of a pull request is no branch; a poll knows the branch behind it.
        Some(_) => None,
        None => run.branch.map(Into::into),
    }
    .or_else(|| text(reading.payload, "/branch").map(str::to_owned));
    let build = json!({
        "job": run.workflow,
        "workflow": run.workflow,
        "url": url,
        "attempt": 1,
        "local": false,
        "run_id": run.id,
        "run_number": run.number,
        "seconds": run.seconds(),
        "conclusion": conclusion,
        "trigger": text(value, "/event"),
        "commit_message": text(value, "/display_title").or(text(value, "/title")),
    });
    Some(Found {
        event_type,
        key: format!("{}/{result}", run.ending()),
        subject: Subject {
            number,
            base_branch: base_branch(reading, pull),
            on_default_branch: is_default(reading, branch.as_deref()),
            branch,
            commit: run.sha.map(Into::into),
            url: url.map(Into::into),
            ..reading.subject(format!("run/{}", run.number), run.workflow)
        },
        at: run.ended,
        involves: involved(actor.as_ref(), pull),
        actor,
        data: Map::from_iter([("build".to_owned(), build)]),
    })
}

pub(super) fn status(reading: &Reading<'_>) -> Option<Found> {
    let status = reading.payload;
    let state = text(status, "/state").or(text(status, "/status"))?;
    let (event_type, result) = verdict(state)?;
    let sha = text(status, "/sha")?;
    let context = text(status, "/context").unwrap_or("default");
    if is_of_actions(status) && !flag(status, "/runs_unlisted") {
        return None;
    }
    let url = page(text(status, "/target_url"));
    let pull = pull_of(reading);
    let branch = text(status, "/branch").map(str::to_owned);
    let build = json!({
        "job": context,
        "workflow": null,
        "url": url,
        "attempt": 1,
        "local": false,
        "conclusion": state,
        "summary": text(status, "/description"),
        "commit_message": text(status, "/commit/message").map(first_line),
    });
    let actor = reading.sender().or(status.get("creator").and_then(login));
    let mut involves = involved(actor.as_ref(), pull);
    involves.extend(text(status, "/commit/author/username").map(Into::into));
    Some(Found {
        event_type,
        key: format!("status/{sha}/{context}/{result}"),
        subject: Subject {
            number: pull.and_then(|pull| number(pull, "/number")),
            base_branch: base_branch(reading, pull),
            on_default_branch: is_default(reading, branch.as_deref()),
            branch,
            commit: Some(sha.to_owned()),
            url: url.map(Into::into),
            ..reading.subject(format!("status/{sha}/{context}"), context)
        },
        at: moment(status, "/updated_at").or(moment(status, "/created_at")),
        involves,
        actor,
        data: Map::from_iter([("build".to_owned(), build)]),
    })
}

/// True for the status of a job of the server's own Actions.
pub(in super::super) fn is_of_actions(status: &Value) -> bool {
    text(status, "/target_url").is_some_and(|url| url.contains("/actions/runs/"))
}

/// An address people can open: the server's own Actions give only a path.
pub(in super::super) fn page(url: Option<&str>) -> Option<&str> {
    url.filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}

/// The pull request a build is of, as a poll adds it.
fn pull_of<'a>(reading: &Reading<'a>) -> Option<&'a Value> {
    list(reading.payload, "/pull_requests").next()
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
