//! Comments on issues and pull requests.

use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::look::{Work, moment, second};
use crate::providers::github::api::read;

impl Work<'_> {
    /// Reads what changed among comments on issues and pull requests; true if anything answered anew.
    pub(super) async fn comments(&mut self) -> Result<bool, ProviderError> {
        let url = self.url("/issues/comments?sort=updated&direction=desc&per_page=100");
        let Some(first) = self.changed(&url).await? else {
            return Ok(false);
        };
        let items = self.back_to(&first, self.place.comments_until).await?;
        let (top, baseline) = (self.place.top_comment, self.baseline);
        for comment in items.iter().rev() {
            let Some(id) = comment["id"].as_u64() else {
                continue;
            };
            let updated = moment(comment, "updated_at");
            if !baseline && !self.comment(comment, id, top).await? {
                return Ok(true);
            }
            self.place.seen_comment = self.place.seen_comment.max(id);
            self.place.comments_until = self.place.comments_until.max(updated);
        }
        self.place.top_comment = self.place.seen_comment;
        self.remember(&url, &first);
        Ok(true)
    }

    /// Tells one comment; false when this poll has asked enough.
    async fn comment(&mut self, comment: &Value, id: u64, top: u64) -> Result<bool, ProviderError> {
        let number = comment["issue_url"]
            .as_str()
            .and_then(|url| url.rsplit('/').next())
            .and_then(|number| number.parse::<u64>().ok());
        let Some(number) = number else {
            return Ok(true);
        };
        let (action, key, at) = if id > top {
            let at = moment(comment, "created_at");
            ("created", format!("issue/{number}/comment/{id}"), at)
        } else {
            let at = moment(comment, "updated_at");
            let key = format!("issue/{number}/comment/{id}/{}", second(at));
            ("edited", key, at)
        };
        if self.place.told.contains(&key) {
            return Ok(true);
        }
        if action == "edited" && comment["created_at"] == comment["updated_at"] {
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
            read(&answer)?
        };
        let body = json!({
            "action": action,
            "issue": issue,
            "comment": comment,
            "sender": comment["user"],
        });
        self.deliver("issue_comment", &key, at, body);
        Ok(true)
    }
}
