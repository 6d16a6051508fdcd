//! Where to begin: files the issue names, its stack trace goes through, or that are called what it talks about.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use perch_core::evidence::Evidence;
use perch_core::facts::Ticket;
use perch_core::finding::Point;
use regex::Regex;

use crate::change::role::{self, Role};

/// A file to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: String,
    pub(super) line: Option<u32>,
    /// Why, as a clause.
    reason: String,
    /// True when the issue names it.
    pub(super) sure: bool,
}

/// Files named at most.
const MOST: usize = 5;
/// A name that this many files share says nothing about where.
const SHARED: usize = 3;

static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?P<path>(?:[\w.@-]+/)*[\w.@-]+\.[A-Za-z][A-Za-z0-9]{0,4})(?:(?::|\x22, line |\()(?P<line>\d{1,6}))?")
        .expect("a valid pattern")
});
static CODE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"`([^`\n]{3,80})`").expect("a valid pattern"));

/// Files of `tree` to look at, the surest first.
pub(super) fn find(ticket: &Ticket, tree: &[String]) -> Vec<Found> {
    let text = format!("{}\n{}", ticket.title, ticket.body);
    let stems = Stems::of(tree);
    let mut found: Vec<Found> = Vec::new();
    let mut add = |one: Found| {
        if !found.iter().any(|known| known.path == one.path) {
            found.push(one);
        }
    };
    for named in NAMED.captures_iter(&text) {
        let line = named
            .name("line")
            .and_then(|line| line.as_str().parse().ok());
        if let Some(path) = resolve(&named["path"], tree) {
            let reason = match line {
                Some(line) => format!("line {line} is named there"),
                None => "named in the issue".into(),
            };
            add(Found {
                path: path.into(),
                line,
                reason,
                sure: true,
            });
        }
    }
    for code in CODE.captures_iter(&text) {
        for name in names(&code[1]) {
            for path in stems.get(&name) {
                add(Found {
                    path: (*path).to_owned(),
                    line: None,
                    reason: format!("called like `{}`", &code[1]),
                    sure: false,
                });
            }
        }
    }
    for word in ticket
        .title
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
    {
        for path in stems.get(&plain(word)) {
            add(Found {
                path: (*path).to_owned(),
                line: None,
                reason: format!("called like “{word}” of the title"),
                sure: false,
            });
        }
    }
    found.sort_by_key(|one| !one.sure);
    found.truncate(MOST);
    found
}

/// The file of `tree` that `named` ends in, if there is exactly one.
fn resolve<'a>(named: &str, tree: &'a [String]) -> Option<&'a str> {
    let named = named.trim_start_matches("./");
    // Paths of another machine begin with folders this repository does not have.
    let parts: Vec<&str> = named.split('/').collect();
    (0..parts.len().min(12)).find_map(|from| {
        let tail = parts[from..].join("/");
        let mut fits = tree.iter().filter(|path| {
            path.strip_suffix(tail.as_str())
                .is_some_and(|before| before.is_empty() || before.ends_with('/'))
        });
        match (fits.next(), fits.next()) {
            (Some(path), None) => Some(path.as_str()),
            _ => None,
        }
    })
}

/// Code files by their name without ending, in plain letters.
struct Stems<'a>(BTreeMap<String, Vec<&'a str>>);

impl<'a> Stems<'a> {
    fn of(tree: &'a [String]) -> Self {
        let mut stems: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for path in tree.iter().filter(|path| role::of(path) == Role::Code) {
            let name = path.rsplit('/').next().unwrap_or(path);
            let stem = name.split('.').next().unwrap_or(name);
            stems.entry(plain(stem)).or_default().push(path);
        }
        Self(stems)
    }

    /// The files called `name`, unless it is too common a name.
    fn get(&self, name: &str) -> &[&'a str] {
        let common = name.len() < 4
            || matches!(
                name,
                "index"
                    | "main"
                    | "mod"
                    | "lib"
                    | "init"
                    | "test"
                    | "tests"
                    | "utils"
                    | "util"
                    | "types"
                    | "error"
                    | "errors"
                    | "config"
                    | "common"
                    | "app"
                    | "server"
                    | "client"
                    | "when"
                    | "with"
                    | "file"
                    | "files"
                    | "page"
                    | "list"
                    | "data"
                    | "view"
                    | "start"
                    | "build"
                    | "version"
            );
        match self.0.get(name) {
            Some(paths) if !common && paths.len() <= SHARED => paths,
            _ => &[],
        }
    }
}

/// The names in a piece of code: `a::Parser::parse()` has `aparser…`, each by itself.
fn names(code: &str) -> Vec<String> {
    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '-')
        .map(plain)
        .filter(|name| name.len() >= 4)
        .collect()
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

pub(super) fn point(places: &[Found]) -> Option<Point> {
    let first = places.first()?;
    let named: Vec<String> = places
        .iter()
        .map(|place| format!("{} ({})", written(place), place.reason))
        .collect();
    Some(Point {
        text: format!("Begin at {}", named.join(", ")),
        evidence: places
            .iter()
            .map(|place| Evidence::file(&place.reason, &place.path, place.line))
            .collect(),
        todo: !first.sure,
    })
}

/// The place as people write it: `src/a.rs:7`.
pub(super) fn written(place: &Found) -> String {
    match place.line {
        Some(line) => format!("`{}:{line}`", place.path),
        None => format!("`{}`", place.path),
    }
}

/// The comment that says where to begin.
pub(super) fn comment(places: &[Found]) -> String {
    let mut text = String::from("Where to begin:\n\n");
    for place in places {
        text.push_str(&format!("- {}: {}\n", written(place), place.reason));
    }
    text
}
