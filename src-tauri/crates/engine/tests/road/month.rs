//! A busy month of one repository: six hundred events of every type, fifteen of them such that the user must be told.
//!
//! The month is generated from a seed that is written down, by the rules below, so it is the same on every machine.
//! The user answers as people do: what they must see they accept, the rest they dismiss within the hour.

use std::collections::BTreeMap;

use jiff::civil::{Weekday, time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use perch_core::event_type::EventType;
use perch_core::facts::Facts;
use perch_core::preferences::EVERY_DAY;
use perch_core::subject::Subject;
use perch_testkit::chance::Chance;
use serde_json::json;

use crate::house::House;
use crate::house::acme::{
    GONE, Happening, UNTESTED, build, change, event, patch, pull, push, rust_fails, secret,
};

/// When the month begins: a Monday, in the user's time zone.
const BEGIN: &str = "2026-11-02T00:00:00+01:00[Europe/Berlin]";
const ZONE: &str = "Europe/Berlin";
const EVENTS: usize = 600;
const MUST_SHOW: usize = 15;
const TEAM: [&str; 6] = ["grace", "linus", "dennis", "barbara", "ken", "margaret"];

fn one<'a>(dice: &mut Chance, of: &[&'a str]) -> &'a str {
    of[dice.below(of.len())]
}

/// A moment of the month by the user's clock.
fn at(day: i64, hour: i64, minute: i64) -> Timestamp {
    let begin: jiff::ZonedDateTime = BEGIN.parse().unwrap();
    begin
        .checked_add(day.days().hours(hour).minutes(minute))
        .unwrap()
        .timestamp()
}

struct Month {
    dice: Chance,
    happens: Vec<Happening>,
    must_show: Vec<String>,
    pulls: u64,
    commits: u32,
}

impl Month {
    fn generated() -> Self {
        let mut month = Self {
            dice: Chance(202_611),
            happens: Vec::new(),
            must_show: Vec::new(),
            pulls: 100,
            commits: 0,
        };
        month.what_must_be_shown();
        month.the_nightly_build();
        month.matrix_builds();
        month.what_is_the_users_and_not_urgent();
        let mut turn = 0;
        while month.happens.len() < EVENTS {
            month.usual(turn);
            turn += 1;
        }
        month.happens.truncate(EVENTS);
        month.happens.sort_by_key(|(event, _)| event.at);
        month
    }

    fn add(&mut self, happening: Happening) {
        self.happens.push(happening);
    }

    fn must(&mut self, happening: Happening) {
        self.must_show.push(happening.0.dedup_key.clone());
        self.add(happening);
    }

    fn commit(&mut self) -> String {
        self.commits += 1;
        format!("{:040x}", self.commits)
    }

    /// The default branch red, the user's own branches red, what they are asked to review and must not let pass, what
    /// was pushed that breaks others.
    fn what_must_be_shown(&mut self) {
        for (day, hour, name) in [
            (1, 10, "count"),
            (8, 15, "total"),
            (16, 11, "width"),
            (23, 14, "depth"),
        ] {
            let commit = self.commit();
            self.must((
                build(false, "test", "main", &commit, "grace", at(day, hour, 5)),
                rust_fails(name, "src/main.rs"),
            ));
            let mended = self.commit();
            self.add((
                build(true, "test", "main", &mended, "grace", at(day, hour + 2, 5)),
                Facts::default(),
            ));
        }
        for (day, hour, branch, name) in [
            (2, 11, "ada/7", "price"),
            (10, 16, "ada/8", "stock"),
            (17, 9, "ada/9", "order"),
        ] {
            let commit = self.commit();
            self.must((
                build(false, "test", branch, &commit, "ada", at(day, hour, 20)),
                rust_fails(name, "src/cart.rs"),
            ));
            let mended = self.commit();
            self.add((
                build(true, "test", branch, &mended, "ada", at(day, hour + 1, 20)),
                Facts::default(),
            ));
        }
        let leaked = patch(
            "src/client.rs",
            &format!(" fn a() {{}}\n+const T: &str = \"{}\";\n", secret()),
        );
        let contract = patch(
            "src/range.rs",
            " use a;\n-pub fn parse_range(text: &str) {\n+pub fn parse_range(text: &str, length: u64) {\n",
        );
        let workflow = patch(
            ".github/workflows/ci.yml",
            " on:\n+  pull_request_target:\n+      - run: echo ${{ github.event.pull_request.title }}\n",
        );
        let skipped = patch("tests/other.rs", " #[test]\n+#[ignore]\n fn reads() {}\n");
        for (day, hour, number, diff) in [
            (3, 14, 41, &leaked),
            (9, 10, 42, &contract),
            (15, 16, 43, &workflow),
            (22, 10, 44, &skipped),
        ] {
            let opened = pull(
                EventType::PR_OPENED,
                number,
                "Change what it does",
                "linus",
                &["ada"],
                at(day, hour, 30),
            );
            self.must((
                opened,
                change(diff, &["src/range.rs", "tests/other.rs"], &[]),
            ));
        }
        let used = [("src/http.rs", "use crate::range::parse_range;\n")];
        let table = patch("db/migrations/7.sql", " --\n+DROP TABLE carts;\n");
        for (day, hour, diff) in [
            (4, 11, patch("src/range.rs", GONE)),
            (11, 11, table),
            (18, 15, leaked.clone()),
            (24, 11, patch("src/range.rs", GONE)),
        ] {
            self.must((
                push("main", "Clean up", "dennis", at(day, hour, 40)),
                change(&diff, &["tests/other.rs"], &used),
            ));
        }
    }

    /// Red every night for the same known cause.
    fn the_nightly_build(&mut self) {
        for day in 0..26 {
            let commit = self.commit();
            let mut night = build(
                false,
                "nightly",
                "experiments",
                &commit,
                "ken",
                at(day, 3, 0),
            );
            night.subject.on_default_branch = false;
            self.add((night, rust_fails("later", "src/experiments.rs")));
        }
    }

    /// A colleague's branch fails in eight jobs at once, three times.
    fn matrix_builds(&mut self) {
        for day in [5, 12, 19] {
            let commit = self.commit();
            for job in 0..8 {
                let job = format!("test (3.{job})");
                self.add((
                    build(
                        false,
                        &job,
                        "margaret/5",
                        &commit,
                        "margaret",
                        at(day - 1, 13, 10),
                    ),
                    rust_fails("matrix", "src/matrix.rs"),
                ));
            }
        }
    }

    /// What involves the user and need not interrupt them: small findings on pull requests they are asked about,
    /// changelog entries of their own, questions.
    fn what_is_the_users_and_not_urgent(&mut self) {
        let untested = patch("src/range.rs", UNTESTED);
        let log = [("CHANGELOG.md", "## Unreleased\n\n- Other (#8)\n")];
        let code = patch("src/range.rs", " fn a() {\n+    b();\n }\n");
        for turn in 0..14 {
            let day = 1 + turn * 2 - turn / 3;
            let number = 60 + u64::try_from(turn).unwrap();
            let asked = pull(
                EventType::PR_OPENED,
                number,
                "Tidy up",
                "barbara",
                &["ada"],
                at(day, 9, 15),
            );
            self.add((
                asked,
                change(&untested, &["src/range.rs", "tests/other.rs"], &[]),
            ));
            let merged = pull(
                EventType::PR_MERGED,
                number + 20,
                "Parse ranges",
                "ada",
                &[],
                at(day, 17, 15),
            );
            self.add((merged, change(&code, &["src/range.rs"], &log)));
        }
    }

    /// What goes on all day: builds that pass, pushes, pull requests, talk.
    fn usual(&mut self, turn: u32) {
        let mut day = i64::try_from(self.dice.below(26)).unwrap();
        if day % 7 > 4 && self.dice.below(4) > 0 {
            day -= 2;
        }
        let (hour, minute) = (
            8 + i64::try_from(self.dice.below(10)).unwrap(),
            i64::try_from(self.dice.below(60)).unwrap(),
        );
        let mut moment = at(day, hour, minute);
        moment += SignedDuration::from_secs(i64::from(turn % 50));
        let who = one(&mut self.dice, &TEAM);
        let commit = self.commit();
        self.pulls += 1;
        let number = self.pulls;
        let small = change(
            &patch("src/range.rs", " a\n-    let b = 1;\n+    let b = 2;\n"),
            &["src/range.rs"],
            &[],
        );
        let untested = change(
            &patch("src/range.rs", UNTESTED),
            &["src/range.rs", "tests/other.rs"],
            &[],
        );
        let docs = change(&patch("README.md", " a\n+b\n"), &[], &[]);
        let branch = format!("{who}/{number}");
        let happening = match self.dice.below(100) {
            0..22 => (
                build(true, "test", &branch, &commit, who, moment),
                Facts::default(),
            ),
            22..34 => (
                build(true, "test", "main", &commit, who, moment),
                Facts::default(),
            ),
            34..40 => (
                build(false, "test", &branch, &commit, who, moment),
                rust_fails("branch", "src/branch.rs"),
            ),
            40..52 => (push(&branch, "Go on", who, moment), small),
            52..58 => (push("main", "Say more", who, moment), docs),
            58..64 => (
                pull(
                    EventType::PR_OPENED,
                    number,
                    "Tidy up",
                    who,
                    &["linus"],
                    moment,
                ),
                untested,
            ),
            64..68 => (
                pull(
                    EventType::PR_OPENED,
                    number,
                    "Say more",
                    who,
                    &["ada"],
                    moment,
                ),
                docs,
            ),
            68..72 => {
                let bot = pull(
                    EventType::PR_OPENED,
                    number,
                    "Bump serde",
                    "dependabot[bot]",
                    &["ada"],
                    moment,
                );
                (bot, change(&patch("Cargo.lock", " a\n+b\n"), &[], &[]))
            }
            72..80 => (
                pull(
                    EventType::PR_UPDATED,
                    number,
                    "Tidy up",
                    who,
                    &["ada"],
                    moment,
                ),
                Facts::default(),
            ),
            80..85 => (
                pull(EventType::PR_MERGED, number, "Tidy up", who, &[], moment),
                small,
            ),
            85..88 => (
                pull(EventType::PR_CLOSED, number, "Tidy up", who, &[], moment),
                Facts::default(),
            ),
            88..93 => (
                self.talk(EventType::ISSUE_CREATED, number, who, moment),
                Facts::default(),
            ),
            93..97 => (
                self.talk(EventType::ISSUE_COMMENT_CREATED, number, who, moment),
                Facts::default(),
            ),
            97..99 => (
                self.talk(EventType::ISSUE_CLOSED, number, who, moment),
                Facts::default(),
            ),
            _ => (
                event(
                    EventType::RELEASE_PUBLISHED,
                    &format!("release/v1.{number}"),
                    moment,
                    who,
                    json!({}),
                ),
                Facts::default(),
            ),
        };
        self.add(happening);
    }

    fn talk(
        &mut self,
        event_type: EventType,
        number: u64,
        who: &str,
        moment: Timestamp,
    ) -> perch_core::event::Event {
        let words = one(
            &mut self.dice,
            &[
                "Thanks, that helped.",
                "I see the same here.",
                "Fine by me.",
                "Will look at it.",
            ],
        );
        let mut made = event(
            event_type,
            &format!("issue/{number}"),
            moment,
            who,
            json!({
                "issue": { "title": "The page is slow", "body": "Sometimes.", "labels": [], "author": who, "number": number },
                "comment": { "author": who, "body": words, "edited": false },
            }),
        );
        made.subject = Subject {
            number: Some(number),
            title: "The page is slow".into(),
            ..made.subject
        };
        made
    }
}

#[tokio::test]
async fn a_busy_month_shows_all_that_matters_and_at_most_twenty_five_toasts() {
    let month = Month::generated();
    assert_eq!(
        (month.happens.len(), month.must_show.len()),
        (EVENTS, MUST_SHOW)
    );
    let mut types: BTreeMap<&str, u32> = BTreeMap::new();
    for (event, _) in &month.happens {
        *types.entry(event.event_type.as_str()).or_default() += 1;
    }
    assert!(types.len() >= 11, "{types:?}");

    let house = House::at_a_forge();
    house.prefer(|preferences| {
        preferences.toasts_per_hour = 6;
        preferences.time_zone = ZONE.into();
        preferences.quiet_hours = Some((time(19, 0, 0, 0), time(8, 0, 0, 0)));
        preferences.working_days = EVERY_DAY
            .into_iter()
            .filter(|day| !matches!(day, Weekday::Saturday | Weekday::Sunday))
            .collect();
    });
    let mut desk = Desk {
        house: &house,
        now: at(0, 0, 0),
        must_show: month.must_show,
        seen: Vec::new(),
        answered: 0,
        toasts: 0,
    };
    for happening in month.happens {
        desk.wait_until(happening.0.at).await;
        house.hears(happening).await;
        desk.look().await;
    }
    // Until the Monday after.
    desk.wait_until(at(28, 12, 0)).await;

    let titles = house.recorder.titles();
    let missed: Vec<&String> = desk
        .must_show
        .iter()
        .filter(|key| !desk.seen.contains(key))
        .collect();
    let shown = titles.join("\n");
    assert!(missed.is_empty(), "missed: {missed:?}\nshown:\n{shown}");
    assert!(titles.len() <= 25, "{} toasts:\n{shown}", titles.len());
    assert!(
        titles.len() > MUST_SHOW && desk.answered > 0,
        "the month holds what a user need not be told, and they say so:\n{shown}"
    );
}

/// The user at their desk: sees toasts, takes up what they must see, and dismisses what else was told.
struct Desk<'a> {
    house: &'a House,
    now: Timestamp,
    must_show: Vec<String>,
    /// Keys of events that were told.
    seen: Vec<String>,
    answered: usize,
    toasts: usize,
}

impl Desk<'_> {
    /// A quiet desk still has its rounds.
    async fn wait_until(&mut self, at: Timestamp) {
        while at.duration_since(self.now) > SignedDuration::from_mins(25) {
            self.now += SignedDuration::from_mins(25);
            self.house.step(self.now).await;
            self.look().await;
        }
        self.now = at;
    }

    async fn look(&mut self) {
        let toasts = self.house.recorder.titles().len();
        if toasts == self.toasts {
            return;
        }
        self.toasts = toasts;
        for suggestion in self.house.suggestions().await {
            if !self.house.was_told(suggestion.id).await {
                continue;
            }
            let key = self.house.event(suggestion.event_id).await.event.dedup_key;
            if !self.must_show.contains(&key) {
                let id = suggestion.id;
                self.house.engine.dismiss(id, None, self.now).await.unwrap();
                self.answered += 1;
            } else if !self.seen.contains(&key) {
                self.seen.push(key);
            }
        }
    }
}
