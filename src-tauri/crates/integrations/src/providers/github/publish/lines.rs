//! GitHub's requests about comments on lines of a pull request.

use async_trait::async_trait;
use http::{Method, StatusCode};
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use crate::payload::{number, text};
use crate::providers::github::api::read;
use crate::publish::{Forge, LineComment, Lines, Need, NewLineComment, failed, refusal, refused};

/// Pages of comments searched for a marker.
const PAGES: usize = 20;

fn comment(value: &Value) -> Option<LineComment> {
    Some(LineComment {
        id: number(value, "/id")?.to_string(),
        url: text(value, "/html_url").map(Into::into),
    })
}

#[async_trait]
impl Lines for Target<'_> {
    fn suggestion(&self, _lines: (u32, u32)) -> Option<String> {
        Some("suggestion".into())
    }

    async fn line_comment(
        &self,
        number: u64,
        marker: &str,
        doing: &str,
    ) -> Result<Option<LineComment>, PublishError> {
        let list = format!("/pulls/{number}/comments?sort=created&direction=desc&per_page=100");
        let mut next = Some(self.url(&list));
        for _ in 0..PAGES {
            let Some(url) = next.take() else {
                break;
            };
            let answer = self.api.get(&url).await.map_err(failed)?;
            if answer.status != StatusCode::OK {
                return Err(refusal(self, &answer, doing, Need::Pulls));
            }
            let comments: Vec<Value> = read(&answer).map_err(failed)?;
            let ours = comments
                .iter()
                .find(|one| text(one, "/body").is_some_and(|body| body.contains(marker)));
            if let Some(ours) = ours {
                return Ok(comment(ours));
            }
            next = answer.next_page();
        }
        Ok(None)
    }

    async fn comment_on_lines(
        &self,
        new: &NewLineComment<'_>,
        doing: &str,
    ) -> Result<LineComment, PublishError> {
        let (first, last) = new.lines;
        let mut body = json!({
            "body": format!("{}\n\n{}", new.body, new.marker),
            "commit_id": new.commit,
            "path": new.path,
            "line": last,
            "side": "RIGHT",
        });
        if first < last {
            body["start_line"] = first.into();
            body["start_side"] = "RIGHT".into();
        }
        let rest = format!("/pulls/{}/comments", new.number);
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
        comment(&made).ok_or_else(|| {
            PublishError::Unavailable("GitHub's answer about the new comment has no number".into())
        })
    }

    async fn delete_line_comment(
        &self,
        _number: u64,
        id: &str,
        doing: &str,
    ) -> Result<bool, PublishError> {
        if id.parse::<u64>().is_err() {
            return Err(refused(
                format!("`{id}` is no comment's number"),
                "delete the comment on GitHub",
            ));
        }
        let url = self.url(&format!("/pulls/comments/{id}"));
        self.gone(&url, doing, Need::Pulls).await
    }
}
