//! Whole changelogs before and after, and when there is nothing to write.

use perch_core::patch::PatchError;
use serde_json::{Value, json};

use super::*;
use crate::change::sample;

const CODE: &str = "diff --git a/src/range.rs b/src/range.rs
--- a/src/range.rs
+++ b/src/range.rs
@@ -1,2 +1,3 @@
 fn a() {
+    b();
 }
";

fn look(diff: &str, files: &[(&str, &str)], tree: &[&str], pull_request: &Value) -> Look {
    let event = sample::pull_request(EventType::PR_MERGED, pull_request);
    ANALYSER.look(&event, &sample::facts(diff, tree, files))
}

fn found(diff: &str, files: &[(&str, &str)], pull_request: &Value) -> Finding {
    match look(diff, files, &[], pull_request) {
        Look::Found(finding) => *finding,
        Look::Nothing(reason) => panic!("nothing: {reason}"),
    }
}

fn reason(diff: &str, files: &[(&str, &str)], tree: &[&str], pull_request: &Value) -> String {
    match look(diff, files, tree, pull_request) {
        Look::Nothing(reason) => reason,
        Look::Found(finding) => panic!("{finding:#?}"),
    }
}

fn patched(
    finding: &Finding,
    fix: usize,
    files: &[(&str, &str)],
) -> Result<Vec<(String, String)>, PatchError> {
    let Remedy::Patch { patch } = &finding.fixes[fix].remedy else {
        panic!("no patch");
    };
    let read = |path: &str| {
        files
            .iter()
            .find(|(name, _)| *name == path)
            .map(|(_, text)| (*text).to_owned())
    };
    Ok(patch
        .resolve(read)?
        .into_iter()
        .map(|file| (file.path, file.after))
        .collect())
}

/// `before` with `+` lines as they are added, so that a case shows the whole file once.
fn check(name: &str, marked: &str, pull_request: &Value) {
    check_file(name, marked, pull_request, "\n");
}

fn check_file(name: &str, marked: &str, pull_request: &Value, line_end: &str) {
    let lines = marked.split_inclusive('\n');
    let before: String = lines
        .clone()
        .filter(|line| !line.starts_with('>'))
        .collect();
    let after: String = lines
        .map(|line| line.strip_prefix('>').unwrap_or(line))
        .collect();
    // A marked last line without an end takes the end of the line before with it.
    let (mut before, mut after) = (before, after);
    if marked
        .rsplit('\n')
        .next()
        .is_some_and(|last| last.starts_with('>'))
    {
        before = before.trim_end_matches('\n').to_owned();
    }
    if line_end == "\r\n" {
        before = before.replace('\n', "\r\n");
        after = after.replace('\n', "\r\n");
    }
    let files = [(name, before.as_str())];
    let finding = found(CODE, &files, pull_request);
    let result = patched(&finding, 0, &files).unwrap();
    assert_eq!(result, [(name.to_owned(), after)], "{marked}");
}

#[test]
fn keep_a_changelog_gets_its_entry_in_the_section() {
    check(
        "CHANGELOG.md",
        "# Changelog\n\nAll notable changes.\n\n## [Unreleased]\n\n### Added\n\n- Tabs. (#40)\n\n### Fixed\n\n- A leak. (#39)\n- A crash\n  on start. (#41)\n>- Fix the range of an empty body. (#42)\n\n## [1.0.0] - 2026-01-02\n\n### Fixed\n\n- Things. (#3)\n\n[Unreleased]: https://forge.test/compare\n",
        &json!({ "title": "fix: fix the range of an empty body." }),
    );
}

#[test]
fn every_style_is_continued() {
    let fix = json!({ "title": "fix(parser): accept an empty range (#42)" });
    let feature = json!({ "title": "Add ranges", "labels": ["enhancement"] });
    let cases = [
        // A section that is absent goes where the file itself has it.
        (
            "## [Unreleased]\n### Added\n- Tabs (#40)\n>\n>### Fixed\n>- Accept an empty range (#42)\n\n## [1.0.0]\n### Added\n- A (#1)\n### Fixed\n- Things (#3)\n",
            &fix,
        ),
        (
            "# Log\n\n## Unreleased\n\n### Removed\n\n- Tabs\n>\n>### Fixed\n>\n>- Accept an empty range\n\n### Security\n\n- Hole\n\n## 1.0.0\n\n- A\n",
            &fix,
        ),
        // No version to come: one is made as the others are.
        (
            "# Changelog\n>\n>## [Unreleased]\n>\n>### Fixed\n>\n>- Accept an empty range\n\n## [1.0.0] - 2026-01-02\n\n### Fixed\n\n- Things\n",
            &fix,
        ),
        (
            ">## Unreleased\n>\n>- Accept an empty range\n>\n## 1.0.0\n\n- Things\n- More\n",
            &fix,
        ),
        (
            "# Changelog\n>\n>## Unreleased\n>\n>### Added\n>\n>- Add ranges\n",
            &feature,
        ),
        // git-cliff and Conventional Changelog.
        (
            "# Changelog\n\n## [unreleased]\n\n### 🚀 Features\n\n- *(cli)* Add tabs\n\n### 🐛 Bug Fixes\n\n- *(cli)* Close the file\n- Stop early\n>- *(parser)* Accept an empty range\n\n## [1.0.0]\n\n### 🚀 Features\n\n- A thing\n",
            &fix,
        ),
        (
            "## Unreleased\n\n### Bug Fixes\n\n* **cli:** close the file ([#7](https://forge.test/a/b/issues/7)) ([abcdef1](https://forge.test/a/b/commit/abcdef1234567))\n>* **parser:** accept an empty range ([#42](https://forge.test/a/b/issues/42)) ([9d1c0e2](https://forge.test/a/b/commit/9d1c0e2f9d1c0e2f9d1c0e2f9d1c0e2f9d1c0e2f))\n",
            &fix,
        ),
        // The newest first, with the author.
        (
            "## Next\n\n>* Accept an empty range (#42) (@ada)\n* Close the file (#41) (@bob)\n* Stop early (#40) (@bob)\n\n## 1.0\n\n* A (#9) (@bob)\n* B (#8) (@bob)\n",
            &fix,
        ),
        (
            "## What is upcoming\n* Close the file by @bob in https://forge.test/a/b/pull/41\n>* Accept an empty range by @ada in https://forge.test/a/b/pull/42\n",
            &fix,
        ),
        // Underlined headings.
        (
            "Changes\n=======\n\nUnreleased\n----------\n\n- Stop early.\n>- Accept an empty range.\n\n1.0 (2026-01-02)\n----------------\n\n- A.\n",
            &fix,
        ),
        (
            "Changes\n=======\n>\n>Unreleased\n>----------\n>\n>- Accept an empty range.\n\n1.0 (2026-01-02)\n----------------\n\n- A.\n",
            &fix,
        ),
        // An empty section; no final newline; a last entry without one.
        (
            "## Unreleased\n\n### Fixed\n>\n>- Accept an empty range\n\n## 1.0\n\n### Fixed\n\n- A\n",
            &fix,
        ),
        (
            "## Unreleased\n\n- Stop early\n>- Accept an empty range",
            &fix,
        ),
        // Wrapped entries and a bullet of its own.
        (
            "## Unreleased\n\n * Close the file when the reader is dropped before its end, and\n   not before.\n * Stop early when nothing else is left to be read from a pipe at\n   all.\n> * Accept an empty range.\n",
            &fix,
        ),
        // Breaking.
        (
            "## Unreleased\n\n### Changed\n\n- **Breaking:** Drop tabs\n>- **Breaking:** Read ranges as text\n",
            &json!({ "title": "feat!: read ranges as text" }),
        ),
        (
            "## 1.1.0-dev (unreleased)\n\n### BREAKING CHANGES\n\n- Drop tabs\n>- **Breaking:** Read ranges as text\n\n### Features\n\n- A\n",
            &json!({ "title": "feat!: read ranges as text" }),
        ),
    ];
    for (marked, pull_request) in cases {
        check("CHANGELOG.md", marked, pull_request);
    }
}

#[test]
fn line_ends_stay() {
    check_file(
        "CHANGES",
        "# Changes\n\n## Unreleased\n\n- Stop early\n>- Accept an empty range\n\n## 1.0\n\n- A\n",
        &json!({ "title": "fix: accept an empty range" }),
        "\r\n",
    );
}

#[test]
fn the_nearest_changelog_is_taken() {
    let text = "## Unreleased\n\n- A\n";
    let files = [
        ("CHANGELOG.md", text),
        ("crates/a/CHANGELOG.md", text),
        ("crates/b/CHANGELOG.md", text),
    ];
    for (path, expected) in [
        ("crates/a/src/x.rs", "crates/a/CHANGELOG.md"),
        ("src/x.rs", "CHANGELOG.md"),
    ] {
        let finding = found(&CODE.replace("src/range.rs", path), &files, &json!({}));
        assert_eq!(patched(&finding, 0, &files).unwrap()[0].0, expected);
    }
}

/// Diff, files, other paths of the tree, pull request, reason.
type Silence<'a> = (&'a str, Files<'a>, &'a [&'a str], Value, &'a str);
type Files<'a> = Vec<(&'a str, &'a str)>;

#[test]
fn there_is_a_reason_for_every_silence() {
    let log = "## Unreleased\n\n- Parse ranges already\n- Other (#41)\n";
    let with = |text: &'static str| vec![("CHANGELOG.md", text)];
    let docs = CODE.replace("src/range.rs", "docs/a.md");
    let ci = CODE.replace("src/range.rs", ".github/workflows/ci.yml");
    let own = format!("{CODE}{}", CODE.replace("src/range.rs", "CHANGELOG.md"));
    let note = format!(
        "{CODE}{}",
        CODE.replace("src/range.rs", "newsfragments/42.fix")
    );
    let cases: [Silence<'_>; 12] = [
        (
            "",
            vec![],
            &[],
            json!({}),
            "the pull request changes no file",
        ),
        (
            CODE,
            vec![],
            &[],
            json!({}),
            "the repository has no changelog",
        ),
        (
            &own,
            with(log),
            &[],
            json!({}),
            "the pull request changed `CHANGELOG.md` itself",
        ),
        (
            &note,
            with(log),
            &[],
            json!({}),
            "the pull request brought its own note, `newsfragments/42.fix`",
        ),
        (
            CODE,
            with("## Unreleased\n\n- Ranges (#42)\n"),
            &[],
            json!({}),
            "`CHANGELOG.md` already names this change",
        ),
        (
            CODE,
            with("## Unreleased\n\n- Parse **ranges** anew\n"),
            &[],
            json!({ "title": "feat: parse ranges anew" }),
            "`CHANGELOG.md` already names this change",
        ),
        (
            CODE,
            with("## 1.0\n\n- A\n"),
            &["cliff.toml"],
            json!({}),
            "`CHANGELOG.md` is written by git-cliff at each release",
        ),
        (
            CODE,
            with(log),
            &[],
            json!({ "title": "chore(deps): bump serde from 1 to 2" }),
            "the project lists no dependency updates",
        ),
        (
            CODE,
            with(log),
            &[],
            json!({ "title": "ci: cache more" }),
            "the project lists no `ci` changes",
        ),
        (
            CODE,
            with(log),
            &[],
            json!({ "labels": ["skip-changelog"] }),
            "the label `skip-changelog` says so",
        ),
        (&docs, with(log), &[], json!({}), "only documents changed"),
        (&ci, with(log), &[], json!({}), "only the pipeline changed"),
    ];
    for (diff, files, tree, pull_request, expected) in cases {
        assert_eq!(reason(diff, &files, tree, &pull_request), expected);
    }
}

const RENAME: &str = "diff --git a/src/range.rs b/src/range.rs
--- a/src/range.rs
+++ b/src/range.rs
@@ -1,3 +1,3 @@
-pub fn parse_range(text: &str) -> u64 {
+pub fn read_range(text: &str) -> u64 {
     1
 }
@@ -20,2 +20,1 @@
-    let port = std::env::var(\"APP_PORT\");
     a
";

#[test]
fn documents_that_name_what_changed_are_named() {
    let files = [
        ("CHANGELOG.md", "## Unreleased\n\n- A\n"),
        (
            "README.md",
            "# Ranges\n\nCall `parse_range` or parse_range(x), not reparse_range.\n",
        ),
        ("docs/setup.md", "Set `APP_PORT=80` first.\r\n"),
        ("src/notes.md", "parse_range\n"),
    ];
    let finding = found(RENAME, &files, &json!({ "title": "Rename parse_range" }));
    insta::assert_json_snapshot!("documents", finding);
    assert_eq!(
        patched(&finding, 1, &files).unwrap(),
        [(
            "README.md".to_owned(),
            "# Ranges\n\nCall `read_range` or read_range(x), not reparse_range.\n".to_owned()
        )]
    );
    // Without a changelog the documents are reason enough.
    let finding = found(RENAME, &files[1..], &json!({}));
    assert_eq!(
        (finding.rule.as_str(), finding.title.as_str()),
        (
            "docs/outdated_name",
            "`README.md` still names `parse_range`"
        )
    );
}

#[test]
fn it_asks_for_the_changelog_and_for_documents_only_when_a_name_is_gone() {
    let event = sample::pull_request(EventType::PR_MERGED, &json!({}));
    let mut facts = Facts::default();
    assert_eq!(ANALYSER.wants(&event, &facts), [Want::Diff]);
    facts
        .answered
        .extend([Want::Diff, Want::Tree, Want::Commits]);
    facts.tree = ["CHANGELOG.md", "README.md", "docs/a.md", "src/range.rs"]
        .map(str::to_owned)
        .to_vec();
    facts.diff = sample::diff(CODE);
    let files = |paths: &[&str]| {
        paths
            .iter()
            .map(|path| Want::File((*path).to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(ANALYSER.wants(&event, &facts), files(&["CHANGELOG.md"]));
    facts.diff = sample::diff(RENAME);
    assert_eq!(
        ANALYSER.wants(&event, &facts),
        files(&["CHANGELOG.md", "README.md", "docs/a.md"])
    );
}
