//! Comments on lines of a pull request's change, known again by their marker.

use async_trait::async_trait;
use perch_core::action::Thing;
use perch_core::outcome::{StepResult, Undo};
use perch_core::seam::publisher::PublishError;

use super::link;
use super::tickets::Tickets;

/// A comment on lines as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineComment {
    /// Its id at the forge, as [`Undo::DeleteReviewComment`] keeps it.
    pub(crate) id: String,
    /// Its page.
    pub(crate) url: Option<String>,
}

/// A comment to make.
pub(crate) struct NewLineComment<'a> {
    /// The pull request.
    pub(crate) number: u64,
    /// The commit the lines are counted in.
    pub(crate) commit: &'a str,
    /// The file after the change.
    pub(crate) path: &'a str,
    /// First and last line after the change, 1-based and inclusive.
    pub(crate) lines: (u32, u32),
    /// Its text, the suggested change included, without the marker.
    pub(crate) body: String,
    /// What it is known by.
    pub(crate) marker: &'a str,
}

/// The requests about reviewed lines. `doing` completes "the forge refuses to …".
#[async_trait]
pub(crate) trait Lines: Tickets {
    /// What stands before the lines of a change that readers of this forge can apply; nothing where there is no such.
    fn suggestion(&self, lines: (u32, u32)) -> Option<String>;

    /// The comment with this marker.
    async fn line_comment(
        &self,
        number: u64,
        marker: &str,
        doing: &str,
    ) -> Result<Option<LineComment>, PublishError>;

    /// Makes one.
    async fn comment_on_lines(
        &self,
        new: &NewLineComment<'_>,
        doing: &str,
    ) -> Result<LineComment, PublishError>;

    /// Deletes one; false if it was gone.
    async fn delete_line_comment(
        &self,
        number: u64,
        id: &str,
        doing: &str,
    ) -> Result<bool, PublishError>;
}

/// `text` between fences no line of it can close.
fn fenced(info: &str, text: &str) -> String {
    let longest = text
        .split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    format!("{fence}{info}\n{}\n{fence}", text.trim_end_matches('\n'))
}

/// Comments on lines, unless a comment with the marker stands there.
pub(super) async fn comment(
    forge: &impl Lines,
    mut new: NewLineComment<'_>,
    replacement: Option<&str>,
) -> Result<StepResult, PublishError> {
    let thing = Thing::PullRequest(new.number);
    let name = forge.called(thing);
    let doing = format!("comment on `{}` in {name}", new.path);
    let found = forge.line_comment(new.number, new.marker, &doing).await?;
    let made = if let Some(found) = found {
        found
    } else {
        let ticket = forge.ticket(thing, &doing).await?;
        // Some forges cut hashes.
        if !ticket.open
            || ticket
                .head
                .as_deref()
                .is_some_and(|head| !new.commit.starts_with(head))
        {
            return Err(PublishError::Moved(format!(
                "{name} went on since its lines were read; refresh the suggestion"
            )));
        }
        if let Some(replacement) = replacement {
            let block = match forge.suggestion(new.lines) {
                Some(info) => fenced(&info, replacement),
                None => format!("Suggested:\n\n{}", fenced("", replacement)),
            };
            new.body = format!("{}\n\n{block}", new.body.trim_end());
        }
        forge.comment_on_lines(&new, &doing).await?
    };
    Ok(StepResult {
        summary: format!("commented on `{}` in {name}", new.path),
        links: link("comment", made.url.as_deref()),
        undo: Some(Undo::DeleteReviewComment {
            number: new.number,
            id: made.id,
        }),
    })
}

/// Deletes a comment on lines.
pub(super) async fn delete(
    forge: &impl Lines,
    number: u64,
    id: &str,
) -> Result<String, PublishError> {
    let deleted = forge
        .delete_line_comment(number, id, "delete the comment")
        .await?;
    Ok(if deleted {
        "deleted the comment".into()
    } else {
        "the comment was gone already".into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_any_in_the_text() {
        assert_eq!(
            fenced("suggestion", "let a = 1;\n"),
            "```suggestion\nlet a = 1;\n```"
        );
        assert_eq!(fenced("", "a\n```\nb"), "````\na\n```\nb\n````");
    }
}
