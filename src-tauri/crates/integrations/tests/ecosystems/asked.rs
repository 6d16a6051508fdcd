//! Asks an ecosystem in a process of its own, because clients inherit the environment.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use perch_core::dependency::Releases;
use perch_core::seam::ecosystem::Asked;
use perch_integrations::ecosystems;
use serde_json::{Value, json};

/// The question, in the environment of the process that puts it.
const QUESTION: &str = "PERCH_TEST_QUESTION";

/// What stands before the answer in the output.
const ANSWER: &str = "answer: ";

/// What the ecosystem `id` says of `names` to a user with these variables, `None` for one that is not set.
pub(crate) fn ask(
    scratch: &Path,
    id: &str,
    names: &[&str],
    forge: Option<&str>,
    variables: &[(&str, Option<OsString>)],
) -> Result<Vec<Releases>, String> {
    let question = json!({"id": id, "names": names, "forge": forge, "scratch": scratch});
    let mut command = Command::new(std::env::current_exe().expect("this test's own file"));
    command
        .args([
            "asked::the_question_of_another_process",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env(QUESTION, question.to_string());
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.output().expect("the test runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let answer = text
        .lines()
        .find_map(|line| line.split_once(ANSWER).map(|(_, answer)| answer))
        .unwrap_or_else(|| {
            panic!(
                "no answer: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            )
        });
    let answer: Value = serde_json::from_str(answer).expect("JSON");
    match answer["reason"].as_str() {
        Some(reason) => Err(reason.to_owned()),
        None => Ok(serde_json::from_value(answer["found"].clone()).expect("releases")),
    }
}

/// Versions, each with its date or `-`, `!` before what was withdrawn.
pub(crate) fn shown(found: &[Releases]) -> Vec<String> {
    found
        .iter()
        .flat_map(|package| {
            package.releases.iter().map(|release| {
                let date = release.released_at.map_or("-".into(), |at| at.to_string());
                let mark = if release.withdrawn { "!" } else { "" };
                format!(
                    "{}:{} {mark}{} {date}",
                    package.ecosystem, package.name, release.version
                )
            })
        })
        .collect()
}

#[tokio::test]
#[ignore = "run by the other tests in a process of its own"]
async fn the_question_of_another_process() {
    #[expect(clippy::disallowed_methods, reason = "the question comes through it")]
    let Ok(question) = std::env::var(QUESTION) else {
        return;
    };
    let question: Value = serde_json::from_str(&question).expect("JSON");
    let names: Vec<String> = serde_json::from_value(question["names"].clone()).expect("names");
    let scratch: std::path::PathBuf =
        serde_json::from_value(question["scratch"].clone()).expect("a path");
    let ecosystem = ecosystems::ALL
        .iter()
        .find(|one| question["id"] == one.id())
        .expect("it is registered");
    let asked = Asked {
        names: &names,
        forge: question["forge"].as_str(),
        released_before: "2026-11-22T12:00:00Z".parse().expect("a moment"),
        scratch: &scratch,
    };
    let answer = match ecosystem.releases(&asked).await {
        Ok(found) => json!({"found": found}),
        Err(reason) => json!({"reason": reason.to_string()}),
    };
    println!("\n{ANSWER}{answer}");
}
