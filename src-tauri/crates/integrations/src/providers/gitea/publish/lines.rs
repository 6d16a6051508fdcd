//! The servers' requests about comments on lines: each a review of its own, known by its text.

use async_trait::async_trait;
use http::{Method, StatusCode};
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use crate::payload::{number, text};
use crate::providers::gitea::api::{has_next, members, page_of, read};
use crate::publish::{Forge, LineComment, Lines, Need, NewLineComment, failed, refusal, refused};

/// Pages of reviews searched for a marker.
const PAGES: usize = 20;

fn review(value: &Value) -> Option<LineComment> {
    Some(LineComment {
        id: number(value, "/id")?.to_string(),
        url: text(value, "/html_url").map(Into::into),
    })
}

#[async_trait]
impl Lines for Target<'_> {
    fn suggestion(&self, _lines: (u32, u32)) -> Option<String> {
        None
    }

    async fn line_comment(
        &self,
        number: u64,
        marker: &str,
        doing: &str,
    ) -> Result<Option<LineComment>, PublishError> {
        let list = self.url(&format!("/pulls/{number}/reviews"));
        let mut count = 0;
        for page in 1..=PAGES {
            let answer = self.api.get(&page_of(&list, page)).await.map_err(failed)?;
            if answer.status != StatusCode::OK {
                return Err(refusal(self, &answer, doing, Need::Pulls));
            }
            let reviews = members(&answer, None).map_err(failed)?;
            let ours = reviews
                .iter()
                .find(|one| text(one, "/body").is_some_and(|body| body.contains(marker)));
            if let Some(ours) = ours {
                return Ok(review(ours));
            }
            count += reviews.len();
            if !has_next(&answer, count, reviews.len()) {
                break;
            }
        }
        Ok(None)
    }

    async fn comment_on_lines(
        &self,
        new: &NewLineComment<'_>,
        doing: &str,
    ) -> Result<LineComment, PublishError> {
        let body = json!({
            "event": "COMMENT",
            "body": new.marker,
            "commit_id": new.commit,
            "comments": [{"path": new.path, "body": new.body, "new_position": new.lines.1}],
        });
        let rest = format!("/pulls/{}/reviews", new.number);
        let answer = self
            .changed(
                Method::POST,
                &self.url(&rest),
                Some(body),
                doing,
                Need::Pulls,
            )
            .await?;
        let made: Value = read(&answer).map_err(failed)?;
        review(&made).ok_or_else(|| {
            PublishError::Unavailable("the server's answer about the review has no number".into())
        })
    }

    async fn delete_line_comment(
        &self,
        number: u64,
        id: &str,
        doing: &str,
    ) -> Result<bool, PublishError> {
        if id.parse::<u64>().is_err() {
            return Err(refused(
                format!("`{id}` is no review's number"),
                "delete the comment on the server",
            ));
        }
        let url = self.url(&format!("/pulls/{number}/reviews/{id}"));
        self.gone(&url, doing, Need::Pulls).await
    }
}
