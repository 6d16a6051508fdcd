//! The commands by which Perch looks at itself.

use perch_core::id::UserId;

use crate::api::Api;
use crate::error::ApiError;
use crate::wire::Nothing;
use crate::wire::health::{Health, HealthStep, TriedNotice};

/// The notifier that only writes to the log, where there is no desktop.
const LOG: &str = "log";

impl Api {
    pub(super) async fn health(
        &self,
        _user: &UserId,
        _request: Nothing,
    ) -> Result<Health, ApiError> {
        let steps = self.engine.health(self.now()).await?;
        Ok(Health {
            steps: steps
                .into_iter()
                .map(|one| {
                    let (failed_at, last_error) = one.count.last_error.unzip();
                    HealthStep {
                        step: one.step.into(),
                        done: one.count.done,
                        errors: one.count.errors,
                        in_a_row: one.count.in_a_row,
                        last_error,
                        failed_at: failed_at.map(|at| at.to_string()),
                        waiting: one.waiting,
                        lag_seconds: one.lag.as_secs_f64(),
                    }
                })
                .collect(),
            budgets: self.configuration.budgets(),
        })
    }

    pub(super) async fn try_notice(
        &self,
        _user: &UserId,
        _request: Nothing,
    ) -> Result<TriedNotice, ApiError> {
        let tried = self.engine.try_notice().await;
        let shown = tried.into_iter().find(|one| one.notifier != LOG);
        Ok(shown.map_or_else(
            || TriedNotice {
                stands: Some(false),
                problem: Some(
                    "this Perch runs without a desktop; its notices are lines of its log".into(),
                ),
            },
            |one| TriedNotice {
                stands: one.stands,
                problem: one.problem.map(|problem| {
                    format!("{problem}; start your desktop's notification service and try again")
                }),
            },
        ))
    }
}
