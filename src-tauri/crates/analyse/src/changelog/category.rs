//! What sort of change it is, and whether the project lists such changes at all.

use crate::change::role::{self, Role};
use crate::changelog::landed::Landed;

/// A section's meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Category {
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
    Dependencies,
}

/// Types of Conventional Commits in common use, beside any type that comes with a scope or a `!`.
const TYPES: &[&str] = &[
    "add",
    "bugfix",
    "build",
    "change",
    "chore",
    "ci",
    "deprecate",
    "deps",
    "doc",
    "docs",
    "feat",
    "feature",
    "fix",
    "hotfix",
    "improve",
    "improvement",
    "perf",
    "refactor",
    "release",
    "remove",
    "revert",
    "sec",
    "security",
    "style",
    "test",
    "tests",
    "typo",
    "wip",
];

/// A title's parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Title {
    /// `feat`, `fix`, … in lower case.
    pub(crate) kind: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) breaking: bool,
    pub(crate) text: String,
    /// What the author says must be done: the text of `BREAKING CHANGE:`.
    pub(crate) breaking_note: Option<String>,
}

/// Reads a title, and the footers of the body below it, as Conventional Commits 1.0 has them.
///
/// A word and a colon that are no type in use (`parser: accept tabs`) stay in the text.
pub(crate) fn title(title: &str, body: &str) -> Title {
    let title = title.trim();
    let whole = format!("{title}\n\n{body}");
    let parsed =
        git_conventional::Commit::parse(&whole).or_else(|_| git_conventional::Commit::parse(title));
    if let Ok(commit) = parsed {
        let kind = commit.type_().as_str().to_lowercase();
        let marked = commit.scope().is_some() || title.contains("!:");
        if marked || TYPES.contains(&kind.as_str()) {
            return Title {
                kind: Some(kind),
                scope: commit.scope().map(|scope| scope.as_str().to_owned()),
                breaking: commit.breaking(),
                text: commit.description().trim().to_owned(),
                breaking_note: commit
                    .breaking_description()
                    .map(|note| note.split_whitespace().collect::<Vec<_>>().join(" "))
                    .filter(|note| note != commit.description().trim()),
            };
        }
    }
    Title {
        kind: None,
        scope: None,
        breaking: false,
        text: title.to_owned(),
        breaking_note: None,
    }
}

/// The category of the change, or why it is not listed.
///
/// `changelog` tells which sorts the project lists.
pub(crate) fn of(landed: &Landed, changelog: &str) -> Result<Category, String> {
    let parts = title(&landed.title, &landed.body);
    let labels: Vec<String> = landed
        .labels
        .iter()
        .map(|label| label.to_ascii_lowercase())
        .collect();
    let labelled = |words: &[&str]| {
        labels
            .iter()
            .any(|label| words.iter().any(|word| label.contains(word)))
    };
    let changelog = changelog.to_lowercase();
    let lists = |word: &str| changelog.contains(word);

    if let Some(label) = labels.iter().find(|label| {
        label.contains("changelog") && (label.contains("skip") || label.contains("no"))
    }) {
        return Err(format!("the label `{label}` says so"));
    }
    let dependencies = is_dependency(landed);
    if dependencies && !lists("bump ") && !lists("dependenc") {
        return Err("the project lists no dependency updates".into());
    }
    let breaking =
        parts.breaking || landed.body.contains("BREAKING CHANGE") || labelled(&["breaking"]);
    if breaking {
        return Ok(Category::Breaking);
    }
    if dependencies {
        return Ok(Category::Dependencies);
    }
    let roles: Vec<Role> = landed.paths.iter().map(|path| role::of(path)).collect();
    let only =
        |allowed: &[Role]| !roles.is_empty() && roles.iter().all(|role| allowed.contains(role));
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
            "revert" | "change" | "improve" | "improvement" => Category::Changed,
            "remove" => Category::Removed,
            "deprecate" => Category::Deprecated,
            "docs" | "doc" if lists("documentation") => Category::Documentation,
            "refactor" if lists("refactor") => Category::Internal,
            "doc" | "docs" | "refactor" | "test" | "tests" | "ci" | "build" | "chore" | "style"
            | "release" | "typo" | "wip" => {
                return Err(format!("the project lists no `{kind}` changes"));
            }
            // A type of the project's own.
            _ => by_words(&parts.text),
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
        .map_or_else(|| by_words(&parts.text), |(_, category)| *category))
}

/// True for an update of a dependency.
pub(crate) fn is_dependency(landed: &Landed) -> bool {
    let parts = title(&landed.title, "");
    parts.kind.as_deref() == Some("deps")
        || parts
            .scope
            .as_deref()
            .is_some_and(|scope| scope.starts_with("deps"))
        || landed
            .labels
            .iter()
            .any(|label| label.eq_ignore_ascii_case("dependencies"))
        || is_bump(&parts.text)
}

fn is_bump(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let bumps = [
        "bump ",
        "update dependency ",
        "upgrade dependency ",
        "update rust crate ",
        "update module ",
        "update pre-commit hook ",
    ];
    bumps.iter().any(|start| lower.starts_with(start))
        && (lower.contains(" to ") || lower.contains("dependenc"))
}

/// The parts of the code a title names before it says anything, with what it says: `net/http, io: accept tabs`.
pub(crate) fn parts_of_code(text: &str) -> Option<(&str, &str)> {
    let (parts, said) = text.split_once(": ")?;
    let is_part = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    parts.split(", ").all(is_part).then_some((parts, said))
}

fn by_words(text: &str) -> Category {
    let said = parts_of_code(text).map_or(text, |(_, said)| said);
    let first = said
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
