//! `repo.dependency.outdated`. When the survey that leads to such an event is made is tested in `survey.rs`.

use perch_core::dependency::Survey;

use super::Expected::{Inbox, Silent, Toast};
use super::{Case, Expected, all_hold, history};
use crate::house::acme::{self, PINNED, fault, outdated};
use crate::house::start;

/// What npm says at the start.
fn released(packages: &[(&str, &[(&str, i64)])]) -> Survey {
    acme::released(packages, start())
}

/// The default branch of a repository with these files is found outdated by `survey`.
fn found(what: &'static str, survey: &Survey, files: &[(&str, &str)], expected: Expected) -> Case {
    history(what, vec![outdated(survey, files, start())], expected)
}

const TWO: (&str, &str) = (
    "package.json",
    "{\n  \"dependencies\": {\n    \"left\": \"1.0.0\",\n    \"right\": \"2.3.0\"\n  }\n}\n",
);
const NOTHING: &str = "no dependency is outdated as far as could be seen";

#[tokio::test]
async fn what_should_move_is_planned_and_what_should_wait_is_left_alone() {
    let faulty = Survey {
        advisories: vec![fault()],
        ..released(&[("left", &[("1.0.0", 900), ("1.0.4", 1), ("1.2.0", 30)])])
    };
    let unasked = Survey {
        unasked: vec![("npm".into(), "there is no client for it here".into())],
        ..Survey::default()
    };
    let code = ("src/app.js", "const left = require('left');\n");
    all_hold(
        "dependency_outdated",
        vec![
            found(
                "a version in use has a fault that a newer one mends, however young that is",
                &faulty,
                &[PINNED],
                Toast("Update `left`: CVE-2026-1234"),
            ),
            found(
                "the version in use was withdrawn",
                &released(&[("left", &[("!1.0.0", 900), ("1.0.1", 20)])]),
                &[PINNED],
                Toast("Update `left`: 1.0.0 was withdrawn"),
            ),
            found(
                "a newer version is out long enough",
                &released(&[("left", &[("1.0.0", 900), ("1.1.0", 30)])]),
                &[PINNED],
                Inbox("Update `left` to 1.1.0"),
            ),
            found(
                "two can move and neither should break anything",
                &released(&[
                    ("left", &[("1.0.0", 900), ("1.1.0", 30)]),
                    ("right", &[("2.3.0", 900), ("2.3.4", 30)]),
                ]),
                &[TWO],
                Inbox("Update 2 dependencies"),
            ),
            found(
                "a major version is out, and the code that uses it is named",
                &released(&[("left", &[("1.0.0", 900), ("2.0.0", 30)])]),
                &[PINNED, code],
                Inbox("Update `left` to 2.0.0"),
            ),
            found(
                "one can move at once and one needs care",
                &released(&[
                    ("left", &[("1.0.0", 900), ("1.1.0", 30)]),
                    ("right", &[("2.3.0", 900), ("3.0.0", 30)]),
                ]),
                &[TWO],
                Inbox("Update 1 dependency, and 1 major update"),
            ),
            found(
                "the newer version came out the day before",
                &released(&[("left", &[("1.0.0", 900), ("1.1.0", 1)])]),
                &[PINNED],
                Silent(NOTHING),
            ),
            found(
                "somebody moved it before Perch looked again",
                &released(&[("left", &[("0.9.0", 900), ("1.0.0", 30)])]),
                &[PINNED],
                Silent(NOTHING),
            ),
            found(
                "only a release for the curious is newer",
                &released(&[("left", &[("1.0.0", 900), ("1.1.0-beta.2", 30)])]),
                &[PINNED],
                Silent(NOTHING),
            ),
            found(
                "the newer version was taken back",
                &released(&[("left", &[("1.0.0", 900), ("!1.1.0", 30)])]),
                &[PINNED],
                Silent(NOTHING),
            ),
            found(
                "the manifest is broken",
                &released(&[("left", &[("1.0.0", 900), ("1.1.0", 30)])]),
                &[("package.json", "{")],
                Silent(
                    "no dependency is outdated as far as could be seen; `package.json` does not parse",
                ),
            ),
            found(
                "the registry could not be asked",
                &unasked,
                &[PINNED],
                Silent(
                    "no dependency is outdated as far as could be seen; npm could not be asked: there is no client for it here",
                ),
            ),
        ],
    )
    .await;
}
