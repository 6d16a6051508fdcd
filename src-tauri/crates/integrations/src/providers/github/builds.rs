//! The builds of a branch or commit as they stand: workflow runs, checks of other apps, commit statuses.

use std::collections::BTreeSet;

use http::StatusCode;
use perch_core::build::Build;
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use super::api::{Api, read, unwatchable};
use crate::http::address::{encode, part};
use crate::payload::{list, moment, text};

/// All builds of what `reference` stands on.
pub(super) async fn builds(
    api: Api<'_>,
    repository: &str,
    reference: &str,
) -> Result<Vec<Build>, ProviderError> {
    let root = api.url(&format!("/repos/{}", encode(repository)));
    let ask = async |rest: String| -> Result<Option<Value>, ProviderError> {
        let answer = api.get(&format!("{root}{rest}")).await?;
        match answer.status {
            StatusCode::OK => Ok(Some(read(&answer)?)),
            // What the token may not read, and a reference nobody knows, leave the rest as it is.
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN | StatusCode::UNPROCESSABLE_ENTITY => {
                Ok(None)
            }
            _ => Err(unwatchable(&answer, repository)),
        }
    };
    let Some(commit) = ask(format!("/commits/{}", part(reference))).await? else {
        return Ok(Vec::new());
    };
    let Some(sha) = text(&commit, "/sha") else {
        return Ok(Vec::new());
    };
    let by_name = (!sha.starts_with(reference)).then(|| reference.to_owned());
    let build = |job: String, branch: Option<&str>| Build {
        repository: repository.to_owned(),
        job,
        branch: branch.map(Into::into).or_else(|| by_name.clone()),
        commit: Some(sha.to_owned()),
        passed: None,
        finished_at: None,
        url: None,
    };
    let mut builds = Vec::new();
    let runs = ask(format!("/actions/runs?head_sha={sha}&per_page=100")).await?;
    for run in runs.iter().flat_map(|page| list(page, "/workflow_runs")) {
        let over = text(run, "/status") == Some("completed");
        builds.push(Build {
            passed: over.then(|| passed(text(run, "/conclusion"))),
            finished_at: over.then(|| moment(run, "/updated_at")).flatten(),
            url: text(run, "/html_url").map(Into::into),
            ..build(
                text(run, "/name").unwrap_or("workflow").to_owned(),
                text(run, "/head_branch"),
            )
        });
    }
    let checks = ask(format!("/commits/{sha}/check-runs?per_page=100")).await?;
    for check in checks.iter().flat_map(|page| list(page, "/check_runs")) {
        // Jobs of Actions speak through their runs.
        if text(check, "/app/slug") == Some("github-actions") {
            continue;
        }
        let name = text(check, "/name").unwrap_or("check");
        let job = match text(check, "/app/name") {
            Some(app) if app != name => format!("{app} / {name}"),
            _ => name.to_owned(),
        };
        let over = text(check, "/status") == Some("completed");
        builds.push(Build {
            passed: over.then(|| passed(text(check, "/conclusion"))),
            finished_at: moment(check, "/completed_at"),
            url: text(check, "/html_url").map(Into::into),
            ..build(job, text(check, "/check_suite/head_branch"))
        });
    }
    let status = ask(format!("/commits/{sha}/status?per_page=100")).await?;
    for status in status.iter().flat_map(|page| list(page, "/statuses")) {
        let passed = match text(status, "/state") {
            Some("success") => Some(true),
            Some("failure" | "error") => Some(false),
            _ => None,
        };
        builds.push(Build {
            passed,
            finished_at: passed.and_then(|_| moment(status, "/updated_at")),
            url: text(status, "/target_url").map(Into::into),
            ..build(
                text(status, "/context").unwrap_or("default").to_owned(),
                None,
            )
        });
    }
    // Of several attempts and runs of one job at one commit the newest counts; it stands first.
    let mut seen = BTreeSet::new();
    builds.retain(|build| seen.insert(build.job.clone()));
    builds.sort_by_key(|build| std::cmp::Reverse(build.finished_at));
    Ok(builds)
}

/// What says neither way, such as a skipped check, holds nothing up.
fn passed(conclusion: Option<&str>) -> bool {
    matches!(conclusion, Some("success" | "neutral" | "skipped"))
}
