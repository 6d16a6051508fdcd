//! Pipelines that ended.

use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::look::{Work, moment, second};
use super::newer::updated;
use crate::providers::gitlab::api::read;

impl Work<'_> {
    pub(super) async fn pipelines(&mut self) -> Result<(), ProviderError> {
        let mut until = self.place.pipelines_until.clone();
        let Some(newer) = self.newer("/pipelines?scope=finished", &until).await? else {
            return Ok(());
        };
        let mut whole = newer.whole;
        for pipeline in newer.items {
            let Some(id) = pipeline["id"].as_u64() else {
                continue;
            };
            if matches!(pipeline["status"].as_str(), Some("success" | "failed")) {
                let seen = format!("pipeline/{id}/seen/{}", pipeline["updated_at"]);
                if self.baseline {
                    self.place.told.tell(&seen);
                } else if !self.place.told.knows(&seen) {
                    if !self.pipeline(id).await? {
                        whole = false;
                        break;
                    }
                    self.place.told.tell(&seen);
                }
            }
            until.read(&pipeline, updated(&pipeline));
        }
        if whole {
            until.settle();
        } else {
            // What is left would otherwise be taken for unchanged.
            let rest = "/pipelines?scope=finished";
            let unfinished = self.url(rest);
            self.validators
                .retain(|(url, _)| !url.starts_with(&unfinished));
        }
        self.place.pipelines_until = until;
        Ok(())
    }

    /// Tells how a pipeline ended; false when this poll has asked enough.
    async fn pipeline(&mut self, id: u64) -> Result<bool, ProviderError> {
        if !self.purse.spend() {
            return Ok(false);
        }
        let answer = self.api.get(&self.url(&format!("/pipelines/{id}"))).await?;
        if !answer.status.is_success() {
            return Ok(true);
        }
        let pipeline: Value = read(&answer)?;
        let result = match pipeline["status"].as_str() {
            Some("success") => "passed",
            Some("failed") => "failed",
            // Begun again since; its next end will be seen.
            _ => return Ok(true),
        };
        let mut jobs: Vec<Value> = Vec::new();
        if result == "failed" {
            if !self.purse.spend() {
                return Ok(false);
            }
            let rest = format!("/pipelines/{id}/jobs?scope[]=failed&per_page=100");
            let answer = self.api.get(&self.url(&rest)).await?;
            if answer.status.is_success() {
                jobs = read(&answer)?;
            }
        }
        let reference = pipeline["ref"].as_str().unwrap_or_default();
        let head = pipeline["sha"].as_str().unwrap_or_default();
        let at = moment(&pipeline, "finished_at");
        let body = json!({
            "object_kind": "pipeline",
            "user": pipeline["user"],
            "object_attributes": {
                "id": id,
                "name": pipeline["name"],
                "ref": reference,
                "tag": pipeline["tag"],
                "sha": head,
                "status": pipeline["status"],
                "source": pipeline["source"],
                "created_at": pipeline["created_at"],
                "finished_at": pipeline["finished_at"],
                "url": pipeline["web_url"],
            },
            "merge_request": self.pull_of(reference, head),
            "builds": jobs,
        });
        self.deliver(&format!("pipeline/{id}/{}/{result}", second(at)), at, body);
        Ok(true)
    }

    /// The open merge request a pipeline is of: its own pipelines name it, others stand on its branch and head.
    fn pull_of(&self, reference: &str, head: &str) -> Value {
        let named = reference
            .strip_prefix("refs/merge-requests/")
            .and_then(|rest| rest.split('/').next()?.parse::<u64>().ok());
        let found = self.place.pulls.iter().find(|(number, pull)| match named {
            Some(named) => **number == named,
            None => pull.head == head && pull.about.source_branch == reference,
        });
        let Some((number, pull)) = found else {
            return Value::Null;
        };
        let about = &pull.about;
        json!({
            "iid": number,
            "title": about.title,
            "source_branch": about.source_branch,
            "source_project_id": about.source_project_id,
            "target_branch": about.target_branch,
            "target_project_id": self.place.id,
            "author": {"username": about.author},
        })
    }
}
