//! What sort of change it is, and whether the project lists such changes at all.

use std::sync::LazyLock;

use perch_core::facts::Facts;
use regex::Regex;

use crate::change::role::{self, Role};
use crate::pull_request::PullRequest;

/// A section's meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Category {
    Breaking,
    Added,
    Changed,
    Deprecated,
    Removed,
    Fixed,
    Security,
    Performance,
    Documentation,
    Internal,
}

/// `type(scope)!: text`, as Conventional Commits 1.0 has it.
static CONVENTIONAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?i)([a-z]+)(?:\(([^)]+)\))?(!)?:\s+(.+)$").expect("the pattern is constant")
});

/// A title's parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Title<'title> {
    /// `feat`, `fix`, … in lower case.
    pub(super) kind: Option<String>,
    pub(super) scope: Option<&'title str>,
    pub(super) breaking: bool,
    pub(super) text: &'title str,
}

/// Reads a title.
pub(super) fn title(title: &str) -> Title<'_> {
    match CONVENTIONAL.captures(title.trim()) {
        Some(found) => Title {
            kind: Some(found[1].to_ascii_lowercase()),
            scope: found.get(2).map(|scope| scope.as_str()),
            breaking: found.get(3).is_some(),
            text: found.get(4).map_or("", |text| text.as_str()),
        },
        None => Title {
            kind: None,
            scope: None,
            breaking: false,
            text: title.trim(),
        },
    }
}

/// The category of the change, or why it is not listed.
pub(super) fn of(
    pull_request: &PullRequest,
    facts: &Facts,
    changelog: &str,
) -> Result<Category, String> {
    let parts = title(&pull_request.title);
    let labels: Vec<String> = pull_request
        .labels
        .iter()
        .map(|label| label.to_ascii_lowercase())
        .collect();
    let labelled = |words: &[&str]| {
        labels
            .iter()
            .any(|label| words.iter().any(|word| label.contains(word)))
    };
    let lists = |word: &str| changelog.to_ascii_lowercase().contains(word);

    if let Some(label) = labels.iter().find(|label| {
        label.contains("changelog") && (label.contains("skip") || label.contains("no"))
    }) {
        return Err(format!("the label `{label}` says so"));
    }
    let dependencies = parts.scope.is_some_and(|scope| scope.starts_with("deps"))
        || labelled(&["dependencies"])
        || is_bump(parts.text);
    if dependencies && !lists("bump ") && !lists("dependenc") {
        return Err("the project lists no dependency updates".into());
    }
    let breaking =
        parts.breaking || pull_request.body.contains("BREAKING CHANGE") || labelled(&["breaking"]);
    if breaking {
        return Ok(Category::Breaking);
    }
    let roles: Vec<Role> = facts
        .diff
        .iter()
        .map(|change| role::of(&change.path))
        .collect();
    let only = |allowed: &[Role]| roles.iter().all(|role| allowed.contains(role));
    if only(&[Role::Docs]) && !lists("### documentation") {
        return Err("only documents changed".into());
    }
    if only(&[Role::Test, Role::Generated, Role::Docs]) {
        return Err("only tests and documents changed".into());
    }
    if only(&[Role::Workflow, Role::Docs, Role::Lockfile]) {
        return Err("only the pipeline changed".into());
    }
    if let Some(kind) = parts.kind.as_deref() {
        let category = match kind {
            "feat" | "feature" | "add" => Category::Added,
            "fix" | "bugfix" | "hotfix" => Category::Fixed,
            "perf" => Category::Performance,
            "security" | "sec" => Category::Security,
            "revert" | "change" | "improve" => Category::Changed,
            "remove" => Category::Removed,
            "deprecate" => Category::Deprecated,
            "docs" if lists("documentation") => Category::Documentation,
            "refactor" if lists("refactor") => Category::Internal,
            "docs" | "refactor" | "test" | "tests" | "ci" | "build" | "chore" | "style"
            | "release" => {
                return if dependencies {
                    Ok(Category::Changed)
                } else {
                    Err(format!("the project lists no `{kind}` changes"))
                };
            }
            // A word and a colon: `parser: accept tabs`.
            _ => by_words(parts.text),
        };
        return Ok(category);
    }
    let by_label = [
        (&["security", "vulnerability"][..], Category::Security),
        (&["bug", "fix", "regression"], Category::Fixed),
        (&["enhancement", "feature"], Category::Added),
        (&["performance"], Category::Performance),
        (&["deprecat"], Category::Deprecated),
        (&["removal"], Category::Removed),
    ];
    Ok(by_label
        .iter()
        .find(|(words, _)| labelled(words))
        .map_or_else(|| by_words(parts.text), |(_, category)| *category))
}

fn is_bump(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let bumps = ["bump ", "update dependency ", "upgrade dependency "];
    bumps.iter().any(|start| lower.starts_with(start))
        && (lower.contains(" to ") || lower.contains("dependenc"))
}

fn by_words(text: &str) -> Category {
    let first = text
        .split(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    match first.as_str() {
        "add" | "adds" | "added" | "support" | "supports" | "allow" | "allows" | "introduce"
        | "introduces" | "implement" | "implements" | "new" | "enable" | "provide" => {
            Category::Added
        }
        "fix" | "fixes" | "fixed" | "correct" | "corrects" | "prevent" | "prevents" | "avoid"
        | "avoids" | "handle" | "handles" | "repair" | "resolve" | "resolves" => Category::Fixed,
        "remove" | "removes" | "removed" | "drop" | "drops" | "delete" | "deletes" => {
            Category::Removed
        }
        "deprecate" | "deprecates" | "deprecated" => Category::Deprecated,
        _ => Category::Changed,
    }
}
