//! Facts about events of GitLab, fetched within a budget of requests.
//!
//! What cannot be had is said in `facts.missing`; only being refused, asked to wait or unreachable ends it early.

mod builds;
mod changes;

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Missing, Want};
use perch_core::patch::Base;
use perch_core::seam::provider::{Budget, ProviderError};

use super::api::{Api, project};
use crate::facts::{Lack, Source};

/// Answers `wants`.
pub(super) async fn gather(
    api: Api<'_>,
    event: &Event,
    wants: &[Want],
    budget: Budget,
    facts: &mut Facts,
) -> Result<(), ProviderError> {
    if facts.base.is_none() {
        facts.base = base(event);
    }
    let path = project(&event.subject);
    let mut source = Source::new(api, &path, event, budget, facts.base.clone());
    for want in wants {
        if facts.answered.contains(want) {
            continue;
        }
        match answer(&mut source, want, facts).await {
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

async fn answer(source: &mut Source<'_>, want: &Want, facts: &mut Facts) -> Result<(), Lack> {
    match want {
        Want::FailingLog => facts.failing_log = Some(builds::failing_log(source).await?),
        Want::PassingLogs => {
            let (logs, lack) = builds::passing_logs(source).await?;
            facts.passing_logs = logs;
            if let Some(reason) = lack {
                return Err(Lack::Missing(reason));
            }
        }
        Want::Log => facts.log = Some(builds::log(source).await?),
        Want::History => {
            let earlier = builds::history(source).await?;
            facts.history = earlier.into_iter().map(|earlier| earlier.run).collect();
        }
        Want::Steps => {
            facts.steps = builds::steps(source).await?;
            facts.history = builds::timed_history(source).await?;
        }
        Want::Diff => facts.diff = changes::diff(source).await?,
        Want::Commits => facts.commits = changes::commits(source).await?,
        Want::Tree => {
            let (paths, whole) = changes::tree(source).await?;
            facts.tree = paths;
            if !whole {
                return Err(Lack::Missing(
                    "listing so many files would take more requests than one event may cost".into(),
                ));
            }
        }
        Want::File(path) => {
            if let Some(text) = changes::file(source, path).await? {
                facts.files.insert(path.clone(), text);
            }
        }
        Want::Reviews => facts.reviews = changes::reviews(source).await?,
        Want::Ticket | Want::Thread | Want::Issues => {}
        Want::Checks => facts.checks = builds::checks(source).await?,
    }
    Ok(())
}

/// What files are read from and a patch would stand on: the commit the event is about, on its branch.
fn base(event: &Event) -> Option<Base> {
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
