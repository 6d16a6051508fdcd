//! `runs`: builds that are over, local ones with their logs.

use jiff::Timestamp;
use perch_core::facts::PastRun;
use perch_core::id::{ConnectionId, UserId};
use perch_core::run::Environment;
use rusqlite::{Connection, Row, params};

use super::columns::{json, millis, parsed, rows, timestamp};
use crate::db::StoreError;

/// A row of `runs`.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The event's key, without its result: the same run is stored once.
    pub id: String,
    /// Whose.
    pub user_id: UserId,
    /// The connection it came by.
    pub connection_id: ConnectionId,
    /// The repository's name.
    pub repository: String,
    /// The repository's own number or path.
    pub repository_key: String,
    /// The command line, or workflow and job.
    pub job: String,
    /// Its branch.
    pub branch: Option<String>,
    /// Its commit.
    pub commit: Option<String>,
    /// Whether it passed.
    pub passed: bool,
    /// When it ended.
    pub finished_at: Timestamp,
    /// File of the gzipped log, for local runs.
    pub log: Option<String>,
    /// The rule that explained its failure.
    pub rule: Option<String>,
    /// How long it took, in seconds.
    pub seconds: Option<f64>,
    /// What it had around it, of runs on this machine.
    pub environment: Option<Environment>,
}

impl Run {
    /// The run as a fact.
    pub fn as_fact(&self) -> PastRun {
        PastRun {
            commit: self.commit.clone(),
            branch: self.branch.clone(),
            passed: self.passed,
            finished_at: self.finished_at,
            rule: self.rule.clone(),
            seconds: self.seconds,
            steps: Vec::new(),
            environment: self.environment.clone(),
        }
    }
}

/// Stores a run; a known id changes nothing.
pub fn insert(connection: &Connection, run: &Run) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO runs
            (id, user_id, connection_id, repository, repository_key, job, branch, commit_sha, passed,
             finished_at, log, rule, seconds, environment)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT DO NOTHING",
        params![
            run.id,
            run.user_id.as_str(),
            run.connection_id.as_str(),
            run.repository,
            run.repository_key,
            run.job,
            run.branch,
            run.commit,
            run.passed,
            millis(run.finished_at),
            run.log,
            run.rule,
            run.seconds,
            json(&run.environment),
        ],
    )?;
    Ok(())
}

/// Names the rule that explained a run's failure.
pub fn set_rule(connection: &Connection, id: &str, rule: &str) -> Result<(), StoreError> {
    connection.execute("UPDATE runs SET rule = ?2 WHERE id = ?1", params![id, rule])?;
    Ok(())
}

/// The run with this id.
pub fn get(connection: &Connection, id: &str) -> Result<Option<Run>, StoreError> {
    Ok(rows(connection, "SELECT * FROM runs WHERE id = ?1", [id], read)?.pop())
}

/// Runs of the same job that ended before `before`, newest first.
pub fn earlier(connection: &Connection, run: &Run, limit: u32) -> Result<Vec<Run>, StoreError> {
    rows(
        connection,
        "SELECT * FROM runs
         WHERE user_id = ?1 AND repository_key = ?2 AND job = ?3 AND id <> ?4 AND finished_at <= ?5
         ORDER BY finished_at DESC LIMIT ?6",
        params![
            run.user_id.as_str(),
            run.repository_key,
            run.job,
            run.id,
            millis(run.finished_at),
            limit
        ],
        read,
    )
}

/// The next run of the same job on the same branch that passed.
pub fn next_passed(connection: &Connection, run: &Run) -> Result<Option<Run>, StoreError> {
    Ok(rows(
        connection,
        "SELECT * FROM runs
         WHERE user_id = ?1 AND repository_key = ?2 AND job = ?3 AND branch IS ?4 AND passed
           AND finished_at > ?5
         ORDER BY finished_at LIMIT 1",
        params![
            run.user_id.as_str(),
            run.repository_key,
            run.job,
            run.branch,
            millis(run.finished_at)
        ],
        read,
    )?
    .pop())
}

/// Runs of the same job on the same commit that ended before, newest first.
pub fn on_its_commit(connection: &Connection, run: &Run) -> Result<Vec<Run>, StoreError> {
    rows(
        connection,
        "SELECT * FROM runs
         WHERE user_id = ?1 AND repository_key = ?2 AND job = ?3 AND id <> ?4 AND finished_at <= ?5
           AND commit_sha = ?6
         ORDER BY finished_at DESC LIMIT 10",
        params![
            run.user_id.as_str(),
            run.repository_key,
            run.job,
            run.id,
            millis(run.finished_at),
            run.commit
        ],
        read,
    )
}

/// The latest runs of a user, on a branch or on commits that begin with `reference` where it is given.
pub fn list(
    connection: &Connection,
    user: &UserId,
    reference: Option<&str>,
    limit: u32,
) -> Result<Vec<Run>, StoreError> {
    rows(
        connection,
        "SELECT * FROM runs
         WHERE user_id = ?1 AND (?2 IS NULL OR branch = ?2 OR commit_sha LIKE ?2 || '%')
         ORDER BY finished_at DESC LIMIT ?3",
        params![user.as_str(), reference, limit],
        read,
    )
}

/// The latest run of every job of a branch, newest first.
pub fn latest_on(
    connection: &Connection,
    user: &UserId,
    at: &ConnectionId,
    repository_key: &str,
    branch: &str,
) -> Result<Vec<Run>, StoreError> {
    rows(
        connection,
        "SELECT *, max(finished_at) FROM runs
         WHERE user_id = ?1 AND connection_id = ?2 AND repository_key = ?3 AND branch = ?4
         GROUP BY job ORDER BY finished_at DESC",
        params![user.as_str(), at.as_str(), repository_key, branch],
        read,
    )
}

/// The latest run of every job, branch and repository of one connection since `from`, newest first.
pub fn latest_at(
    connection: &Connection,
    user: &UserId,
    at: &ConnectionId,
    from: Timestamp,
) -> Result<Vec<Run>, StoreError> {
    rows(
        connection,
        "SELECT *, max(finished_at) FROM runs
         WHERE user_id = ?1 AND connection_id = ?2 AND finished_at >= ?3
         GROUP BY repository_key, branch, job ORDER BY finished_at DESC",
        params![user.as_str(), at.as_str(), millis(from)],
        read,
    )
}

/// Forgets logs of runs that ended before `before` and names their files, which the caller deletes.
pub fn age_out_logs(connection: &Connection, before: Timestamp) -> Result<Vec<String>, StoreError> {
    let logs = rows(
        connection,
        "SELECT log FROM runs WHERE finished_at < ?1 AND log IS NOT NULL",
        [millis(before)],
        |row| Ok(row.get("log")?),
    )?;
    connection.execute(
        "UPDATE runs SET log = NULL WHERE finished_at < ?1",
        [millis(before)],
    )?;
    Ok(logs)
}

fn read(row: &Row<'_>) -> Result<Run, StoreError> {
    Ok(Run {
        id: row.get("id")?,
        user_id: UserId::new(row.get::<_, String>("user_id")?),
        connection_id: ConnectionId::new(row.get::<_, String>("connection_id")?),
        repository: row.get("repository")?,
        repository_key: row.get("repository_key")?,
        job: row.get("job")?,
        branch: row.get("branch")?,
        commit: row.get("commit_sha")?,
        passed: row.get("passed")?,
        finished_at: timestamp(row.get("finished_at")?),
        log: row.get("log")?,
        rule: row.get("rule")?,
        seconds: row.get("seconds")?,
        environment: parsed(row, "environment", "run")?,
    })
}
