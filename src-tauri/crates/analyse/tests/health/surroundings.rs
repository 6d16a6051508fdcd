//! What changed besides the code since a build last passed.

use perch_core::event_type::EventType;
use perch_core::facts::{Facts, PastRun};
use perch_core::finding::Finding;
use perch_core::run::Environment;
use serde_json::json;

use crate::support::{build, event, log, look, passed, unfounded};

const BEGINS: &str = "Changed besides the code since it last passed: ";

const FAILS: &str = "test.js:1:1: error: it broke\n##[error]Process completed with exit code 1.\n";

/// The finding for a log that failed after logs that passed, newest first.
fn of_logs(passing: &[&str], failing: &str) -> Finding {
    let facts = Facts {
        failing_log: Some(log(&format!("{failing}{FAILS}"), None)),
        passing_logs: passing
            .iter()
            .map(|text| log(text, Some("https://forge.example/run/8")))
            .collect(),
        ..Facts::default()
    };
    look(
        "build_failed",
        &event(EventType::BUILD_FAILED, build(None)),
        &facts,
    )
    .expect("it failed")
}

/// The same for what was recorded on this machine.
fn of_records(passing: Environment, failing: &Environment) -> Finding {
    let mut data = build(None);
    data["environment"] = json!(failing);
    let facts = Facts {
        failing_log: Some(log(FAILS, None)),
        history: vec![PastRun {
            environment: Some(passing),
            ..passed(3)
        }],
        ..Facts::default()
    };
    look(
        "build_failed",
        &event(EventType::BUILD_FAILED, data),
        &facts,
    )
    .expect("it failed")
}

fn changed(finding: &Finding) -> Option<&str> {
    finding
        .points
        .iter()
        .find_map(|point| point.text.strip_prefix(BEGINS))
}

fn recorded(tools: &[(&str, &str)], variables: &[&str]) -> Environment {
    Environment {
        image: Some("Debian GNU/Linux 12, 12.7".into()),
        tools: tools
            .iter()
            .map(|(name, version)| ((*name).to_owned(), (*version).to_owned()))
            .collect(),
        variables: variables.iter().map(|name| (*name).to_owned()).collect(),
        ..Environment::default()
    }
}

fn step(variables: &str) -> String {
    format!("##[group]Run npm test\nnpm test\nenv:\n{variables}##[endgroup]\n")
}

#[test]
fn what_changed_around_the_code_is_said_of_these_histories() {
    let cases: [(&str, String, &[&str], &str); 8] = [
        (
            "the toolchain of the runner moved",
            "Found in cache @ /opt/hostedtoolcache/node/22.12.0/x64\n".into(),
            &["Found in cache @ /opt/hostedtoolcache/node/22.11.0/x64\n"],
            "Node 22.11.0 → 22.12.0",
        ),
        (
            "the runner's image moved and took the compiler along",
            "##[group]Runner Image\nImage: ubuntu-24.04\nVersion: 20241124.1.0\n##[endgroup]\n\
             gcc (Ubuntu 14.2.0-4) 14.2.0\n"
                .into(),
            &["##[group]Runner Image\nImage: ubuntu-24.04\nVersion: 20241117.1.0\n##[endgroup]\n\
               gcc (Ubuntu 13.2.0-23) 13.2.0\n"],
            "gcc 13.2.0 → 14.2.0, `ubuntu-24.04` 20241117.1.0 → 20241124.1.0",
        ),
        (
            "a container's tag points elsewhere",
            "Using docker image sha256:aa for node:22 with digest node@sha256:bbbbbbbbbbbbbbbb ...\n".into(),
            &["Using docker image sha256:cc for node:22 with digest node@sha256:dddddddddddddddd ...\n"],
            "`node:22` dddddddddddd → bbbbbbbbbbbb",
        ),
        (
            "a package without a lock moved",
            "Successfully installed requests-2.33.0 urllib3-2.2.3\n".into(),
            &["Successfully installed requests-2.32.3 urllib3-2.2.3\n"],
            "`requests` 2.32.3 → 2.33.0",
        ),
        (
            "a variable of the step is gone and another came",
            step("  CI: true\n  API_URL: http://x\n"),
            &["##[group]Run npm test\nnpm test\nenv:\n  CI: true\n  API_KEY: abc\n##[endgroup]\n"],
            "variable `API_URL` is new, variable `API_KEY` is gone",
        ),
        (
            "an action's tag was moved",
            "Download action repository 'acme/setup@v1' (SHA:1111111aaaa)\n".into(),
            &["Download action repository 'acme/setup@v1' (SHA:2222222bbbb)\n"],
            "`acme/setup@v1` 2222222 → 1111111",
        ),
        (
            "many packages moved: the first are named, the rest counted",
            "Successfully installed a-2.0 b-2.0 c-2.0 d-2.0 e-2.0\n".into(),
            &["Successfully installed a-1.0 b-1.0 c-1.0 d-1.0 e-1.0\n"],
            "`a` 1.0 → 2.0, `b` 1.0 → 2.0, `c` 1.0 → 2.0 and 2 more",
        ),
        (
            "what the error names comes first",
            "Python 3.12.8\nSuccessfully installed it-2.0\n".into(),
            &["Python 3.12.7\nSuccessfully installed it-1.0\n"],
            "`it` 1.0 → 2.0, Python 3.12.7 → 3.12.8",
        ),
    ];
    for (what, failing, passing, expected) in cases {
        let finding = of_logs(passing, &failing);
        assert_eq!(changed(&finding), Some(expected), "{what}");
        assert_eq!(unfounded(&finding), Vec::<&str>::new(), "{what}");
    }
}

#[test]
fn nothing_is_said_of_these_near_misses() {
    let node = "Found in cache @ /opt/hostedtoolcache/node/22.12.0/x64\n";
    let older = "Found in cache @ /opt/hostedtoolcache/node/22.11.0/x64\n";
    let cases: [(&str, String, &[&str]); 8] = [
        ("nothing changed", node.into(), &[node]),
        ("it never passed before", node.into(), &[]),
        (
            "it passed with that version too, only not last",
            node.into(),
            &[older, node],
        ),
        (
            "a cache decides what is compiled and so what is named",
            "   Compiling serde v1.0.210\n   Compiling itoa v1.0.11\n".into(),
            &[
                "   Compiling serde v1.0.210\n",
                "   Compiling ryu v1.0.18\n",
            ],
        ),
        (
            "several versions of one package are not told apart",
            "Compiling syn v1.0.109\nCompiling syn v2.0.80\nCompiling syn v2.0.81\n".into(),
            &["Compiling syn v1.0.108\nCompiling syn v2.0.79\nCompiling syn v2.0.80\n"],
        ),
        (
            "the failure came before the step that has the variables",
            "##[group]Run npm ci\nnpm ci\nenv:\n  CI: true\n##[endgroup]\n".into(),
            &[
                "##[group]Run npm ci\nnpm ci\nenv:\n  CI: true\n##[endgroup]\n\
               ##[group]Run npm test\nnpm test\nenv:\n  API_KEY: x\n##[endgroup]\n",
            ],
        ),
        (
            "only a value changed",
            step("  API_KEY: new\n"),
            &["##[group]Run npm test\nnpm test\nenv:\n  API_KEY: old\n##[endgroup]\n"],
        ),
        (
            "the program under test speaks of versions",
            "assert version == 2.0.0\nexpected Python 3.11.2 or newer\n".into(),
            &["assert version == 1.0.0\nexpected Python 3.10.2 or newer\n"],
        ),
    ];
    for (what, failing, passing) in cases {
        assert_eq!(changed(&of_logs(passing, &failing)), None, "{what}");
    }
}

#[test]
fn what_the_recorder_saw_is_held_against_the_last_run_that_passed() {
    let before = recorded(&[("Node", "22.11.0"), ("gcc", "12.2.0")], &["CI", "PATH"]);
    let now = recorded(
        &[("Node", "22.12.0"), ("Go", "1.22.3")],
        &["PATH", "NODE_ENV"],
    );
    let finding = of_records(before.clone(), &now);
    assert_eq!(
        changed(&finding),
        Some("Node 22.11.0 → 22.12.0, variable `NODE_ENV` is new, variable `CI` is gone")
    );
    assert_eq!(unfounded(&finding), Vec::<&str>::new());
    for (what, before, now) in [
        ("the same", before.clone(), before.clone()),
        ("recorded before variables were", recorded(&[], &[]), now),
        (
            "nothing was seen",
            Environment::default(),
            Environment::default(),
        ),
    ] {
        assert_eq!(changed(&of_records(before, &now)), None, "{what}");
    }
}

#[test]
fn a_build_that_failed_with_another_node_as_a_whole() {
    let finding = of_logs(
        &["##[group]Run npm test\nnpm test\n##[endgroup]\nnode: v22.11.0\nnpm: 10.9.0\n"],
        "##[group]Run npm test\nnpm test\n##[endgroup]\nnode: v22.12.0\nnpm: 10.9.0\n",
    );
    insta::assert_json_snapshot!(finding);
}
