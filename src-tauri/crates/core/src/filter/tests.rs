//! What fits and what does not, as tables.

use serde_json::json;

use super::*;
use crate::event_type::EventType;
use crate::subject::Subject;

fn event() -> Event {
    Event {
        event_type: EventType::PR_OPENED,
        dedup_key: "key".into(),
        subject: Subject {
            repository: "acme/api".into(),
            branch: Some("release/2.x".into()),
            title: "Bump serde from 1.0 to 2.0".into(),
            ..Subject::default()
        },
        at: jiff::Timestamp::UNIX_EPOCH,
        actor: Some("dependabot[bot]".into()),
        involves: Vec::new(),
        data: json!({ "pull_request": { "labels": ["wip", "Area: db"], "author": "grace", "body": "Needs a\nmigration." } }),
    }
}

fn fits(filter: Filter, rule: Option<&str>, paths: Option<&[&str]>) -> Fit {
    let event = event();
    let paths: Option<Vec<String>> =
        paths.map(|paths| paths.iter().map(|path| (*path).to_owned()).collect());
    Compiled::new(filter).fits(&Known {
        event: &event,
        job: "ci / test",
        rule,
        paths: paths.as_deref(),
    })
}

fn filter(field: &str, value: &str) -> Filter {
    serde_json::from_value(json!({ field: value })).expect("a filter with this field")
}

#[test]
fn a_field_fits_by_whole_names_with_wildcards_whatever_the_case() {
    for (field, value, expected) in [
        ("event_type", "repo.pr.opened", Fit::Yes),
        ("event_type", "repo.pr", Fit::Yes),
        ("event_type", "repo.*", Fit::Yes),
        ("event_type", "repo.p", Fit::No),
        ("repository", "acme/*", Fit::Yes),
        ("repository", "ACME/API", Fit::Yes),
        ("repository", "acme", Fit::No),
        ("branch", "release/*", Fit::Yes),
        ("branch", "release", Fit::No),
        ("author", "*[bot]", Fit::Yes),
        ("author", "grace", Fit::Yes),
        ("author", "dependabot", Fit::No),
        ("label", "area: *", Fit::Yes),
        ("label", "w?p", Fit::Yes),
        ("label", "area", Fit::No),
        ("text", "MIGRATION", Fit::Yes),
        ("text", "bump serde", Fit::Yes),
        ("text", "m*gration", Fit::No),
        ("job", "ci / *", Fit::Yes),
        ("job", "test", Fit::No),
    ] {
        assert_eq!(
            fits(filter(field, value), None, None),
            expected,
            "{field} {value}"
        );
    }
}

#[test]
fn a_path_stays_within_its_folder_unless_two_stars_say_otherwise() {
    for (pattern, path, expected) in [
        ("*.md", "docs/guide/a.md", Fit::Yes),
        ("docs", "docs/guide/a.md", Fit::Yes),
        ("docs/", "docs/a.md", Fit::Yes),
        ("docs/", "docs", Fit::No),
        ("/docs/*.md", "docs/a.md", Fit::Yes),
        ("docs/*.md", "docs/guide/a.md", Fit::No),
        ("docs/**/*.md", "docs/a.md", Fit::Yes),
        ("docs/**", "src/docs/a.md", Fit::No),
        ("src/?.rs", "src/ab.rs", Fit::No),
    ] {
        assert_eq!(
            fits(filter("path", pattern), None, Some(&[path])),
            expected,
            "{pattern} {path}"
        );
    }
}

#[test]
fn what_is_not_known_yet_leaves_it_open_unless_another_field_is_certain_not_to_fit() {
    let by_rule = filter("rule", "pr/*");
    assert_eq!(fits(by_rule.clone(), None, None), Fit::Open);
    assert_eq!(fits(by_rule.clone(), Some("pr/size"), None), Fit::Yes);
    let by_both = Filter {
        path: Some("docs".into()),
        ..by_rule.clone()
    };
    assert_eq!(fits(by_both.clone(), Some("pr/size"), None), Fit::Open);
    assert_eq!(fits(by_both, Some("push/x"), None), Fit::No);
    let elsewhere = Filter {
        repository: Some("other/*".into()),
        ..by_rule
    };
    assert_eq!(fits(elsewhere, None, None), Fit::No);
}

#[test]
fn the_first_that_fits_decides_a_mute_goes_before_and_an_open_one_keeps_its_place() {
    let silent = filter("repository", "acme/api");
    let urgent = Filter {
        action: Treatment::Urgent,
        ..filter("label", "wip")
    };
    let by_rule = filter("rule", "pr/size");
    let (event, mute) = (
        event(),
        Mute {
            repository: Some("acme/api".into()),
            ..Mute::default()
        },
    );
    let known = |rule| Known {
        event: &event,
        job: "",
        rule,
        paths: Some(&[]),
    };
    let say = |filters: &[&Filter], mutes: &[Mute], rule| {
        let filters: Vec<Filter> = filters.iter().map(|filter| (*filter).clone()).collect();
        let filters = Filters::new(&filters, mutes);
        match filters.say(&known(rule)) {
            Say::Filter(filter) => filter.describe(),
            Say::Mute(filter) => format!("mute {}", filter.describe()),
            Say::Open => "open".into(),
            Say::Nothing => "nothing".into(),
        }
    };
    assert_eq!(say(&[&silent, &urgent], &[], None), "repository `acme/api`");
    assert_eq!(say(&[&urgent, &silent], &[], None), "label `wip`");
    assert_eq!(say(&[&urgent], &[mute], None), "mute repository `acme/api`");
    assert_eq!(say(&[&by_rule, &silent], &[], None), "open");
    assert_eq!(
        say(&[&by_rule, &silent], &[], Some("x")),
        "repository `acme/api`"
    );
    assert_eq!(say(&[&by_rule], &[], Some("x")), "nothing");
    assert_eq!(
        say(&[], &[Mute::default()], None),
        "nothing",
        "an empty mute silences nothing"
    );
}

#[test]
fn a_mute_names_exactly_what_it_says() {
    let event = event();
    let known = Known {
        event: &event,
        job: "",
        rule: None,
        paths: None,
    };
    let mute = |branch: &str| Mute {
        branch: Some(branch.into()),
        ..Mute::default()
    };
    let said =
        |branch: &str| matches!(Filters::new(&[], &[mute(branch)]).say(&known), Say::Mute(_));
    assert!(said("release/2.x"));
    assert!(!said("release/*"));
    assert!(!said("release/2"));
}

#[test]
fn a_filter_without_a_field_or_with_an_unknown_type_is_refused_in_words() {
    for (filter, expected) in [
        (
            Filter::default(),
            "a filter without a field would fit everything",
        ),
        (filter("label", " "), "`label` of a filter is empty"),
        (
            filter("event_type", "repo.bild"),
            "no event type is or begins with `repo.bild`",
        ),
    ] {
        assert!(
            filter.check().unwrap_err().starts_with(expected),
            "{filter:?}"
        );
    }
    let accept = |kind: &str, action| Filter {
        action,
        kind: Some(kind.into()),
        ..filter("label", "x")
    };
    assert_eq!(accept("label", Treatment::Accept).check(), Ok(()));
    assert!(accept("close", Treatment::Accept).check().is_err());
    assert!(accept("label", Treatment::Show).check().is_err());
    assert_eq!(filter("event_type", "issue").check(), Ok(()));
}
