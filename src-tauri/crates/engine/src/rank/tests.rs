//! The ranking as tables: what shows a toast, when, and in which words it says so.

use jiff::SignedDuration;
use jiff::civil::{Weekday, time};
use perch_core::connection::Connection;
use perch_core::event::{Event, EventRow, EventState};
use perch_core::event_type::EventType;
use perch_core::filter::Filter;
use perch_core::id::{AgentRunId, ConnectionId, EventId, UserId};
use perch_core::subject::Subject;
use serde_json::json;

use super::*;

mod hindsight;

fn now() -> Timestamp {
    at("2026-11-25T10:00:00Z")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// What the ranking sees of a push to the user's default branch, unless the test changes it.
struct Case {
    row: EventRow,
    connection: Connection,
    preferences: Preferences,
    filters: Vec<Filter>,
    suggestion: Suggestion,
    confidence: f32,
    paths: Vec<String>,
    standing: Option<Suggestion>,
    told: Vec<Told>,
    alike: bool,
    answers: Vec<Answer>,
    hindsight: Option<Fared>,
}

impl Case {
    fn new() -> Self {
        let user = UserId::new("ada");
        let id = ConnectionId::new("work");
        let subject = Subject {
            repository: "acme/api".into(),
            key: "branch/main".into(),
            branch: Some("main".into()),
            on_default_branch: true,
            ..Subject::default()
        };
        let event = Event {
            event_type: EventType::PUSH,
            dedup_key: "key".into(),
            subject: subject.clone(),
            at: now(),
            actor: Some("grace".into()),
            involves: Vec::new(),
            data: json!({}),
        };
        let connection = Connection {
            identities: vec!["ada".into()],
            ..Connection::new(id.clone(), user.clone(), "hub", "")
        };
        Self {
            suggestion: Suggestion {
                id: SuggestionId::new(now(), &["one"]),
                user_id: user.clone(),
                connection_id: id.clone(),
                run_id: AgentRunId::new(now(), &["one"]),
                event_id: EventId::new(now(), &["one"]),
                subject,
                rule: "push/export".into(),
                merge_key: "work/7/branch/main".into(),
                title: "`parse` is gone".into(),
                why: String::new(),
                body: String::new(),
                points: Vec::new(),
                log: None,
                chart: None,
                level: Level::Normal,
                actions: Vec::new(),
                state: SuggestionState::Open,
                snoozed_until: None,
                created_at: now(),
                updated_at: now(),
            },
            row: EventRow {
                id: EventId::new(now(), &["one"]),
                user_id: user,
                connection_id: id,
                delivery_id: None,
                event,
                stored_at: now(),
                state: EventState::New,
                verdict: None,
                attempts: 0,
                suggestion_id: None,
                user_actioned: false,
            },
            connection,
            preferences: Preferences {
                time_zone: "Europe/Berlin".into(),
                ..Preferences::default()
            },
            filters: Vec::new(),
            confidence: 0.8,
            paths: vec!["src/lib.rs".into()],
            standing: None,
            told: Vec::new(),
            alike: false,
            answers: Vec::new(),
            hindsight: None,
        }
    }

    fn rank_at(&self, now: Timestamp) -> (Option<Timestamp>, String, Suggestion) {
        let filters = Filters::new(&self.filters, &self.preferences.mutes);
        let around = Surroundings {
            event: &self.row,
            connection: &self.connection,
            preferences: &self.preferences,
            filters: &filters,
            confidence: self.confidence,
            paths: &self.paths,
            standing: self.standing.as_ref(),
            told: &self.told,
            alike: self.alike,
            answers: &self.answers,
            hindsight: self.hindsight.as_ref(),
            now,
        };
        match rank(self.suggestion.clone(), &around) {
            Rank::Make {
                suggestion,
                toast_at,
                verdict,
                ..
            } => (toast_at, verdict.reason, *suggestion),
            Rank::Silent(verdict) => (None, verdict.reason, self.suggestion.clone()),
        }
    }

    fn rank(&self) -> (Option<Timestamp>, String, Suggestion) {
        self.rank_at(now())
    }

    /// A toast of another suggestion, so long ago.
    fn toast(&mut self, event_type: &str, repository: &str, ago: SignedDuration) {
        let number = self.told.len().to_string();
        self.told.push(Told {
            suggestion: SuggestionId::new(now(), &["told", &number]),
            event_type: event_type.into(),
            repository: repository.into(),
            level: Level::Normal,
            at: now() - ago,
            together: false,
        });
        self.told.sort_by_key(|told| told.at);
    }

    fn answer(&mut self, kind: &str, count: usize, ago: SignedDuration) {
        self.answers.extend((0..count).map(|_| Answer {
            kind: kind.into(),
            detail: None,
            at: now() - ago,
        }));
    }
}

fn filter(action: Treatment) -> Filter {
    Filter {
        action,
        path: Some("src/**".into()),
        ..Filter::default()
    }
}

#[test]
fn a_sentence_begins_large_and_a_name_stays_as_it_is() {
    for (text, expected) in [
        ("unused `mut` denied", "Unused `mut` denied"),
        ("error: it broke", "Error: it broke"),
        (
            "json.decoder.JSONDecodeError: no",
            "json.decoder.JSONDecodeError: no",
        ),
        ("tsconfig.json is present", "tsconfig.json is present"),
        ("std::fmt is missing", "std::fmt is missing"),
        ("", ""),
    ] {
        assert_eq!(capitalized(text), expected);
    }
}

#[test]
fn a_filter_makes_it_louder_or_quieter_and_says_so() {
    let mut case = Case::new();
    case.row.event.subject.on_default_branch = false;
    let (toast, reason, suggestion) = case.rank();
    assert_eq!((toast, suggestion.level), (None, Level::Silent));
    assert_eq!(reason, "it does not involve you, so it waits in the inbox");

    for (action, toast, level, state, expected) in [
        (
            Treatment::Show,
            true,
            Level::Normal,
            SuggestionState::Open,
            "and it involves you and can be decided now; importance 55 of 100",
        ),
        (
            Treatment::Urgent,
            true,
            Level::Urgent,
            SuggestionState::Open,
            "and it involves you and can be decided now; importance 74 of 100",
        ),
        (
            Treatment::Silent,
            false,
            Level::Silent,
            SuggestionState::Open,
            "and it waits in the inbox",
        ),
        (
            Treatment::Done,
            false,
            Level::Normal,
            SuggestionState::Done,
            "and it went straight into the history",
        ),
    ] {
        case.filters = vec![filter(action)];
        let (due, reason, suggestion) = case.rank();
        assert_eq!(
            (due.is_some(), suggestion.level, suggestion.state),
            (toast, level, state),
            "{action:?}"
        );
        assert_eq!(
            reason,
            format!(
                "your filter path `src/**` says `{}`, {expected}",
                action.as_str()
            )
        );
    }
    case.filters = vec![filter(Treatment::Never)];
    assert_eq!(
        case.rank().1,
        "your filter path `src/**` says that nothing is ever made of it"
    );
    case.paths = vec!["docs/a.md".into()];
    assert_eq!(
        case.rank().1,
        "it does not involve you, so it waits in the inbox"
    );
}

#[test]
fn a_bucket_that_is_empty_puts_a_toast_off_until_it_has_a_token() {
    let mut case = Case::new();
    for ago in [9, 5, 1] {
        case.toast("repo.push", "other/one", minutes(ago));
    }
    let (due, reason, _) = case.rank();
    // Three were taken, and nine minutes gave back less than half of one; the rest takes eleven more.
    assert_eq!(due, Some(now() + minutes(11)));
    assert!(
        reason.starts_with("enough was shown lately, so its toast comes a little later"),
        "{reason}"
    );

    case.suggestion.level = Level::Urgent;
    assert_eq!(case.rank().0, Some(now()), "what is urgent does not wait");
    case.suggestion.level = Level::Normal;

    let mut of_a_repository = Case::new();
    for (kind, ago) in [
        ("issue.created", 20),
        ("repo.pr.opened", 19),
        ("repo.build.failed", 18),
        ("issue.created", 17),
    ] {
        of_a_repository.toast(kind, "acme/api", minutes(ago));
    }
    assert_eq!(
        of_a_repository.rank().0,
        Some(now()),
        "a token has come back meanwhile"
    );
    of_a_repository.toast("repo.pr.opened", "acme/api", minutes(2));
    assert!(of_a_repository.rank().0 > Some(now()));
}

#[test]
fn a_day_has_so_many_toasts_of_a_type_and_no_more() {
    let mut case = Case::new();
    for number in 0..12 {
        case.toast("repo.push", "other/one", minutes(120 + 60 * number));
    }
    let (due, reason, _) = case.rank();
    assert_eq!(due, None);
    assert_eq!(reason, "toasts about `repo.push` are used up for now");
}

#[test]
fn an_hour_has_as_many_toasts_as_the_user_allows_and_one_notice_for_several_is_one() {
    let mut case = Case::new();
    case.preferences.toasts_per_hour = 3;
    for ago in [50, 40, 30] {
        case.toast("issue.created", "other/one", minutes(ago));
    }
    assert_eq!(case.rank().1, "3 toasts were shown within the hour already");
    for told in &mut case.told {
        told.at = now() - minutes(40);
        told.together = true;
    }
    assert_eq!(case.rank().0, Some(now()));
}

#[test]
fn what_comes_in_a_burst_joins_the_notice_that_tells_of_all() {
    let mut case = Case::new();
    for _ in 0..3 {
        case.toast("repo.push", "acme/api", SignedDuration::from_secs(5));
    }
    assert_eq!(case.rank().0, Some(now()));
}

#[test]
fn jobs_of_one_commit_that_fail_for_one_cause_are_told_once() {
    let mut case = Case::new();
    case.alike = true;
    let (due, reason, _) = case.rank();
    assert_eq!(due, None);
    assert_eq!(
        reason,
        "another job on this commit failed for the same cause, and that is told already"
    );
}

#[test]
fn a_push_storm_updates_one_suggestion_and_shows_one_toast() {
    let mut case = Case::new();
    case.standing = Some(Suggestion {
        title: "`read` is gone".into(),
        ..case.suggestion.clone()
    });
    case.told = vec![Told {
        suggestion: case.suggestion.id,
        event_type: "repo.push".into(),
        repository: "acme/api".into(),
        level: Level::Normal,
        at: now() - minutes(3),
        together: false,
    }];
    let (due, reason, _) = case.rank();
    assert_eq!(
        (due, reason.as_str()),
        (
            None,
            "its last toast was a moment ago, so it is updated in place"
        )
    );
    case.suggestion.level = Level::Urgent;
    assert!(case.rank().0.is_some(), "what became worse is told");
    case.suggestion.level = Level::Normal;
    case.told[0].at = now() - minutes(20);
    assert!(case.rank().0.is_some());
}

#[test]
fn what_the_user_keeps_dismissing_stops_showing_toasts_and_comes_back_as_that_fades() {
    let mut case = Case::new();
    case.confidence = 0.7;
    case.answer("dismissed", 4, days(1));
    let (due, reason, _) = case.rank();
    assert_eq!(due, None);
    assert_eq!(
        reason,
        "importance 27 of 100, 0 of 4 of its kind accepted, and a toast needs 40, so it waits in the inbox"
    );
    case.answers
        .iter_mut()
        .for_each(|answer| answer.at = now() - days(120));
    assert!(
        case.rank().0.is_some(),
        "after four half-lives four answers weigh a quarter of one"
    );

    case.answers.clear();
    case.answer("dismissed", 4, days(1));
    case.answer("accepted", 3, days(1));
    assert!(case.rank().0.is_some());

    case.answers.clear();
    case.answer("dismissed", 2, days(1));
    assert!(case.rank().0.is_none(), "twice a plain no");
    for answer in &mut case.answers {
        answer.detail = Some("known".into());
    }
    assert!(case.rank().0.is_some(), "it was right, and known");

    let mut local = Case::new();
    local.row.event.data = json!({ "build": { "local": true } });
    local.suggestion.level = Level::Urgent;
    local.confidence = 1.0;
    local.answer("dismissed", 16, days(0));
    let (due, reason, _) = local.rank();
    assert_eq!(due, None);
    assert_eq!(
        reason,
        "you accepted 0 of 16 of its kind, so it waits in the inbox"
    );
    local.answer("snoozed", 20, days(0));
    assert_eq!(local.rank().1, reason, "putting off is no answer");
    let probed = (0..200).filter(|number| {
        local.suggestion.id = SuggestionId::new(now(), &["probe", &number.to_string()]);
        local.rank().0.is_some()
    });
    let probed = probed.count();
    assert!(
        (3..=25).contains(&probed),
        "about one in twenty is shown all the same: {probed} of 200"
    );
}

#[test]
fn quiet_hours_and_days_off_end_by_the_users_clock_also_when_it_is_moved() {
    let nights = Some((time(22, 0, 0, 0), time(7, 0, 0, 0)));
    let small_hours = Some((time(1, 0, 0, 0), time(2, 30, 0, 0)));
    let week = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
    ];
    for (what, zone, quiet, working, from, expected) in [
        (
            "a night",
            "Europe/Berlin",
            nights,
            None,
            "2026-11-25T22:30:00Z",
            "2026-11-26T06:00:00Z",
        ),
        (
            "before it",
            "Europe/Berlin",
            nights,
            None,
            "2026-11-25T20:59:00Z",
            "2026-11-25T20:59:00Z",
        ),
        (
            "its end",
            "Europe/Berlin",
            nights,
            None,
            "2026-11-25T06:00:00Z",
            "2026-11-25T06:00:00Z",
        ),
        (
            "the night an hour is left out",
            "Europe/Berlin",
            nights,
            None,
            "2026-03-28T23:00:00Z",
            "2026-03-29T05:00:00Z",
        ),
        (
            "the night an hour comes twice",
            "Europe/Berlin",
            nights,
            None,
            "2026-10-24T21:00:00Z",
            "2026-10-25T06:00:00Z",
        ),
        (
            "an end that is left out",
            "Europe/Berlin",
            small_hours,
            None,
            "2026-03-29T00:30:00Z",
            "2026-03-29T01:00:00Z",
        ),
        (
            "an end that comes twice",
            "Europe/Berlin",
            small_hours,
            None,
            "2026-10-25T00:10:00Z",
            "2026-10-25T00:30:00Z",
        ),
        (
            "its second coming",
            "Europe/Berlin",
            small_hours,
            None,
            "2026-10-25T01:10:00Z",
            "2026-10-25T01:10:00Z",
        ),
        (
            "the same moment elsewhere",
            "America/New_York",
            nights,
            None,
            "2026-11-25T22:30:00Z",
            "2026-11-25T22:30:00Z",
        ),
        (
            "a weekend",
            "Europe/Berlin",
            None,
            Some(&week),
            "2026-11-28T12:00:00Z",
            "2026-11-29T23:00:00Z",
        ),
        (
            "a weekend and the night after it",
            "Europe/Berlin",
            nights,
            Some(&week),
            "2026-11-27T21:30:00Z",
            "2026-11-30T06:00:00Z",
        ),
        (
            "a weekend with a moved clock",
            "Europe/Berlin",
            nights,
            Some(&week),
            "2026-10-24T12:00:00Z",
            "2026-10-26T06:00:00Z",
        ),
        (
            "already Monday there",
            "Pacific/Auckland",
            None,
            Some(&week),
            "2026-11-29T12:00:00Z",
            "2026-11-29T12:00:00Z",
        ),
    ] {
        let preferences = Preferences {
            time_zone: zone.into(),
            quiet_hours: quiet,
            working_days: working
                .map_or_else(|| Preferences::default().working_days, |days| days.to_vec()),
            ..Preferences::default()
        };
        assert_eq!(quiet::after(&preferences, at(from)), at(expected), "{what}");
    }
}
