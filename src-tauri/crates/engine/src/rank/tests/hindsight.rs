//! What a repository's past makes of the rules that speak there now.

use super::*;

/// A push to the user's default branch, of whose rule `proved` of `told` proved right.
fn after(proved: u32, told: u32) -> Case {
    let mut case = Case::new();
    case.hindsight = Some(Fared {
        rule: case.suggestion.rule.clone(),
        repository: "acme/api".into(),
        proved,
        told,
        looked_at: now() - days(1),
    });
    case
}

#[test]
fn a_rule_that_would_have_been_noise_starts_silent_and_says_how_it_may_speak() {
    let (due, reason, suggestion) = after(0, 6).rank();
    assert_eq!((due, suggestion.level), (None, Level::Normal));
    assert_eq!(
        reason,
        "looking back, none of 6 of its kind proved right in this repository, so `push/export` starts silent here; \
         accepting one or `perch filters lift push/export` lets it speak"
    );
}

#[test]
fn only_what_hardly_ever_proves_right_is_noise() {
    for (proved, told, is_silent) in [
        (0, 0, false),
        (0, 4, false),
        (0, 5, true),
        (1, 5, false),
        (1, 11, false),
        (1, 12, true),
        (5, 20, false),
        (20, 20, false),
    ] {
        let shown = after(proved, told).rank().0.is_some();
        assert_eq!(shown, !is_silent, "{proved} of {told}");
    }
}

#[test]
fn what_is_urgent_what_was_accepted_and_what_a_filter_shows_speaks_whatever_the_past_says() {
    let mut urgent = after(0, 9);
    urgent.suggestion.level = Level::Urgent;
    let mut accepted = after(0, 9);
    accepted.answer("accepted", 1, days(2));
    let mut wished = after(0, 9);
    wished.filters = vec![filter(Treatment::Show)];
    for (what, case) in [
        ("urgent", urgent),
        ("accepted", accepted),
        ("wished", wished),
    ] {
        assert!(case.rank().0.is_some(), "{what}");
    }
}
