//! Who still uses what a push changed, among the files at hand.

use std::cmp::Reverse;

use perch_core::facts::Facts;

use crate::change::language::Language;
use crate::change::role::{self, Role};
use crate::change::surface::{Break, Promise};
use crate::change::testing::mentions;

/// The most files read in search of users.
const MOST_FILES: usize = 20;

/// A line that uses a name.
pub(super) struct User {
    pub(super) path: String,
    pub(super) line: u32,
}

/// Files that most likely use what `breaks` names, nearest first.
pub(super) fn wanted(facts: &Facts, breaks: &[Break]) -> Vec<String> {
    let mut wanted: Vec<(Reverse<usize>, &str)> = Vec::new();
    for found in breaks {
        for path in &facts.tree {
            if *path != found.path && could_use(path, found) {
                let near = path
                    .split('/')
                    .zip(found.path.split('/'))
                    .take_while(|(a, b)| a == b)
                    .count();
                wanted.push((Reverse(near), path));
            }
        }
    }
    wanted.sort();
    let mut paths: Vec<String> = Vec::new();
    for (_, path) in wanted {
        if paths.len() == MOST_FILES {
            break;
        }
        if !paths.iter().any(|other| other == path) {
            paths.push(path.to_owned());
        }
    }
    paths
}

fn could_use(path: &str, found: &Break) -> bool {
    match found.promise {
        Promise::Code => {
            Language::of(path).is_some()
                && Language::of(path) == Language::of(&found.path)
                && role::of(path) != Role::Generated
        }
        Promise::Flag | Promise::Environment => is_setting(path),
        Promise::Schema | Promise::Database => false,
    }
}

/// Files in which people set variables and flags: examples, pipelines, containers, the front page.
fn is_setting(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    name.starts_with(".env")
        || name.starts_with("docker-compose")
        || name.starts_with("compose.")
        || name.starts_with("dockerfile")
        || name.starts_with("readme")
        || matches!(
            name,
            "makefile"
                | "justfile"
                | "procfile"
                | "fly.toml"
                | "render.yaml"
                | "app.json"
                | "vercel.json"
        )
        || role::of(path) == Role::Workflow
        || lower.contains("k8s/")
        || lower.contains("helm/")
}

/// Lines that use what `found` names, as the files are after the push; one per file.
pub(super) fn of(facts: &Facts, found: &Break) -> Vec<User> {
    let bare = found.name.trim_start_matches('-');
    let mut users = Vec::new();
    for (path, text) in &facts.files {
        let changed = facts.diff.iter().any(|change| change.path == *path);
        // A changed file has been adapted, or the build says so soon enough.
        if *path == found.path || changed || !could_use(path, found) {
            continue;
        }
        let language = Language::of(path);
        // The file has a definition of its own by that name.
        let own = language.is_some_and(|language| {
            text.lines().any(|line| {
                language
                    .definition(line)
                    .is_some_and(|defined| defined.name == bare)
            })
        });
        if own {
            continue;
        }
        let line = text.lines().zip(1..).find(|(line, _)| {
            !language.is_some_and(|language| language.is_comment(line))
                && is_use(line, bare, found.promise)
        });
        if let Some((_, line)) = line {
            users.push(User {
                path: path.clone(),
                line,
            });
        }
    }
    users
}

fn is_use(line: &str, name: &str, promise: Promise) -> bool {
    if !mentions(line, name) {
        return false;
    }
    if promise != Promise::Code {
        return promise == Promise::Environment || line.contains(&format!("--{name}"));
    }
    // A method of the same name on something else proves nothing; an import or a plain call does.
    line.match_indices(name).any(|(at, _)| {
        let (before, after) = (line[..at].trim_end(), &line[at + name.len()..]);
        let imported = ["use ", "import ", "from ", "require", "pub use "]
            .iter()
            .any(|word| line.trim_start().starts_with(word) || line.contains(word));
        let called = after.starts_with(['(', '<', '{', ':']) || after.starts_with("::");
        imported || (called && !before.ends_with('.'))
    })
}
