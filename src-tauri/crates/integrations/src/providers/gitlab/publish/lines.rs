//! GitLab's requests about discussions on lines of a merge request.

use async_trait::async_trait;
use http::{Method, StatusCode};
use perch_core::action::Thing;
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use crate::payload::{number, text};
use crate::providers::gitlab::api::read;
use crate::publish::{
    Forge, LineComment, Lines, Need, NewLineComment, Tickets, failed, refusal, refused,
};

/// Pages of comments searched for a marker.
const PAGES: usize = 20;

#[async_trait]
impl Lines for Target<'_> {
    /// A suggestion names how far it reaches above and below the line it hangs on, the last one here.
    fn suggestion(&self, (first, last): (u32, u32)) -> Option<String> {
        Some(format!("suggestion:-{}+0", last.saturating_sub(first)))
    }

    async fn line_comment(
        &self,
        iid: u64,
        marker: &str,
        doing: &str,
    ) -> Result<Option<LineComment>, PublishError> {
        let list = format!("/merge_requests/{iid}/notes?sort=desc&per_page=100");
        let mut next = Some(self.url(&list));
        for _ in 0..PAGES {
            let Some(url) = next.take() else {
                break;
            };
            let answer = self.api.get(&url).await.map_err(failed)?;
            if answer.status != StatusCode::OK {
                return Err(refusal(self, &answer, doing, Need::Read));
            }
            let notes: Vec<Value> = read(&answer).map_err(failed)?;
            let ours = notes
                .iter()
                .find(|one| text(one, "/body").is_some_and(|body| body.contains(marker)));
            if let Some(id) = ours.and_then(|one| number(one, "/id")) {
                return Ok(Some(made(id)));
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
        let merge = format!("/merge_requests/{}", new.number);
        let answer = self.found(&self.url(&merge), doing, Need::Read).await?;
        let merge_request: Value = read(&answer).map_err(failed)?;
        let refs = &merge_request["diff_refs"];
        if text(refs, "/head_sha").is_some_and(|head| head != new.commit) {
            return Err(PublishError::Moved(format!(
                "{} went on since its lines were read; refresh the suggestion",
                self.called(Thing::PullRequest(new.number))
            )));
        }
        let body = json!({
            "body": format!("{}\n\n{}", new.body, new.marker),
            "position": {
                "position_type": "text",
                "base_sha": refs["base_sha"],
                "start_sha": refs["start_sha"],
                "head_sha": refs["head_sha"],
                "old_path": new.path,
                "new_path": new.path,
                "new_line": new.lines.1,
            },
        });
        let rest = format!("{merge}/discussions");
        let answer = self
            .changed(
                Method::POST,
                &self.url(&rest),
                Some(body),
                doing,
                Need::Pulls,
            )
            .await?;
        let discussion: Value = read(&answer).map_err(failed)?;
        number(&discussion, "/notes/0/id").map(made).ok_or_else(|| {
            PublishError::Unavailable("GitLab's answer about the new comment has no number".into())
        })
    }

    async fn delete_line_comment(
        &self,
        iid: u64,
        id: &str,
        doing: &str,
    ) -> Result<bool, PublishError> {
        if id.parse::<u64>().is_err() {
            return Err(refused(
                format!("`{id}` is no comment's number"),
                "delete the comment on GitLab",
            ));
        }
        let url = self.url(&format!("/merge_requests/{iid}/notes/{id}"));
        self.gone(&url, doing, Need::Pulls).await
    }
}

/// GitLab gives comments no page of their own.
fn made(id: u64) -> LineComment {
    LineComment {
        id: id.to_string(),
        url: None,
    }
}
