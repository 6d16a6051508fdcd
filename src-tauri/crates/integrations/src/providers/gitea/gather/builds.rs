//! Logs and history of runs of Actions, and the statuses of a commit.

use jiff::Timestamp;
use perch_core::event_type::EventType;
use perch_core::facts::{Check, Log, PastRun};
use perch_core::run::StepTime;
use serde_json::Value;

use super::source::Source;
use crate::facts::{Earlier, Lack, TIMED_RUNS, found, longest, missing, step_times};
use crate::providers::gitea::parse::builds::{Run, page};

/// Passing logs at most.
const PASSING: usize = 3;

/// Runs looked through for earlier ones of the same workflow.
const EARLIER: usize = 200;

impl Source<'_> {
    fn build(&self, field: &str) -> &Value {
        &self.event.data["build"][field]
    }

    /// The log of the first job that failed.
    pub(super) async fn failing_log(&mut self) -> Result<Log, Lack> {
        if let Some(run) = self.build("run_id").as_u64() {
            let job = self.failed_job(run).await?;
            return self.job_log(&job).await;
        }
        let job = self.build("job").as_str().unwrap_or("the build").to_owned();
        Err(missing(match self.build("url").as_str() {
            Some(url) => format!("`{job}` keeps its log at {url}"),
            None => format!("`{job}` does not say where its log is"),
        }))
    }

    async fn failed_job(&mut self, run: u64) -> Result<Value, Lack> {
        let jobs = self.jobs(run).await?;
        jobs.into_iter()
            .filter(|job| conclusion(job) == Some("failure"))
            .min_by_key(|job| moment(job).map(Timestamp::as_second))
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
            .ok_or_else(|| missing("only the server's own Actions keep logs here"))?;
        if self.event.event_type == EventType::BUILD_FAILED {
            return self.failed_job(run).await;
        }
        longest(self.jobs(run).await?).ok_or_else(|| missing("the run has no jobs"))
    }

    /// How long the jobs of the run and their steps took.
    pub(super) async fn steps(&mut self) -> Result<Vec<StepTime>, Lack> {
        let run = self
            .build("run_id")
            .as_u64()
            .ok_or_else(|| missing("only the server's own Actions tell how long they took"))?;
        Ok(step_times(&self.jobs(run).await?))
    }

    /// Earlier runs, the latest passing ones with their steps.
    pub(super) async fn timed_history(&mut self) -> Result<Vec<PastRun>, Lack> {
        let mut runs = Vec::new();
        let mut timed = 0;
        for mut earlier in self.history().await? {
            if earlier.run.passed && timed < TIMED_RUNS {
                timed += 1;
                earlier.run.steps = step_times(&self.jobs(earlier.id).await?);
            }
            runs.push(earlier.run);
        }
        Ok(runs)
    }

    async fn jobs(&mut self, run: u64) -> Result<Vec<Value>, Lack> {
        let rest = format!("/actions/runs/{run}/jobs?limit=50");
        let page = self.json(&rest, "the list of the run's jobs").await?;
        // Forgejo lists them as they are, Gitea in a field.
        let jobs = page.as_array().or(page["jobs"].as_array());
        Ok(jobs.cloned().unwrap_or_default())
    }

    async fn job_log(&mut self, job: &Value) -> Result<Log, Lack> {
        let id = job["id"].as_u64().unwrap_or_default();
        self.spend()?;
        let url = self.url(&format!("/actions/jobs/{id}/logs"));
        let answer = self.api.log(&url, self.budget.log_bytes).await?;
        let answer = found(answer, "the log")?;
        Ok(Log {
            name: job["name"].as_str().unwrap_or("job").into(),
            bytes: answer.body.into(),
            first_line: answer.first_line,
            url: job["html_url"].as_str().map(Into::into),
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
        let jobs = self.jobs(id).await?;
        let same = jobs
            .iter()
            .find(|job| job["name"] == *name && conclusion(job) == Some("success"));
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
            let mut runs = self.runs(&branch).await?;
            runs.retain(|run| conclusion(run) == Some("success"));
            if !runs.is_empty() {
                runs.truncate(5);
                return Ok(runs);
            }
        }
        Ok(Vec::new())
    }

    /// Runs of the same workflow on `branch` that began before this one, newest first.
    async fn runs(&mut self, branch: &str) -> Result<Vec<Value>, Lack> {
        let number = self
            .build("run_number")
            .as_u64()
            .ok_or_else(|| missing("the server keeps earlier runs only of its own Actions"))?;
        let workflow = self.build("workflow").as_str().unwrap_or_default();
        let (workflow, branch) = (workflow.to_owned(), branch.to_owned());
        let runs = self
            .counted(
                "/actions/runs",
                Some("workflow_runs"),
                "the list of earlier runs",
                EARLIER,
            )
            .await?;
        Ok(runs
            .into_iter()
            .filter(|other| {
                Run::read(other).is_some_and(|other| {
                    other.number < number
                        && other.workflow == workflow
                        && other.branch == Some(&*branch)
                })
            })
            .collect())
    }

    pub(super) async fn history(&mut self) -> Result<Vec<Earlier>, Lack> {
        let branch = self
            .event
            .subject
            .branch
            .clone()
            .ok_or_else(|| missing("the build names no branch"))?;
        let runs = self.runs(&branch).await?;
        Ok(runs
            .iter()
            .filter_map(|run| {
                let passed = match conclusion(run)? {
                    "success" => true,
                    "failure" => false,
                    _ => return None,
                };
                let run = Run::read(run)?;
                let past = PastRun {
                    commit: run.sha.map(Into::into),
                    branch: run.branch.map(Into::into),
                    passed,
                    finished_at: run.ended?,
                    seconds: run.seconds(),
                    ..PastRun::default()
                };
                Some(Earlier {
                    id: run.id.unwrap_or_default(),
                    attempt: 1,
                    run: past,
                })
            })
            .take(30)
            .collect())
    }

    /// The latest status of every context of the commit; jobs of Actions are among them.
    pub(super) async fn checks(&mut self) -> Result<Vec<Check>, Lack> {
        let sha = self
            .event
            .subject
            .commit
            .clone()
            .ok_or_else(|| missing("the event names no commit"))?;
        let text = |value: &Value, field: &str| value[field].as_str().map(ToOwned::to_owned);
        let rest = format!("/commits/{sha}/status");
        let statuses = self
            .counted(&rest, Some("statuses"), "the commit's statuses", 300)
            .await?;
        Ok(statuses
            .iter()
            .map(|status| Check {
                name: text(status, "context").unwrap_or_default(),
                passed: match status["status"].as_str() {
                    Some("success" | "warning" | "skipped") => Some(true),
                    Some("failure" | "error") => Some(false),
                    _ => None,
                },
                url: page(status["target_url"].as_str()).map(Into::into),
            })
            .collect())
    }
}

/// How a run or job ended: Gitea has a field for it, Forgejo says it as the state.
fn conclusion(job: &Value) -> Option<&str> {
    job["conclusion"]
        .as_str()
        .filter(|end| !end.is_empty())
        .or(job["status"].as_str())
}

fn moment(job: &Value) -> Option<Timestamp> {
    job["completed_at"].as_str()?.parse().ok()
}
