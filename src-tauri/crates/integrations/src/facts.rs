//! The repository of one event, asked within a budget, whatever the forge.

use std::collections::BTreeMap;

use async_trait::async_trait;
use http::StatusCode;
use jiff::Timestamp;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{
    Check, Commit, Facts, FileChange, Log, Missing, PastRun, Remark, Review, Ticket, Want,
};
use perch_core::patch::{Base, is_inside};
use perch_core::run::StepTime;
use perch_core::seam::provider::{Budget, ProviderError};
use serde_json::Value;

use crate::http::Answer;
use crate::http::rest::{Rest, read};
use crate::payload::{list, moment, text};

/// Why a want is not met.
pub(crate) enum Lack {
    /// It cannot be had; the reason as a clause.
    Missing(String),
    /// Later it may be had, or the connection is broken.
    Failed(ProviderError),
}

impl From<ProviderError> for Lack {
    fn from(error: ProviderError) -> Self {
        Self::Failed(error)
    }
}

pub(crate) fn missing(reason: impl Into<String>) -> Lack {
    Lack::Missing(reason.into())
}

/// How a forge answers each want.
#[async_trait]
pub(crate) trait Answers: Send {
    /// The log of what failed.
    async fn failing_log(&mut self) -> Result<Log, Lack>;

    /// Logs of the same job where it last passed; with the reason if some could not be had.
    async fn passing_logs(&mut self) -> Result<(Vec<Log>, Option<String>), Lack>;

    /// The log of a run that passed: of the job that took longest.
    async fn log(&mut self) -> Result<Log, Lack> {
        Err(missing(
            "logs of builds that passed are not read at this forge",
        ))
    }

    /// Earlier runs.
    async fn history(&mut self) -> Result<Vec<PastRun>, Lack>;

    /// How long the run's jobs and steps took, and the earlier runs with theirs.
    async fn steps(&mut self) -> Result<(Vec<StepTime>, Vec<PastRun>), Lack> {
        Err(missing("this forge tells not how long steps took"))
    }

    /// Changed files, by path.
    async fn diff(&mut self) -> Result<Vec<FileChange>, Lack>;

    /// Commits, oldest first.
    async fn commits(&mut self) -> Result<Vec<Commit>, Lack>;

    /// All paths, or as many as can be had with the reason there are no more.
    async fn tree(&mut self) -> Result<(Vec<String>, Option<&'static str>), Lack>;

    /// A file's text; nothing if it is not there, is not text, or is too large.
    async fn file(&mut self, path: &str) -> Result<Option<String>, Lack>;

    /// Reviews, oldest first.
    async fn reviews(&mut self) -> Result<Vec<Review>, Lack>;

    /// Checks on the commit.
    async fn checks(&mut self) -> Result<Vec<Check>, Lack>;

    /// The issue or pull request the event is about.
    async fn ticket(&mut self) -> Result<Ticket, Lack> {
        Err(missing("issues are not read at this forge"))
    }

    /// What was said on it, oldest first.
    async fn thread(&mut self) -> Result<Vec<Remark>, Lack> {
        Err(missing("comments are not read at this forge"))
    }

    /// Other issues, newest first.
    async fn issues(&mut self) -> Result<Vec<Ticket>, Lack> {
        Err(missing("issues are not read at this forge"))
    }

    /// The newest commit of the default branch, from which files are read from now on; none if it cannot be had.
    async fn take_newest(&mut self) -> Result<Option<Base>, ProviderError> {
        Ok(None)
    }
}

/// Answers `wants` that have no answer yet.
///
/// What cannot be had is said in `facts.missing`; only being refused, asked to wait or unreachable ends it early.
pub(crate) async fn gather(
    source: &mut impl Answers,
    wants: &[Want],
    facts: &mut Facts,
) -> Result<(), ProviderError> {
    for want in wants {
        if facts.answered.contains(want) {
            continue;
        }
        // An issue is about no commit.
        if facts.base.is_none() && matches!(want, Want::Tree | Want::File(_)) {
            facts.base = source.take_newest().await?;
        }
        match answer(source, want, facts).await {
            Ok(()) => {}
            Err(Lack::Missing(reason)) => facts.missing.push(Missing {
                want: want.clone(),
                reason,
            }),
            Err(Lack::Failed(error)) => return Err(error),
        }
        facts.answered.insert(want.clone());
    }
    Ok(())
}

async fn answer(source: &mut impl Answers, want: &Want, facts: &mut Facts) -> Result<(), Lack> {
    match want {
        Want::FailingLog => facts.failing_log = Some(source.failing_log().await?),
        Want::PassingLogs => {
            let (logs, lack) = source.passing_logs().await?;
            facts.passing_logs = logs;
            if let Some(reason) = lack {
                return Err(Lack::Missing(reason));
            }
        }
        Want::Log => facts.log = Some(source.log().await?),
        Want::History => facts.history = source.history().await?,
        Want::Steps => (facts.steps, facts.history) = source.steps().await?,
        Want::Diff => facts.diff = source.diff().await?,
        Want::Commits => facts.commits = source.commits().await?,
        Want::Tree => {
            let (paths, lack) = source.tree().await?;
            facts.tree = paths;
            if let Some(reason) = lack {
                return Err(missing(reason));
            }
        }
        Want::File(path) => {
            if let Some(text) = source.file(path).await? {
                facts.files.insert(path.clone(), text);
            }
        }
        Want::Reviews => facts.reviews = source.reviews().await?,
        Want::Ticket => facts.ticket = Some(source.ticket().await?),
        Want::Thread => facts.thread = source.thread().await?,
        Want::Issues => facts.issues = source.issues().await?,
        Want::Checks => facts.checks = source.checks().await?,
        Want::Schema => return Err(missing("a repository has no database".to_owned())),
        // The store has these.
        Want::Around(..) | Want::Suspects(..) | Want::SuspectFiles(_) => {}
    }
    Ok(())
}

/// Answers all of `wants` by saying that they are not to be had, for providers that keep nothing of the kind.
pub(crate) fn lacking(wants: &[Want], reason: &str, facts: &mut Facts) {
    for want in wants {
        facts.answered.insert(want.clone());
        facts.missing.push(Missing {
            want: want.clone(),
            reason: reason.into(),
        });
    }
}

/// What files are read from and a patch would stand on: the commit the event is about, on its branch.
pub(crate) fn base(event: &Event) -> Option<Base> {
    let subject = &event.subject;
    let branch = if event.event_type == EventType::PR_MERGED {
        &subject.base_branch
    } else {
        &subject.branch
    };
    Some(Base {
        commit: subject.commit.clone()?,
        branch: branch.clone(),
        ..Base::default()
    })
}

/// Where facts come from. Answers several wants share are asked for once.
pub(crate) struct Source<'a> {
    pub(crate) api: Rest<'a>,
    pub(crate) event: &'a Event,
    pub(crate) budget: Budget,
    pub(crate) base: Option<Base>,
    /// The address of the repository in the API.
    root: String,
    left: u32,
    known: BTreeMap<String, Value>,
}

impl<'a> Source<'a> {
    /// Facts of `event`, whose repository the API has at `path`.
    pub(crate) fn new(
        api: Rest<'a>,
        path: &str,
        event: &'a Event,
        budget: Budget,
        base: Option<Base>,
    ) -> Self {
        Self {
            root: api.url(path),
            api,
            event,
            budget,
            base,
            left: budget.requests,
            known: BTreeMap::new(),
        }
    }

    /// The address of `rest` below the repository.
    pub(crate) fn url(&self, rest: &str) -> String {
        format!("{}{rest}", self.root)
    }

    /// Takes one request from the budget.
    pub(crate) fn spend(&mut self) -> Result<(), Lack> {
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            missing("fetching it would take more requests than one event may cost")
        })?;
        Ok(())
    }

    /// JSON at `rest`; `what` names it for the reason it is missing.
    pub(crate) async fn json(&mut self, rest: &str, what: &str) -> Result<Value, Lack> {
        if let Some(known) = self.known.get(rest) {
            return Ok(known.clone());
        }
        self.spend()?;
        let answer = self.api.get(&self.url(rest)).await?;
        let value: Value = read(&found(answer, what)?)?;
        self.known.insert(rest.to_owned(), value.clone());
        Ok(value)
    }

    /// The commit that files are read from.
    pub(crate) fn commit_of_base(&self) -> Result<String, Lack> {
        let base = self.base.as_ref().map(|base| base.commit.clone());
        base.filter(|commit| !commit.is_empty())
            .ok_or_else(|| missing("the event names no commit"))
    }

    /// The bytes of the file at `path`, which lie at `rest`; nothing if it is not there or too large.
    pub(crate) async fn bytes(&mut self, path: &str, rest: &str) -> Result<Option<Vec<u8>>, Lack> {
        if !is_inside(path) {
            return Err(missing("the path leaves the repository"));
        }
        self.spend()?;
        let url = self.url(rest);
        let Some(answer) = self.api.raw(&url, self.budget.file_bytes).await? else {
            return Ok(None);
        };
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        Ok(Some(found(answer, "the file")?.body.into()))
    }

    /// The same as text; nothing if it is none.
    pub(crate) async fn text(&mut self, path: &str, rest: &str) -> Result<Option<String>, Lack> {
        let bytes = self.bytes(path, rest).await?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// The members of a list over all its pages, at most `most`.
    pub(crate) async fn list(
        &mut self,
        rest: &str,
        field: Option<&str>,
        what: &str,
        most: usize,
    ) -> Result<Vec<Value>, Lack> {
        let (members, _) = self.listed(rest, field, what, most).await?;
        Ok(members)
    }

    /// The same, and whether these are all.
    pub(crate) async fn listed(
        &mut self,
        rest: &str,
        field: Option<&str>,
        what: &str,
        most: usize,
    ) -> Result<(Vec<Value>, bool), Lack> {
        let mut next = Some(self.url(rest));
        let mut members = Vec::new();
        while let Some(url) = next.take() {
            if members.len() >= most {
                return Ok((members, false));
            }
            if let Err(lack) = self.spend() {
                if members.is_empty() {
                    return Err(lack);
                }
                return Ok((members, false));
            }
            let answer = found(self.api.get(&url).await?, what)?;
            let mut page: Value = read(&answer)?;
            let page = match field {
                Some(field) => page[field].take(),
                None => page,
            };
            members.extend(page.as_array().cloned().unwrap_or_default());
            next = answer.next_page();
        }
        let whole = members.len() <= most;
        members.truncate(most);
        Ok((members, whole))
    }
}

/// An answer that is one; else why `what` is missing.
pub(crate) fn found(answer: Answer, what: &str) -> Result<Answer, Lack> {
    match answer.status {
        status if status.is_success() => Ok(answer),
        StatusCode::GONE => Err(missing(format!("{what} has expired"))),
        StatusCode::NOT_FOUND => Err(missing(format!("{what} is not there"))),
        StatusCode::FORBIDDEN => Err(missing(format!("the token may not read {what}"))),
        status => Err(missing(format!("the forge answers {status} about {what}"))),
    }
}

/// Earlier passing runs whose jobs are looked at.
pub(crate) const TIMED_RUNS: usize = 11;

/// An earlier run, with its numbers in the API.
pub(crate) struct Earlier {
    pub(crate) id: u64,
    pub(crate) attempt: u64,
    pub(crate) run: PastRun,
}

/// Seconds from the moment at `from` to the one at `to`; nothing when one of them has not come.
pub(crate) fn seconds_between(value: &Value, from: &str, to: &str) -> Option<f64> {
    seconds(moment(value, from)?, moment(value, to)?)
}

/// Seconds from one moment to a later one. A moment that has not come is written as the year 1 or 1970.
pub(crate) fn seconds(from: Timestamp, to: Timestamp) -> Option<f64> {
    (from.as_second() > 0 && to >= from).then(|| to.duration_since(from).as_secs_f64())
}

/// How long jobs and their steps took, as Actions of every forge tell it.
pub(crate) fn step_times(jobs: &[Value]) -> Vec<StepTime> {
    let mut times = Vec::new();
    for job in jobs {
        let name = text(job, "/name").unwrap_or("job");
        let timed = |value: &Value, step: Option<&str>| {
            let seconds = seconds_between(value, "/started_at", "/completed_at")?;
            Some(StepTime {
                job: name.into(),
                step: step.map(Into::into),
                seconds,
            })
        };
        times.extend(timed(job, None));
        times.extend(list(job, "/steps").filter_map(|step| timed(step, text(step, "/name"))));
    }
    times
}

/// The job that took longest.
pub(crate) fn longest(jobs: Vec<Value>) -> Option<Value> {
    let took = |job: &Value| {
        seconds_between(job, "/started_at", "/completed_at")
            .or(job["duration"].as_f64())
            .unwrap_or(0.0)
    };
    jobs.into_iter()
        .max_by(|one, other| took(one).total_cmp(&took(other)))
}
