//! Traces and history of pipelines, and the statuses of a commit.

use jiff::Timestamp;
use perch_core::event_type::EventType;
use perch_core::facts::{Check, Log, PastRun};
use perch_core::run::StepTime;
use serde_json::Value;

use crate::facts::{Earlier, Lack, Source, TIMED_RUNS, found, longest, missing, seconds_between};
use crate::http::address::part;

/// Passing logs at most.
const PASSING: usize = 3;

/// The trace of the first job that failed and counts.
pub(super) async fn failing_log(source: &mut Source<'_>) -> Result<Log, Lack> {
    let job = failed_job(source).await?;
    trace(source, &job).await
}

/// The trace of the pipeline's longest job.
pub(super) async fn log(source: &mut Source<'_>) -> Result<Log, Lack> {
    let job = compared_job(source).await?;
    trace(source, &job).await
}

/// The job whose traces are held against each other: the one that failed, or the longest of a pipeline that passed.
async fn compared_job(source: &mut Source<'_>) -> Result<Value, Lack> {
    if source.event.event_type == EventType::BUILD_FAILED {
        return failed_job(source).await;
    }
    let jobs = jobs(source, pipeline(source)?, "success").await?;
    longest(jobs).ok_or_else(|| missing("the pipeline itself has no jobs"))
}

/// How long the jobs took; GitLab keeps no times of the steps in them.
pub(super) async fn steps(source: &mut Source<'_>) -> Result<Vec<StepTime>, Lack> {
    let pipeline = pipeline(source)?;
    Ok(job_times(&jobs(source, pipeline, "success").await?))
}

/// Earlier pipelines, the latest passing ones with their jobs.
pub(super) async fn timed_history(source: &mut Source<'_>) -> Result<Vec<PastRun>, Lack> {
    let mut runs = Vec::new();
    let mut timed = 0;
    for mut earlier in history(source).await? {
        if earlier.run.passed && timed < TIMED_RUNS {
            timed += 1;
            earlier.run.steps = job_times(&jobs(source, earlier.id, "success").await?);
        }
        runs.push(earlier.run);
    }
    Ok(runs)
}

fn job_times(jobs: &[Value]) -> Vec<StepTime> {
    jobs.iter()
        .filter_map(|job| {
            Some(StepTime {
                job: job["name"].as_str()?.into(),
                step: None,
                seconds: job["duration"].as_f64()?,
            })
        })
        .collect()
}

async fn failed_job(source: &mut Source<'_>) -> Result<Value, Lack> {
    let jobs = jobs(source, pipeline(source)?, "failed").await?;
    jobs.into_iter()
        .filter(|job| job["allow_failure"] != true && job["status"] == "failed")
        .min_by_key(|job| job["finished_at"].as_str().map(ToOwned::to_owned))
        .ok_or_else(|| missing("no job of the pipeline itself failed; a child pipeline may have"))
}

fn pipeline(source: &Source<'_>) -> Result<u64, Lack> {
    source.event.data["build"]["pipeline_id"]
        .as_u64()
        .ok_or_else(|| missing("the event names no pipeline"))
}

async fn jobs(source: &mut Source<'_>, pipeline: u64, scope: &str) -> Result<Vec<Value>, Lack> {
    let rest = format!("/pipelines/{pipeline}/jobs?scope[]={scope}&per_page=100");
    let jobs = source
        .json(&rest, "the list of the pipeline's jobs")
        .await?;
    Ok(jobs.as_array().cloned().unwrap_or_default())
}

async fn trace(source: &mut Source<'_>, job: &Value) -> Result<Log, Lack> {
    let id = job["id"].as_u64().unwrap_or_default();
    source.spend()?;
    let url = source.url(&format!("/jobs/{id}/trace"));
    let answer = source.api.log(&url, source.budget.log_bytes).await?;
    let answer = found(answer, "the log")?;
    if answer.body.is_empty() {
        return Err(missing("the log was erased or has expired"));
    }
    Ok(Log {
        name: job["name"].as_str().unwrap_or("job").into(),
        bytes: answer.body.into(),
        first_line: answer.first_line,
        url: job["web_url"].as_str().map(Into::into),
    })
}

/// Traces of the same job in the last passing pipelines: on this branch, else on the one it would go into. With the
/// reason if some could not be had.
pub(super) async fn passing_logs(
    source: &mut Source<'_>,
) -> Result<(Vec<Log>, Option<String>), Lack> {
    let compared = compared_job(source).await?;
    let (mut logs, mut lack) = (Vec::new(), None);
    for passed in passing_pipelines(source).await?.iter().take(PASSING) {
        let id = passed["id"].as_u64().unwrap_or_default();
        match same_job(source, id, &compared["name"]).await {
            Ok(Some(log)) => logs.push(log),
            Ok(None) => {}
            Err(Lack::Missing(reason)) => lack = Some(reason),
            Err(error) => return Err(error),
        }
    }
    Ok((logs, lack))
}

async fn same_job(
    source: &mut Source<'_>,
    pipeline: u64,
    name: &Value,
) -> Result<Option<Log>, Lack> {
    let jobs = jobs(source, pipeline, "success").await?;
    match jobs.iter().find(|job| job["name"] == *name) {
        Some(job) => trace(source, job).await.map(Some),
        None => Ok(None),
    }
}

/// Passing pipelines before this one, newest first: of the same reference, else of its branch, else of where it
/// would go.
pub(super) async fn passing_pipelines(source: &mut Source<'_>) -> Result<Vec<Value>, Lack> {
    let subject = &source.event.subject;
    let own = source.event.data["build"]["ref"].as_str().map(Into::into);
    let mut references: Vec<String> = [own, subject.branch.clone(), subject.base_branch.clone()]
        .into_iter()
        .flatten()
        .filter(|name| !name.contains(':'))
        .collect();
    references.dedup();
    for reference in references {
        let passed = pipelines(source, &reference, "status=success").await?;
        if !passed.is_empty() {
            return Ok(passed);
        }
    }
    Ok(Vec::new())
}

/// Pipelines of `reference` that began before this one, newest first.
async fn pipelines(
    source: &mut Source<'_>,
    reference: &str,
    which: &str,
) -> Result<Vec<Value>, Lack> {
    let this = pipeline(source)?;
    let rest = format!("/pipelines?ref={}&{which}&per_page=30", part(reference));
    let listed = source.json(&rest, "the list of earlier pipelines").await?;
    let before = |one: &&Value| one["id"].as_u64().is_some_and(|id| id < this);
    let listed = listed.as_array().into_iter().flatten();
    Ok(listed.filter(before).cloned().collect())
}

pub(super) async fn history(source: &mut Source<'_>) -> Result<Vec<Earlier>, Lack> {
    let reference = source.event.data["build"]["ref"]
        .as_str()
        .ok_or_else(|| missing("the pipeline names no branch"))?
        .to_owned();
    let earlier = pipelines(source, &reference, "scope=finished").await?;
    let runs = earlier.iter().filter_map(|run| {
        let passed = match run["status"].as_str()? {
            "success" => true,
            "failed" => false,
            _ => return None,
        };
        let past = PastRun {
            commit: run["sha"].as_str().map(Into::into),
            branch: run["ref"].as_str().map(Into::into),
            passed,
            finished_at: run["updated_at"].as_str()?.parse::<Timestamp>().ok()?,
            seconds: seconds_between(run, "/created_at", "/updated_at"),
            ..PastRun::default()
        };
        Some(Earlier {
            id: run["id"].as_u64()?,
            attempt: 1,
            run: past,
        })
    });
    Ok(runs.collect())
}

/// Jobs and other systems' statuses of the commit.
pub(super) async fn checks(source: &mut Source<'_>) -> Result<Vec<Check>, Lack> {
    let sha = source
        .event
        .subject
        .commit
        .clone()
        .ok_or_else(|| missing("the event names no commit"))?;
    let rest = format!("/repository/commits/{sha}/statuses?per_page=100");
    let statuses = source
        .list(&rest, None, "the commit's statuses", 300)
        .await?;
    let text = |value: &Value, field: &str| value[field].as_str().map(ToOwned::to_owned);
    Ok(statuses
        .iter()
        .map(|status| Check {
            name: text(status, "name").unwrap_or_default(),
            passed: match status["status"].as_str() {
                Some("success" | "skipped" | "manual") => Some(true),
                Some("failed") => Some(status["allow_failure"] == true),
                Some("canceled") => Some(false),
                _ => None,
            },
            url: text(status, "target_url"),
        })
        .collect())
}
