//! Decisions, proposals and postmortems in repositories with and without such documents, as whole texts.

use perch_testkit::repository::Repository;
use serde_json::{Value, json};

use super::{perch, refuses, says};
use crate::world::World;

const TODAY: &str = r"\d{4}-\d{2}-\d{2}";

/// Asserts on a whole text; the day of the test is not told.
macro_rules! reads {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ omit_expression => true, filters => vec![(TODAY, "<day>")] }, {
            insta::assert_snapshot!($name, $text)
        })
    };
}

fn with(files: &[(&str, &str)]) -> Repository {
    let repository = Repository::with_readme();
    for (path, text) in files {
        repository.write(path, text);
    }
    repository.commit("Keep documents");
    repository.git(&["remote", "add", "origin", "git@github.com:acme/api.git"]);
    repository
}

/// The document `perch adr` writes, as it lies there.
fn written(repository: &Repository, arguments: &[&str]) -> String {
    let world = World::new();
    let arguments = [arguments, &["--write"]].concat();
    let told = says(&world, repository, &arguments);
    let path = told.trim().strip_prefix("wrote ").expect("a new file");
    format!("{path}\n\n{}", repository.read(path))
}

#[test]
fn the_first_decision_begins_a_folder() {
    let repository = with(&[]);
    reads!(
        "adr_first",
        written(&repository, &["adr", "Keep ranges as text"])
    );
    // The second one follows without a commit in between.
    let second = written(&repository, &["adr", "Use `SQLite`, not files"]);
    reads!("adr_second", second);
}

const NYGARD: &str = "# 2. Use PostgreSQL\n\nDate: 2025-03-01\n\n## Status\n\nAccepted\n\n## Context\n\nWe need rows.\n\n## Decision\n\nPostgreSQL it is.\n\n## Consequences\n\nOne more server.\n";

#[test]
fn nygards_records_are_continued() {
    let first = NYGARD.replace("# 2. Use PostgreSQL", "# 1. Record decisions");
    let repository = with(&[
        (".adr-dir", "doc/architecture/decisions\n"),
        (
            "doc/architecture/decisions/0001-record-decisions.md",
            &first,
        ),
        ("doc/architecture/decisions/0002-use-postgresql.md", NYGARD),
    ]);
    reads!(
        "adr_nygard",
        written(&repository, &["adr", "Drop PostgreSQL again"])
    );
}

const MADR: &str = "---\nstatus: \"{proposed | rejected | accepted | deprecated | … | superseded by ADR-0123}\"\ndate: {YYYY-MM-DD when the decision was last updated}\ndecision-makers: {list everyone involved in the decision}\n---\n\n# {short title, representative of solved problem and found solution}\n\n## Context and Problem Statement\n\n{Describe the context and problem statement, e.g., in free form.}\n\n<!-- This is an optional element. Feel free to remove. -->\n## Decision Drivers\n\n* {decision driver 1, e.g., a force, facing concern, …}\n* … <!-- numbers of drivers can vary -->\n\n## Considered Options\n\n* {title of option 1}\n* {title of option 2}\n* …\n\n## Decision Outcome\n\nChosen option: \"{title of option 1}\", because {justification. e.g., only option which meets k.o. criterion}.\n\n### Consequences\n\n* Good, because {positive consequence}\n* Bad, because {negative consequence}\n";

#[test]
fn madrs_template_is_filled() {
    let repository = with(&[
        ("docs/decisions/adr-template.md", MADR),
        (
            "docs/decisions/0001-use-rust.md",
            "---\nstatus: accepted\ndate: 2025-01-01\n---\n\n# Use Rust\n\n## Context and Problem Statement\n\nSpeed.\n",
        ),
        (
            "docs/decisions/README.md",
            "# Decisions\n\n* [Use Rust](0001-use-rust.md)\n",
        ),
    ]);
    reads!(
        "adr_madr",
        written(&repository, &["adr", "Keep ranges as text"])
    );
    let said = perch(&World::new(), &repository, &["adr", "Another"]);
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(
        said.contains("`docs/decisions/README.md` may list these documents"),
        "{said}"
    );
}

#[test]
fn records_in_another_language_are_continued() {
    let text = "# ADR-007: Daten in SQLite halten\n\n- **Status:** Akzeptiert\n- **Datum:** 2025-05-05\n- **Beteiligte:** Ada\n\n## Kontext\n\nWir brauchen Zeilen.\n\n## Entscheidung\n\nSQLite.\n\n## Folgen\n\nKeine.\n";
    let repository = with(&[("docs/adr/adr-007-daten-in-sqlite-halten.md", text)]);
    reads!(
        "adr_german",
        written(&repository, &["adr", "Bereiche als Text halten"])
    );
}

#[test]
fn a_markup_that_is_not_written_is_left_alone() {
    let repository = with(&[("docs/adr/0001-a.adoc", "= A\n")]);
    let reason = refuses(&World::new(), &repository, &["adr", "B"]);
    assert_eq!(
        reason,
        "perch: `docs/adr` is written in .adoc files; only Markdown and plain text can be continued, so print it (--text) and paste it"
    );
}

/// A world in which GitHub told what happened in `acme/api`.
fn told(deliveries: &[(&str, Value)]) -> World {
    let world = World::new();
    std::fs::write(
        world.home().join("config.toml"),
        "[[connection]]\nname = \"github-acme\"\nprovider = \"github\"\nbase_url = \"http://127.0.0.1:9\"\nwatch = [\"acme/api\"]\n",
    )
    .expect("a file can be written");
    let body = world.folder().join("delivery.json");
    for (kind, payload) in deliveries {
        let mut payload = payload.clone();
        payload["repository"] =
            json!({ "id": 7, "full_name": "acme/api", "default_branch": "main" });
        std::fs::write(&body, payload.to_string()).expect("a file can be written");
        let header = format!("X-GitHub-Event: {kind}");
        let file = body.to_str().expect("a path of the test's own");
        world.says(&["replay", "--provider", "github", "--header", &header, file]);
    }
    world
}

fn issue() -> Value {
    json!({
        "number": 42,
        "title": "Store ranges as text",
        "state": "open",
        "created_at": "2026-03-01T09:00:00Z",
        "user": { "login": "ada" },
        "labels": [],
        "html_url": "https://github.com/acme/api/issues/42",
        "body": "<!-- Thank you for the report -->\nRanges are two numbers today, and every client parses them on its own.\n\nThat broke twice this year. Old rows must stay readable.\n\n```\nselect * from ranges where must_not_count\n```\n",
    })
}

fn comment(id: u64, author: &str, body: &str) -> (&'static str, Value) {
    let at = format!("2026-03-02T10:{id:02}:00Z");
    let payload = json!({
        "action": "created",
        "issue": issue(),
        "comment": {
            "id": id,
            "user": { "login": author },
            "created_at": at,
            "updated_at": at,
            "html_url": format!("https://github.com/acme/api/issues/42#issuecomment-{id}"),
            "body": body,
        },
        "sender": { "login": author },
    });
    ("issue_comment", payload)
}

fn thread() -> World {
    let opened = json!({ "action": "opened", "issue": issue(), "sender": { "login": "ada" } });
    told(&[
        ("issues", opened),
        comment(
            1,
            "grace",
            "We could keep both columns for a release. Who migrates the old rows?",
        ),
        comment(
            2,
            "linus",
            "> We could keep both columns\n\nThat doubles the writes. A migration cannot take longer than a minute.\n\n[click me](javascript:alert(1)) <img src=x> \u{202e}evil",
        ),
        comment(3, "stale[bot]", "This must be closed."),
        comment(
            4,
            "ada",
            "Agreed, no second column. What about `12..34` as the format?",
        ),
    ])
}

#[test]
fn an_issue_becomes_a_proposal_with_its_words_sorted_and_named() {
    let repository = with(&[]);
    let world = thread();
    reads!("rfc_first", says(&world, &repository, &["rfc", "42"]));
    reads!(
        "rfc_first_text",
        says(&world, &repository, &["rfc", "#42", "--text"])
    );
    let events = world.json(&["events", "Store"]);
    let id = events["events"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert_eq!(
        says(&world, &repository, &["rfc", &id]),
        says(&world, &repository, &["rfc", "42"])
    );
    let made: Value =
        serde_json::from_str(&says(&world, &repository, &["rfc", "42", "--json"])).expect("JSON");
    assert_eq!(made["path"], "docs/rfcs/0001-store-ranges-as-text.md");
    assert_eq!(made["written"], false);
}

const TEMPLATE: &str = "- Feature Name: (fill me in with a unique ident, `my_awesome_feature`)\n- Start Date: (fill me in with today's date, YYYY-MM-DD)\n- RFC PR: [acme/rfcs#0000](https://github.com/acme/rfcs/pull/0000)\n- Issue: [acme/api#0000](https://github.com/acme/api/issues/0000)\n\n# Summary\n\nOne paragraph explanation of the feature.\n\n# Motivation\n\nWhy are we doing this?\n\n# Detailed design\n\nExplain it:\n\n- with examples,\n- with corner cases.\n\n# Drawbacks\n\nWhy should we *not* do this?\n\n# Alternatives\n\nWhat other designs have been considered?\n\n# Unresolved questions\n\nWhat parts are still to be decided?\n";

#[test]
fn a_template_of_proposals_is_filled() {
    let repository = with(&[
        ("rfcs/0000-template.md", TEMPLATE),
        ("rfcs/0001-a.md", "# Summary\n\nA.\n"),
        ("rfcs/0002-b.md", "# Summary\n\nB.\n"),
    ]);
    reads!(
        "rfc_template",
        written_in(
            &thread(),
            &repository,
            &["rfc", "https://github.com/acme/api/issues/42"]
        )
    );
}

fn written_in(world: &World, repository: &Repository, arguments: &[&str]) -> String {
    let arguments = [arguments, &["--write"]].concat();
    let told = says(world, repository, &arguments);
    let path = told.trim().strip_prefix("wrote ").expect("a new file");
    format!("{path}\n\n{}", repository.read(path))
}

#[test]
fn a_title_alone_gives_a_proposal_to_fill() {
    let repository = with(&[]);
    reads!(
        "rfc_title",
        says(&World::new(), &repository, &["rfc", "Store ranges as text"])
    );
    assert_eq!(
        refuses(&World::new(), &repository, &["rfc", "42"]),
        "perch: nothing is known of issue #42: `perch events \"issue\"` lists what is; connect the forge, or give a title instead"
    );
}

fn run(id: u64, at: &str, conclusion: &str, sha: &str) -> (&'static str, Value) {
    let payload = json!({
        "action": "completed",
        "workflow_run": {
            "id": id,
            "run_attempt": 1,
            "name": "deploy",
            "conclusion": conclusion,
            "head_branch": "main",
            "head_sha": sha,
            "updated_at": at,
            "html_url": format!("https://github.com/acme/api/actions/runs/{id}"),
            "triggering_actor": { "login": "grace" },
            "pull_requests": [],
        },
        "sender": { "login": "grace" },
    });
    ("workflow_run", payload)
}

fn outage() -> World {
    let merged = |number: u64, title: &str, at: &str| {
        let payload = json!({
            "action": "closed",
            "pull_request": {
                "number": number,
                "title": title,
                "merged": true,
                "merged_at": at,
                "created_at": "2026-03-01T00:00:00Z",
                "merge_commit_sha": "9d1c0e2f9d1c0e2f9d1c0e2f9d1c0e2f9d1c0e2f",
                "user": { "login": "ada" },
                "merged_by": { "login": "grace" },
                "html_url": format!("https://github.com/acme/api/pull/{number}"),
                "head": { "sha": "1d1c0e2f9d1c0e2f9d1c0e2f9d1c0e2f9d1c0e2f", "ref": "x" },
                "base": { "ref": "main" },
                "labels": [],
            },
            "sender": { "login": "grace" },
        });
        ("pull_request", payload)
    };
    let sha = "9d1c0e2f9d1c0e2f9d1c0e2f9d1c0e2f9d1c0e2f";
    told(&[
        merged(49, "Rename the header", "2026-03-03T20:00:00Z"),
        merged(50, "Read ranges from the header", "2026-03-04T09:40:00Z"),
        run(900, "2026-03-04T10:05:00Z", "failure", sha),
        merged(
            51,
            "Take [ranges](http://evil.test) back",
            "2026-03-04T10:50:00Z",
        ),
        run(901, "2026-03-04T11:02:00Z", "success", sha),
        run(902, "2026-03-04T15:00:00Z", "failure", sha),
    ])
}

fn failure(world: &World) -> String {
    let events = world.json(&["events", "deploy"]);
    let list = events["events"].as_array().expect("a list");
    let event = list
        .iter()
        .find(|event| event["at"] == "2026-03-04T10:05:00Z")
        .expect("the failure");
    event["id"].as_str().expect("an id").to_owned()
}

#[test]
fn an_incident_becomes_a_postmortem_with_its_timeline() {
    let repository = with(&[]);
    let world = outage();
    let event = failure(&world);
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("postmortem_first", written_in(&world, &repository, &["postmortem", &event]));
        insta::assert_snapshot!("postmortem_text", says(&world, &repository, &["postmortem", &event, "--text"]));
    });
    let taken = refuses(&world, &repository, &["postmortem", &event, "--write"]);
    assert!(
        taken.contains("`docs/postmortems/2026-03-04-deploy-failed-on-main.md` already exists"),
        "{taken}"
    );
    let unknown = refuses(&world, &repository, &["postmortem", "nothing"]);
    assert_eq!(
        unknown,
        "perch: there is no event `nothing`; `perch events` lists them"
    );
}

#[test]
fn a_postmortem_of_another_repository_is_not_written_here() {
    let world = outage();
    let event = failure(&world);
    let other = Repository::with_readme();
    assert!(
        says(&world, &other, &["postmortem", &event]).contains("# `deploy` failed on `main`\n")
    );
    let reason = refuses(&world, &other, &["postmortem", &event, "--write"]);
    assert!(
        reason.contains("not checked out on this machine"),
        "{reason}"
    );
}

#[test]
fn postmortems_are_continued_in_their_own_headings() {
    let text = "# Incident 2: Slow answers\n\n**Date:** 2026-01-01\n**Severity:** 2\n\n## What happened\n\nWords.\n\n## Timeline (UTC)\n\n- 10:00 begun\n\n## Follow-ups\n\n- none\n";
    let repository = with(&[
        (
            "docs/incidents/incident-001-x.md",
            &text.replace("Incident 2", "Incident 1"),
        ),
        ("docs/incidents/incident-002-slow-answers.md", text),
    ]);
    let world = outage();
    let event = failure(&world);
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("postmortem_continued", written_in(&world, &repository, &["postmortem", &event]));
    });
}

#[test]
fn what_the_forge_told_of_a_pull_request_is_in_the_notes() {
    let repository = with(&[]);
    repository.git(&["tag", "v1.0.0"]);
    repository.write("src/a.rs", "// a\n");
    repository.commit("Take ranges back (#51)");
    repository.write("src/a.rs", "// b\n");
    repository.commit("Read ranges from the header (#50)");
    repository.git(&["tag", "v1.1.0"]);
    let text = says(&outage(), &repository, &["notes", "v1.1.0"]);
    assert!(
        text.contains("- Take ranges back ([#51](https://github.com/acme/api/pull/51))"),
        "{text}"
    );
}
