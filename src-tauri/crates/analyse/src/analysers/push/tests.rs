//! What is said of realistic pushes, and when nothing is.

use jiff::Timestamp;
use perch_core::facts::Commit;
use serde_json::json;

use super::*;
use crate::change::sample;

/// Paths with their texts after the push.
type Files<'a> = &'a [(&'a str, &'a str)];

fn patch(path: &str, lines: &str) -> String {
    format!("diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -10,1 +10,9 @@\n{lines}")
}

fn look(diff: &str, files: &[(&str, &str)], subject: &str, default: bool) -> Look {
    let mut event = sample::event(
        EventType::PUSH,
        "branch/main",
        &json!({ "push": { "forced": false, "commits": 2 } }),
    );
    event.subject.on_default_branch = default;
    let mut facts = sample::facts(diff, &["tests/other.rs"], files);
    facts.commits.push(Commit {
        sha: "9d1c0e2f9d1c0e2f9d1c0e2f9d1c0e2f9d1c0e2f".into(),
        message: subject.into(),
        author: "ada".into(),
        at: Timestamp::UNIX_EPOCH,
    });
    ANALYSER.look(&event, &facts)
}

const GONE: &str = " use a;\n-pub fn parse_range(text: &str) -> u64 {\n-    1\n-}\n";

#[test]
fn a_break_that_is_in_use_is_said() {
    let token = format!("ghp_{}", "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5");
    let environment = " fn a() {}\n-    let port = std::env::var(\"APP_PORT\");\n+    let port = settings.port;\n";
    let cases: [(String, Files<'_>, &str, &str); 8] = [
        (
            patch("src/range.rs", GONE),
            &[("src/http.rs", "use crate::range::parse_range;\n")],
            "`parse_range` is gone, `http.rs` still uses it",
            "push/export",
        ),
        (
            patch(
                "src/range.rs",
                " use a;\n-pub fn parse_range(text: &str) {\n+pub fn parse_range(text: &str, length: u64) {\n",
            ),
            &[(
                "src/http.rs",
                "fn get() {\n    range::parse_range(text)\n}\n",
            )],
            "`parse_range` is called differently, `http.rs` still uses it",
            "push/export",
        ),
        (
            patch(
                "a/load.py",
                " x = 1\n-def load_cart(path):\n+def read_cart(path):\n",
            ),
            &[("a/view.py", "from a.load import load_cart\n")],
            "`load_cart` is now `read_cart`, `view.py` still uses it",
            "push/export",
        ),
        (
            patch("src/main.rs", environment),
            &[(".env.example", "# the port\nAPP_PORT=80\n")],
            "`APP_PORT` is gone, `.env.example` still uses it",
            "push/environment",
        ),
        (
            patch(
                "src/cli.py",
                " x = 1\n-p.add_argument('--out-file')\n+p.add_argument('--output')\n",
            ),
            &[("README.md", "Run `tool --out-file x`\n")],
            "`--out-file` is gone, `README.md` still uses it",
            "push/flag",
        ),
        (
            patch("db/migrations/7.sql", " --\n+DROP TABLE carts;\n"),
            &[],
            "A migration breaks `carts`",
            "push/migration",
        ),
        (
            patch("schema.graphql", " type Cart {\n-  total: Int!\n"),
            &[],
            "`total` is gone",
            "push/schema",
        ),
        (
            patch(
                "src/client.rs",
                &format!(" fn a() {{}}\n+const T: &str = \"{token}\";\n"),
            ),
            &[],
            "A github token was pushed in `client.rs`",
            "push/secret",
        ),
    ];
    for (diff, files, title, rule) in cases {
        let Look::Found(finding) = look(&diff, files, "change things", true) else {
            panic!("{title}: nothing found");
        };
        assert_eq!(
            (finding.title.as_str(), finding.rule.as_str()),
            (title, rule)
        );
        assert_eq!(finding.fingerprint, "push/1/main");
        assert!(title.chars().count() <= 60, "{title}");
        assert!(!format!("{finding:?}").contains(&token));
    }
}

#[test]
fn what_cannot_be_shown_is_not_said() {
    let nothing = "nothing others rely on is changed in a way that the diff shows";
    let cases: [(String, Files<'_>, bool, &str); 9] = [
        (String::new(), &[], true, "the push changes no file"),
        (patch("src/range.rs", GONE), &[], true, nothing),
        (
            patch("src/range.rs", GONE),
            &[(
                "src/http.rs",
                "// parse_range was here\nself.parser.parse_range(1)\n",
            )],
            true,
            nothing,
        ),
        (
            patch("src/range.rs", GONE),
            &[("src/http.rs", "fn parse_range() {}\nparse_range();\n")],
            true,
            nothing,
        ),
        (
            format!(
                "{}{}",
                patch("src/range.rs", GONE),
                patch("src/http.rs", " a\n-parse_range();\n+b();\n")
            ),
            &[("src/http.rs", "use range::parse_range;\n")],
            true,
            nothing,
        ),
        (
            patch("src/range.rs", GONE)
                + &patch(
                    "src/span.rs",
                    " a\n+pub fn parse_range(text: &str) -> u64 {\n",
                ),
            &[("src/http.rs", "use range::parse_range;\n")],
            true,
            nothing,
        ),
        (
            patch("db/migrations/7.sql", " --\n+DROP TABLE carts;\n"),
            &[],
            false,
            nothing,
        ),
        (
            patch(
                "db/migrations/7.sql",
                " --\n+ALTER TABLE carts ADD COLUMN note text;\n",
            ),
            &[],
            true,
            nothing,
        ),
        (patch("README.md", " a\n+b\n"), &[], true, nothing),
    ];
    for (diff, files, default, expected) in cases {
        match look(&diff, files, "change things", default) {
            Look::Nothing(reason) => assert_eq!(reason, expected, "{diff}"),
            Look::Found(finding) => panic!("{diff}\n{finding:#?}"),
        }
    }
}

#[test]
fn new_functions_without_a_test_wait_in_the_inbox() {
    let diff = patch(
        "src/range.rs",
        " use a;\n+pub fn one(a: u8) -> Result<u8> {\n+    if a > LIMIT {\n+        return Err(Error::Large);\n+    }\n+}\n+\n+pub fn two(a: u8) -> Option<u8> {\n+    if a == 0 {\n+        return None;\n+    }\n+}\n",
    );
    let Look::Found(finding) = look(&diff, &[], "change things", true) else {
        panic!("nothing found");
    };
    assert_eq!(
        (finding.level, finding.rule.as_str()),
        (Level::Silent, "push/untested")
    );
    insta::assert_json_snapshot!("untested", finding);
    for (subject, default) in [
        ("Parse ranges (#42)", true),
        ("Merge pull request #42", true),
        ("change things", false),
    ] {
        assert!(
            matches!(look(&diff, &[], subject, default), Look::Nothing(_)),
            "{subject}"
        );
    }
}

#[test]
fn it_asks_only_for_files_that_could_use_what_is_gone() {
    let event = sample::event(EventType::PUSH, "branch/main", &json!({}));
    let mut facts = Facts::default();
    assert_eq!(ANALYSER.wants(&event, &facts), [Want::Diff]);
    facts.answered.insert(Want::Diff);
    facts.diff = sample::diff(&patch("src/range.rs", GONE));
    assert_eq!(ANALYSER.wants(&event, &facts), [Want::Commits, Want::Tree]);
    facts.answered.extend([Want::Commits, Want::Tree]);
    facts.tree = ["README.md", "src/http.rs", "src/range.rs", "web/a.ts"]
        .map(str::to_owned)
        .to_vec();
    let wants = ANALYSER.wants(&event, &facts);
    assert_eq!(wants, [Want::File("src/http.rs".into())]);
    facts.answered.extend(wants);
    assert!(ANALYSER.wants(&event, &facts).is_empty());
}
