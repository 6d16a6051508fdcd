//! Which two looks a poll at rest may take besides issues and comments. Pure.
//!
//! The third request asks the default branch, by its name, for its statuses: the answer also changes when the
//! branch moves, so a push to it is seen by the next poll, or by the one after. The fourth goes to hot commits
//! (moved within the hour, or with something pending), in turns. Every fifth poll gives both, and a poll
//! without a hot commit gives the fourth, to all that is left: checks and statuses of the other heads, branches,
//! releases. So with `n` open pull requests a push to another branch, or a late check on a commit that rested for
//! an hour, waits for at most 2n + 3 polls at rest, or 5 (n + 2) while something is hot. Anything else that
//! happens meanwhile sets off a sweep and ends the wait.

use jiff::{SignedDuration, Timestamp};

use super::cursor::{Head, Place};

/// How long a commit stays hot after it became a head.
const HOT: SignedDuration = SignedDuration::from_hours(1);

/// One request about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Look {
    /// The combined status of the default branch, by its name.
    Default,
    /// The combined status of a commit.
    Statuses(String),
    /// The check runs of a commit.
    Checks(String),
    /// The workflow runs of a commit.
    Runs(String),
    /// All branches.
    Branches,
    /// The latest releases.
    Releases,
}

/// The looks of a poll at rest, without repetition.
pub(super) fn choose(place: &Place, turn: u64, now: Timestamp) -> Vec<Look> {
    let (hot, cold) = (hot(place, now), cold(place));
    let fifth = turn % 5 == 4;
    let mut looks = Vec::new();
    let mut cold_at = if hot.is_empty() { turn } else { turn / 5 * 2 };
    let mut next_cold = |looks: &mut Vec<Look>| {
        for _ in 0..cold.len() {
            let look = pick(&cold, cold_at);
            cold_at += 1;
            if !looks.contains(&look) {
                looks.push(look);
                return;
            }
        }
    };
    if fifth {
        next_cold(&mut looks);
        next_cold(&mut looks);
    } else {
        looks.push(Look::Default);
        if hot.is_empty() {
            next_cold(&mut looks);
        } else {
            looks.push(pick(&hot, turn - turn / 5));
        }
    }
    looks
}

/// Every look there is: what a sweep goes through.
pub(super) fn all(place: &Place) -> Vec<Look> {
    let mut looks = cold(place);
    let running = place.heads.iter().filter(|head| head.running);
    looks.extend(running.map(|head| Look::Runs(head.sha.clone())));
    looks
}

fn pick(looks: &[Look], turn: u64) -> Look {
    let at = turn % looks.len().max(1) as u64;
    looks[usize::try_from(at).unwrap_or(0)].clone()
}

fn hot(place: &Place, now: Timestamp) -> Vec<Look> {
    let is_hot = |head: &&Head| {
        let moved = head
            .since
            .is_some_and(|since| now.duration_since(since) < HOT);
        head.is_pending() || moved
    };
    let mut looks = Vec::new();
    for head in place.heads.iter().filter(is_hot) {
        if head.running {
            looks.push(Look::Runs(head.sha.clone()));
        }
        looks.push(Look::Checks(head.sha.clone()));
        if place.pulls_have_statuses && head.pull.is_some() {
            looks.push(Look::Statuses(head.sha.clone()));
        }
    }
    looks
}

fn cold(place: &Place) -> Vec<Look> {
    let mut looks = vec![Look::Branches, Look::Releases];
    for head in &place.heads {
        looks.push(Look::Checks(head.sha.clone()));
        if head.pull.is_some() || !head.current {
            looks.push(Look::Statuses(head.sha.clone()));
        }
    }
    looks
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn place(pulls: u64, hot: usize) -> Place {
        let mut place = Place::default();
        for number in 0..=pulls {
            place.heads.push(Head {
                sha: number.to_string(),
                pull: (number > 0).then_some(number),
                current: true,
                checks_pending: place.heads.len() < hot,
                ..Head::default()
            });
        }
        place
    }

    #[test]
    fn two_looks_are_taken_and_every_look_gets_its_turn() {
        for (pulls, hot) in [(0, 0), (0, 1), (1, 0), (1, 2), (7, 0), (7, 5), (7, 8)] {
            let place = place(pulls, hot);
            let expected: HashSet<Look> = all(&place).into_iter().chain([Look::Default]).collect();
            let polls = if hot == 0 {
                2 * pulls + 3
            } else {
                5 * (pulls + 2)
            };
            for start in 0..50 {
                let mut seen = HashSet::new();
                for turn in start..start + polls {
                    let looks = choose(&place, turn, Timestamp::UNIX_EPOCH);
                    assert_eq!(looks.len(), 2);
                    assert_ne!(looks[0], looks[1]);
                    seen.extend(looks);
                }
                assert_eq!(seen, expected, "{pulls} {hot} from {start}");
            }
        }
    }

    #[test]
    fn the_default_branch_is_asked_by_the_next_poll_or_the_one_after() {
        for place in [place(3, 0), place(3, 2)] {
            for turn in 0..50 {
                let asked =
                    |turn| choose(&place, turn, Timestamp::UNIX_EPOCH).contains(&Look::Default);
                assert!(asked(turn) || asked(turn + 1));
            }
        }
    }
}
