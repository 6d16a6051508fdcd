//! Bitbucket's requests about pipelines. One started again is another pipeline of the same commit, with a number of its
//! own; only branches' and pull requests' can be.

use async_trait::async_trait;
use http::Method;
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use crate::payload::{number, text};
use crate::providers::bitbucket::api::page;
use crate::publish::{Attempt, Builds, Course, Forge, Need, failed, refused};

/// What the keys of pipelines begin with; what follows is the number people see.
pub(super) const PIPELINE: &str = "pipeline/";

/// Pages of a hundred pipelines searched.
const PAGES: usize = 3;

/// What a pipeline is about and another one would be.
const TARGET: [&str; 9] = [
    "type",
    "ref_type",
    "ref_name",
    "commit",
    "selector",
    "source",
    "destination",
    "destination_commit",
    "pullrequest",
];

impl Target<'_> {
    /// The newest pipeline of what the one with this key is about.
    async fn latest(&self, build: &str, doing: &str) -> Result<Value, PublishError> {
        let wanted: Option<u64> = build
            .strip_prefix(PIPELINE)
            .and_then(|text| text.parse().ok());
        let mut next = Some(self.url("/pipelines?sort=-created_on&pagelen=100"));
        let mut newer: Vec<Value> = Vec::new();
        for _ in 0..PAGES {
            let Some(url) = next.take() else {
                break;
            };
            let answer = self.found(&url, doing, Need::Read).await?;
            let (listed, further) = page(&self.api, &answer).map_err(failed)?;
            for pipeline in listed {
                let is_it = wanted.is_some() && number(&pipeline, "/build_number") == wanted;
                newer.push(pipeline);
                if let Some(it) = newer.last().filter(|_| is_it) {
                    let of = |one: &Value| {
                        let field = |pointer: &str| text(one, pointer).map(ToOwned::to_owned);
                        (field("/target/commit/hash"), field("/target/ref_name"))
                    };
                    let latest = newer.iter().find(|one| of(one) == of(it));
                    return Ok(latest.unwrap_or(it).clone());
                }
            }
            next = further;
        }
        Err(refused(
            format!(
                "the pipeline is not among the newest of `{}`",
                self.repository()
            ),
            "start it again on its page",
        ))
    }
}

#[async_trait]
impl Builds for Target<'_> {
    async fn attempt(&self, build: &str, doing: &str) -> Result<Attempt, PublishError> {
        let pipeline = self.latest(build, doing).await?;
        let id = number(&pipeline, "/build_number").unwrap_or_default();
        let course = match text(&pipeline, "/state/result/name") {
            _ if text(&pipeline, "/state/name") != Some("COMPLETED") => Course::Running,
            Some("SUCCESSFUL") => Course::Passed,
            _ => Course::Failed,
        };
        // The page of the one that was asked for; people know it by that number.
        let of = build.strip_prefix(PIPELINE).unwrap_or_default();
        let page = format!("https://bitbucket.org/{}", self.repository());
        Ok(Attempt {
            id: id.to_string(),
            course,
            url: Some(format!("{page}/pipelines/results/{of}")),
        })
    }

    async fn rerun(&self, build: &str, doing: &str) -> Result<(), PublishError> {
        let pipeline = self.latest(build, doing).await?;
        let target: serde_json::Map<String, Value> = TARGET
            .iter()
            .filter(|field| !pipeline["target"][**field].is_null())
            .map(|field| ((*field).to_owned(), pipeline["target"][*field].clone()))
            .collect();
        let url = self.url("/pipelines");
        let body = Some(json!({"target": target}));
        self.changed(Method::POST, &url, body, doing, Need::Builds)
            .await
            .map(drop)
    }
}
