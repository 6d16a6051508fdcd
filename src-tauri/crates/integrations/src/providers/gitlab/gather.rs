//! Facts about events of GitLab, fetched within a budget of requests.

mod builds;
mod changes;
mod talk;

use async_trait::async_trait;
use perch_core::event::Event;
use perch_core::facts::{
    Check, Commit, Facts, FileChange, Log, PastRun, Remark, Review, Ticket, Want,
};
use perch_core::patch::Base;
use perch_core::run::StepTime;
use perch_core::seam::provider::{Budget, ProviderError};

use super::api::{Api, project};
use crate::facts::{self, Answers, Lack, Source};

/// Answers `wants`.
pub(super) async fn gather(
    api: Api<'_>,
    event: &Event,
    wants: &[Want],
    budget: Budget,
    facts: &mut Facts,
) -> Result<(), ProviderError> {
    if facts.base.is_none() {
        facts.base = facts::base(event);
    }
    let path = project(&event.subject);
    let mut source = Source::new(api, &path, event, budget, facts.base.clone());
    facts::gather(&mut source, wants, facts).await
}

#[async_trait]
impl Answers for Source<'_> {
    async fn failing_log(&mut self) -> Result<Log, Lack> {
        builds::failing_log(self).await
    }

    async fn passing_logs(&mut self) -> Result<(Vec<Log>, Option<String>), Lack> {
        builds::passing_logs(self).await
    }

    async fn log(&mut self) -> Result<Log, Lack> {
        builds::log(self).await
    }

    async fn history(&mut self) -> Result<Vec<PastRun>, Lack> {
        let earlier = builds::history(self).await?;
        Ok(earlier.into_iter().map(|earlier| earlier.run).collect())
    }

    async fn steps(&mut self) -> Result<(Vec<StepTime>, Vec<PastRun>), Lack> {
        let steps = builds::steps(self).await?;
        Ok((steps, builds::timed_history(self).await?))
    }

    async fn diff(&mut self) -> Result<Vec<FileChange>, Lack> {
        changes::diff(self).await
    }

    async fn commits(&mut self) -> Result<Vec<Commit>, Lack> {
        changes::commits(self).await
    }

    async fn tree(&mut self) -> Result<(Vec<String>, Option<&'static str>), Lack> {
        let (paths, whole) = changes::tree(self).await?;
        let lack = "listing so many files would take more requests than one event may cost";
        Ok((paths, (!whole).then_some(lack)))
    }

    async fn file(&mut self, path: &str) -> Result<Option<String>, Lack> {
        changes::file(self, path).await
    }

    async fn reviews(&mut self) -> Result<Vec<Review>, Lack> {
        changes::reviews(self).await
    }

    async fn checks(&mut self) -> Result<Vec<Check>, Lack> {
        builds::checks(self).await
    }

    async fn ticket(&mut self) -> Result<Ticket, Lack> {
        talk::ticket(self).await
    }

    async fn thread(&mut self) -> Result<Vec<Remark>, Lack> {
        talk::thread(self).await
    }

    async fn issues(&mut self) -> Result<Vec<Ticket>, Lack> {
        talk::issues(self).await
    }

    async fn take_newest(&mut self) -> Result<Option<Base>, ProviderError> {
        self.base = talk::newest(self).await?;
        Ok(self.base.clone())
    }
}
