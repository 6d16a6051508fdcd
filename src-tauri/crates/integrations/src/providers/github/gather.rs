//! Facts about events of GitHub, fetched within a budget of requests.
//!
//! What cannot be had is said in `facts.missing`; only being refused, asked to wait or unreachable ends it early.

mod builds;
mod changes;
mod source;

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Missing, Want};
use perch_core::patch::Base;
use perch_core::seam::provider::{Budget, ProviderError};

use self::source::Source;
use super::api::Api;
use crate::facts::Lack;

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
    let mut source = Source::new(api, event, budget, facts.base.clone());
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
        Want::FailingLog => facts.failing_log = Some(source.failing_log().await?),
        Want::PassingLogs => {
            let (logs, lack) = source.passing_logs().await?;
            facts.passing_logs = logs;
            if let Some(reason) = lack {
                return Err(Lack::Missing(reason));
            }
        }
        Want::Log => facts.log = Some(source.log().await?),
        Want::History => {
            let earlier = source.history().await?;
            facts.history = earlier.into_iter().map(|earlier| earlier.run).collect();
        }
        Want::Steps => {
            facts.steps = source.steps().await?;
            facts.history = source.timed_history().await?;
        }
        Want::Diff => facts.diff = source.diff().await?,
        Want::Commits => facts.commits = source.commits().await?,
        Want::Tree => {
            let (paths, whole) = source.tree().await?;
            facts.tree = paths;
            if !whole {
                return Err(Lack::Missing(
                    "GitHub lists only a part of so many files".into(),
                ));
            }
        }
        Want::File(path) => {
            if let Some(text) = source.file(path).await? {
                facts.files.insert(path.clone(), text);
            }
        }
        Want::Reviews => facts.reviews = source.reviews().await?,
        Want::Ticket | Want::Thread | Want::Issues => {}
        Want::Checks => facts.checks = source.checks().await?,
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
