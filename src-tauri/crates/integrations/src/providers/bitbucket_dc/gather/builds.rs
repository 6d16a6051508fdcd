//! What other systems reported about commits. Their logs lie with them.

use http::Method;
use perch_core::facts::{Check, PastRun};
use serde_json::{Value, json};

use super::source::Source;
use crate::facts::{Lack, found, missing};
use crate::http::{Body, Request};
use crate::providers::bitbucket_dc::api::{millis, read, seconds};

/// Commits before this one whose builds are counted.
const COMMITS: usize = 100;

/// Earlier builds at most; each costs a request.
const RUNS: usize = 10;

/// Builds of one commit read.
const BUILDS: usize = 300;

impl Source<'_> {
    /// Why there is no log.
    pub(super) fn no_log(&self) -> Lack {
        match self.event.data["build"]["url"].as_str() {
            Some(url) => missing(format!("the log lies at {url}, where Perch cannot read it")),
            None => missing("nobody said where the log lies"),
        }
    }

    fn commit(&self) -> Result<String, Lack> {
        let commit = self.event.subject.commit.clone();
        commit.ok_or_else(|| missing("the event names no commit"))
    }

    async fn builds(&mut self, commit: &str) -> Result<Vec<Value>, Lack> {
        let url = format!("/build-status/latest/commits/{commit}");
        let url = self.api.url(&url);
        let (builds, _) = self.values(&url, "the commit's builds", BUILDS).await?;
        Ok(builds)
    }

    /// The same build on the commits before this one, newest first.
    pub(super) async fn history(&mut self) -> Result<Vec<PastRun>, Lack> {
        let this = self.commit()?;
        let key = &self.event.subject.key;
        let key = key.strip_prefix(&format!("status/{this}/"));
        let key = key.map(ToOwned::to_owned);
        let key = key.ok_or_else(|| missing("the event is about no build"))?;
        let url = self.url(&format!("/commits?until={this}"));
        let (commits, _) = self.values(&url, "the commits before", COMMITS).await?;
        let before: Vec<&str> = commits
            .iter()
            .filter_map(|commit| commit["id"].as_str())
            .filter(|id| *id != this)
            .collect();
        let counted = self.counted(&before).await?;
        let mut runs = Vec::new();
        for commit in counted.into_iter().take(RUNS) {
            let builds = match self.builds(&commit).await {
                Ok(builds) => builds,
                Err(Lack::Missing(_)) if !runs.is_empty() => break,
                Err(error) => return Err(error),
            };
            let same = builds.iter().find(|build| build["key"] == *key);
            runs.extend(same.and_then(|build| {
                Some(PastRun {
                    commit: Some(commit),
                    branch: self.event.subject.branch.clone(),
                    passed: match build["state"].as_str()? {
                        "SUCCESSFUL" => true,
                        "FAILED" => false,
                        _ => return None,
                    },
                    finished_at: millis(build, "dateAdded")?,
                    rule: None,
                    seconds: seconds(build),
                    steps: Vec::new(),
                    environment: None,
                })
            }));
        }
        Ok(runs)
    }

    /// Those of `commits` about which something was reported, in their order.
    async fn counted(&mut self, commits: &[&str]) -> Result<Vec<String>, Lack> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        self.spend()?;
        // It only reads, though it is sent like a change.
        let url = self.api.url("/build-status/latest/commits/stats");
        let mut request = Request::new(Method::POST, url);
        request.body = Some(Body::Json(json!(commits)));
        let answer = self.api.send(request).await?;
        let stats: Value = read(&found(answer, "the counts of builds")?)?;
        let any = |commit: &&&str| {
            let counts = stats[**commit].as_object();
            counts.is_some_and(|counts| counts.values().any(|count| count.as_u64() > Some(0)))
        };
        Ok(commits
            .iter()
            .filter(any)
            .map(|one| (*one).to_owned())
            .collect())
    }

    /// The last commit before this one on which the same build passed.
    pub(super) async fn green(&mut self) -> Result<Option<String>, Lack> {
        let runs = match self.history().await {
            Ok(runs) => runs,
            Err(Lack::Missing(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(runs
            .into_iter()
            .find(|run| run.passed)
            .and_then(|run| run.commit))
    }

    /// What is reported about the commit.
    pub(super) async fn checks(&mut self) -> Result<Vec<Check>, Lack> {
        let commit = self.commit()?;
        let builds = self.builds(&commit).await?;
        let text = |value: &Value, field: &str| value[field].as_str().map(ToOwned::to_owned);
        Ok(builds
            .iter()
            .map(|build| Check {
                name: text(build, "name")
                    .or(text(build, "key"))
                    .unwrap_or_default(),
                passed: match build["state"].as_str() {
                    Some("SUCCESSFUL") => Some(true),
                    Some("FAILED" | "CANCELLED") => Some(false),
                    _ => None,
                },
                url: text(build, "url"),
            })
            .collect())
    }
}
