//! Pipelines that ended. A retried pipeline ends again, at another moment, and is told apart by it.

use perch_core::event_type::EventType;
use perch_core::subject::Subject;
use serde_json::{Map, json};

use super::merge_requests::head_branch;
use super::shape::{author, moment, second};
use super::{Found, Reading};
use crate::facts::seconds;
use crate::payload::{flag, list, number, text};

pub(super) fn pipeline(reading: &Reading<'_>) -> Option<Found> {
    let payload = reading.payload;
    let about = reading.about()?;
    let id = number(about, "/id")?;
    let (event_type, result) = match text(about, "/status")? {
        "failed" => (EventType::BUILD_FAILED, "failed"),
        "success" => (EventType::BUILD_COMPLETED, "passed"),
        _ => return None,
    };
    let ended = moment(about, "/finished_at");
    let merge = payload.get("merge_request").filter(|one| one.is_object());
    let merge_author = author(payload, "/merge_request");
    let reference = text(about, "/ref");
    let branch = match merge {
        Some(merge) => head_branch(merge, merge_author.as_deref()),
        None if flag(about, "/tag") => None,
        None => reference.map(Into::into),
    };
    let on_default_branch =
        merge.is_none() && branch.is_some() && reference == reading.default_branch;
    let base = merge.and_then(|merge| text(merge, "/target_branch"));
    let failed = list(payload, "/builds")
        .find(|job| text(job, "/status") == Some("failed") && !flag(job, "/allow_failure"));
    let name = text(about, "/name").unwrap_or("pipeline");
    let url = text(about, "/url");
    let build = json!({
        "job": name,
        "workflow": name,
        "failed_job": failed.and_then(|job| text(job, "/name")),
        "url": url,
        "attempt": 1,
        "local": false,
        "pipeline_id": id,
        "seconds": moment(about, "/created_at").zip(ended).and_then(|(from, to)| seconds(from, to)),
        "ref": reference,
        "conclusion": text(about, "/status"),
        "trigger": text(about, "/source"),
        "commit_message": text(payload, "/commit/message"),
    });
    let actor = reading.sender();
    let title = failed.and_then(|job| text(job, "/name")).unwrap_or(name);
    Some(Found {
        event_type,
        key: format!("pipeline/{id}/{}/{result}", second(ended)),
        subject: Subject {
            number: merge.and_then(|merge| number(merge, "/iid")),
            base_branch: base.or(reading.default_branch).map(Into::into),
            on_default_branch,
            branch,
            commit: text(about, "/sha").map(Into::into),
            url: url.map(Into::into),
            ..reading.subject(format!("pipeline/{id}"), title)
        },
        at: ended,
        involves: actor.iter().cloned().chain(merge_author).collect(),
        actor,
        data: Map::from_iter([("build".to_owned(), build)]),
    })
}
