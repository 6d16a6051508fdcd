//! `model_calls`: what calls of models cost, and whether one more may be made.
//!
//! A call is entered before it is made, with the most it can cost. One whose end nobody saw keeps that.

use jiff::{SignedDuration, Timestamp};
use perch_core::id::{SuggestionId, UserId};
use perch_core::seam::model::{ModelLimits, Usage};
use rusqlite::{Connection, params};

use super::columns::millis;
use crate::db::StoreError;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const MONTH: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A call that is about to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCall {
    /// For whom.
    pub user_id: UserId,
    /// For which suggestion.
    pub suggestion_id: SuggestionId,
    /// Provider and model.
    pub model: String,
    /// The most it can cost, in US dollars.
    pub at_most_usd: f64,
}

/// What was spent in a time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// Calls.
    pub calls: u32,
    /// US dollars.
    pub cost_usd: f64,
}

/// Enters a call and answers its number, or why it may not be made: the limits hold for all users of the machine
/// together.
pub fn begin(
    connection: &Connection,
    call: &NewCall,
    limits: &ModelLimits,
    now: Timestamp,
) -> Result<Result<i64, String>, StoreError> {
    let day = spent_since(connection, now - DAY)?;
    if day.calls >= limits.calls_per_day {
        return Ok(Err(format!(
            "the {} calls of a day are used up",
            limits.calls_per_day
        )));
    }
    let cost = call.at_most_usd;
    // What costs nothing is held back by no sum of money.
    if cost > 0.0 {
        let month = spent_since(connection, now - MONTH)?;
        let suggestion: f64 = connection.query_row(
            "SELECT total(cost_usd) FROM model_calls WHERE suggestion_id = ?1",
            [call.suggestion_id.to_string()],
            |row| row.get(0),
        )?;
        for (spent, limit, what) in [
            (
                suggestion,
                limits.dollars_per_suggestion,
                "for one suggestion",
            ),
            (day.cost_usd, limits.dollars_per_day, "a day"),
            (month.cost_usd, limits.dollars_per_month, "a month"),
        ] {
            if spent + cost > limit {
                return Ok(Err(format!(
                    "the call could cost ${cost:.4}, and of ${limit:.2} {what} ${spent:.4} are spent"
                )));
            }
        }
    }
    connection.execute(
        "INSERT INTO model_calls (at, user_id, suggestion_id, model, state, tokens, cost_usd)
         VALUES (?1, ?2, ?3, ?4, 'begun', 0, ?5)",
        params![
            millis(now),
            call.user_id.as_str(),
            call.suggestion_id.to_string(),
            call.model,
            cost
        ],
    )?;
    Ok(Ok(connection.last_insert_rowid()))
}

/// Enters what a call took in the end.
pub fn end(
    connection: &Connection,
    call: i64,
    usage: Usage,
    cost_usd: f64,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE model_calls SET state = 'done', tokens = ?2, cost_usd = ?3 WHERE id = ?1",
        params![
            call,
            i64::try_from(usage.total()).unwrap_or(i64::MAX),
            cost_usd
        ],
    )?;
    Ok(())
}

/// What all users together spent since `from`. What a clock that was set back left in the future counts too.
pub fn spent_since(connection: &Connection, from: Timestamp) -> Result<Spent, StoreError> {
    Ok(connection
        .prepare_cached("SELECT count(*), total(cost_usd) FROM model_calls WHERE at > ?1")?
        .query_row([millis(from)], |row| {
            Ok(Spent {
                calls: row.get(0)?,
                cost_usd: row.get(1)?,
            })
        })?)
}

/// Drops what no limit asks for any more.
pub fn forget(connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
    let before = millis(now - MONTH - DAY);
    connection.execute("DELETE FROM model_calls WHERE at < ?1", [before])?;
    Ok(())
}
