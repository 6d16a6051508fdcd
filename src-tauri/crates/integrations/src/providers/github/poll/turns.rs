//! Which two looks a poll at rest may take besides issues and comments. Pure.
//!
//! The third request asks the default branch, by its name, for its statuses: the answer also changes when the
//! branch moves, so a push to it is seen at once. The fourth goes to hot commits (moved within the hour, or with
//! something pending) in turns, and without one to all that is left: the repository itself, branches, releases, checks and statuses of
//! the other heads. While something is hot these take the third request of every fifth poll instead, and a push to
//! the default branch may be seen only by the poll after.
//!
//! With `n` open pull requests a push to a branch without one, or a late check on a commit that rested for an hour,
//! so waits for at most 2n + 4 polls, or five times as many while something is hot. Anything else that happens
//! meanwhile sets off a sweep and ends the wait.

use jiff::{SignedDuration, Timestamp};

use super::cursor::{Head, Place};

/// How long a commit stays hot after it became a head.
const HOT: SignedDuration = SignedDuration::from_hours(1);

/// What is pending for longer has been forgotten by whoever should end it.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);

/// One request about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Look {
    /// The repository itself: whether it moved, was archived, or is gone.
    Itself,
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

/// The looks of a poll at rest. `turn` counts polls.
pub(super) fn choose(place: &Place, turn: u64, now: Timestamp) -> [Look; 2] {
    let (hot, cold) = (hot(place, now), cold(place));
    if hot.is_empty() {
        [Look::Default, pick(&cold, turn)]
    } else if turn % 5 == 4 {
        match (pick(&cold, turn / 5), pick(&hot, turn)) {
            // A hot look is also a cold one; asked once it is asked.
            (cold, hot) if cold == hot => [Look::Default, hot],
            looks => looks.into(),
        }
    } else {
        [Look::Default, pick(&hot, turn)]
    }
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
        let age = head.since.map(|since| now.duration_since(since));
        age.is_some_and(|age| age < HOT)
            || (head.is_pending() && age.is_none_or(|age| age < FORGOTTEN))
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
    let mut looks = vec![Look::Itself, Look::Branches, Look::Releases];
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
            let polls = (2 * pulls + 4) * if hot == 0 { 1 } else { 5 };
            for start in 0..50 {
                let mut seen = HashSet::new();
                for turn in start..start + polls {
                    let [one, other] = choose(&place, turn, Timestamp::UNIX_EPOCH);
                    assert_ne!(one, other);
                    seen.extend([one, other]);
                }
                assert_eq!(seen, expected, "{pulls} {hot} from {start}");
            }
        }
    }

    #[test]
    fn a_hot_commit_is_asked_by_every_poll_and_the_default_branch_by_the_next_or_the_one_after() {
        let mut place = place(3, 0);
        let asks = |place: &Place, turn, look: &Look| {
            choose(place, turn, Timestamp::UNIX_EPOCH).contains(look)
        };
        assert!((0..50).all(|turn| asks(&place, turn, &Look::Default)));
        place.heads[2].checks_pending = true;
        for turn in 0..50 {
            assert!(asks(&place, turn, &Look::Checks("2".into())));
            assert!(asks(&place, turn, &Look::Default) || asks(&place, turn + 1, &Look::Default));
        }
    }
}
