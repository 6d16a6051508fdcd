//! Bitbucket's requests about comments on lines, which are comments of the pull request that name a place.

use async_trait::async_trait;
use http::Method;
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use crate::payload::{number, text};
use crate::providers::bitbucket::api::{page, read};
use crate::publish::{Forge, LineComment, Lines, Need, NewLineComment, failed, refused};

/// Pages of a hundred comments searched for a marker.
const PAGES: usize = 20;

fn comment(value: &Value) -> Option<LineComment> {
    Some(LineComment {
        id: number(value, "/id")?.to_string(),
        url: text(value, "/links/html/href").map(Into::into),
    })
}

impl Target<'_> {
    fn remarks(&self, number: u64) -> String {
        self.url(&format!("/pullrequests/{number}/comments"))
    }
}

#[async_trait]
impl Lines for Target<'_> {
    /// One line can be changed by a click.
    fn suggestion(&self, lines: (u32, u32)) -> Option<String> {
        (lines.0 == lines.1).then(|| "suggestion".to_owned())
    }

    async fn line_comment(
        &self,
        number: u64,
        marker: &str,
        doing: &str,
    ) -> Result<Option<LineComment>, PublishError> {
        let mark = self.mark(marker);
        let mut next = Some(format!("{}?pagelen=100", self.remarks(number)));
        for _ in 0..PAGES {
            let Some(url) = next.take() else {
                break;
            };
            let answer = self.found(&url, doing, Need::ReadPulls).await?;
            let (comments, further) = page(&self.api, &answer).map_err(failed)?;
            // One that was deleted is still listed.
            let ours = comments.iter().find(|one| {
                let words = text(one, "/content/raw").unwrap_or_default();
                words.contains(&mark) && one["deleted"] != true
            });
            if let Some(ours) = ours {
                return Ok(comment(ours));
            }
            next = further;
        }
        Ok(None)
    }

    async fn comment_on_lines(
        &self,
        new: &NewLineComment<'_>,
        doing: &str,
    ) -> Result<LineComment, PublishError> {
        let (first, last) = new.lines;
        let mut inline = json!({"path": new.path, "to": last});
        if first < last {
            inline["start_to"] = first.into();
        }
        let words = format!("{}\n\n{}", new.body, self.mark(new.marker));
        let body = json!({"content": {"raw": words}, "inline": inline});
        let url = self.remarks(new.number);
        let answer = self
            .changed(Method::POST, &url, Some(body), doing, Need::Pulls)
            .await?;
        let made: Value = read(&answer).map_err(failed)?;
        comment(&made).ok_or_else(|| {
            PublishError::Unavailable("Bitbucket's answer about the comment has no number".into())
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
                format!("`{id}` is no comment's number"),
                "delete the comment on Bitbucket",
            ));
        }
        let url = format!("{}/{id}", self.remarks(number));
        self.gone(&url, doing, Need::Pulls).await
    }
}
