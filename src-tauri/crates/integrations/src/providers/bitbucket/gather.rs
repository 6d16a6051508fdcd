//! Facts about events of Bitbucket Cloud, fetched within a budget of requests.

mod builds;
mod changes;
mod source;
mod talk;

use async_trait::async_trait;
use perch_core::event::Event;
use perch_core::facts::{
    Check, Commit, Facts, FileChange, Log, PastRun, Remark, Review, Ticket, Want,
};
use perch_core::patch::Base;
use perch_core::run::StepTime;
use perch_core::seam::provider::{Budget, ProviderError};

use self::source::Source;
use super::api::Api;
use crate::facts::{self, Answers, Lack};

/// Hexadecimal digits of a whole hash.
const HASH: usize = 40;

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
    let mut source = Source::new(api, event, budget, facts.base.clone());
    // Bitbucket cuts the hashes of pull requests; a patch must stand on a whole one.
    if let Some(base) = facts.base.as_mut().filter(|base| base.commit.len() < HASH) {
        match source.whole_hash(&base.commit).await {
            Ok(whole) => base.commit = whole,
            Err(Lack::Missing(_)) => {}
            Err(Lack::Failed(error)) => return Err(error),
        }
        source.base.clone_from(&facts.base);
    }
    facts::gather(&mut source, wants, facts).await
}

#[async_trait]
impl Answers for Source<'_> {
    async fn failing_log(&mut self) -> Result<Log, Lack> {
        Source::failing_log(self).await
    }

    async fn passing_logs(&mut self) -> Result<(Vec<Log>, Option<String>), Lack> {
        Source::passing_logs(self).await
    }

    async fn log(&mut self) -> Result<Log, Lack> {
        self.longest_log().await
    }

    async fn history(&mut self) -> Result<Vec<PastRun>, Lack> {
        let earlier = Source::history(self).await?;
        Ok(earlier.into_iter().map(|(_, run)| run).collect())
    }

    async fn steps(&mut self) -> Result<(Vec<StepTime>, Vec<PastRun>), Lack> {
        Ok((self.step_times().await?, self.timed_history().await?))
    }

    async fn diff(&mut self) -> Result<Vec<FileChange>, Lack> {
        Source::diff(self).await
    }

    async fn commits(&mut self) -> Result<Vec<Commit>, Lack> {
        Source::commits(self).await
    }

    async fn tree(&mut self) -> Result<(Vec<String>, Option<&'static str>), Lack> {
        let (paths, whole) = Source::tree(self).await?;
        let lack = "listing so many files would take more requests than one event may cost";
        Ok((paths, (!whole).then_some(lack)))
    }

    async fn file(&mut self, path: &str) -> Result<Option<String>, Lack> {
        Source::file(self, path).await
    }

    async fn reviews(&mut self) -> Result<Vec<Review>, Lack> {
        Source::reviews(self).await
    }

    async fn checks(&mut self) -> Result<Vec<Check>, Lack> {
        Source::checks(self).await
    }

    async fn ticket(&mut self) -> Result<Ticket, Lack> {
        Source::ticket(self).await
    }

    async fn thread(&mut self) -> Result<Vec<Remark>, Lack> {
        Source::thread(self).await
    }

    async fn issues(&mut self) -> Result<Vec<Ticket>, Lack> {
        Source::issues(self).await
    }

    async fn take_newest(&mut self) -> Result<Option<Base>, ProviderError> {
        self.base = Source::newest(self).await?;
        Ok(self.base.clone())
    }
}
