//! The builds of a branch or commit as they stand: the statuses of the commit, which jobs of Actions report too.

use http::StatusCode;
use perch_core::build::Build;
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use super::api::{Api, members, page_of, read, unwatchable};
use crate::http::address::{encode, part};
use crate::payload::{moment, text};

/// The latest status of every context of what `reference` stands on.
pub(super) async fn builds(
    api: Api<'_>,
    repository: &str,
    reference: &str,
) -> Result<Vec<Build>, ProviderError> {
    let root = api.url(&format!("/repos/{}", encode(repository)));
    let commit = format!("{root}/git/commits/{}", part(reference));
    let answer = api.get(&commit).await?;
    match answer.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => return Ok(Vec::new()),
        _ => return Err(unwatchable(&answer, repository)),
    }
    let commit: Value = read(&answer)?;
    let Some(sha) = text(&commit, "/sha") else {
        return Ok(Vec::new());
    };
    let branch = (!sha.starts_with(reference)).then(|| reference.to_owned());
    let answer = api
        .get(&page_of(&format!("{root}/commits/{sha}/status"), 1))
        .await?;
    if answer.status != StatusCode::OK {
        return Err(unwatchable(&answer, repository));
    }
    let statuses = members(&answer, Some("statuses"))?;
    let mut builds: Vec<Build> = statuses
        .iter()
        .map(|status| {
            let state = text(status, "/status").or(text(status, "/state"));
            let passed = match state {
                Some("success" | "warning" | "skipped") => Some(true),
                Some("failure" | "error") => Some(false),
                _ => None,
            };
            let url = text(status, "/target_url");
            Build {
                repository: repository.to_owned(),
                job: text(status, "/context").unwrap_or("default").to_owned(),
                branch: branch.clone(),
                commit: Some(sha.to_owned()),
                passed,
                finished_at: passed.and_then(|_| moment(status, "/updated_at")),
                url: url.filter(|url| url.starts_with("http")).map(Into::into),
            }
        })
        .collect();
    builds.sort_by_key(|build| std::cmp::Reverse(build.finished_at));
    Ok(builds)
}
