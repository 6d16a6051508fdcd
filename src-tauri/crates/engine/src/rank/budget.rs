//! How many toasts there may be: a bucket of tokens for each event type and each repository, and what the user allows
//! an hour. What comes in a burst is told by one notice, so it costs no more than the burst.

use jiff::{SignedDuration, Timestamp};
use perch_store::table::notifications::Told;

use super::Surroundings;
use crate::notify::{A_WHILE, BURST};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A toast later than this is no news any more.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// A bucket of tokens: each toast takes one.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Tokens when it is full.
    holds: f64,
    /// Tokens it gains an hour.
    an_hour: f64,
    /// Toasts within 24 hours at most.
    a_day: usize,
}

/// For each event type.
const PER_TYPE: Bucket = Bucket {
    holds: 3.0,
    an_hour: 3.0,
    a_day: 12,
};
/// For each repository.
const PER_REPOSITORY: Bucket = Bucket {
    holds: 4.0,
    an_hour: 4.0,
    a_day: 16,
};

/// When there is room for one more toast, or why there is none soon.
pub(super) fn free_at(around: &Surroundings<'_>) -> Result<Timestamp, String> {
    let now = around.now;
    let lately = around
        .told
        .iter()
        .filter(|told| now.duration_since(told.at).abs() < A_WHILE);
    if lately.count() >= BURST {
        // It becomes part of the notice that tells of all.
        return Ok(now);
    }
    let told = apart(around.told);
    let hour = told
        .iter()
        .filter(|told| now.duration_since(told.at) < HOUR)
        .count();
    if hour >= around.preferences.toasts_per_hour as usize {
        return Err(format!("{hour} toasts were shown within the hour already"));
    }
    let event = &around.event.event;
    let (event_type, repository) = (event.event_type.as_str(), &event.subject.repository);
    let same_type = PER_TYPE.free_at(
        told.iter().filter(|told| told.event_type == event_type),
        now,
    );
    let same_repository = PER_REPOSITORY.free_at(
        told.iter().filter(|told| told.repository == *repository),
        now,
    );
    for (free, what) in [
        (same_type, event_type),
        (same_repository, repository.as_str()),
    ] {
        if free.duration_since(now) > PATIENCE {
            return Err(format!("toasts about `{what}` are used up for now"));
        }
    }
    Ok(same_type.max(same_repository))
}

/// Toasts as the user saw them: what one notice told of is one, also where that notice grew.
fn apart(told: &[Told]) -> Vec<&Told> {
    let mut apart = Vec::new();
    let mut digest: Option<Timestamp> = None;
    for one in told {
        let grew = digest.is_some_and(|digest| one.at.duration_since(digest) < A_WHILE);
        if one.together {
            digest = Some(one.at);
        }
        if !(one.together && grew) {
            apart.push(one);
        }
    }
    apart
}

impl Bucket {
    /// When it has a token, after `told`, oldest first.
    fn free_at<'a>(self, told: impl Iterator<Item = &'a &'a Told>, now: Timestamp) -> Timestamp {
        let times: Vec<Timestamp> = told.map(|told| told.at).collect();
        let mut tokens = self.holds;
        let mut last = times.first().copied().unwrap_or(now);
        for &at in &times {
            tokens = self.after(tokens, at.duration_since(last)) - 1.0;
            last = last.max(at);
        }
        let from = now.max(last);
        tokens = self.after(tokens, from.duration_since(last));
        let free = if tokens >= 1.0 {
            from
        } else {
            // Rounded up, so that a token is there then.
            let seconds = ((1.0 - tokens) / self.an_hour * 3600.0).ceil();
            from + SignedDuration::from_secs_f64(seconds)
        };
        let of_a_day: Vec<Timestamp> = times
            .iter()
            .copied()
            .filter(|at| free.duration_since(*at) < DAY)
            .collect();
        match of_a_day.len().checked_sub(self.a_day) {
            Some(at) => of_a_day[at] + DAY,
            None => free,
        }
    }

    fn after(self, tokens: f64, passed: SignedDuration) -> f64 {
        let gained = passed.as_secs_f64().max(0.0) / 3600.0 * self.an_hour;
        (tokens + gained).min(self.holds)
    }
}
