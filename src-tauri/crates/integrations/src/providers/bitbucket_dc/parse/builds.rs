//! Builds that other systems report about a commit, as a poll shapes them.

use perch_core::event_type::EventType;
use perch_core::subject::Subject;
use serde_json::{Map, json};

use super::{is_default, name};
use crate::payload::{number, text};
use crate::providers::bitbucket_dc::api::{millis, seconds};
use crate::reading::{Found, Reading};

pub(super) fn build(reading: &Reading<'_>) -> Option<Found> {
    let build = reading.get("build")?;
    let (event_type, result) = match text(build, "/state")? {
        "FAILED" => (EventType::BUILD_FAILED, "failed"),
        "SUCCESSFUL" => (EventType::BUILD_COMPLETED, "passed"),
        _ => return None,
    };
    let commit = text(reading.payload, "/commit")?;
    let key = text(build, "/key")?;
    let title = text(build, "/name").unwrap_or(key);
    let url = text(build, "/url");
    let pull = reading.get("pullRequest");
    let branch = text(reading.payload, "/branch");
    let author = pull.and_then(|pull| name(pull.get("author")?));
    let base = pull.and_then(|pull| text(pull, "/base"));
    let about = json!({
        "job": title,
        "workflow": null,
        "url": url,
        "attempt": 1,
        "local": false,
        "conclusion": text(build, "/state"),
        "summary": text(build, "/description"),
        "seconds": seconds(build),
    });
    Some(Found {
        event_type,
        key: format!("status/{commit}/{key}/{result}"),
        subject: Subject {
            number: pull.and_then(|pull| number(pull, "/id")),
            base_branch: base.or(reading.default_branch).map(Into::into),
            on_default_branch: branch.is_some_and(|branch| is_default(reading, branch)),
            branch: branch.map(Into::into),
            commit: Some(commit.to_owned()),
            url: url.map(Into::into),
            ..reading.subject(format!("status/{commit}/{key}"), title)
        },
        at: millis(build, "dateAdded"),
        actor: None,
        involves: author.into_iter().collect(),
        data: Map::from_iter([("build".to_owned(), about)]),
    })
}
