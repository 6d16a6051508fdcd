//! Lines by which tools, runners and images say their version.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::Kind;

/// A version as tools write it.
const VERSION: &str = r"(?P<version>[0-9]+\.[0-9][0-9A-Za-z.+_~-]*)";

/// What a line must look like, with ‹v› for a version; what it names unless its group `name` does; and its kind.
const PATTERNS: &[(&str, &str, Kind)] = &[
    (
        r"^(?P<name>rustc|cargo|rustfmt|clippy) ‹v›(?: \(|$)",
        "",
        Kind::Tool,
    ),
    (
        r"(?:unchanged|installed|updated) - (?P<name>rustc) ‹v›",
        "",
        Kind::Tool,
    ),
    (r"^cargo-nextest ‹v›", "nextest", Kind::Tool),
    (r"^Python ‹v›$", "Python", Kind::Tool),
    (r"^platform \S+ -- Python ‹v›", "Python", Kind::Tool),
    (r"^platform .*\bpytest-‹v›", "pytest", Kind::Tool),
    (
        r"^Successfully set up (?:CPython|PyPy) \(‹v›\)",
        "Python",
        Kind::Tool,
    ),
    (r"^go version go‹v› ", "Go", Kind::Tool),
    (
        r#"^(?:openjdk|java) version "(?P<version>[^"]+)""#,
        "Java",
        Kind::Tool,
    ),
    (
        r"^(?P<name>gcc|g\+\+|cc|c\+\+|ld|as) \([^)]*\) ‹v›",
        "",
        Kind::Tool,
    ),
    (r"^(?:\S+ )?clang version ‹v›", "clang", Kind::Tool),
    (r"^cmake version ‹v›", "CMake", Kind::Tool),
    (r"^GNU Make ‹v›", "make", Kind::Tool),
    (r"^git version ‹v›", "git", Kind::Tool),
    (r"^Docker version ‹v›,", "Docker", Kind::Tool),
    (r"^Apache Maven ‹v›", "Maven", Kind::Tool),
    (r"^(?:Welcome to )?Gradle ‹v›!?$", "Gradle", Kind::Tool),
    (r"^ruby ‹v›", "Ruby", Kind::Tool),
    (r"^Bundler version ‹v›", "Bundler", Kind::Tool),
    (r"^PHP ‹v› \(cli\)", "PHP", Kind::Tool),
    (r"^Composer version ‹v›", "Composer", Kind::Tool),
    (
        r"^(?P<name>node|npm|pnpm|yarn|bun|deno): v?‹v›$",
        "",
        Kind::Tool,
    ),
    (r"^Now using node v‹v›", "Node", Kind::Tool),
    (r"^Now using node .*\(npm v‹v›\)", "npm", Kind::Tool),
    (
        r"^(?P<name>yarn|pnpm|npm) (?:install|run|exec) v‹v›$",
        "",
        Kind::Tool,
    ),
    (r"^RUN +v‹v› ", "Vitest", Kind::Tool),
    (r"^vite v‹v› building", "Vite", Kind::Tool),
    (
        r"^(?P<name>ruff|mypy|uv|tox|pylint|black,|Terraform|terraform) v?‹v›(?: |$)",
        "",
        Kind::Tool,
    ),
    (r"^Poetry \(version ‹v›\)", "Poetry", Kind::Tool),
    (
        r"^golangci-lint has version v?‹v›",
        "golangci-lint",
        Kind::Tool,
    ),
    (
        r"hostedtoolcache[/\\](?:windows[/\\])?(?P<name>[A-Za-z]+)[A-Za-z_-]*[/\\]‹v›[/\\]",
        "",
        Kind::Tool,
    ),
    (
        r"^Current runner version: '‹v›'",
        "Actions runner",
        Kind::Tool,
    ),
    (
        r"^Running with gitlab-runner ‹v›",
        "GitLab Runner",
        Kind::Tool,
    ),
    (
        r"^Using docker image (?:sha256:\S+ )?for (?P<name>\S+) with digest \S+@sha256:(?P<version>[0-9a-f]{12})",
        "",
        Kind::Image,
    ),
    (
        r"\bFROM (?P<name>[a-z0-9][a-z0-9./_:-]+)@sha256:(?P<version>[0-9a-f]{12})",
        "",
        Kind::Image,
    ),
    (
        r"^Download action repository '(?P<name>[^']+)' \(SHA:(?P<version>[0-9a-f]{7})",
        "",
        Kind::Action,
    ),
];

/// How tools are called by people.
const NAMES: &[(&str, &str)] = &[
    ("go", "Go"),
    ("java", "Java"),
    ("node", "Node"),
    ("python", "Python"),
    ("pypy", "PyPy"),
    ("ruby", "Ruby"),
    ("terraform", "Terraform"),
    ("black,", "black"),
    ("python3", "Python"),
    ("mvn", "Maven"),
    ("cmake", "CMake"),
];

static SOURCES: LazyLock<Vec<String>> = LazyLock::new(|| {
    PATTERNS
        .iter()
        .map(|(pattern, ..)| pattern.replace("‹v›", VERSION))
        .collect()
});

static SET: LazyLock<RegexSet> =
    LazyLock::new(|| RegexSet::new(SOURCES.iter()).expect("the patterns are constants"));

static EACH: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    SOURCES
        .iter()
        .map(|source| Regex::new(source).expect("the patterns are constants"))
        .collect()
});

/// What `text` says of tools, images and actions.
pub(super) fn things(text: &str) -> Vec<(Kind, String, String)> {
    SET.matches(text)
        .into_iter()
        .filter_map(|number| {
            let (_, name, kind) = PATTERNS[number];
            let found = EACH[number].captures(text)?;
            let name = match found.name("name") {
                Some(name) if kind == Kind::Tool => known(name.as_str()),
                Some(name) => name.as_str().to_owned(),
                None => name.to_owned(),
            };
            let version = found.name("version")?.as_str().trim_end_matches(['.', ',']);
            Some((kind, name, version.to_owned()))
        })
        .collect()
}

/// The tool that `text`, a command, asks for its version: `node --version`, `+ go version`.
pub(super) fn asked_for_version(text: &str) -> Option<String> {
    let command = text
        .strip_prefix("$ ")
        .or(text.strip_prefix("+ "))
        .unwrap_or(text);
    let mut words = command.split_whitespace();
    let (tool, flag, rest) = (words.next()?, words.next()?, words.next());
    let tool = tool.rsplit('/').next().unwrap_or(tool);
    let plain = tool.starts_with(|c: char| c.is_ascii_alphabetic())
        && tool
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-+.".contains(c));
    let asks = matches!(flag, "--version" | "-v" | "-V" | "version") && rest.is_none();
    (plain && asks).then(|| known(tool))
}

/// `text` when it is a version and nothing else.
pub(super) fn bare_version(text: &str) -> Option<&str> {
    let version = text.strip_prefix('v').unwrap_or(text);
    let parts = version.split('.').count();
    let plain = version
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || ".+-_".contains(c));
    (version.starts_with(|c: char| c.is_ascii_digit()) && parts >= 2 && plain).then_some(version)
}

/// The first twelve digits of a digest.
pub(super) fn digest(text: &str) -> Option<String> {
    text.trim()
        .strip_prefix("sha256:")
        .and_then(|digits| digits.get(..12))
        .map(str::to_owned)
}

/// True for what may name a variable.
pub(super) fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn known(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    NAMES
        .iter()
        .find(|(written, _)| *written == lower)
        .map_or_else(|| lower.clone(), |(_, name)| (*name).to_owned())
}
