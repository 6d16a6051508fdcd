//! Commit statuses of the commits that matter: the default branch's and the heads of open pull requests, those in
//! forks too.

use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::look::{Work, moment, pull_requests, second};
use crate::providers::gitea::parse::builds::is_of_actions;

/// Pages of statuses of one commit read at most.
const PAGES: usize = 6;

impl Work<'_> {
    pub(super) async fn statuses(&mut self, sha: &str) -> Result<bool, ProviderError> {
        let rest = format!("/commits/{sha}/status");
        let Some(statuses) = self.list(&rest, Some("statuses"), PAGES, |_| false).await? else {
            return Ok(false);
        };
        let found = self.place.heads.iter().find(|head| head.sha == sha);
        let Some(mut head) = found.cloned() else {
            return Ok(false);
        };
        let unlisted = self.place.runs_unlisted;
        let mut changed = false;
        head.pending = false;
        for status in &statuses {
            if is_of_actions(status) && !unlisted {
                continue;
            }
            let context = status["context"].as_str().unwrap_or("default").to_owned();
            let state = status["status"].as_str().or(status["state"].as_str());
            let state = state.unwrap_or_default().to_owned();
            head.pending |= state == "pending";
            let known = head.statuses.insert(context.clone(), state.clone());
            let updated = moment(status, "updated_at");
            // A branch may be set back to a commit that was reported on before watching began.
            if known.as_ref() == Some(&state) || state == "pending" || !self.is_news(updated) {
                continue;
            }
            changed = true;
            let mut body = status.clone();
            body["state"] = state.clone().into();
            body["sha"] = sha.into();
            body["branch"] = head.branch.clone().into();
            body["pull_requests"] = pull_requests(&head);
            body["runs_unlisted"] = unlisted.into();
            body["sender"] = status["creator"].clone();
            let key = format!("status/{sha}/{context}/{state}/{}", second(updated));
            self.deliver("status", &key, updated, body);
        }
        // Several heads may stand on one commit.
        for other in self.place.heads.iter_mut().filter(|head| head.sha == sha) {
            other.statuses.clone_from(&head.statuses);
            other.pending = head.pending;
        }
        Ok(changed)
    }

    /// The head a build is of: its pull request's, or the default branch's.
    pub(super) fn head_of(&self, sha: &str) -> (Value, Option<String>) {
        let heads = &self.place.heads;
        match heads.iter().find(|head| head.sha == sha) {
            Some(head) => (pull_requests(head), Some(head.branch.clone())),
            None => (json!([]), None),
        }
    }
}
