//! The builds of a branch or commit as they stand: what other systems report about the commit.

use http::StatusCode;
use perch_core::build::Build;
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use super::api::{Api, from, millis, page, repository, unwatchable};
use crate::http::address::part;
use crate::payload::text;

/// Pages of builds read.
const PAGES: usize = 3;

/// The latest build of every key of what `reference` stands on.
pub(super) async fn builds(
    api: Api<'_>,
    name: &str,
    reference: &str,
) -> Result<Vec<Build>, ProviderError> {
    let root = api.url(&repository("api", name));
    let newest = format!("{root}/commits?until={}&limit=1", part(reference));
    let answer = api.get(&newest).await?;
    match answer.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => return Ok(Vec::new()),
        _ => return Err(unwatchable(&answer, name)),
    }
    let (commits, _) = page(&answer)?;
    let Some(sha) = commits.first().and_then(|commit| text(commit, "/id")) else {
        return Ok(Vec::new());
    };
    let branch = (!sha.starts_with(reference)).then(|| reference.to_owned());
    let url = api.url(&format!("/build-status/latest/commits/{}", part(sha)));
    let mut builds = Vec::new();
    let mut next = Some(0);
    for _ in 0..PAGES {
        let Some(start) = next.take() else {
            break;
        };
        let answer = api.get(&from(&url, start)).await?;
        if answer.status != StatusCode::OK {
            return Err(unwatchable(&answer, name));
        }
        let (reported, further) = page(&answer)?;
        builds.extend(
            reported
                .iter()
                .filter_map(|build| read(name, branch.as_deref(), sha, build)),
        );
        next = further;
    }
    builds.sort_by_key(|build| std::cmp::Reverse(build.finished_at));
    Ok(builds)
}

fn read(name: &str, branch: Option<&str>, sha: &str, build: &Value) -> Option<Build> {
    let passed = match text(build, "/state") {
        Some("SUCCESSFUL") => Some(true),
        Some("FAILED" | "CANCELLED") => Some(false),
        _ => None,
    };
    let url = text(build, "/url");
    Some(Build {
        repository: name.to_owned(),
        job: text(build, "/name").or(text(build, "/key"))?.to_owned(),
        branch: branch.map(Into::into),
        commit: Some(sha.to_owned()),
        passed,
        finished_at: passed.and_then(|_| millis(build, "dateAdded")),
        url: url.filter(|url| url.starts_with("http")).map(Into::into),
    })
}
