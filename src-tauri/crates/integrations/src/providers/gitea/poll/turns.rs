//! Which looks a poll at rest takes besides issues and pull requests. Pure.
//!
//! Branches are looked at by every poll: they tell of every push in one request. The third request goes to the
//! runs of Actions and to the default branch's statuses in turns. The fourth goes to hot commits (moved within
//! the hour, or with something pending) in turns, and without one, or every third poll, to all that is left:
//! the repository itself, comments that were edited, releases, statuses of every head. With `n` open pull requests a late status on one of
//! them so waits for at most n + 4 polls, or three times as many while something is hot; anything else that happens
//! meanwhile ends the wait.

use jiff::{SignedDuration, Timestamp};

use super::cursor::{Head, Place};

/// How long a commit stays hot after it became a head.
const HOT: SignedDuration = SignedDuration::from_hours(1);

/// What is pending for longer has been forgotten by whoever should end it.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);

/// Polls after which a server without a list of runs is asked for one again.
const ASK_AGAIN: u64 = 60;

/// One request about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Look {
    /// The repository itself: whether it moved, was archived, or is gone.
    Itself,
    /// All branches.
    Branches,
    /// The latest runs of Actions.
    Runs,
    /// The latest status of every context of a commit.
    Statuses(String),
    /// Comments changed lately.
    Comments,
    /// The latest releases.
    Releases,
}

/// The looks of a poll at rest. `turn` counts polls.
pub(super) fn choose(place: &Place, turn: u64, now: Timestamp) -> [Look; 3] {
    let default = place.heads.iter().find(|head| head.pull.is_none());
    let runs_now = if place.runs_unlisted {
        turn.is_multiple_of(ASK_AGAIN)
    } else {
        !place.running.is_empty() || turn.is_multiple_of(2)
    };
    let third = match default {
        Some(head) if !runs_now => Look::Statuses(head.sha.clone()),
        _ => Look::Runs,
    };
    let (hot, cold) = (hot(place, now), all(place));
    let fourth = if hot.is_empty() || turn % 3 == 2 {
        pick(&cold, if hot.is_empty() { turn } else { turn / 3 })
    } else {
        pick(&hot, turn)
    };
    [Look::Branches, third, fourth]
}

/// Every look besides branches and runs.
pub(super) fn all(place: &Place) -> Vec<Look> {
    let mut looks = vec![Look::Itself, Look::Comments, Look::Releases];
    looks.extend(
        place
            .heads
            .iter()
            .map(|head| Look::Statuses(head.sha.clone())),
    );
    looks
}

fn pick(looks: &[Look], turn: u64) -> Look {
    let at = turn % looks.len().max(1) as u64;
    looks[usize::try_from(at).unwrap_or(0)].clone()
}

fn hot(place: &Place, now: Timestamp) -> Vec<Look> {
    let is_hot = |head: &&Head| {
        let age = head.since.map(|since| now.duration_since(since));
        age.is_some_and(|age| age < HOT) || (head.pending && age.is_none_or(|age| age < FORGOTTEN))
    };
    place
        .heads
        .iter()
        .filter(is_hot)
        .map(|head| Look::Statuses(head.sha.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn three_looks_are_taken_and_every_look_gets_its_turn() {
        for (pulls, pending) in [(0, 0), (0, 1), (1, 0), (1, 2), (7, 0), (7, 5), (7, 8)] {
            let mut place = Place::default();
            for number in 0..=pulls {
                place.heads.push(Head {
                    sha: number.to_string(),
                    pull: (number > 0).then_some(number),
                    pending: place.heads.len() < pending,
                    ..Head::default()
                });
            }
            let mut expected: HashSet<Look> = all(&place).into_iter().collect();
            expected.extend([Look::Branches, Look::Runs]);
            for start in 0..30 {
                let mut seen = HashSet::new();
                let polls = (pulls + 4) * if pending == 0 { 1 } else { 3 };
                for turn in start..start + polls {
                    let looks = choose(&place, turn, Timestamp::UNIX_EPOCH);
                    assert_eq!(looks[0], Look::Branches);
                    seen.extend(looks);
                }
                assert_eq!(seen, expected, "{pulls} {pending} from {start}");
            }
        }
    }
}
