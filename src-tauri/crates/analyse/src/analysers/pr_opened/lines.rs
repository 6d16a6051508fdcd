//! What single added or removed lines give away: secrets, conflict markers, tests that no longer run, leftovers.

use std::sync::LazyLock;

use perch_core::evidence::Evidence;
use perch_core::facts::FileChange;
use perch_core::finding::Point;
use perch_core::redact::redact;
use regex::Regex;

use super::{Remark, Review, words};
use crate::change::language::Language;
use crate::change::role::{self, Role};
use crate::change::secrets;

/// The rule of a secret in the diff, the only urgent one.
pub(super) const SECRET: &str = "pr/secret";

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

static CONFLICT: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:<{7}|>{7}) \S"));
static FOCUSED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(?:(?:describe|it|test|context|suite)\.only|fdescribe|fit|fcontext)\s*[(`]|,\s*(?:focus: true|:focus)\b",
    )
});
static SKIPPED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\s*#\[ignore|^\s*@(?:pytest\.mark\.skip|unittest\.skip|Disabled|Ignore)\b|\b(?:(?:describe|it|test|context)\.(?:skip|todo)|xdescribe|xit|xtest)\s*\(|\bt\.Skip(?:Now|f)?\(",
    )
});
static NAMED_TEST: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"^\s*(?:(?:async\s+)?def\s+(test_\w+)|func\s+(Test\w+)\(|(?:it|test)(?:\.each\(.*\))?\(\s*["'`]([^"'`]+)|it\s+["']([^"']+))"#,
    )
});
static RUST_TEST: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^\s*#\[(?:\w+::)*test\b|^\s*#\[rstest|^\s*@(?:Test|ParameterizedTest)\b")
});
static TEST_NAME: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(?:fn|void|fun)\s+`?(\w+)"));
static NOTE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?://|#|/\*|<!--|--)\s*.*\b(FIXME|XXX|HACK|TODO)\b"));

static LEFTOVER: LazyLock<Vec<(Language, Regex)>> = LazyLock::new(|| {
    [
        (Language::Rust, r"\bdbg!\("),
        (
            Language::Script,
            r"\bconsole\.(?:log|debug)\(|^\s*debugger\b",
        ),
        (
            Language::Python,
            r"\bbreakpoint\(\)|\bi?pdb\.set_trace\(|^\s*import i?pdb\b",
        ),
        (Language::Ruby, r"\bbinding\.(?:pry|irb|b)\b|^\s*byebug\b"),
        (Language::Go, r"\bspew\.Dump\("),
        (
            Language::Java,
            r"\bSystem\.out\.print|\.printStackTrace\(\)",
        ),
    ]
    .into_iter()
    .map(|(language, pattern)| (language, regex(pattern)))
    .collect()
});

/// Places of one kind of line, over all files.
#[derive(Default)]
struct Places(Vec<(String, u32, String)>);

impl Places {
    fn add(&mut self, change: &FileChange, line: u32, statement: impl Into<String>) {
        let statement = redact(&statement.into()).into_owned();
        self.0.push((change.path.clone(), line, statement));
    }

    fn evidence(&self) -> Vec<Evidence> {
        self.0
            .iter()
            .take(5)
            .map(|(path, line, statement)| Evidence::file(statement, path, Some(*line)))
            .collect()
    }

    /// The first place: "`src/a.rs:3`", with how many more there are.
    fn words(&self) -> String {
        match self.0.as_slice() {
            [] => String::new(),
            [(path, line, _)] => format!("`{path}:{line}`"),
            [(path, line, _), rest @ ..] => format!("`{path}:{line}` and {} more", rest.len()),
        }
    }

    fn file(&self) -> &str {
        self.0
            .first()
            .map_or("", |(path, ..)| path.rsplit('/').next().unwrap_or(path))
    }
}

pub(super) fn look(review: &Review<'_>) -> Vec<Remark> {
    let (mut focused, mut skipped, mut leftovers, mut notes) = (
        Places::default(),
        Places::default(),
        Places::default(),
        Places::default(),
    );
    let mut remarks = Vec::new();
    for change in &review.facts.diff {
        remarks.extend(secrets(change));
        if !role::is_reviewed(change) {
            continue;
        }
        remarks.extend(conflict(change));
        let role = role::of(&change.path);
        let Some(language) = Language::of(&change.path) else {
            continue;
        };
        let removed: Vec<&str> = change.removed().map(|(_, text)| text.trim()).collect();
        for (line, text) in change
            .added()
            .filter(|(_, text)| !removed.contains(&text.trim()))
        {
            let comment = language.is_comment(text);
            if NOTE.is_match(text) {
                notes.add(change, line, text.trim());
            }
            if comment {
                continue;
            }
            let tests = role == Role::Test || language == Language::Rust;
            if role == Role::Test && FOCUSED.is_match(text) {
                focused.add(change, line, text.trim());
            }
            if tests && SKIPPED.is_match(text) {
                skipped.add(change, line, text.trim());
            }
            let is_leftover = LEFTOVER
                .iter()
                .any(|(of, pattern)| *of == language && pattern.is_match(text));
            if is_leftover && role == Role::Code && !is_command_line(&change.path) {
                leftovers.add(change, line, text.trim());
            }
        }
    }
    if !focused.0.is_empty() {
        remarks.push(remark(
            6,
            "pr/focused_test",
            "test",
            format!("leaves a focused test in `{}`", focused.file()),
            format!(
                "Only the focused test runs, the others are passed over: {}",
                focused.words()
            ),
            focused.evidence(),
            false,
        ));
    }
    remarks.extend(removed_tests(review));
    if !skipped.0.is_empty() {
        remarks.push(remark(
            36,
            "pr/skipped_test",
            "test",
            format!("skips a test in `{}`", skipped.file()),
            format!(
                "{} no longer run: {}",
                words::count(skipped.0.len(), "test"),
                skipped.words()
            ),
            skipped.evidence(),
            false,
        ));
    }
    if !leftovers.0.is_empty() {
        remarks.push(remark(
            74,
            "pr/leftover",
            "review",
            "leaves debug output".into(),
            format!("Left from debugging? {}", leftovers.words()),
            leftovers.evidence(),
            true,
        ));
    }
    if !notes.0.is_empty() {
        remarks.push(remark(
            76,
            "pr/note",
            "review",
            "leaves work for later".into(),
            format!(
                "{} for later: {}",
                words::count(notes.0.len(), "note"),
                notes.words()
            ),
            notes.evidence(),
            true,
        ));
    }
    remarks
}

fn remark(
    rank: u8,
    rule: &'static str,
    category: &'static str,
    title: String,
    text: String,
    evidence: Vec<Evidence>,
    todo: bool,
) -> Remark {
    Remark {
        rank,
        rule,
        category,
        title,
        point: Point {
            text,
            evidence,
            todo,
        },
        confidence: 0.9,
    }
}

fn is_command_line(path: &str) -> bool {
    path.split(['/', '.']).any(|part| {
        matches!(
            part,
            "cli" | "bin" | "scripts" | "script" | "cmd" | "tools" | "examples" | "main"
        )
    })
}

fn secrets(change: &FileChange) -> Option<Remark> {
    let mut places = Places::default();
    let found = secrets::find(change);
    for secret in &found {
        places.add(change, secret.line, secret.kind.as_str());
    }
    let kind = &found.first()?.kind;
    Some(remark(
        0,
        SECRET,
        "security",
        format!("adds a {kind} in `{}`", places.file()),
        format!(
            "Looks like a {kind}: {}. If it is real, revoke it first; removing the line leaves it in the history",
            places.words()
        ),
        places.evidence(),
        false,
    ))
}

fn conflict(change: &FileChange) -> Option<Remark> {
    let mut places = Places::default();
    for (line, text) in change.added().filter(|(_, text)| CONFLICT.is_match(text)) {
        places.add(change, line, text.chars().take(40).collect::<String>());
    }
    let whole = change.added().any(|(_, text)| text.starts_with("<<<<<<< "))
        && change.added().any(|(_, text)| text.starts_with(">>>>>>> "));
    (whole && role::of(&change.path) != Role::Docs).then(|| {
        remark(
            4,
            "pr/conflict_marker",
            "review",
            format!("adds conflict markers to `{}`", places.file()),
            format!("Conflict markers are left: {}", places.words()),
            places.evidence(),
            false,
        )
    })
}

/// Tests that are gone and come back nowhere, unless the code they were about is gone too.
fn removed_tests(review: &Review<'_>) -> Option<Remark> {
    use perch_core::facts::ChangeStatus::Removed;
    let diff = &review.facts.diff;
    let code_removed = diff
        .iter()
        .any(|change| change.status == Removed && role::of(&change.path) == Role::Code);
    let after: Vec<String> = diff
        .iter()
        .flat_map(|change| test_names(change.added()))
        .map(|(_, name)| name)
        .collect();
    let mut places = Places::default();
    let mut names = Vec::new();
    for change in &review.changes {
        let in_tests = role::of(&change.path) == Role::Test
            || Language::of(&change.path) == Some(Language::Rust);
        if !in_tests || (change.status == Removed && code_removed) {
            continue;
        }
        for (line, name) in test_names(change.removed()) {
            if !after.contains(&name) {
                places.add(change, line, format!("`{name}` before this change"));
                names.push(name);
            }
        }
    }
    // A test that is renamed leaves as many as it brings.
    let before: Vec<String> = diff
        .iter()
        .flat_map(|change| test_names(change.removed()))
        .map(|(_, name)| name)
        .collect();
    let brought = after.iter().filter(|name| !before.contains(name)).count();
    if brought >= names.len() {
        return None;
    }
    let shown: Vec<&str> = names.iter().map(String::as_str).collect();
    let title = match shown.as_slice() {
        [name] => format!("removes the test `{name}`"),
        names => format!("removes {} tests", names.len()),
    };
    Some(remark(
        34,
        "pr/removed_test",
        "test",
        title,
        format!(
            "{} gone: {}",
            if names.len() == 1 {
                "1 test is".to_owned()
            } else {
                format!("{} tests are", names.len())
            },
            words::names(&shown, 4)
        ),
        places.evidence(),
        false,
    ))
}

fn test_names<'a>(lines: impl Iterator<Item = (u32, &'a str)>) -> Vec<(u32, String)> {
    let mut names = Vec::new();
    let mut announced = false;
    for (line, text) in lines {
        if let Some(found) = NAMED_TEST.captures(text) {
            if let Some(name) = (1..=4).find_map(|group| found.get(group)) {
                names.push((line, name.as_str().to_owned()));
            }
        } else if RUST_TEST.is_match(text) {
            announced = true;
        } else if announced && let Some(found) = TEST_NAME.captures(text) {
            names.push((line, found[1].to_owned()));
            announced = false;
        }
    }
    names
}
