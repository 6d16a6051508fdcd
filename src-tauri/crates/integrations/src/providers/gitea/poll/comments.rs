//! Comments on issues and pull requests.

use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::look::{Work, behind, moment, second};
use super::things::stamp;
use crate::providers::gitea::api::read;

/// Pages read at most after a time offline.
const PAGES: usize = 100;

impl Work<'_> {
    /// Reads what changed among comments; true if one is new or edited.
    pub(super) async fn comments(&mut self) -> Result<bool, ProviderError> {
        let Some(since) = behind(self.place.comments_until) else {
            return Ok(false);
        };
        let rest = format!("/issues/comments?since={}", stamp(since));
        let Some(mut items) = self.list(&rest, None, PAGES, |_| false).await? else {
            return Ok(false);
        };
        items.sort_by_key(|item| (moment(item, "updated_at"), item["id"].as_u64()));
        let top = self.place.top_comment;
        let before = self.deliveries.len();
        for comment in &items {
            let Some(id) = comment["id"].as_u64() else {
                continue;
            };
            if !self.baseline && !self.comment(comment, id, top).await? {
                return Ok(true);
            }
            self.place.seen_comment = self.place.seen_comment.max(id);
            let updated = moment(comment, "updated_at");
            self.place.comments_until = self.place.comments_until.max(updated);
        }
        self.place.top_comment = self.place.seen_comment;
        Ok(self.deliveries.len() > before)
    }

    /// Tells one comment; false when this poll has asked enough.
    async fn comment(&mut self, comment: &Value, id: u64, top: u64) -> Result<bool, ProviderError> {
        // One of the two addresses is empty.
        let number = ["issue_url", "pull_request_url"]
            .iter()
            .find_map(|name| comment[*name].as_str()?.rsplit('/').next()?.parse().ok());
        let Some(number): Option<u64> = number else {
            return Ok(true);
        };
        let (created, updated) = (moment(comment, "created_at"), moment(comment, "updated_at"));
        // Watching may have begun without a comment to count from.
        let (action, key, at) = if id > top && self.is_news(created) {
            ("created", format!("issue/{number}/comment/{id}"), created)
        } else {
            let key = format!("issue/{number}/comment/{id}/{}", second(updated));
            ("edited", key, updated)
        };
        if self.place.told.contains(&key) || (action == "edited" && created == updated) {
            return Ok(true);
        }
        let issue = if let Some(issue) = self.listed.get(&number) {
            issue.clone()
        } else {
            if !self.purse.spend() {
                return Ok(false);
            }
            let url = self.url(&format!("/issues/{number}"));
            let answer = self.api.get(&url).await?;
            if !answer.status.is_success() {
                return Ok(true);
            }
            let issue: Value = read(&answer)?;
            self.listed.insert(number, issue.clone());
            issue
        };
        let body = json!({
            "action": action,
            "issue": issue,
            "comment": comment,
            "is_pull": issue["pull_request"].is_object(),
            "sender": comment["user"],
        });
        self.deliver("issue_comment", &key, at, body);
        Ok(true)
    }
}
