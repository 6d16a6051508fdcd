//! Reads the month: a line of `month.tsv` is an event with the facts that explain it.

use jiff::{Timestamp, ToSpan};
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::Facts;
use perch_core::subject::Subject;
use serde_json::{Value, json};

use crate::house::acme::{
    GONE, Happening, PINNED, UNTESTED, build, change, event, fault, outdated, patch, pull, push,
    released, rust_fails, secret,
};

/// When the month begins: a Monday, in the user's time zone.
const BEGIN: &str = "2026-11-02T00:00:00+01:00[Europe/Berlin]";
/// The user's time zone.
pub(super) const ZONE: &str = "Europe/Berlin";

/// A moment of the month by the user's clock.
pub(super) fn at(day: i64, hour: i64, minute: i64) -> Timestamp {
    let begin: jiff::ZonedDateTime = BEGIN.parse().unwrap();
    begin
        .checked_add(day.days().hours(hour).minutes(minute))
        .unwrap()
        .timestamp()
}

/// A line of the month.
pub(super) struct Line {
    pub(super) happening: Happening,
    /// True where the file gives a reason why the user must be told.
    pub(super) must_show: bool,
}

/// The month, oldest first.
pub(super) fn month() -> Vec<Line> {
    include_str!("month.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .zip(0..)
        .map(|(line, number)| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [day, time, what, who, place, how, ..] = fields.as_slice() else {
                panic!("six fields at least: {line}");
            };
            let (hour, minute) = time.split_once(':').unwrap();
            let at = at(
                day.parse().unwrap(),
                hour.parse().unwrap(),
                minute.parse().unwrap(),
            );
            let told = Told {
                day,
                what,
                who,
                place,
                how,
                at,
            };
            let mut happening = told.happening();
            // Two of a kind within a minute are two.
            happening.0.dedup_key.push_str(&format!("/{number}"));
            Line {
                happening,
                must_show: fields.len() > 6,
            }
        })
        .collect()
}

/// The fields of a line.
struct Told<'a> {
    day: &'a str,
    what: &'a str,
    who: &'a str,
    place: &'a str,
    how: &'a str,
    at: Timestamp,
}

impl Told<'_> {
    fn happening(&self) -> Happening {
        match self.what {
            "red" | "green" => self.build(),
            "push" => (
                push(self.place, "Go on", self.who, self.at),
                self.changed(self.how),
            ),
            "opened" => self.pull(EventType::PR_OPENED),
            "updated" => self.pull(EventType::PR_UPDATED),
            "merged" => self.pull(EventType::PR_MERGED),
            "closed" => self.pull(EventType::PR_CLOSED),
            "issue" => self.issue(EventType::ISSUE_CREATED),
            "done" => self.issue(EventType::ISSUE_CLOSED),
            "says" => self.remark(),
            "release" => {
                let key = format!("release/{}", self.place);
                (
                    event(
                        EventType::RELEASE_PUBLISHED,
                        &key,
                        self.at,
                        self.who,
                        json!({}),
                    ),
                    Facts::default(),
                )
            }
            "outdated" => self.outdated(),
            other => panic!("nothing happens that is called {other}"),
        }
    }

    fn build(&self) -> Happening {
        let (job, cause) = self.how.split_once(':').unwrap_or((self.how, ""));
        // The jobs of a day are of one commit; what passes is of a later one.
        let commit = format!("{}-{}-{}", self.place, self.day, self.what);
        let passed = self.what == "green";
        let mut made = build(passed, job, self.place, &commit, self.who, self.at);
        // The night's experiments are nobody's default branch.
        made.subject.on_default_branch &= job != "nightly";
        let facts = if passed {
            Facts::default()
        } else {
            rust_fails(cause, &format!("src/{cause}.rs"))
        };
        (made, facts)
    }

    fn pull(&self, event_type: EventType) -> Happening {
        let (how, asked) = self.how.split_once('@').unwrap_or((self.how, ""));
        let title = match how {
            "docs" => "Say more",
            "bump" => "Bump serde",
            "changelog" => "Parse ranges",
            _ => "Tidy up",
        };
        let reviewers: Vec<&str> = asked.split_terminator(' ').collect();
        let number = self.place.parse().unwrap();
        (
            pull(event_type, number, title, self.who, &reviewers, self.at),
            self.changed(how),
        )
    }

    /// What a change called so changes.
    fn changed(&self, how: &str) -> Facts {
        let code = ["src/range.rs", "tests/other.rs"];
        let leaked = format!(" fn a() {{}}\n+const T: &str = \"{}\";\n", secret());
        match how {
            "small" => change(
                &patch("src/range.rs", " a\n-    let b = 1;\n+    let b = 2;\n"),
                &code,
                &[],
            ),
            "docs" => change(&patch("README.md", " a\n+b\n"), &[], &[]),
            "bump" => change(&patch("Cargo.lock", " a\n+b\n"), &[], &[]),
            "untested" => change(&patch("src/range.rs", UNTESTED), &code, &[]),
            "changelog" => change(
                &patch("src/range.rs", " fn a() {\n+    b();\n }\n"),
                &code,
                &[("CHANGELOG.md", "## Unreleased\n\n- Other (#8)\n")],
            ),
            "leak" => change(&patch("src/client.rs", &leaked), &code, &[]),
            "contract" => change(
                &patch(
                    "src/range.rs",
                    " use a;\n-pub fn parse_range(text: &str) {\n+pub fn parse_range(text: &str, length: u64) {\n",
                ),
                &code,
                &[],
            ),
            "workflow" => change(
                &patch(
                    ".github/workflows/ci.yml",
                    " on:\n+  pull_request_target:\n+      - run: echo ${{ github.event.pull_request.title }}\n",
                ),
                &code,
                &[],
            ),
            "gone" => change(
                &patch("src/range.rs", GONE),
                &code,
                &[("src/http.rs", "use crate::range::parse_range;\n")],
            ),
            "table" => change(
                &patch("db/migrations/7.sql", " --\n+DROP TABLE carts;\n"),
                &code,
                &[],
            ),
            "-" => Facts::default(),
            other => panic!("nothing is changed that is called {other}"),
        }
    }

    /// An event about an issue or pull request of `author`, with `data` beside what is known of it.
    fn about(&self, event_type: EventType, told: &Value, data: Option<Value>) -> Event {
        let mut made = event(
            event_type,
            self.place,
            self.at,
            self.who,
            json!({ "issue": told }),
        );
        if let Some(data) = data {
            made.data["comment"] = data;
        }
        made.subject = Subject {
            number: self
                .place
                .rsplit('/')
                .next()
                .and_then(|number| number.parse().ok()),
            title: told["title"].as_str().unwrap_or_default().into(),
            ..made.subject
        };
        made
    }

    fn issue(&self, event_type: EventType) -> Happening {
        let (how, assigned) = self.how.split_once('@').unwrap_or((self.how, ""));
        let (title, body) = match how {
            "crash" => (
                "Crash when a range holds letters",
                "It ends with\n\n```\nTraceback (most recent call last):\n  File \"/home/me/api/src/range.py\", line 40, in parse_range\nValueError: invalid literal for int() with base 10: 'a'\n```\n\n1. run `api parse a` with 2.1.0\n",
            ),
            "wish" => (
                "Add an option to sort the list",
                "It would be useful to sort.",
            ),
            "how" => ("How do I parse a range?", "I read the manual."),
            _ => ("The page is slow", "Sometimes."),
        };
        let told = json!({
            "title": title, "body": body, "labels": [], "author": self.who, "assignees": assigned.split_terminator(' ').collect::<Vec<_>>(),
        });
        let mut made = self.about(event_type, &told, None);
        made.involves = vec![self.who.into(), assigned.into()];
        (
            made,
            change("", &["src/range.py", "tests/test_range.py"], &[]),
        )
    }

    fn remark(&self) -> Happening {
        let words = match self.how {
            "asks-ada" => "@ada, could you look at how the cache is filled?",
            "asks-test" => "Please add a test for the empty range.",
            "same" => "I see the same here.",
            "fine" => "Fine by me.",
            "later" => "Will look at it.",
            "news" => "Any news?",
            _ => "Thanks, that helped.",
        };
        // The user's own pull requests have two digits.
        let own = self.place.starts_with("pull/") && self.place.len() == 7;
        let author = if own { "ada" } else { "linus" };
        let told = json!({ "title": "The page is slow", "body": "Sometimes.", "labels": [], "author": author });
        let comment = json!({ "author": self.who, "body": words, "edited": false });
        let mut made = self.about(EventType::ISSUE_COMMENT_CREATED, &told, Some(comment));
        made.involves = vec![self.who.into(), author.into()];
        if words.contains("@ada") {
            made.involves.push("ada".into());
        }
        (made, Facts::default())
    }

    fn outdated(&self) -> Happening {
        let mut survey = released(
            &[("left", &[("1.0.0", 900), ("1.0.4", 8), ("1.1.0", 30)])],
            self.at,
        );
        if self.how == "cve" {
            survey.advisories = vec![fault()];
        }
        outdated(&survey, &[PINNED], self.at)
    }
}
