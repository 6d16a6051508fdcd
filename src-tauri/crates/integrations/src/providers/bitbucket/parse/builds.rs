//! Commit statuses and pipelines. A pipeline reports itself as a status too: both are known by its number, so that
//! one end is one event whoever tells it.

use perch_core::event_type::EventType;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::shape::{actor, is_default, name, verdict};
use crate::payload::{moment, number, text};
use crate::reading::{Found, Reading};

/// What is alike of both.
struct Build<'a> {
    event_type: EventType,
    key: String,
    subject: String,
    title: &'a str,
    commit: Option<&'a str>,
    branch: Option<&'a str>,
    url: Option<&'a str>,
    actor: Option<String>,
}

pub(super) fn status(reading: &Reading<'_>) -> Option<Found> {
    let status = reading.get("commit_status")?;
    let (event_type, result) = verdict(text(status, "/state")?)?;
    let key = text(status, "/key")?;
    let title = text(status, "/name").unwrap_or(key);
    let url = text(status, "/url");
    let commit = commit_of(status);
    let pipeline = url.and_then(build_number);
    let subject = pipeline.map_or_else(
        || format!("status/{}/{key}", commit.unwrap_or("commit")),
        |number| format!("pipeline/{number}"),
    );
    let key = format!("{subject}/{result}");
    let build = Build {
        event_type,
        key,
        subject,
        title,
        commit,
        branch: text(status, "/refname").or(text(reading.payload, "/branch")),
        url,
        // Whoever reports it is a system, and seldom whose build it is.
        actor: None,
    };
    let facts = json!({
        "job": title,
        "workflow": null,
        "url": url,
        "attempt": 1,
        "local": false,
        "pipeline": pipeline,
        "conclusion": text(status, "/state"),
        "summary": text(status, "/description"),
    });
    let at = moment(status, "/updated_on");
    Some(Found {
        at,
        ..found(reading, build, facts)
    })
}

pub(super) fn pipeline(reading: &Reading<'_>) -> Option<Found> {
    let pipeline = reading.get("pipeline")?;
    let (event_type, result) = verdict(text(pipeline, "/state/result/name")?)?;
    let of = number(pipeline, "/build_number")?;
    let title = format!("Pipeline #{of}");
    let branch = text(pipeline, "/target/ref_name")
        .filter(|_| text(pipeline, "/target/ref_type") != Some("tag"))
        .or(text(pipeline, "/target/source"));
    let url = text(pipeline, "/url");
    let build = Build {
        event_type,
        key: format!("pipeline/{of}/{result}"),
        subject: format!("pipeline/{of}"),
        title: &title,
        commit: text(pipeline, "/target/commit/hash"),
        branch,
        url,
        actor: pipeline.get("creator").and_then(name),
    };
    let facts = json!({
        "job": title,
        "workflow": null,
        "url": url,
        "attempt": 1,
        "local": false,
        "pipeline": of,
        "conclusion": text(pipeline, "/state/result/name"),
        "seconds": pipeline["duration_in_seconds"].as_f64(),
        "trigger": text(pipeline, "/trigger/name"),
    });
    let at = moment(pipeline, "/completed_on");
    Some(Found {
        at,
        ..found(reading, build, facts)
    })
}

fn found(reading: &Reading<'_>, build: Build<'_>, facts: Value) -> Found {
    // A poll knows the pull request a build is of.
    let pull = reading.get("pullrequest");
    let actor = build.actor.or(actor(reading));
    let author = pull.and_then(|pull| text(pull, "/author"));
    let mut involves: Vec<String> = actor.iter().cloned().collect();
    involves.extend(author.map(Into::into));
    let base = pull.and_then(|pull| text(pull, "/base"));
    Found {
        event_type: build.event_type,
        key: build.key,
        subject: Subject {
            number: pull.and_then(|pull| number(pull, "/id")),
            base_branch: base.or(reading.default_branch).map(Into::into),
            on_default_branch: build
                .branch
                .is_some_and(|branch| is_default(reading, branch)),
            branch: build.branch.map(Into::into),
            commit: build.commit.map(Into::into),
            url: build.url.map(Into::into),
            ..reading.subject(build.subject, build.title)
        },
        at: None,
        actor,
        involves,
        data: Map::from_iter([("build".to_owned(), facts)]),
    }
}

/// The commit a status is on: only its address tells.
fn commit_of(status: &Value) -> Option<&str> {
    let link = text(status, "/links/commit/href")?;
    let hash = link.trim_end_matches('/').rsplit('/').next()?;
    let is_hash = hash.len() >= 7 && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
    text(status, "/commit/hash").or(is_hash.then_some(hash))
}

/// The number of the pipeline whose page this is: `…/pipelines/results/12`, in older ones `…/pipelines/home#!/results/12`.
pub(in super::super) fn build_number(url: &str) -> Option<u64> {
    let (_, rest) = url.split_once("/pipelines/")?;
    let (_, number) = rest.split_once("results/")?;
    number.split(['/', '?', '#']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::build_number;

    #[test]
    fn a_pipeline_is_known_by_its_page() {
        for (url, expected) in [
            ("https://bitbucket.org/a/b/pipelines/results/12", Some(12)),
            (
                "https://bitbucket.org/a/b/addon/pipelines/home#!/results/7",
                Some(7),
            ),
            (
                "https://bitbucket.org/a/b/pipelines/results/12/steps/{x}",
                Some(12),
            ),
            ("https://ci.example.org/results/12", None),
            ("https://bitbucket.org/a/b/pipelines", None),
        ] {
            assert_eq!(build_number(url), expected, "{url}");
        }
    }
}
