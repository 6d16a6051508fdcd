//! `suggestions`: what the user is shown, and where each stands.

use jiff::Timestamp;
use perch_core::finding::{LogExcerpt, Point};
use perch_core::id::{ConnectionId, EventId, SuggestionId, UserId};
use perch_core::subject::Subject;
use perch_core::suggestion::{Level, Suggestion, SuggestionState};
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::actions;
use super::columns::{id, json, millis, parsed, row, rows, search_query, timestamp, to_word, word};
use crate::db::StoreError;

/// The column `content`.
#[derive(Serialize, Deserialize)]
struct Content {
    subject: Subject,
    title: String,
    why: String,
    body: String,
    points: Vec<Point>,
    log: Option<LogExcerpt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chart: Option<String>,
}

/// Stores a suggestion, or replaces the words and actions of the one with its id. Actions already begun stay.
pub fn put(connection: &Connection, suggestion: &Suggestion) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO suggestions
            (id, user_id, connection_id, run_id, event_id, merge_key, rule, repository, level, state,
             snoozed_until, created_at, updated_at, content, event_type)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
             coalesce((SELECT event_type FROM background_events WHERE id = ?5), ''))
         ON CONFLICT (id) DO UPDATE SET
            run_id = ?4, event_id = ?5, rule = ?7, level = ?9, state = ?10, snoozed_until = ?11,
            updated_at = ?13, content = ?14, event_type = excluded.event_type, seen_at = NULL",
        params![
            suggestion.id.to_string(),
            suggestion.user_id.as_str(),
            suggestion.connection_id.as_str(),
            suggestion.run_id.to_string(),
            suggestion.event_id.to_string(),
            suggestion.merge_key,
            suggestion.rule,
            suggestion.subject.repository,
            to_word(&suggestion.level),
            to_word(&suggestion.state),
            suggestion.snoozed_until.map(millis),
            millis(suggestion.created_at),
            millis(suggestion.updated_at),
            json(&content(suggestion)),
        ],
    )?;
    index(connection, suggestion)?;
    actions::replace(connection, suggestion.id, &suggestion.actions)
}

/// Gives a suggestion other words as a new version. Where it stands, how loud it is and whether it was looked at stays.
pub fn reword(connection: &Connection, suggestion: &Suggestion) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE suggestions SET run_id = ?2, content = ?3 WHERE id = ?1",
        params![
            suggestion.id.to_string(),
            suggestion.run_id.to_string(),
            json(&content(suggestion)),
        ],
    )?;
    index(connection, suggestion)?;
    actions::replace(connection, suggestion.id, &suggestion.actions)
}

fn content(suggestion: &Suggestion) -> Content {
    Content {
        subject: suggestion.subject.clone(),
        title: suggestion.title.clone(),
        why: suggestion.why.clone(),
        body: suggestion.body.clone(),
        points: suggestion.points.clone(),
        log: suggestion.log.clone(),
        chart: suggestion.chart.clone(),
    }
}

/// Makes the words of a suggestion found by a search.
fn index(connection: &Connection, suggestion: &Suggestion) -> Result<(), StoreError> {
    let rowid: i64 = connection.query_row(
        "SELECT rowid FROM suggestions WHERE id = ?1",
        [suggestion.id.to_string()],
        |row| row.get(0),
    )?;
    connection.execute("DELETE FROM suggestion_search WHERE rowid = ?1", [rowid])?;
    connection.execute(
        "INSERT INTO suggestion_search (rowid, text) VALUES (?1, ?2)",
        params![
            rowid,
            format!(
                "{} {} {} {} {}",
                suggestion.title,
                suggestion.subject.repository,
                suggestion.rule,
                suggestion.why,
                suggestion.body
            )
        ],
    )?;
    Ok(())
}

/// The suggestion with this id.
pub fn get(
    connection: &Connection,
    suggestion: SuggestionId,
) -> Result<Option<Suggestion>, StoreError> {
    let found = row(
        connection,
        "SELECT * FROM suggestions WHERE id = ?1",
        [suggestion.to_string()],
        read,
    )?;
    found
        .map(|suggestion| with_actions(connection, suggestion))
        .transpose()
}

/// The open or snoozed suggestions that the event with this key led to.
pub fn of_event_key(
    connection: &Connection,
    user: &UserId,
    key: &str,
) -> Result<Vec<Suggestion>, StoreError> {
    rows(
        connection,
        "SELECT * FROM suggestions
         WHERE user_id = ?1 AND state IN ('open', 'snoozed')
           AND event_id IN (SELECT id FROM background_events WHERE user_id = ?1 AND dedup_key = ?2)",
        params![user.as_str(), key],
        read,
    )
}

/// Suggestions of `user` whose id begins or ends with `text`; at most two, to tell when it is ambiguous.
pub fn find(
    connection: &Connection,
    user: &UserId,
    text: &str,
) -> Result<Vec<Suggestion>, StoreError> {
    let whole = row(
        connection,
        "SELECT * FROM suggestions WHERE user_id = ?1 AND id = ?2",
        params![user.as_str(), text],
        read,
    )?;
    if let Some(suggestion) = whole {
        return Ok(vec![with_actions(connection, suggestion)?]);
    }
    rows(
        connection,
        "SELECT * FROM suggestions
         WHERE user_id = ?1 AND (id LIKE ?2 || '%' OR id LIKE '%' || ?2) ORDER BY id DESC LIMIT 2",
        params![user.as_str(), text],
        read,
    )?
    .into_iter()
    .map(|suggestion| with_actions(connection, suggestion))
    .collect()
}

/// The open or snoozed suggestion with this merge key.
pub fn standing(
    connection: &Connection,
    user: &UserId,
    merge_key: &str,
) -> Result<Option<Suggestion>, StoreError> {
    row(
        connection,
        "SELECT * FROM suggestions WHERE user_id = ?1 AND merge_key = ?2 AND state IN ('open', 'snoozed')",
        params![user.as_str(), merge_key],
        read,
    )?
    .map(|suggestion| with_actions(connection, suggestion))
    .transpose()
}

/// The suggestion an event led to, also when a later event took it over.
pub fn of_event(
    connection: &Connection,
    event: EventId,
) -> Result<Option<SuggestionId>, StoreError> {
    row(
        connection,
        "SELECT suggestions.id FROM suggestions
         WHERE event_id = ?1 OR run_id = (SELECT suggestion_id FROM background_events WHERE id = ?1)
         LIMIT 1",
        [event.to_string()],
        |row| id(row, "id", "suggestion"),
    )
}

/// Open and snoozed suggestions about one thing, whatever their rule; with `pull` also those about its builds.
pub fn about(
    connection: &Connection,
    user: &UserId,
    repository_key: &str,
    subject_key: &str,
    pull: Option<u64>,
) -> Result<Vec<Suggestion>, StoreError> {
    let pull = pull.and_then(|number| i64::try_from(number).ok());
    rows(
        connection,
        "SELECT * FROM suggestions
         WHERE user_id = ?1 AND state IN ('open', 'snoozed')
           AND content ->> '$.subject.repository_key' = ?2
           AND (content ->> '$.subject.key' = ?3
                OR (?4 IS NOT NULL AND content ->> '$.subject.number' = ?4
                    AND content ->> '$.subject.key' NOT LIKE 'issue/%'))",
        params![user.as_str(), repository_key, subject_key, pull],
        read,
    )?
    .into_iter()
    .map(|suggestion| with_actions(connection, suggestion))
    .collect()
}

/// True when an open suggestion other than the one with `merge_key` tells of the same cause on the same commit and
/// branch, since `since`: another job of one build.
pub fn is_told_elsewhere(
    connection: &Connection,
    suggestion: &Suggestion,
    since: Timestamp,
) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM suggestions
                 WHERE user_id = ?1 AND state = 'open' AND updated_at >= ?2 AND repository = ?3 AND rule = ?4
                   AND merge_key <> ?5 AND content ->> '$.title' = ?6
                   AND content ->> '$.subject.commit' IS ?7 AND content ->> '$.subject.branch' IS ?8)",
        )?
        .query_row(
            params![
                suggestion.user_id.as_str(),
                millis(since),
                suggestion.subject.repository,
                suggestion.rule,
                suggestion.merge_key,
                suggestion.title,
                suggestion.subject.commit,
                suggestion.subject.branch,
            ],
            |row| row.get(0),
        )?)
}

/// Which suggestions are asked for; what is absent narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    /// In any of these states.
    pub states: Vec<SuggestionState>,
    /// With these words in them.
    pub query: Option<String>,
    /// As loud as this.
    pub level: Option<Level>,
    /// Of this event type, or of one that begins so up to a dot.
    pub event_type: Option<String>,
}

impl Narrow {
    /// In any of `states`.
    pub fn to(states: &[SuggestionState]) -> Self {
        Self {
            states: states.to_vec(),
            ..Self::default()
        }
    }

    /// The words as the full-text index is asked, unless there are none.
    fn search(&self) -> Option<String> {
        self.query
            .as_deref()
            .map(search_query)
            .filter(|query| !query.is_empty())
    }
}

/// What `narrow` means; parameters 1 to 4. Everything it asks about stands in one index, which is in the lists' order
/// where one state alone is asked for.
fn narrowed(narrow: &Narrow) -> String {
    // States are words of our own, and only as words does the index keep its order.
    let states: Vec<String> = narrow
        .states
        .iter()
        .map(|state| format!("'{}'", to_word(state)))
        .collect();
    let mut sql = format!(
        "FROM suggestions WHERE user_id = ?1 AND state IN ({})
           AND (?3 IS NULL OR level = ?3)
           AND (?4 IS NULL OR event_type = ?4 OR (event_type > ?4 || '.' AND event_type < ?4 || '/'))",
        states.join(", ")
    );
    if narrow.search().is_some() {
        sql.push_str(" AND rowid IN (SELECT rowid FROM suggestion_search WHERE text MATCH ?2)");
    } else {
        sql.push_str(" AND ?2 IS NULL");
    }
    sql
}

/// Suggestions of `user`, newest first, at most `limit` after the first `offset`.
pub fn list(
    connection: &Connection,
    user: &UserId,
    narrow: &Narrow,
    offset: u32,
    limit: u32,
) -> Result<Vec<Suggestion>, StoreError> {
    rows(
        connection,
        // Which they are is found in the index alone; only then are rows read.
        &format!(
            "SELECT * FROM suggestions WHERE rowid IN (
                SELECT rowid {} ORDER BY updated_at DESC, rowid DESC LIMIT ?5 OFFSET ?6)
             ORDER BY updated_at DESC, rowid DESC",
            narrowed(narrow)
        ),
        params![
            user.as_str(),
            narrow.search(),
            narrow.level.map(|level| to_word(&level)),
            narrow.event_type,
            limit,
            offset
        ],
        read,
    )?
    .into_iter()
    .map(|suggestion| with_actions(connection, suggestion))
    .collect()
}

/// How many suggestions a user has of those.
pub fn count(connection: &Connection, user: &UserId, narrow: &Narrow) -> Result<u32, StoreError> {
    Ok(connection
        .prepare_cached(&format!("SELECT count(*) {}", narrowed(narrow)))?
        .query_row(
            params![
                user.as_str(),
                narrow.search(),
                narrow.level.map(|level| to_word(&level)),
                narrow.event_type
            ],
            |row| row.get(0),
        )?)
}

/// How many open suggestions a user has not looked at.
pub fn count_new(connection: &Connection, user: &UserId) -> Result<u32, StoreError> {
    Ok(connection.query_row(
        "SELECT count(*) FROM suggestions WHERE user_id = ?1 AND state = 'open' AND seen_at IS NULL",
        [user.as_str()],
        |row| row.get(0),
    )?)
}

/// Notes that the user looked at a suggestion.
pub fn mark_seen(
    connection: &Connection,
    suggestion: SuggestionId,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE suggestions SET seen_at = ?2 WHERE id = ?1 AND seen_at IS NULL",
        params![suggestion.to_string(), millis(now)],
    )?;
    Ok(())
}

/// Sets where a suggestion stands.
pub fn set_state(
    connection: &Connection,
    suggestion: SuggestionId,
    state: SuggestionState,
    snoozed_until: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE suggestions SET state = ?2, snoozed_until = ?3, updated_at = ?4 WHERE id = ?1",
        params![
            suggestion.to_string(),
            to_word(&state),
            snoozed_until.map(millis),
            millis(now)
        ],
    )?;
    Ok(())
}

/// Snoozed suggestions of a user that are due again.
pub fn awake(
    connection: &Connection,
    user: &UserId,
    now: Timestamp,
) -> Result<Vec<SuggestionId>, StoreError> {
    rows(
        connection,
        "SELECT id FROM suggestions WHERE user_id = ?1 AND state = 'snoozed' AND snoozed_until <= ?2",
        params![user.as_str(), millis(now)],
        |row| id(row, "id", "suggestion"),
    )
}

fn with_actions(
    connection: &Connection,
    mut suggestion: Suggestion,
) -> Result<Suggestion, StoreError> {
    suggestion.actions = actions::of(connection, suggestion.id)?
        .into_iter()
        .map(|row| row.action)
        .collect();
    Ok(suggestion)
}

fn read(row: &Row<'_>) -> Result<Suggestion, StoreError> {
    const WHAT: &str = "suggestion";
    let content: Content = parsed(row, "content", WHAT)?;
    Ok(Suggestion {
        id: id(row, "id", WHAT)?,
        user_id: UserId::new(row.get::<_, String>("user_id")?),
        connection_id: ConnectionId::new(row.get::<_, String>("connection_id")?),
        run_id: id(row, "run_id", WHAT)?,
        event_id: id(row, "event_id", WHAT)?,
        subject: content.subject,
        rule: row.get("rule")?,
        merge_key: row.get("merge_key")?,
        title: content.title,
        why: content.why,
        body: content.body,
        points: content.points,
        log: content.log,
        chart: content.chart,
        level: word(row, "level", WHAT)?,
        actions: Vec::new(),
        state: word(row, "state", WHAT)?,
        snoozed_until: row.get::<_, Option<i64>>("snoozed_until")?.map(timestamp),
        created_at: timestamp(row.get("created_at")?),
        updated_at: timestamp(row.get("updated_at")?),
    })
}
