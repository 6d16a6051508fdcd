//! GitLab's requests about pipelines. A pipeline has no attempts; a retried one has newer jobs.

use async_trait::async_trait;
use http::Method;
use perch_core::seam::publisher::PublishError;
use serde_json::Value;

use super::Target;
use crate::http::address::part;
use crate::payload::{number, text};
use crate::providers::gitlab::api::read;
use crate::publish::{Attempt, Builds, Course, Forge, Need, failed};

/// What the keys of pipelines begin with.
pub(super) const PIPELINE: &str = "pipeline/";

fn place(build: &str) -> String {
    let id = build.strip_prefix(PIPELINE).unwrap_or(build);
    format!("/pipelines/{}", part(id))
}

#[async_trait]
impl Builds for Target<'_> {
    async fn attempt(&self, build: &str, doing: &str) -> Result<Attempt, PublishError> {
        let place = place(build);
        let answer = self.found(&self.url(&place), doing, Need::Read).await?;
        let pipeline: Value = read(&answer).map_err(failed)?;
        let jobs = format!("{place}/jobs?per_page=100");
        let answer = self.found(&self.url(&jobs), doing, Need::Read).await?;
        let jobs: Vec<Value> = read(&answer).map_err(failed)?;
        // Newest first, so the newest of all is on the first page.
        let newest = jobs.iter().filter_map(|job| number(job, "/id")).max();
        let course = match text(&pipeline, "/status") {
            Some("success") => Course::Passed,
            Some("failed" | "canceled" | "skipped") => Course::Failed,
            _ => Course::Running,
        };
        Ok(Attempt {
            id: newest.unwrap_or(0).to_string(),
            course,
            url: text(&pipeline, "/web_url").map(Into::into),
        })
    }

    async fn rerun(&self, build: &str, doing: &str) -> Result<(), PublishError> {
        let rest = format!("{}/retry", place(build));
        self.changed(Method::POST, &self.url(&rest), None, doing, Need::Builds)
            .await
            .map(drop)
    }
}
