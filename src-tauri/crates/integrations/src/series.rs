//! What providers of metrics have in common: their settings, what `watch` holds, which samples to ask for. Pure.

use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::metric::Better;
use perch_core::seam::provider::{About, Cursor};
use serde_json::{Value, json};

/// Seconds between samples unless the connection says otherwise.
const STEP: u32 = 60;

/// Samples asked for at the first look.
const FIRST: i64 = 1_440;

/// Coarse steps are so many times as long.
const COARSE: i64 = 15;

/// How far the first look goes back in coarse steps.
const BACK: SignedDuration = SignedDuration::from_hours(24 * 14);

/// Samples of one answer at most.
const MOST: i64 = 3_900;

/// Samples asked for again, since some come late.
const AGAIN: i64 = 2;

/// Series of one query at most.
pub(crate) const SERIES: usize = 50;

/// Setting: seconds between samples.
pub(crate) const STEP_KEY: &str = "step";

/// Setting: `lower` or `higher`.
pub(crate) const BETTER_KEY: &str = "better";

/// Setting: the repository that metrics and alerts are about.
pub(crate) const REPOSITORY_KEY: &str = "repository";

/// Something watched: a query and its name, if it was given one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) better: Better,
}

impl Query {
    /// Reads `name := query`, or a query alone.
    pub(crate) fn of(watched: &str) -> Self {
        let (name, query) = watched
            .split_once(":=")
            .map_or(("", watched), |(name, query)| (name.trim(), query));
        let query = query.trim().to_owned();
        let name = if name.is_empty() { &query } else { name };
        let better = match Better::of(name) {
            Better::Unknown => Better::of(&query),
            better => better,
        };
        Self {
            name: name.to_owned(),
            better,
            text: query,
        }
    }
}

/// Says what is wrong with what every provider of metrics has in its settings.
pub(crate) fn check(connection: &Connection, about: &About) -> Result<(), String> {
    known_settings(connection, about)?;
    for (number, watched) in connection.watch.iter().enumerate() {
        if Query::of(watched).text.is_empty() {
            return Err("`watch` holds an empty query; take it out".into());
        }
        if watched.len() > 4_000 {
            return Err("a query in `watch` is longer than 4,000 bytes; make a rule of it".into());
        }
        if connection.watch[..number].contains(watched) {
            return Err(format!("`{watched}` stands twice in `watch`"));
        }
    }
    if let Some(step) = connection.settings.get(STEP_KEY)
        && !step
            .as_u64()
            .is_some_and(|step| (1..=3_600).contains(&step))
    {
        return Err(format!(
            "`{STEP_KEY}` is {step}; give a whole number of seconds from 1 to 3600"
        ));
    }
    match connection.settings.get(BETTER_KEY) {
        None => Ok(()),
        Some(Value::String(word)) if word == "lower" || word == "higher" => Ok(()),
        Some(other) => Err(format!(
            "`{BETTER_KEY}` is {other}; it is \"lower\" or \"higher\""
        )),
    }
}

/// Says which setting is none of a provider's.
pub(crate) fn known_settings(connection: &Connection, about: &About) -> Result<(), String> {
    let known = |key: &&String| about.settings.iter().any(|field| field.key == *key);
    let Some(key) = connection.settings.keys().find(|key| !known(key)) else {
        return Ok(());
    };
    let names: Vec<&str> = about.settings.iter().map(|field| field.key).collect();
    Err(format!(
        "`{key}` is no setting of {}; there are {}",
        about.name,
        names.join(", ")
    ))
}

/// Seconds between samples.
pub(crate) fn step(connection: &Connection) -> u32 {
    let step = connection.settings.get(STEP_KEY).and_then(Value::as_u64);
    step.and_then(|step| u32::try_from(step).ok())
        .unwrap_or(STEP)
}

/// Which way is better: as the connection says, else as the query does.
pub(crate) fn better(connection: &Connection, query: &Query) -> Better {
    match connection.settings.get(BETTER_KEY).and_then(Value::as_str) {
        Some("lower") => Better::Lower,
        Some("higher") => Better::Higher,
        _ => query.better,
    }
}

/// The repository that what it brings is about.
pub(crate) fn repository(connection: &Connection) -> Option<String> {
    let name = connection.settings.get(REPOSITORY_KEY)?.as_str()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// A stretch of time and the pause between samples of it, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) step: i64,
}

/// What to ask for now, oldest first, and the cursor to go on with. A moment is only asked for once a while has passed,
/// since samples take their time to arrive.
pub(crate) fn stretches(
    connection: &Connection,
    cursor: Option<&Cursor>,
    now: Timestamp,
) -> (Vec<Stretch>, Cursor) {
    let step = i64::from(step(connection));
    let to = (now.as_second() - step.min(15)).div_euclid(step) * step;
    let last = cursor
        .filter(|cursor| cursor["step"] == step)
        .and_then(|cursor| cursor["at"].as_i64());
    let next = json!({ "at": to, "step": step });
    let Some(last) = last else {
        let fine = to - FIRST * step;
        let coarse = step * COARSE;
        let from = (fine - BACK.as_secs())
            .max(fine - MOST * coarse)
            .div_euclid(coarse)
            * coarse;
        let mut stretches = Vec::new();
        if from < fine - coarse {
            stretches.push(Stretch {
                from,
                to: fine - step,
                step: coarse,
            });
        }
        stretches.push(Stretch {
            from: fine,
            to,
            step,
        });
        return (stretches, next);
    };
    if last >= to {
        return (Vec::new(), json!({ "at": last, "step": step }));
    }
    let from = (last - AGAIN * step).max(to - MOST * step);
    (vec![Stretch { from, to, step }], next)
}

#[cfg(test)]
mod tests {
    use perch_core::id::{ConnectionId, UserId};

    use super::*;

    fn connection(step: u32) -> Connection {
        let mut connection = Connection::new(
            ConnectionId::new("prometheus"),
            UserId::new("ada"),
            "prometheus",
            "http://127.0.0.1:9090",
        );
        connection.settings.insert(STEP_KEY.into(), step.into());
        connection
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn the_first_look_goes_back_a_fortnight_and_the_next_only_to_the_last() {
        let connection = connection(60);
        let (first, cursor) = stretches(&connection, None, at(1_000_000_030));
        let to = 999_999_960;
        assert_eq!(first.len(), 2);
        assert_eq!((first[1].to, first[1].step), (to, 60));
        assert_eq!(first[1].to - first[1].from, FIRST * 60);
        assert_eq!(first[0].step, 900);
        assert!(first[0].to < first[1].from);
        let (next, later) = stretches(&connection, Some(&cursor), at(1_000_000_100));
        assert_eq!(next.len(), 1);
        assert_eq!(next[0].from, to - 120, "some samples come late");
        let (none, same) = stretches(&connection, Some(&later), at(1_000_000_101));
        assert_eq!((none.len(), same), (0, later));
    }

    #[test]
    fn another_step_begins_anew_and_a_long_sleep_is_bounded() {
        let (_, cursor) = stretches(&connection(60), None, at(1_000_000_000));
        let (anew, _) = stretches(&connection(1), Some(&cursor), at(1_000_000_000));
        assert_eq!(anew.len(), 2);
        assert!((anew[0].to - anew[0].from) / anew[0].step <= MOST + 1);
        let (long, _) = stretches(&connection(60), Some(&cursor), at(1_100_000_000));
        assert_eq!((long[0].to - long[0].from) / 60, MOST);
    }

    #[test]
    fn a_query_may_have_a_name_of_its_own() {
        let query = Query::of("checkout p99 := histogram_quantile(0.99, x)");
        assert_eq!(
            (query.name.as_str(), query.text.as_str()),
            ("checkout p99", "histogram_quantile(0.99, x)")
        );
        let query = Query::of("job:latency:p99");
        assert_eq!(
            (query.name, query.better),
            ("job:latency:p99".into(), Better::Lower)
        );
    }
}
