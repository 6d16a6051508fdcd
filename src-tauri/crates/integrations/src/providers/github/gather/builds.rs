//! Logs and history of workflow runs, and what other checks say about themselves.

use std::fmt::Write as _;

use jiff::Timestamp;
use perch_core::event_type::EventType;
use perch_core::facts::{Check, Log, PastRun};
use perch_core::run::StepTime;
use serde_json::Value;

use super::source::Source;
use crate::facts::{
    Earlier, Lack, TIMED_RUNS, found, longest, missing, seconds_between, step_times,
};
use crate::http::Answer;
use crate::http::address::part;
use crate::payload::number;

/// Passing logs at most.
const PASSING: usize = 3;

/// Annotations of a check run at most.
const ANNOTATIONS: usize = 200;

impl Source<'_> {
    fn build(&self, field: &str) -> &Value {
        &self.event.data["build"][field]
    }

    /// The log of the first job that failed, or what a check run reports about itself.
    pub(super) async fn failing_log(&mut self) -> Result<Log, Lack> {
        if let Some(run) = self.build("run_id").as_u64() {
            let attempt = self.build("attempt").as_u64().unwrap_or(1);
            let job = self.failed_job(run, attempt).await?;
            return self.job_log(&job).await;
        }
        if let Some(check) = self.build("check_run_id").as_u64() {
            return self.report(check).await;
        }
        let job = self.build("job").as_str().unwrap_or("the build").to_owned();
        Err(missing(match self.build("url").as_str() {
            Some(url) => format!("`{job}` keeps its log at {url}"),
            None => format!("`{job}` does not say where its log is"),
        }))
    }

    async fn failed_job(&mut self, run: u64, attempt: u64) -> Result<Value, Lack> {
        let jobs = self.jobs(run, attempt).await?;
        jobs.into_iter()
            .filter(|job| {
                matches!(
                    job["conclusion"].as_str(),
                    Some("failure" | "timed_out" | "startup_failure")
                )
            })
            .min_by_key(|job| job["completed_at"].as_str().map(ToOwned::to_owned))
            .ok_or_else(|| missing("no job of the run failed by itself"))
    }

    /// The log of the run's longest job.
    pub(super) async fn log(&mut self) -> Result<Log, Lack> {
        let job = self.compared_job().await?;
        self.job_log(&job).await
    }

    /// The job whose logs are held against each other: the one that failed, or the longest of a run that passed.
    async fn compared_job(&mut self) -> Result<Value, Lack> {
        let run = self
            .build("run_id")
            .as_u64()
            .ok_or_else(|| missing("only GitHub Actions keeps logs here"))?;
        let attempt = self.build("attempt").as_u64().unwrap_or(1);
        if self.event.event_type == EventType::BUILD_FAILED {
            return self.failed_job(run, attempt).await;
        }
        let jobs = self.jobs(run, attempt).await?;
        longest(jobs).ok_or_else(|| missing("the run has no jobs"))
    }

    /// How long the jobs of the run and their steps took.
    pub(super) async fn steps(&mut self) -> Result<Vec<StepTime>, Lack> {
        let run = self
            .build("run_id")
            .as_u64()
            .ok_or_else(|| missing("only GitHub Actions tells how long its steps took"))?;
        let attempt = self.build("attempt").as_u64().unwrap_or(1);
        Ok(step_times(&self.jobs(run, attempt).await?))
    }

    /// Earlier runs, the latest passing ones with their steps.
    pub(super) async fn timed_history(&mut self) -> Result<Vec<PastRun>, Lack> {
        let mut runs = Vec::new();
        let mut timed = 0;
        for mut earlier in self.history().await? {
            if earlier.run.passed && timed < TIMED_RUNS {
                timed += 1;
                earlier.run.steps = step_times(&self.jobs(earlier.id, earlier.attempt).await?);
            }
            runs.push(earlier.run);
        }
        Ok(runs)
    }

    async fn jobs(&mut self, run: u64, attempt: u64) -> Result<Vec<Value>, Lack> {
        let rest = format!("/actions/runs/{run}/attempts/{attempt}/jobs?per_page=100");
        let page = self.json(&rest, "the list of the run's jobs").await?;
        Ok(page["jobs"].as_array().cloned().unwrap_or_default())
    }

    async fn job_log(&mut self, job: &Value) -> Result<Log, Lack> {
        let id = job["id"].as_u64().unwrap_or_default();
        self.spend()?;
        let url = self.url(&format!("/actions/jobs/{id}/logs"));
        let answer = self.api.log(&url, self.budget.log_bytes).await?;
        Ok(log(
            job["name"].as_str().unwrap_or("job"),
            found(answer, "the log")?,
            job["html_url"].as_str(),
        ))
    }

    /// Title, summary, text and annotations of a check run, as one text.
    async fn report(&mut self, check: u64) -> Result<Log, Lack> {
        let run = self
            .json(&format!("/check-runs/{check}"), "the check run")
            .await?;
        let output = &run["output"];
        let mut text = String::new();
        for part in ["title", "summary", "text"] {
            if let Some(words) = output[part].as_str().filter(|words| !words.is_empty()) {
                text.push_str(words);
                text.push('\n');
            }
        }
        if output["annotations_count"].as_u64().unwrap_or(0) > 0 {
            let rest = format!("/check-runs/{check}/annotations?per_page=100");
            let notes = self
                .list(&rest, None, "the check's annotations", ANNOTATIONS)
                .await?;
            for note in &notes {
                let words = |field: &str| note[field].as_str().unwrap_or_default();
                let _ = writeln!(
                    text,
                    "{}:{}: {}: {}",
                    words("path"),
                    note["start_line"].as_u64().unwrap_or(0),
                    words("annotation_level"),
                    words("message")
                );
            }
        }
        if text.is_empty() {
            return Err(missing("the check reports nothing about itself"));
        }
        Ok(Log {
            name: run["name"].as_str().unwrap_or("check").into(),
            bytes: text.into_bytes(),
            first_line: 1,
            url: run["html_url"].as_str().map(Into::into),
        })
    }

    /// Logs of the same job in the last passing runs of the same workflow: on this branch, else on the one it
    /// would go into. With the reason if some could not be had.
    pub(super) async fn passing_logs(&mut self) -> Result<(Vec<Log>, Option<String>), Lack> {
        let compared = self.compared_job().await?;
        let mut logs = Vec::new();
        let mut lack = None;
        for passed in self.passing_runs().await? {
            if logs.len() == PASSING {
                break;
            }
            match self.same_job(&passed, &compared["name"]).await {
                Ok(Some(log)) => logs.push(log),
                Ok(None) => {}
                Err(Lack::Missing(reason)) => lack = Some(reason),
                Err(error) => return Err(error),
            }
        }
        Ok((logs, lack))
    }

    async fn same_job(&mut self, run: &Value, name: &Value) -> Result<Option<Log>, Lack> {
        let id = run["id"].as_u64().unwrap_or_default();
        let attempt = run["run_attempt"].as_u64().unwrap_or(1);
        let jobs = self.jobs(id, attempt).await?;
        let same = jobs
            .iter()
            .find(|job| job["name"] == *name && job["conclusion"] == "success");
        match same {
            Some(job) => self.job_log(job).await.map(Some),
            None => Ok(None),
        }
    }

    /// Passing runs of the same workflow before this one, newest first.
    pub(super) async fn passing_runs(&mut self) -> Result<Vec<Value>, Lack> {
        let subject = &self.event.subject;
        let branches = [subject.branch.clone(), subject.base_branch.clone()];
        for branch in branches.into_iter().flatten() {
            let runs = self.runs(&branch, "success", 5).await?;
            if !runs.is_empty() {
                return Ok(runs);
            }
        }
        Ok(Vec::new())
    }

    /// Runs of the same workflow on `branch` that began before this one, newest first.
    async fn runs(&mut self, branch: &str, status: &str, most: usize) -> Result<Vec<Value>, Lack> {
        let run = self.build("run_id").as_u64();
        let workflow = self
            .build("workflow_id")
            .as_u64()
            .ok_or_else(|| missing("GitHub keeps earlier runs only for its own Actions"))?;
        let name = branch.rsplit(':').next().unwrap_or(branch);
        let rest = format!(
            "/actions/workflows/{workflow}/runs?branch={}&status={status}&per_page=30",
            part(name)
        );
        let page = self.json(&rest, "the list of earlier runs").await?;
        let runs = page["workflow_runs"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        Ok(runs
            .into_iter()
            .filter(|other| run.is_none_or(|run| other["id"].as_u64().is_some_and(|id| id < run)))
            .take(most)
            .collect())
    }

    pub(super) async fn history(&mut self) -> Result<Vec<Earlier>, Lack> {
        let branch = self
            .event
            .subject
            .branch
            .clone()
            .ok_or_else(|| missing("the build names no branch"))?;
        let runs = self.runs(&branch, "completed", 30).await?;
        Ok(runs
            .iter()
            .filter_map(|run| {
                let passed = match run["conclusion"].as_str()? {
                    "success" => true,
                    "failure" | "timed_out" | "startup_failure" => false,
                    _ => return None,
                };
                let past = PastRun {
                    commit: run["head_sha"].as_str().map(Into::into),
                    branch: run["head_branch"].as_str().map(Into::into),
                    passed,
                    finished_at: run["updated_at"].as_str()?.parse::<Timestamp>().ok()?,
                    seconds: seconds_between(run, "/run_started_at", "/updated_at"),
                    ..PastRun::default()
                };
                Some(Earlier {
                    id: number(run, "/id")?,
                    attempt: number(run, "/run_attempt").unwrap_or(1),
                    run: past,
                })
            })
            .collect())
    }

    /// Check runs and statuses of the commit.
    pub(super) async fn checks(&mut self) -> Result<Vec<Check>, Lack> {
        let sha = self
            .event
            .subject
            .commit
            .clone()
            .ok_or_else(|| missing("the event names no commit"))?;
        let text = |value: &Value, field: &str| value[field].as_str().map(ToOwned::to_owned);
        let rest = format!("/commits/{sha}/check-runs?per_page=100");
        let runs = self
            .list(&rest, Some("check_runs"), "the commit's checks", 300)
            .await?;
        let mut checks: Vec<Check> = runs
            .iter()
            .map(|run| Check {
                name: text(run, "name").unwrap_or_default(),
                passed: text(run, "conclusion")
                    .map(|end| matches!(end.as_str(), "success" | "neutral" | "skipped")),
                url: text(run, "html_url"),
            })
            .collect();
        let rest = format!("/commits/{sha}/status?per_page=100");
        let combined = self.json(&rest, "the commit's statuses").await?;
        let statuses = combined["statuses"].as_array().into_iter().flatten();
        checks.extend(statuses.map(|status| Check {
            name: text(status, "context").unwrap_or_default(),
            passed: match status["state"].as_str() {
                Some("success") => Some(true),
                Some("failure" | "error") => Some(false),
                _ => None,
            },
            url: text(status, "target_url"),
        }));
        Ok(checks)
    }
}

fn log(name: &str, answer: Answer, url: Option<&str>) -> Log {
    Log {
        name: name.to_owned(),
        bytes: answer.body.into(),
        first_line: answer.first_line,
        url: url.map(Into::into),
    }
}
