//! `background_events`: what happened, and how far each has come.

use jiff::Timestamp;
use perch_core::event::{Event, EventRow, EventState};
use perch_core::event_type::EventType;
use perch_core::id::{AgentRunId, ConnectionId, DeliveryId, EventId, UserId};
use perch_core::subject::Subject;
use perch_core::verdict::Verdict;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{id, json, millis, parsed, row, rows, search_query, timestamp, to_word, word};
use crate::db::StoreError;

/// Stores an event; false when its key is known already and nothing was added.
pub fn insert(connection: &Connection, event: &EventRow) -> Result<bool, StoreError> {
    let what = &event.event;
    let added = connection
        .prepare_cached(
            "INSERT INTO background_events
                (id, user_id, event_type, source, event_data, event_timestamp, connection_id, dedup_key,
                 state, verdict, delivery_id, stored_at, subject, actor, involves)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            event.id.to_string(),
            event.user_id.as_str(),
            what.event_type.as_str(),
            what.event_type.source(),
            json(&what.data),
            millis(what.at),
            event.connection_id.as_str(),
            what.dedup_key,
            to_word(&event.state),
            json(&event.verdict.iter().collect::<Vec<_>>()),
            event.delivery_id.map(|id| id.to_string()),
            millis(event.stored_at),
            json(&what.subject),
            what.actor,
            json(&what.involves),
        ])?;
    if added == 1 {
        let subject = &what.subject;
        let text = format!(
            "{} {} {} {} {} {}",
            what.event_type,
            subject.repository,
            subject.title,
            subject.branch.as_deref().unwrap_or_default(),
            what.actor.as_deref().unwrap_or_default(),
            subject.commit.as_deref().unwrap_or_default(),
        );
        connection
            .prepare_cached("INSERT INTO event_search (rowid, text) VALUES (?1, ?2)")?
            .execute(params![connection.last_insert_rowid(), text])?;
    }
    Ok(added == 1)
}

/// A branch somebody did something on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// The connection that told of it.
    pub connection_id: ConnectionId,
    /// Who did it.
    pub actor: Option<String>,
    /// What it was about.
    pub subject: Subject,
}

/// Pushes, pull requests and builds of `user` that happened since `from`, newest first, at most `limit`; with
/// `reference` only those on that branch or on commits that begin with it.
pub fn touched(
    connection: &Connection,
    user: &UserId,
    reference: Option<&str>,
    from: Timestamp,
    limit: u32,
) -> Result<Vec<Touched>, StoreError> {
    rows(
        connection,
        "SELECT connection_id, actor, subject FROM background_events
         WHERE user_id = ?1 AND stored_at >= ?2
           AND event_type IN ('repo.push', 'repo.pr.opened', 'repo.pr.updated',
                              'repo.build.failed', 'repo.build.completed')
           AND (?3 IS NULL OR subject ->> '$.branch' = ?3 OR subject ->> '$.commit' LIKE ?3 || '%')
         ORDER BY event_timestamp DESC, rowid DESC LIMIT ?4",
        params![user.as_str(), millis(from), reference, limit],
        |row| {
            Ok(Touched {
                connection_id: ConnectionId::new(row.get::<_, String>("connection_id")?),
                actor: row.get("actor")?,
                subject: parsed(row, "subject", "event")?,
            })
        },
    )
}

/// Events the road has still to bring somewhere, oldest first.
pub fn waiting(
    connection: &Connection,
    user: &UserId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<EventRow>, StoreError> {
    rows(
        connection,
        "SELECT * FROM background_events
         WHERE user_id = ?1 AND state IN ('new', 'passed') AND next_attempt_at <= ?2
         ORDER BY rowid LIMIT ?3",
        params![user.as_str(), millis(now), limit],
        read,
    )
}

/// The event with this id.
pub fn get(connection: &Connection, event: EventId) -> Result<Option<EventRow>, StoreError> {
    row(
        connection,
        "SELECT * FROM background_events WHERE id = ?1",
        [event.to_string()],
        read,
    )
}

/// Events of `user` whose id begins or ends with `text`, or whose key is `text`; at most two, to tell when it is ambiguous.
pub fn find(
    connection: &Connection,
    user: &UserId,
    text: &str,
) -> Result<Vec<EventRow>, StoreError> {
    rows(
        connection,
        "SELECT * FROM background_events
         WHERE user_id = ?1 AND (dedup_key = ?2 OR id LIKE ?2 || '%' OR id LIKE '%' || ?2)
         ORDER BY dedup_key = ?2 DESC, id DESC LIMIT 2",
        params![user.as_str(), text],
        read,
    )
}

/// The latest events of a user, newest first, with `query` in them.
pub fn list(
    connection: &Connection,
    user: &UserId,
    query: Option<&str>,
    limit: u32,
) -> Result<Vec<EventRow>, StoreError> {
    match query.map(search_query).filter(|query| !query.is_empty()) {
        None => rows(
            connection,
            "SELECT * FROM background_events WHERE user_id = ?1 ORDER BY stored_at DESC, rowid DESC LIMIT ?2",
            params![user.as_str(), limit],
            read,
        ),
        Some(query) => rows(
            connection,
            // From what was found to the events, never the other way round: there may be a million of them.
            "SELECT background_events.* FROM
                (SELECT rowid AS found FROM event_search WHERE text MATCH ?2 ORDER BY rowid DESC LIMIT 2000)
             CROSS JOIN background_events ON background_events.rowid = found
             WHERE user_id = ?1
             ORDER BY stored_at DESC, background_events.rowid DESC LIMIT ?3",
            params![user.as_str(), query, limit],
            read,
        ),
    }
}

/// A repository as events name it: by its name for people, or by its key.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// `acme/api`.
    pub name: &'a str,
    /// The repository's number, or the path of its folder.
    pub key: &'a str,
}

/// Merged pull requests of a repository that have a number, oldest first.
pub fn merged(
    connection: &Connection,
    user: &UserId,
    repository: Named<'_>,
) -> Result<Vec<EventRow>, StoreError> {
    rows(
        connection,
        "SELECT * FROM background_events
         WHERE user_id = ?1 AND event_type = 'repo.pr.merged' AND subject ->> '$.number' IS NOT NULL
           AND (subject ->> '$.repository' = ?2 OR subject ->> '$.repository_key' = ?3)
         ORDER BY event_timestamp, rowid",
        params![user.as_str(), repository.name, repository.key],
        read,
    )
}

/// What was said and done in an issue or pull request, oldest first.
pub fn thread(
    connection: &Connection,
    user: &UserId,
    repository: Named<'_>,
    number: u64,
) -> Result<Vec<EventRow>, StoreError> {
    rows(
        connection,
        "SELECT * FROM background_events
         WHERE user_id = ?1 AND event_type LIKE 'issue.%' AND subject ->> '$.number' = ?4
           AND (subject ->> '$.repository' = ?2 OR subject ->> '$.repository_key' = ?3)
         ORDER BY event_timestamp, rowid LIMIT 2000",
        params![
            user.as_str(),
            repository.name,
            repository.key,
            i64::try_from(number).unwrap_or(i64::MAX)
        ],
        read,
    )
}

/// What happened in a repository, and on machines it may run on, between two moments, oldest first.
pub fn between(
    connection: &Connection,
    user: &UserId,
    repository: Named<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<EventRow>, StoreError> {
    rows(
        connection,
        "SELECT * FROM background_events
         WHERE user_id = ?1 AND event_timestamp BETWEEN ?4 AND ?5
           AND (subject ->> '$.repository' = ?2 OR subject ->> '$.repository_key' = ?3
             OR source IN ('metrics', 'infra'))
         ORDER BY event_timestamp, rowid LIMIT 2000",
        params![
            user.as_str(),
            repository.name,
            repository.key,
            millis(from),
            millis(to)
        ],
        read,
    )
}

/// What happened anywhere a user watches between two moments, oldest first; with `types` only of those types. Of more
/// than `limit` the newest.
pub fn around(
    connection: &Connection,
    user: &UserId,
    types: &[EventType],
    from: Timestamp,
    to: Timestamp,
    limit: u32,
) -> Result<Vec<EventRow>, StoreError> {
    let mut found = rows(
        connection,
        "SELECT * FROM background_events
         WHERE user_id = ?1 AND event_timestamp BETWEEN ?2 AND ?3
           AND (?4 = '[]' OR event_type IN (SELECT value FROM json_each(?4)))
         ORDER BY event_timestamp DESC, rowid DESC LIMIT ?5",
        params![user.as_str(), millis(from), millis(to), json(&types), limit],
        read,
    )?;
    found.reverse();
    Ok(found)
}

/// Events of a user that were stored since `since`, newest first.
pub fn since(
    connection: &Connection,
    user: &UserId,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<EventRow>, StoreError> {
    rows(
        connection,
        "SELECT * FROM background_events WHERE user_id = ?1 AND stored_at >= ?2
         ORDER BY stored_at DESC, rowid DESC LIMIT ?3",
        params![user.as_str(), millis(since), limit],
        read,
    )
}

/// The newest event of each pull request and issue a user has heard of, comments on it among them.
pub fn latest_of_things(
    connection: &Connection,
    user: &UserId,
) -> Result<Vec<EventRow>, StoreError> {
    rows(
        connection,
        "SELECT *, max(event_timestamp) FROM background_events
         WHERE user_id = ?1 AND (event_type LIKE 'repo.pr.%' OR event_type LIKE 'issue.%')
           AND event_type NOT LIKE '%.stale'
         GROUP BY connection_id, subject ->> '$.repository_key', subject ->> '$.key'",
        params![user.as_str()],
        read,
    )
}

/// The events by which the newest issues of a repository were opened, newest first.
pub fn issues_opened(
    connection: &Connection,
    user: &UserId,
    repository_key: &str,
    limit: u32,
) -> Result<Vec<EventRow>, StoreError> {
    rows(
        connection,
        "SELECT * FROM background_events
         WHERE user_id = ?1 AND event_type = 'issue.created' AND subject ->> '$.repository_key' = ?2
         ORDER BY event_timestamp DESC LIMIT ?3",
        params![user.as_str(), repository_key, limit],
        read,
    )
}

/// The newest event since `since` that tells which commit a repository is at: on its default branch, or of a run on
/// this machine.
pub fn latest_commits(
    connection: &Connection,
    user: &UserId,
    since: Timestamp,
) -> Result<Vec<EventRow>, StoreError> {
    rows(
        connection,
        "SELECT *, max(event_timestamp) FROM background_events
         WHERE user_id = ?1 AND stored_at >= ?2
           AND event_type IN ('repo.push', 'repo.build.completed', 'repo.build.failed')
           AND subject ->> '$.commit' IS NOT NULL
           AND (subject ->> '$.on_default_branch' = 1 OR event_data ->> '$.build.local' = 1)
         GROUP BY connection_id, subject ->> '$.repository_key'",
        params![user.as_str(), millis(since)],
        read,
    )
}

/// Events a user got since `since`.
pub fn count_since(
    connection: &Connection,
    user: &UserId,
    since: Timestamp,
) -> Result<u32, StoreError> {
    Ok(connection.query_row(
        "SELECT count(*) FROM background_events WHERE user_id = ?1 AND stored_at >= ?2",
        params![user.as_str(), millis(since)],
        |row| row.get(0),
    )?)
}

/// Adds a step's verdict to an event and sets how far it has come.
pub fn decide(
    connection: &Connection,
    event: EventId,
    state: EventState,
    verdict: &Verdict,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE background_events
             SET state = ?2, verdict = json_insert(verdict, '$[#]', json(?3)) WHERE id = ?1",
        )?
        .execute(params![event.to_string(), to_word(&state), json(verdict)])?;
    Ok(())
}

/// Notes that an attempt failed and when the next may begin.
pub fn postpone(
    connection: &Connection,
    event: EventId,
    until: Timestamp,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE background_events SET attempts = attempts + 1, next_attempt_at = ?2 WHERE id = ?1",
        params![event.to_string(), millis(until)],
    )?;
    Ok(())
}

/// Lets an event wait without counting it as a failed attempt.
pub fn wait(connection: &Connection, event: EventId, until: Timestamp) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE background_events SET next_attempt_at = ?2 WHERE id = ?1",
        params![event.to_string(), millis(until)],
    )?;
    Ok(())
}

/// Lets events that wait for a user's pause to end go on.
pub fn end_waiting(connection: &Connection, user: &UserId) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE background_events SET next_attempt_at = 0, attempts = 0
         WHERE user_id = ?1 AND state IN ('new', 'passed')",
        [user.as_str()],
    )?;
    Ok(())
}

/// Sends an event down the road again from the gate on.
pub fn renew(connection: &Connection, event: EventId) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE background_events SET state = 'passed', attempts = 0, next_attempt_at = 0 WHERE id = ?1",
        [event.to_string()],
    )?;
    Ok(())
}

/// Names the agent run an event led to.
pub fn suggested(
    connection: &Connection,
    event: EventId,
    run: AgentRunId,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE background_events SET suggestion_generated = 1, suggestion_id = ?2 WHERE id = ?1",
        params![event.to_string(), run.to_string()],
    )?;
    Ok(())
}

/// Notes that the user accepted, dismissed or snoozed what these events led to.
pub fn mark_actioned(connection: &Connection, suggestion: &str) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE background_events SET user_actioned = 1
         WHERE id = (SELECT event_id FROM suggestions WHERE id = ?1)",
        [suggestion],
    )?;
    Ok(())
}

/// Forgets events stored before `before` that led to no suggestion and wait for nothing.
pub fn forget(connection: &Connection, before: Timestamp) -> Result<usize, StoreError> {
    const OLD: &str = "stored_at < ?1 AND state IN ('silent', 'failed')
        AND id NOT IN (SELECT event_id FROM agent_runs)";
    let at = millis(before);
    connection.execute(
        &format!(
            "DELETE FROM event_search WHERE rowid IN (SELECT rowid FROM background_events WHERE {OLD})"
        ),
        [at],
    )?;
    Ok(connection.execute(&format!("DELETE FROM background_events WHERE {OLD}"), [at])?)
}

/// What each step decided about an event, in order.
pub fn verdicts(connection: &Connection, event: EventId) -> Result<Vec<Verdict>, StoreError> {
    let text: Option<String> = connection
        .query_row(
            "SELECT verdict FROM background_events WHERE id = ?1",
            [event.to_string()],
            |row| row.get(0),
        )
        .optional()?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

fn read(row: &Row<'_>) -> Result<EventRow, StoreError> {
    const WHAT: &str = "event";
    let event_type: String = row.get("event_type")?;
    let verdicts: Vec<Verdict> = parsed(row, "verdict", WHAT)?;
    let run: Option<String> = row.get("suggestion_id")?;
    let delivery: Option<String> = row.get("delivery_id")?;
    Ok(EventRow {
        id: id::<EventId>(row, "id", WHAT)?,
        user_id: UserId::new(row.get::<_, String>("user_id")?),
        connection_id: ConnectionId::new(row.get::<_, String>("connection_id")?),
        delivery_id: delivery.and_then(|text| text.parse::<DeliveryId>().ok()),
        event: Event {
            event_type: EventType::parse(&event_type).ok_or_else(|| StoreError::Unreadable {
                what: WHAT,
                detail: format!("type {event_type}"),
            })?,
            dedup_key: row.get("dedup_key")?,
            subject: parsed(row, "subject", WHAT)?,
            at: timestamp(row.get("event_timestamp")?),
            actor: row.get("actor")?,
            involves: parsed(row, "involves", WHAT)?,
            data: parsed(row, "event_data", WHAT)?,
        },
        stored_at: timestamp(row.get("stored_at")?),
        state: word(row, "state", WHAT)?,
        verdict: verdicts.into_iter().next_back(),
        attempts: row.get("attempts")?,
        suggestion_id: run.and_then(|text| text.parse().ok()),
        user_actioned: row.get("user_actioned")?,
    })
}
