//! Pull requests that Perch opened, read from the outcomes that tell of them.

use perch_core::id::{ActionId, ConnectionId, SuggestionId, UserId};
use perch_core::outcome::{StepRecord, Undo};
use rusqlite::{Connection, params};

use super::columns::{id, parsed, rows};
use crate::db::StoreError;

/// A pull request an accepted action opened, and that was not taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The suggestion that proposed it.
    pub suggestion_id: SuggestionId,
    /// The action that opened it.
    pub action_id: ActionId,
    /// What the suggestion said.
    pub title: String,
    /// Its branch.
    pub branch: String,
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: Option<String>,
}

/// The pull request of `user` from `branch` in a repository; the newest, should there be several.
pub fn from_branch(
    connection: &Connection,
    user: &UserId,
    at: &ConnectionId,
    repository_key: &str,
    branch: &str,
) -> Result<Option<Opened>, StoreError> {
    const WHAT: &str = "outcome";
    let found = rows(
        connection,
        "SELECT actions.id, suggestion_id, outcomes.steps AS done, content ->> '$.title' AS title
         FROM actions
         JOIN suggestions ON suggestions.id = suggestion_id
         JOIN outcomes ON outcomes.action_id = actions.id
         WHERE actions.state = 'done' AND user_id = ?1 AND connection_id = ?2
           AND content ->> '$.subject.repository_key' = ?3
           AND EXISTS (SELECT 1 FROM json_each(action, '$.steps')
                       WHERE value ->> '$.kind' = 'open_pull_request' AND value ->> '$.branch' = ?4)
         ORDER BY outcomes.started_at DESC",
        params![user.as_str(), at.as_str(), repository_key, branch],
        |row| {
            let steps: Vec<StepRecord> = parsed(row, "done", WHAT)?;
            let mut results = steps.into_iter().filter_map(|step| step.result);
            let opened = results.find_map(|result| match result.undo {
                Some(Undo::ClosePullRequest { number }) => Some((number, result.links)),
                _ => None,
            });
            let Some((number, links)) = opened else {
                return Ok(None);
            };
            Ok(Some(Opened {
                suggestion_id: id(row, "suggestion_id", WHAT)?,
                action_id: id(row, "id", WHAT)?,
                title: row.get("title")?,
                branch: branch.to_owned(),
                number,
                url: links.into_iter().next().map(|link| link.url),
            }))
        },
    )?;
    Ok(found.into_iter().flatten().next())
}
