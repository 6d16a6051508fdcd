//! Runs of Gitea Actions and Forgejo Actions. A server may be too old to list them, or have none: then the commit
//! statuses of their jobs are told instead.

use std::collections::BTreeMap;

use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::look::{Work, second};
use crate::providers::gitea::parse::builds::Run;

/// Pages read at most after a time offline.
const PAGES: usize = 20;

impl Work<'_> {
    /// The runs since the last look, and those that were still going on; true if one ended.
    pub(super) async fn runs(&mut self) -> Result<bool, ProviderError> {
        let top = self.place.top_run;
        let oldest = match (top, self.place.running.first()) {
            (Some(top), Some(running)) => (*running).min(top),
            (Some(top), None) => top,
            (None, _) => u64::MAX,
        };
        let far_enough = |items: &[Value]| {
            let last = items.last().and_then(Run::read);
            last.is_none_or(|run| run.number <= oldest)
        };
        let rest = "/actions/runs";
        let Some(mut items) = self
            .list(rest, Some("workflow_runs"), PAGES, far_enough)
            .await?
        else {
            self.place.runs_unlisted = true;
            return Ok(false);
        };
        self.place.runs_unlisted = false;
        items.sort_by_key(|item| Run::read(item).map(|run| run.number));
        let mut ended: BTreeMap<u64, i64> = BTreeMap::new();
        let mut changed = false;
        for item in &items {
            let Some(run) = Run::read(item) else {
                continue;
            };
            self.place.top_run = self.place.top_run.max(Some(run.number));
            let was_running = self.place.running.remove(&run.number);
            if run.conclusion.is_none() {
                self.place.running.insert(run.number);
                continue;
            }
            let at = second(run.ended);
            let before = self.place.ended.get(&run.number);
            ended.insert(run.number, at);
            let is_new = Some(run.number) > top || was_running;
            // Run again, it ends anew. One that was never remembered was over before the last look.
            let is_again = before.is_some_and(|before| *before != at);
            if top.is_none() || !(is_new || is_again) {
                continue;
            }
            changed = true;
            let (pulls, branch) = self.head_of(run.sha.unwrap_or_default());
            let body = json!({
                "action": "completed",
                "workflow_run": item,
                "pull_requests": pulls,
                "branch": branch,
            });
            self.deliver("workflow_run", &run.ending(), run.ended, body);
        }
        self.place.top_run = self.place.top_run.or(Some(0));
        // A run that left the list without an end was deleted.
        let listed_from = items.first().and_then(Run::read).map(|run| run.number);
        self.place.running.retain(|number| {
            let listed = |item: &Value| Run::read(item).is_some_and(|run| run.number == *number);
            listed_from.is_some_and(|from| *number < from) || items.iter().any(listed)
        });
        self.place.ended = ended;
        Ok(changed)
    }
}
