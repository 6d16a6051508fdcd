//! When a repository is looked at next: from how many are watched, what is left of the hour's requests, and whether
//! something happens there. Kept for the length of the process; a restart looks at everything once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use perch_core::id::{ConnectionId, short_hash};

/// Requests of one look at rest.
const LOOK: i64 = 4;

/// Requests an hour that looks at rest may cost together, of the thousand there are.
const REST: i64 = 560;

/// The shortest time between two looks, and the shortest while something happens.
const OFTEN: i64 = 60;
const BUSY: i64 = 120;

/// Nothing is left alone for longer, unless so much is watched that the requests would not last.
const SELDOM: i64 = 540;

/// How long after something happened a repository is looked at more often.
const WARM: SignedDuration = SignedDuration::from_mins(15);

/// Requests that must be left for that.
const ENOUGH: u32 = 350;

/// What the time of the next look follows from.
pub(super) struct Pace {
    /// Repositories watched.
    pub(super) repositories: usize,
    /// Requests left of the hour's.
    pub(super) left: u32,
    /// True for the first look.
    pub(super) first: bool,
    /// True when it brought something, or something is going on.
    pub(super) busy: bool,
    /// False when it stopped before its end.
    pub(super) whole: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Beat {
    due: Timestamp,
    warm_until: Timestamp,
    /// Looks taken.
    round: u64,
}

/// The beats of every repository.
pub(in super::super) struct Rhythm(Mutex<BTreeMap<(ConnectionId, String), Beat>>);

impl Rhythm {
    /// Everything is due.
    pub(in super::super) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// The number of the look that is due, if one is.
    pub(super) fn due(&self, id: &ConnectionId, name: &str, now: Timestamp) -> Option<u64> {
        let beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let beat = beats.get(&(id.clone(), name.to_owned())).copied();
        let beat = beat.unwrap_or_default();
        (beat.due <= now).then_some(beat.round)
    }

    /// Notes a look, and when the next is due.
    pub(super) fn looked(&self, id: &ConnectionId, name: &str, now: Timestamp, pace: Pace) {
        let mut beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let beat = beats.entry((id.clone(), name.to_owned())).or_default();
        beat.round += 1;
        if pace.busy && !pace.first {
            beat.warm_until = now + WARM;
        }
        let rest = interval(pace.repositories);
        let seconds = if !pace.whole {
            0
        } else if pace.first {
            // Not all at the same time ever after.
            (rest * share(name) / 256).max(OFTEN)
        } else if beat.warm_until > now && pace.left > ENOUGH {
            rest.min(BUSY)
        } else {
            rest
        };
        beat.due = now + SignedDuration::from_secs(seconds);
    }
}

/// Seconds between two looks at rest.
fn interval(repositories: usize) -> i64 {
    let looks = i64::try_from(repositories).unwrap_or(i64::MAX / 4_096) * LOOK;
    let lasting = looks * 3_600 / REST;
    if looks * 3_600 / SELDOM <= REST {
        lasting.clamp(OFTEN, SELDOM)
    } else {
        lasting
    }
}

/// A number from 0 to 255 that is always the same for a name.
fn share(name: &str) -> i64 {
    i64::from_str_radix(&short_hash(name, 2), 16).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_there_is_the_rarer_each_is_looked_at_and_the_requests_last() {
        for (repositories, seconds) in [
            (0, 60),
            (1, 60),
            (5, 128),
            (10, 257),
            (20, 514),
            (21, 540),
            (40, 1_028),
            (100, 2_571),
        ] {
            assert_eq!(interval(repositories), seconds, "{repositories}");
            let looks = i64::try_from(repositories).expect("small") * LOOK;
            assert!(looks * 3_600 / seconds <= 600, "{repositories}");
        }
    }

    #[test]
    fn what_happens_brings_the_next_look_nearer_while_there_are_requests() {
        let (id, now) = (ConnectionId::new("bitbucket"), Timestamp::UNIX_EPOCH);
        let after = |busy: bool, left: u32, whole: bool| {
            let rhythm = Rhythm::new();
            let pace = Pace {
                repositories: 20,
                left,
                first: false,
                busy,
                whole,
            };
            rhythm.looked(&id, "a/b", now, pace);
            (0..60).map(|minute| minute * 60).find(|seconds| {
                let then = now + SignedDuration::from_secs(*seconds);
                rhythm.due(&id, "a/b", then).is_some()
            })
        };
        assert_eq!(after(false, 900, true), Some(540));
        assert_eq!(after(true, 900, true), Some(120));
        assert_eq!(after(true, 300, true), Some(540));
        assert_eq!(after(true, 900, false), Some(0));
    }
}
