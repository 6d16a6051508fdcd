//! The servers' requests about runs of their Actions. Gitea starts runs again from 1.26 on, Forgejo not by its API.

use async_trait::async_trait;
use http::{Method, StatusCode};
use perch_core::seam::publisher::PublishError;
use serde_json::Value;

use super::Target;
use crate::payload::{number, text};
use crate::providers::gitea::api::{has_next, members, page_of};
use crate::publish::{Attempt, Builds, Course, Forge, Need, failed, refusal, refused};

/// What the keys of runs begin with; what follows is the number people see.
pub(super) const RUN: &str = "run/";

/// Pages of runs searched.
const PAGES: usize = 4;

impl Target<'_> {
    /// The run that people know by its number; the API knows it by another.
    async fn run(&self, build: &str, doing: &str) -> Result<Value, PublishError> {
        let wanted = build.strip_prefix(RUN).and_then(|text| text.parse().ok());
        let list = self.url("/actions/runs");
        let mut count = 0;
        for page in 1..=PAGES {
            let answer = self.api.get(&page_of(&list, page)).await.map_err(failed)?;
            if answer.status != StatusCode::OK {
                return Err(refusal(self, &answer, doing, Need::Read));
            }
            let runs = members(&answer, Some("workflow_runs")).map_err(failed)?;
            let found = runs.iter().find(|run| {
                let shown = number(run, "/run_number").or(number(run, "/index_in_repo"));
                wanted.is_some() && shown == wanted
            });
            if let Some(found) = found {
                return Ok(found.clone());
            }
            count += runs.len();
            if !has_next(&answer, count, runs.len()) {
                break;
            }
        }
        Err(refused(
            format!("the build is not among the newest of `{}`", self.repository),
            "start it again on its page",
        ))
    }
}

#[async_trait]
impl Builds for Target<'_> {
    async fn attempt(&self, build: &str, doing: &str) -> Result<Attempt, PublishError> {
        let run = self.run(build, doing).await?;
        let status = text(&run, "/status").unwrap_or_default();
        let course = match (status, text(&run, "/conclusion")) {
            ("success", _) | ("completed", Some("success")) => Course::Passed,
            ("waiting" | "running" | "queued" | "in_progress" | "pending" | "blocked", _) => {
                Course::Running
            }
            _ => Course::Failed,
        };
        // Not every server counts attempts, but each knows when the latest began.
        let began = text(&run, "/started_at").or(text(&run, "/run_started_at"));
        Ok(Attempt {
            id: format!(
                "{}/{}",
                number(&run, "/run_attempt").unwrap_or(1),
                began.unwrap_or_default()
            ),
            course,
            url: text(&run, "/html_url").map(Into::into),
        })
    }

    async fn rerun(&self, build: &str, doing: &str) -> Result<(), PublishError> {
        let id = number(&self.run(build, doing).await?, "/id").unwrap_or_default();
        let url = self.url(&format!("/actions/runs/{id}/rerun-failed-jobs"));
        let answer = self.api.write(Method::POST, &url, None).await;
        let answer = answer.map_err(failed)?;
        match answer.status {
            status if status.is_success() => Ok(()),
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Err(refused(
                "this server's API starts no builds again; Gitea's does from 1.26 on",
                "start it again on its page",
            )),
            _ => Err(refusal(self, &answer, doing, Need::Builds)),
        }
    }
}
