//! GitHub's requests about workflow runs. Check runs of other apps are started again where those apps say.

use async_trait::async_trait;
use http::Method;
use perch_core::seam::publisher::PublishError;
use serde_json::Value;

use super::Target;
use crate::http::address::part;
use crate::payload::{number, text};
use crate::providers::github::api::read;
use crate::publish::{Attempt, Builds, Course, Forge, Need, failed};

/// What the keys of workflow runs begin with.
pub(super) const RUN: &str = "run/";

fn place(build: &str) -> String {
    let id = build.strip_prefix(RUN).unwrap_or(build);
    format!("/actions/runs/{}", part(id))
}

#[async_trait]
impl Builds for Target<'_> {
    async fn attempt(&self, build: &str, doing: &str) -> Result<Attempt, PublishError> {
        let answer = self
            .found(&self.url(&place(build)), doing, Need::Read)
            .await?;
        let run: Value = read(&answer).map_err(failed)?;
        let course = match (text(&run, "/status"), text(&run, "/conclusion")) {
            (Some("completed"), Some("success")) => Course::Passed,
            (Some("completed"), _) => Course::Failed,
            _ => Course::Running,
        };
        Ok(Attempt {
            id: number(&run, "/run_attempt").unwrap_or(1).to_string(),
            course,
            url: text(&run, "/html_url").map(Into::into),
        })
    }

    async fn rerun(&self, build: &str, doing: &str) -> Result<(), PublishError> {
        let rest = format!("{}/rerun-failed-jobs", place(build));
        self.changed(Method::POST, &self.url(&rest), None, doing, Need::Builds)
            .await
            .map(drop)
    }
}
