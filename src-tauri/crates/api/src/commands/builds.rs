//! The command about builds.

use perch_core::id::UserId;

use crate::api::Api;
use crate::error::ApiError;
use crate::wire::events::{Build, Builds, ListBuilds};

impl Api {
    pub(super) async fn builds(
        &self,
        user: &UserId,
        request: ListBuilds,
    ) -> Result<Builds, ApiError> {
        let limit = request.limit.unwrap_or(50).min(1000);
        let reference = request.reference.as_deref().map(str::trim);
        let reference = reference.filter(|reference| !reference.is_empty());
        let found = self
            .engine
            .builds(user, reference, limit, self.now())
            .await?;
        let builds = found
            .builds
            .into_iter()
            .map(|(connection, build)| Build {
                connection: connection.to_string(),
                repository: build.repository,
                job: build.job,
                branch: build.branch,
                commit: build.commit,
                passed: build.passed,
                finished_at: build.finished_at.map(|at| at.to_string()),
                url: build.url,
            })
            .collect();
        Ok(Builds {
            builds,
            unreached: found.unreached,
        })
    }
}
