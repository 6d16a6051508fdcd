//! Workflow runs of commits that came and went while nobody looked: a pull request that was opened, built and merged
//! within a gap leaves no head behind whose builds polls would ask for.
//!
//! Builds of other systems are listed by commit only and are not found so.

use jiff::{SignedDuration, Timestamp};
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::look::{Work, moment};
use crate::providers::github::api::read;

/// Polls that lie further apart left something out; above a hundred repositories each takes its turn within this.
const GAP: SignedDuration = SignedDuration::from_mins(15);

/// How long before the gap a run may have begun that ended within it. The list is sorted by their beginnings.
const LONGEST: SignedDuration = SignedDuration::from_hours(6);

/// Pages of a hundred read back at most.
const PAGES: usize = 20;

impl Work<'_> {
    /// Tells the runs that ended within a gap and are of no head; those of heads are told by their looks.
    pub(super) async fn missed(&mut self) -> Result<(), ProviderError> {
        let now = self.now();
        let last = self.place.looked_at;
        if let Some(last) = last.filter(|last| now.duration_since(*last) > GAP)
            && !self.missed_since(last).await?
        {
            // The next poll looks again from where this one began.
            return Ok(());
        }
        self.place.looked_at = Some(now);
        Ok(())
    }

    /// False when this poll may not ask on.
    async fn missed_since(&mut self, last: Timestamp) -> Result<bool, ProviderError> {
        let mut next = Some(self.url("/actions/runs?per_page=100"));
        for _ in 0..PAGES {
            let Some(url) = next.take() else {
                break;
            };
            if !self.purse.spend() {
                return Ok(false);
            }
            let answer = self.api.get(&url).await?;
            if !answer.status.is_success() {
                break;
            }
            let listed: Value = read(&answer)?;
            let runs = listed["workflow_runs"].as_array();
            for run in runs.into_iter().flatten() {
                self.missed_run(run, last);
            }
            let oldest = runs.and_then(|runs| moment(runs.last()?, "created_at"));
            if oldest.is_none_or(|oldest| oldest < last - LONGEST) {
                break;
            }
            next = answer.next_page();
        }
        Ok(true)
    }

    fn missed_run(&mut self, run: &Value, last: Timestamp) {
        let ended = moment(run, "updated_at");
        let of_head = |sha: &str| self.place.heads.iter().any(|head| head.sha == sha);
        if run["status"] != "completed"
            || ended < Some(last)
            || run["head_sha"].as_str().is_none_or(of_head)
        {
            return;
        }
        let Some(id) = run["id"].as_u64() else {
            return;
        };
        let attempt = run["run_attempt"].as_u64().unwrap_or(1);
        let body = json!({"action": "completed", "workflow_run": run});
        self.deliver("workflow_run", &format!("run/{id}/{attempt}"), ended, body);
    }
}
