//! The builds of a branch or commit as they stand: its pipelines.

use std::collections::BTreeSet;

use http::StatusCode;
use perch_core::build::Build;
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use super::api::{Api, read, unwatchable};
use crate::http::address::part;
use crate::payload::{moment, text};

/// All pipelines of what `reference` stands on.
pub(super) async fn builds(
    api: Api<'_>,
    project: &str,
    reference: &str,
) -> Result<Vec<Build>, ProviderError> {
    let root = api.url(&format!("/projects/{}", part(project)));
    let ask = async |rest: String| -> Result<Option<Value>, ProviderError> {
        let answer = api.get(&format!("{root}{rest}")).await?;
        match answer.status {
            StatusCode::OK => Ok(Some(read(&answer)?)),
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN => Ok(None),
            _ => Err(unwatchable(&answer, project)),
        }
    };
    let commit = ask(format!("/repository/commits/{}", part(reference))).await?;
    let Some(sha) = commit.as_ref().and_then(|commit| text(commit, "/id")) else {
        return Ok(Vec::new());
    };
    let pipelines = ask(format!(
        "/pipelines?sha={sha}&order_by=updated_at&sort=desc&per_page=100"
    ))
    .await?;
    let pipelines = pipelines.as_ref().and_then(Value::as_array);
    let mut seen = BTreeSet::new();
    Ok(pipelines
        .into_iter()
        .flatten()
        .map(|pipeline| {
            let passed = match text(pipeline, "/status") {
                Some("success" | "skipped") => Some(true),
                Some("failed" | "canceled") => Some(false),
                _ => None,
            };
            Build {
                repository: project.to_owned(),
                job: text(pipeline, "/name").unwrap_or("pipeline").to_owned(),
                branch: text(pipeline, "/ref").map(Into::into),
                commit: Some(sha.to_owned()),
                passed,
                finished_at: passed.and_then(|_| {
                    moment(pipeline, "/finished_at").or(moment(pipeline, "/updated_at"))
                }),
                url: text(pipeline, "/web_url").map(Into::into),
            }
        })
        // Of several pipelines of one name at one commit the newest counts.
        .filter(|build| seen.insert((build.job.clone(), build.branch.clone())))
        .collect())
}
