//! Small projects that really fail with real tools: what is shown must hold the cause, and where one click is said to
//! mend them the same command must pass afterwards. No model is set, so all of it is what Perch does by itself.
//!
//! Each folder of `tests/broken_builds` is a project; its `broken.toml` says what is wrong with it.

mod project;

use self::project::{Broken, Project, names};
use crate::world::World;

/// A test for each project: some always, all of them with `--ignored` beside.
macro_rules! projects {
    (quick: $($quick:ident)+; long: $($long:ident)+) => {
        $(
            #[test]
            fn $quick() {
                is_explained_and_mended(stringify!($quick));
            }
        )+
        $(
            #[test]
            #[ignore = "part of the acceptance: the quick ones show the way"]
            fn $long() {
                is_explained_and_mended(stringify!($long));
            }
        )+
        const TESTED: &[&str] = &[$(stringify!($quick),)+ $(stringify!($long),)+];
    };
}

projects! {
    quick:
        c_missing_include
        docker_lint
        eslint_fixable
        go_unused_import
        java_missing_import
        py_failing_test
        py_missing_import
        rust_misnamed_module
        rust_unused_mut
        shellcheck_quoting
        ts_wrong_case;
    long:
        c_missing_library
        c_missing_semicolon
        c_misspelt_variable
        c_unused_variable
        c_wrong_case
        cpp_crash
        cpp_missing_include
        docker_untagged
        eslint_unused_import
        go_failing_test
        go_missing_import
        go_misspelt_method
        go_unformatted
        go_unused_variable
        go_vet
        java_missing_return
        java_missing_semicolon
        java_misspelt_name
        make_misspelt_target
        make_spaces
        npm_broken_manifest
        npm_misspelt_script
        prettier_unformatted
        py_black
        py_missing_colon
        py_mixed_tabs
        py_renamed_module
        py_ruff
        py_undefined_name
        py_unused_import
        py_wrong_type
        rust_clippy
        rust_failing_test
        rust_missing_arm
        rust_missing_dependency
        rust_missing_derive
        rust_missing_import
        rust_missing_mut
        rust_missing_semicolon
        rust_undefined_name
        rust_unformatted
        shell_not_executable
        shell_unclosed_if
        shellcheck_cd
        ts_missing_await
        ts_missing_import
        ts_missing_override
        ts_missing_parenthesis
        ts_misspelt_property
        ts_type_import
        ts_wrong_type
        yaml_lint
}

/// What would make a check pass without mending what it found.
const SILENCERS: &[&str] = &[
    "#[allow",
    "#[expect",
    "#![allow",
    "eslint-disable",
    "@ts-ignore",
    "@ts-expect-error",
    "@ts-nocheck",
    " as any",
    "# noqa",
    "# type: ignore",
    "# fmt: off",
    "# pylint: disable",
    "nolint",
    "_ = ",
    "@SuppressWarnings",
    "-Wno-",
    "shellcheck disable",
    "hadolint ignore",
    "yamllint disable",
    "prettier-ignore",
    "rustfmt::skip",
    "todo!(",
    "unimplemented!(",
];

/// Files that say what is checked and how.
const CHECKS: &[&str] = &[
    ".yamllint",
    "clippy.toml",
    "eslint.config.js",
    "ruff.toml",
    "rustfmt.toml",
    "tsconfig.json",
];

fn is_explained_and_mended(name: &str) {
    let world = World::new();
    let project = Project::copied(name, &world);
    let broken = &project.broken;
    world.says(&["watch".as_ref(), project.folder.as_os_str()]);
    let failed = project.exec(&world);
    assert!(!failed.passed, "{name} passes:\n{}", failed.said);

    let suggestions = world.inbox();
    assert_eq!(suggestions.len(), 1, "{name}:\n{}", failed.said);
    let shown = world.json(&["show", &suggestions[0]]);
    is_explained(broken, &shown, &failed.said);

    let offered: Vec<&str> = shown["actions"]
        .as_array()
        .expect("actions")
        .iter()
        .filter(|action| action["refused"].is_null())
        .filter_map(|action| action["kind"].as_str())
        .filter(|kind| matches!(*kind, "branch" | "tree"))
        .collect();
    if !broken.mended {
        assert_eq!(offered, Vec::<&str>::new(), "{name} is offered a change");
        return;
    }
    let leading = if broken.uncommitted { "tree" } else { "branch" };
    assert_eq!(offered.first(), Some(&leading), "{name}: {shown:#}");
    world.says(&["accept", &suggestions[0]]);
    let change = project.take_up_the_fix();
    is_harmless(name, &change);
    if !broken.printed {
        let printed = change.added().find(|line| failed.said.contains(line));
        assert_eq!(printed, None, "{name}: the tool prints the change");
    }
    let again = project.run(&world);
    assert!(
        again.passed,
        "{name} still fails:\n{}\n{}",
        change.diff, again.said
    );
}

/// The best block holds the first part of the cause, all blocks together hold all of it, and the sort is right.
fn is_explained(broken: &Broken, shown: &serde_json::Value, said: &str) {
    let blocks = shown["log"]["blocks"]
        .as_array()
        .expect("blocks of the log");
    let text = |block: &serde_json::Value| -> String {
        let lines = block["lines"].as_array().expect("lines").iter();
        lines
            .filter_map(|line| line.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(!blocks.is_empty(), "nothing is shown of:\n{said}");
    assert!(
        text(&blocks[0]).contains(&broken.cause[0]),
        "the best block does not hold `{}`:\n{}\nof:\n{said}",
        broken.cause[0],
        text(&blocks[0])
    );
    let all: String = blocks.iter().map(text).collect::<Vec<_>>().join("\n");
    for cause in &broken.cause {
        assert!(
            all.contains(cause),
            "no block holds `{cause}`:\n{all}\nof:\n{said}"
        );
    }
    assert!(all.lines().count() <= 60, "too much is shown:\n{all}");
    assert_eq!(blocks[0]["category"], broken.category.as_str(), "{shown:#}");
}

/// Touches no test and nothing that says what is checked, and silences nothing.
fn is_harmless(name: &str, change: &project::Change) {
    assert!(!change.files.is_empty(), "{name}: nothing changed");
    for file in &change.files {
        let last = file.rsplit('/').next().unwrap_or(file);
        let is_test = last.contains("test") || last.contains("spec") || file.starts_with("tests/");
        assert!(!is_test, "{name}: the fix touches {file}");
        assert!(!CHECKS.contains(&last), "{name}: the fix touches {file}");
    }
    for line in change.added() {
        let silencer = SILENCERS.iter().find(|word| line.contains(**word));
        assert_eq!(silencer, None, "{name}: the fix silences a check: {line}");
    }
}

#[test]
fn every_project_has_its_test_and_the_collection_is_as_large_as_it_is_said_to_be() {
    let names = names();
    let mut tested: Vec<String> = TESTED.iter().map(|name| (*name).to_owned()).collect();
    tested.sort();
    assert_eq!(names, tested);
    let all: Vec<Broken> = names.iter().map(|name| Broken::of(name)).collect();
    let mended: Vec<&Broken> = all.iter().filter(|one| one.mended).collect();
    let derived = mended.iter().filter(|one| !one.printed).count();
    // docs/quality.md gives these figures.
    assert_eq!((all.len(), mended.len(), derived), (63, 51, 34));
    for language in [
        "rust", "ts", "py", "go", "c", "cpp", "java", "shell", "docker",
    ] {
        let begins = |name: &String| {
            name.split('_')
                .next()
                .is_some_and(|word| word.starts_with(language))
        };
        assert!(names.iter().any(begins), "no project in {language}");
    }
}
