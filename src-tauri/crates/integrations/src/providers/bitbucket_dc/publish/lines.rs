//! Data Center's requests about comments on lines, which hang on an anchor in the pull request's diff.
//!
//! Source: developer.atlassian.com "Bitbucket Data Center REST API", "Add pull request comment"; confluence.atlassian.com
//! "Suggest code changes in a pull request".

use async_trait::async_trait;
use http::{Method, StatusCode};
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use crate::diff;
use crate::payload::number as number_at;
use crate::providers::bitbucket_dc::api::read;
use crate::providers::bitbucket_dc::gather::as_git_writes;
use crate::publish::{Forge, LineComment, Lines, Need, NewLineComment, failed, refusal, refused};

/// Pages of activities searched for a marker.
const PAGES: usize = 20;

/// Bytes of a diff read at most.
const DIFF: usize = 16 << 20;

fn made(comment: &Value) -> Option<LineComment> {
    Some(LineComment {
        id: number_at(comment, "/id")?.to_string(),
        url: None,
    })
}

impl Target<'_> {
    /// True if the pull request adds this line of the file; an anchor must say so.
    async fn adds(&self, new: &NewLineComment<'_>, doing: &str) -> Result<bool, PublishError> {
        let url = format!("{}.diff", self.pull_url(new.number));
        let Some(answer) = self.api.raw(&url, DIFF).await.map_err(failed)? else {
            return Ok(false);
        };
        if answer.status != StatusCode::OK {
            return Err(refusal(self, &answer, doing, Need::Read));
        }
        let changes = diff::text(&as_git_writes(&answer.body)).unwrap_or_default();
        let file = changes.iter().find(|file| file.path == new.path);
        Ok(file.is_some_and(|file| file.added().any(|(line, _)| line == new.lines.1)))
    }
}

#[async_trait]
impl Lines for Target<'_> {
    /// A suggestion replaces the one line that the comment hangs on.
    fn suggestion(&self, (first, last): (u32, u32)) -> Option<String> {
        (first == last).then(|| "suggestion".to_owned())
    }

    async fn line_comment(
        &self,
        number: u64,
        marker: &str,
        doing: &str,
    ) -> Result<Option<LineComment>, PublishError> {
        let list = self.comments_url(number);
        let mark = self.mark(marker);
        let mut next = Some(self.first_page(&list));
        for page in 1..=PAGES {
            let Some(url) = next.take() else {
                break;
            };
            let answer = self.found(&url, doing, Need::Read).await?;
            let (comments, further) = self.page(&list, &answer, page, 0).map_err(failed)?;
            let ours = comments.iter().find(|one| {
                one["text"]
                    .as_str()
                    .is_some_and(|text| text.contains(&mark))
            });
            if let Some(ours) = ours {
                return Ok(made(ours));
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
        let kind = if self.adds(new, doing).await? {
            "ADDED"
        } else {
            "CONTEXT"
        };
        let body = json!({
            "text": format!("{}\n\n{}", new.body.trim_end(), self.mark(new.marker)),
            "anchor": {
                "path": new.path,
                "line": new.lines.1,
                "lineType": kind,
                "fileType": "TO",
                "diffType": "EFFECTIVE",
            },
        });
        let url = self.comments_url(new.number);
        let answer = self
            .changed(Method::POST, &url, Some(body), doing, Need::Talk)
            .await?;
        let comment: Value = read(&answer).map_err(failed)?;
        made(&comment).ok_or_else(|| {
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
        let url = format!("{}/{id}", self.comments_url(number));
        let answer = self.delete_comment(&url).await.map_err(failed)?;
        match answer.status {
            status if status.is_success() => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(refusal(self, &answer, doing, Need::Talk)),
        }
    }
}
