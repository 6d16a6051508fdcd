//! Logs and history of pipelines, and the statuses of a commit.

use jiff::Timestamp;
use perch_core::event_type::EventType;
use perch_core::facts::{Check, Log, PastRun};
use perch_core::run::StepTime;
use serde_json::Value;

use super::source::Source;
use crate::facts::{Lack, TIMED_RUNS, found, missing};
use crate::http::address::part;

/// Passing logs at most.
const PASSING: usize = 3;

/// Pipelines looked through.
const PIPELINES: usize = 50;

impl Source<'_> {
    /// The log of the first step that failed.
    pub(super) async fn failing_log(&mut self) -> Result<Log, Lack> {
        let (pipeline, step) = self.failed_step().await?;
        self.log_of(&pipeline, &step).await
    }

    /// The log of the step that took longest of a pipeline that passed.
    pub(super) async fn longest_log(&mut self) -> Result<Log, Lack> {
        let (pipeline, step) = self.compared_step().await?;
        self.log_of(&pipeline, &step).await
    }

    /// The step whose logs are held against each other: the one that failed, or the longest of a pipeline that passed.
    async fn compared_step(&mut self) -> Result<(Value, Value), Lack> {
        if self.event.event_type == EventType::BUILD_FAILED {
            return self.failed_step().await;
        }
        let pipeline = self.pipeline().await?;
        let mut steps = self.steps(&pipeline).await?;
        steps.retain(|step| result(step) == Some("SUCCESSFUL"));
        steps.sort_by(|one, other| took(one).total_cmp(&took(other)));
        let step = steps.pop();
        Ok((
            pipeline,
            step.ok_or_else(|| missing("the pipeline has no steps"))?,
        ))
    }

    /// How long the steps took; Bitbucket keeps no times of the commands in them.
    pub(super) async fn step_times(&mut self) -> Result<Vec<StepTime>, Lack> {
        let pipeline = self.pipeline().await?;
        Ok(times(&self.steps(&pipeline).await?))
    }

    /// The pipeline the event is about.
    async fn pipeline(&mut self) -> Result<Value, Lack> {
        let of = self.number()?;
        let listed = self.pipelines(self.branch()).await?;
        listed
            .into_iter()
            .find(|pipeline| pipeline["build_number"] == of)
            .ok_or_else(|| missing("the pipeline is not among the latest of its branch"))
    }

    async fn failed_step(&mut self) -> Result<(Value, Value), Lack> {
        let pipeline = self.pipeline().await?;
        let steps = self.steps(&pipeline).await?;
        let step = steps
            .into_iter()
            .find(|step| result(step).is_some_and(|end| matches!(end, "FAILED" | "ERROR")))
            .ok_or_else(|| missing("no step of the pipeline failed"))?;
        Ok((pipeline, step))
    }

    /// The number of the pipeline the event is about.
    fn number(&self) -> Result<u64, Lack> {
        let build = &self.event.data["build"];
        build["pipeline"]
            .as_u64()
            .ok_or_else(|| match build["url"].as_str() {
                Some(url) => missing(format!("the log lies at {url}, where Perch cannot read it")),
                None => missing("the event names no pipeline"),
            })
    }

    fn branch(&self) -> Option<String> {
        let branch = self.event.subject.branch.clone();
        branch.filter(|branch| !branch.contains(':'))
    }

    /// The latest pipelines, of one branch if one is named, newest first.
    async fn pipelines(&mut self, branch: Option<String>) -> Result<Vec<Value>, Lack> {
        let of = branch.map_or_else(String::new, |branch| {
            format!("&target.branch={}", part(&branch))
        });
        let rest = format!("/pipelines?sort=-created_on&pagelen={PIPELINES}{of}");
        let listed = self.json(&rest, "the list of pipelines").await?;
        Ok(listed["values"].as_array().cloned().unwrap_or_default())
    }

    async fn steps(&mut self, pipeline: &Value) -> Result<Vec<Value>, Lack> {
        let id = pipeline["uuid"].as_str().unwrap_or_default();
        let rest = format!("/pipelines/{}/steps?pagelen=100", part(id));
        let steps = self.json(&rest, "the list of the pipeline's steps").await?;
        Ok(steps["values"].as_array().cloned().unwrap_or_default())
    }

    async fn log_of(&mut self, pipeline: &Value, step: &Value) -> Result<Log, Lack> {
        self.spend()?;
        let id = |thing: &Value| part(thing["uuid"].as_str().unwrap_or_default());
        let rest = format!("/pipelines/{}/steps/{}/log", id(pipeline), id(step));
        let url = self.url(&rest);
        let answer = self.api.log(&url, self.budget.log_bytes).await?;
        let answer = found(answer, "the log")?;
        if answer.body.is_empty() {
            return Err(missing("the log is empty or has expired"));
        }
        Ok(Log {
            name: step["name"].as_str().unwrap_or("step").into(),
            bytes: answer.body.into(),
            first_line: answer.first_line,
            url: self.event.subject.url.clone(),
        })
    }

    /// Logs of the same step in the last passing pipelines; with the reason if some could not be had.
    pub(super) async fn passing_logs(&mut self) -> Result<(Vec<Log>, Option<String>), Lack> {
        let (_, compared) = self.compared_step().await?;
        let (mut logs, mut lack) = (Vec::new(), None);
        for pipeline in self.passing().await?.iter().take(PASSING) {
            match self.same_step(pipeline, &compared["name"]).await {
                Ok(Some(log)) => logs.push(log),
                Ok(None) => {}
                Err(Lack::Missing(reason)) => lack = Some(reason),
                Err(error) => return Err(error),
            }
        }
        Ok((logs, lack))
    }

    async fn same_step(&mut self, pipeline: &Value, name: &Value) -> Result<Option<Log>, Lack> {
        let steps = self.steps(pipeline).await?;
        let mut steps = steps.iter();
        match steps.find(|step| step["name"] == *name && result(step) == Some("SUCCESSFUL")) {
            Some(step) => self.log_of(pipeline, step).await.map(Some),
            None => Ok(None),
        }
    }

    /// Passing pipelines before this one, newest first: of its branch, else of where it would go.
    pub(super) async fn passing(&mut self) -> Result<Vec<Value>, Lack> {
        let this = self.number()?;
        let mut branches = vec![self.branch(), self.event.subject.base_branch.clone()];
        branches.retain(Option::is_some);
        branches.dedup();
        for branch in branches {
            let mut listed = self.pipelines(branch).await?;
            listed.retain(|one| before(one, this) && result(one) == Some("SUCCESSFUL"));
            if !listed.is_empty() {
                return Ok(listed);
            }
        }
        Ok(Vec::new())
    }

    /// Earlier pipelines, the latest passing ones with their steps.
    pub(super) async fn timed_history(&mut self) -> Result<Vec<PastRun>, Lack> {
        let mut runs = Vec::new();
        let mut timed = 0;
        for (pipeline, mut run) in self.history().await? {
            if run.passed && timed < TIMED_RUNS {
                timed += 1;
                run.steps = times(&self.steps(&pipeline).await?);
            }
            runs.push(run);
        }
        Ok(runs)
    }

    /// Earlier pipelines of the branch, newest first, each with what the API says of it.
    pub(super) async fn history(&mut self) -> Result<Vec<(Value, PastRun)>, Lack> {
        let this = self.number()?;
        let branch = self
            .branch()
            .ok_or_else(|| missing("the pipeline names no branch"))?;
        let listed = self.pipelines(Some(branch)).await?;
        let earlier = listed.iter().filter(|one| before(one, this));
        let runs = earlier.filter_map(|run| {
            let passed = match result(run)? {
                "SUCCESSFUL" => true,
                "FAILED" | "ERROR" => false,
                _ => return None,
            };
            let text = |pointer: &str| run.pointer(pointer)?.as_str().map(ToOwned::to_owned);
            let past = PastRun {
                commit: text("/target/commit/hash"),
                branch: text("/target/ref_name"),
                passed,
                finished_at: text("/completed_on")?.parse::<Timestamp>().ok()?,
                rule: None,
                seconds: run["duration_in_seconds"].as_f64(),
                steps: Vec::new(),
                environment: None,
            };
            Some((run.clone(), past))
        });
        Ok(runs.take(20).collect())
    }

    /// What is reported about the commit, pipelines included.
    pub(super) async fn checks(&mut self) -> Result<Vec<Check>, Lack> {
        let commit = self
            .event
            .subject
            .commit
            .clone()
            .ok_or_else(|| missing("the event names no commit"))?;
        let rest = format!("/commit/{commit}/statuses?pagelen=100");
        let (statuses, _) = self.values(&rest, "the commit's statuses", 300).await?;
        let text = |value: &Value, field: &str| value[field].as_str().map(ToOwned::to_owned);
        Ok(statuses
            .iter()
            .map(|status| Check {
                name: text(status, "name")
                    .or(text(status, "key"))
                    .unwrap_or_default(),
                passed: match status["state"].as_str() {
                    Some("SUCCESSFUL") => Some(true),
                    Some("FAILED" | "STOPPED") => Some(false),
                    _ => None,
                },
                url: text(status, "url"),
            })
            .collect())
    }
}

/// Seconds a step took.
fn took(step: &Value) -> f64 {
    step["duration_in_seconds"].as_f64().unwrap_or(0.0)
}

fn times(steps: &[Value]) -> Vec<StepTime> {
    let timed = |step: &Value| {
        Some(StepTime {
            job: step["name"].as_str()?.into(),
            step: None,
            seconds: step["duration_in_seconds"].as_f64()?,
        })
    };
    steps.iter().filter_map(timed).collect()
}

/// How a pipeline or a step ended.
fn result(one: &Value) -> Option<&str> {
    one.pointer("/state/result/name")?.as_str()
}

fn before(pipeline: &Value, this: u64) -> bool {
    pipeline["build_number"]
        .as_u64()
        .is_some_and(|of| of < this)
}
