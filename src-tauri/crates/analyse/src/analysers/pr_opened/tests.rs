//! What the checklist says of realistic diffs, and when it says nothing.

use perch_core::event_type::EventType;
use perch_core::facts::{Check, Ticket};
use perch_core::finding::Offer;
use serde_json::json;

use super::*;
use crate::change::sample;

const RANGE: &str = "diff --git a/src/range.rs b/src/range.rs
--- a/src/range.rs
+++ b/src/range.rs
@@ -1,4 +1,16 @@
 use std::ops::Range;
 
+/// The range a header asks for.
+pub fn parse_range(text: &str, length: u64) -> Result<Range<u64>, RangeError> {
+    let Some((start, end)) = text.split_once('-') else {
+        return Err(RangeError::Malformed);
+    };
+    let (start, end) = (start.parse()?, end.parse()?);
+    if start >= length {
+        return Err(RangeError::Outside);
+    }
+    Ok(start..end)
+}
+
 #[derive(Debug)]
 pub struct Header;
";

const TESTED: &str = "diff --git a/tests/range.rs b/tests/range.rs
new file mode 100644
--- /dev/null
+++ b/tests/range.rs
@@ -0,0 +1,4 @@
+#[test]
+fn a_range_within_the_length_is_taken() {
+    assert_eq!(api::parse_range(\"0-3\", 9).unwrap(), 0..3);
+}
";

fn look(
    diff: &str,
    tree: &[&str],
    files: &[(&str, &str)],
    pull_request: &serde_json::Value,
) -> Look {
    let event = sample::pull_request(EventType::PR_OPENED, pull_request);
    ANALYSER.look(&event, &sample::facts(diff, tree, files))
}

fn found(
    diff: &str,
    tree: &[&str],
    files: &[(&str, &str)],
    pull_request: &serde_json::Value,
) -> Finding {
    match look(diff, tree, files, pull_request) {
        Look::Found(finding) => *finding,
        Look::Nothing(reason) => panic!("nothing: {reason}"),
    }
}

fn patch(path: &str, lines: &str) -> String {
    format!("diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -10,1 +10,9 @@\n{lines}")
}

#[test]
fn an_untested_function_leads_with_its_cases() {
    let finding = found(RANGE, &["src/range.rs", "tests/other.rs"], &[], &json!({}));
    insta::assert_json_snapshot!("untested_function", finding);
}

#[test]
fn a_rich_pull_request_is_a_whole_checklist() {
    let workflow = patch(
        ".github/workflows/ci.yml",
        " on:\n+  pull_request_target:\n+permissions:\n+  contents: write\n+      - uses: acme/deploy@v3\n+      - uses: actions/checkout@v5\n+      - run: echo ${{ github.event.pull_request.title }}\n",
    );
    let manifest = patch(
        "Cargo.toml",
        " [dependencies]\n-serde = \"1\"\n+serde = \"1.0.200\"\n",
    );
    let login = patch(
        "src/auth/login.rs",
        " fn a() {}\n-pub fn login(name: &str) -> bool {\n+pub fn login(name: &str, code: u32) -> bool {\n+    dbg!(code);\n+    // TODO check the code\n+    code > 3\n",
    );
    let diff = [workflow, manifest, login].concat();
    let event = sample::pull_request(
        EventType::PR_OPENED,
        &json!({ "body": "Fixes #7\n\n- [x] done\n- [ ] tell support\n", "author": "ada" }),
    );
    let mut facts = sample::facts(
        &diff,
        &[
            "Cargo.lock",
            "Cargo.toml",
            "src/auth/login.rs",
            "tests/login.rs",
        ],
        &[
            (
                ".github/CODEOWNERS",
                "* @acme/all\nsrc/auth/ @acme/security @ada\n/.github/ @acme/ops\n",
            ),
            ("tests/login.rs", "login(\"a\");"),
        ],
    );
    facts.checks.push(Check {
        name: "clippy".into(),
        passed: Some(false),
        url: Some("https://forge.test/checks/1".into()),
    });
    let Look::Found(finding) = ANALYSER.look(&event, &facts) else {
        panic!("nothing found");
    };
    assert_eq!(finding.points.iter().filter(|point| !point.todo).count(), 3);
    insta::assert_snapshot!("rich_comment", finding.comment.unwrap());
}

#[test]
fn owners_who_were_not_asked_and_the_label_its_title_means_are_offered() {
    let look = |pull_request: serde_json::Value| {
        let event = sample::pull_request(EventType::PR_OPENED, &pull_request);
        let owners = "* @acme/core @Grace @ada linus@x.test\n";
        let mut facts = sample::facts(
            RANGE,
            &["src/range.rs", "tests/other.rs"],
            &[("CODEOWNERS", owners)],
        );
        facts.issues = vec![labelled("Type: Bug"), labelled("bug")];
        match ANALYSER.look(&event, &facts) {
            Look::Found(finding) => finding.offers,
            Look::Nothing(reason) => panic!("nothing: {reason}"),
        }
    };
    let ask = |reviewers: &[&str]| Offer::RequestReviewers {
        reviewers: reviewers.iter().map(|name| (*name).to_owned()).collect(),
    };
    let bug = Offer::Label {
        labels: vec!["bug".into()],
    };
    let cases = [
        (
            json!({"author": "linus"}),
            vec![ask(&["Grace", "acme/core", "ada"])],
        ),
        (json!({"author": "ada"}), vec![]),
        (
            json!({"author": "linus", "requested_reviewers": ["grace", "ada"]}),
            vec![ask(&["acme/core"])],
        ),
        (
            json!({"author": "ada", "title": "fix: parse ranges"}),
            vec![bug],
        ),
        (
            json!({"author": "ada", "title": "perf: parse ranges"}),
            vec![],
        ),
        (
            json!({"author": "ada", "title": "fix: parse ranges", "labels": ["later"]}),
            vec![],
        ),
    ];
    for (pull_request, expected) in cases {
        assert_eq!(look(pull_request.clone()), expected, "{pull_request}");
    }
}

fn labelled(label: &str) -> Ticket {
    Ticket {
        number: 1,
        title: String::new(),
        body: String::new(),
        author: String::new(),
        labels: vec![label.into()],
        assignees: Vec::new(),
        reviewers: Vec::new(),
        milestone: None,
        open: true,
        draft: false,
        mergeable: None,
        created_at: jiff::Timestamp::UNIX_EPOCH,
        updated_at: jiff::Timestamp::UNIX_EPOCH,
        url: None,
    }
}

#[test]
fn the_title_says_the_most_important_thing() {
    let token = format!("ghp_{}", "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5");
    let pem = ["-----BEGIN ", "PRIVATE KEY-----"].concat();
    let cases = [
        (
            format!(
                "{RANGE}{TESTED}{}",
                patch(
                    "src/client.rs",
                    &format!(" fn a() {{}}\n+const T: &str = \"{token}\";\n")
                )
            ),
            "PR #42 adds a github token in `client.rs`",
            "pr/secret",
        ),
        (
            patch(
                "a/settings.py",
                &format!(" x = 1\n+DB_PASSWORD = \"{}\"\n", "kX9vQ2mZ7pL4"),
            ),
            "PR #42 adds a password in `settings.py`",
            "pr/secret",
        ),
        (
            patch(
                "a/key.pem",
                &format!(
                    " \n+{pem}\n+{}\n",
                    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC".repeat(2)
                ),
            ),
            "PR #42 adds a private key in `key.pem`",
            "pr/secret",
        ),
        (
            patch(
                "src/a.rs",
                " fn a() {}\n+<<<<<<< HEAD\n+let a = 1;\n+=======\n+let a = 2;\n+>>>>>>> main\n",
            ),
            "PR #42 adds conflict markers to `a.rs`",
            "pr/conflict_marker",
        ),
        (
            patch("web/cart.test.ts", " a()\n+describe.only('cart', () => {\n"),
            "PR #42 leaves a focused test in `cart.test.ts`",
            "pr/focused_test",
        ),
        (
            patch(
                ".github/workflows/ci.yml",
                " on:\n+  pull_request_target:\n",
            ),
            "PR #42 runs `ci.yml` on `pull_request_target`",
            "pr/workflow",
        ),
        (
            patch(
                "db/migrations/7.sql",
                " --\n+ALTER TABLE users DROP COLUMN email;\n",
            ),
            "PR #42 has a migration that breaks `email`",
            "pr/migration",
        ),
        (
            patch(
                "src/api.py",
                " x = 1\n-def load(path):\n+def load(path, strict):\n",
            ),
            "PR #42 changes how `load` is called",
            "pr/contract",
        ),
        (
            patch(
                "tests/test_a.py",
                " x = 1\n-def test_load():\n-    assert load()\n",
            ),
            "PR #42 removes the test `test_load`",
            "pr/removed_test",
        ),
        (
            patch("pkg/a_test.go", " x\n+\tt.Skip(\"later\")\n"),
            "PR #42 skips a test in `a_test.go`",
            "pr/skipped_test",
        ),
        (
            RANGE.into(),
            "PR #42 has no test for `parse_range`",
            "pr/untested",
        ),
        (
            patch(
                "web/package.json",
                "   \"dependencies\": {\n-    \"vite\": \"^8.0.0\",\n+    \"vite\": \"^8.1.0\",\n",
            ),
            "PR #42 leaves `pnpm-lock.yaml` behind",
            "pr/lockfile",
        ),
        (
            format!(
                "{}{}",
                patch("api/a.txt", &format!(" a\n{}", "+x\n".repeat(800))),
                patch("web/a.txt2", &format!(" a\n{}", "+x\n".repeat(400)))
            ),
            "PR #42 changes 1200 lines",
            "pr/large",
        ),
    ];
    for (diff, title, rule) in cases {
        let finding = found(
            &diff,
            &["src/range.rs", "tests/x.rs", "pnpm-lock.yaml"],
            &[],
            &json!({}),
        );
        assert_eq!(
            (finding.title.as_str(), finding.rule.as_str()),
            (title, rule)
        );
        assert!(finding.title.chars().count() <= 60, "{title}");
        assert!(
            finding
                .points
                .iter()
                .filter(|point| !point.todo)
                .all(|point| !point.evidence.is_empty())
        );
        let level = if rule == "pr/secret" {
            Level::Urgent
        } else {
            Level::Normal
        };
        assert_eq!(finding.level, level, "{title}");
    }
}

#[test]
fn nothing_worth_saying_is_not_said() {
    let cases = [
        (String::new(), "the pull request changes no file"),
        (
            patch("docs/guide.md", " a\n+b\n"),
            "the diff touches only documentation",
        ),
        (
            patch("Cargo.lock", " a\n+b\n"),
            "the diff touches only generated and lock files",
        ),
        (
            format!("{RANGE}{TESTED}"),
            "the diff is small (16 changed lines in 2 files) and its facts leave nothing to check",
        ),
        (
            patch("src/a.rs", " fn a() {\n-    b();\n+    c();\n"),
            "the diff is small (2 changed lines in 1 file) and its facts leave nothing to check",
        ),
        (
            patch(
                "src/api.py",
                " x = 1\n-def load(path):\n+def load(path, strict=False):\n",
            ),
            "the diff is small (2 changed lines in 1 file) and its facts leave nothing to check",
        ),
        (
            patch(
                ".github/workflows/ci.yml",
                " x:\n-      - uses: actions/checkout@v4\n+      - uses: actions/checkout@v5\n",
            ),
            "the diff is small (2 changed lines in 1 file) and its facts leave nothing to check",
        ),
        (
            patch(
                "tests/fixtures/users.json",
                &format!(" {{\n+  \"password\": \"{}\"\n", "kX9vQ2mZ7pL4"),
            ),
            "the diff touches only generated and lock files",
        ),
        (
            patch(
                "tests/a.rs",
                &format!(" fn a() {{\n+    let password = \"{}\";\n", "kX9vQ2mZ7pL4"),
            ),
            "the diff is small (1 changed line in 1 file) and its facts leave nothing to check",
        ),
        (
            patch(
                "src/a.test.ts",
                " a()\n-it('adds', () => {\n+it('adds numbers', () => {\n",
            ),
            "the diff is small (2 changed lines in 1 file) and its facts leave nothing to check",
        ),
    ];
    for (diff, expected) in cases {
        match look(&diff, &["src/range.rs", "tests/x.rs"], &[], &json!({})) {
            Look::Nothing(reason) => assert_eq!(reason, expected),
            Look::Found(finding) => panic!("{diff}\n{finding:#?}"),
        }
    }
}

#[test]
fn an_existing_test_that_names_the_function_is_enough() {
    let diff = patch(
        "src/range.rs",
        " pub fn parse_range(text: &str) -> u64 {\n-    1\n+    let a = text.len();\n+    if a > 3 {\n+        return 2;\n+    }\n",
    );
    let tree = ["src/range.rs", "tests/range.rs"];
    let source = "fn x() {}\n";
    let named = look(
        &diff,
        &tree,
        &[
            ("tests/range.rs", "api::parse_range(\"\");"),
            ("src/range.rs", source),
        ],
        &json!({}),
    );
    assert!(matches!(named, Look::Nothing(_)), "{named:?}");
    let finding = found(
        &diff,
        &tree,
        &[("tests/range.rs", "other();"), ("src/range.rs", source)],
        &json!({}),
    );
    assert_eq!(finding.title, "PR #42 has no test for `parse_range`");
    // What could not be read is not claimed.
    let unread = look(&diff, &tree, &[], &json!({}));
    assert!(matches!(unread, Look::Nothing(_)), "{unread:?}");
}

#[test]
fn a_draft_waits_and_an_announced_break_does_not_lead() {
    let diff = patch(
        "src/api.py",
        " x = 1\n-def load(path):\n+def load(path, strict):\n",
    );
    assert_eq!(
        found(&diff, &[], &[], &json!({ "draft": true })).level,
        Level::Silent
    );
    let announced = look(&diff, &[], &[], &json!({ "title": "feat!: load strictly" }));
    assert!(matches!(announced, Look::Nothing(_)), "{announced:?}");
}

#[test]
fn it_asks_for_the_diff_then_the_tree_then_files_and_then_no_more() {
    let event = sample::pull_request(EventType::PR_OPENED, &json!({}));
    let mut facts = Facts::default();
    assert_eq!(ANALYSER.wants(&event, &facts), [Want::Diff]);
    facts.answered.insert(Want::Diff);
    facts.diff = sample::diff(RANGE);
    let second = [Want::Tree, Want::Checks, Want::Issues];
    assert_eq!(ANALYSER.wants(&event, &facts), second);
    facts.answered.extend(second);
    facts.tree = [
        "CODEOWNERS",
        "src/range.rs",
        "tests/other.rs",
        "tests/range.rs",
    ]
    .map(str::to_owned)
    .to_vec();
    let wants = ANALYSER.wants(&event, &facts);
    assert_eq!(
        wants,
        ["src/range.rs", "tests/range.rs", "CODEOWNERS"].map(|path| Want::File(path.into()))
    );
    facts.answered.extend(wants);
    assert!(ANALYSER.wants(&event, &facts).is_empty());
}
