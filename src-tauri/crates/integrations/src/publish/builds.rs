//! Builds started again, once: an attempt later than the one that was there first is ours.

use async_trait::async_trait;
use perch_core::outcome::{Before, StepResult};
use perch_core::seam::publisher::PublishError;

use super::forge::{Forge, unknown};
use super::{link, refused};

/// How a build stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    /// It waits or runs.
    Running,
    /// It passed.
    Passed,
    /// It ended otherwise.
    Failed,
}

/// The latest attempt at a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// What tells it from the one before; another after every start.
    pub(crate) id: String,
    /// How it stands.
    pub(crate) course: Course,
    /// Its page.
    pub(crate) url: Option<String>,
}

/// The requests about builds; a forge without them knows none. `doing` completes "the forge refuses to …".
#[async_trait]
pub(crate) trait Builds: Forge {
    /// The latest attempt at a build, named as [`perch_core::subject::Subject::key`] does.
    async fn attempt(&self, _build: &str, doing: &str) -> Result<Attempt, PublishError> {
        Err(unknown(self, doing))
    }

    /// Starts what failed of it again.
    async fn rerun(&self, _build: &str, doing: &str) -> Result<(), PublishError> {
        Err(unknown(self, doing))
    }
}

const DOING: &str = "start the build again";

/// The latest attempt before ours.
pub(super) async fn before(forge: &impl Builds, build: &str) -> Result<Before, PublishError> {
    Ok(Before::Attempt(forge.attempt(build, DOING).await?.id))
}

/// Starts a failed build again, or finds that it was.
pub(super) async fn rerun(
    forge: &impl Builds,
    build: &str,
    before: Option<&Before>,
) -> Result<StepResult, PublishError> {
    let latest = forge.attempt(build, DOING).await?;
    let started = matches!(before, Some(Before::Attempt(first)) if *first != latest.id);
    if !started {
        match latest.course {
            Course::Failed => forge.rerun(build, DOING).await?,
            Course::Running => {
                return Err(refused("the build runs already", "wait until it has ended"));
            }
            Course::Passed => {
                return Err(PublishError::Moved(
                    "the build passed meanwhile; there is nothing to start again".into(),
                ));
            }
        }
    }
    Ok(StepResult {
        summary: "started the build again".into(),
        links: link("build", latest.url.as_deref()),
        undo: None,
    })
}
