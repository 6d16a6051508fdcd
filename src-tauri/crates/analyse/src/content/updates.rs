//! Updates of dependencies in release notes: each dependency once, and none that only developers use.

use std::sync::LazyLock;

use regex::Regex;

use super::notes::reason;
use crate::change::role::{self, Role};
use crate::changelog::category;
use crate::changelog::landed::Landed;

static UPDATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)^(?:bump|update|upgrade)s? (?:the )?",
        r"(?:(?:rust crate|docker tag|docker image|dependency|module|package|npm package|gem|submodule) )?",
        r"`?([@\w./-]+)`?(?: (?:docker tag|digest|requirement))?",
        r"(?: from `?v?([0-9a-f]{7,}|\d\S*?)`?)? to `?v?([0-9a-f]{7,}|\d\S*?)`?(?: in \S+)?(?: \([#!]\d+\))?$",
    ))
    .expect("the pattern is constant")
});

/// The updates of dependencies that users get: each dependency once, from the first version to the last.
pub(super) fn updated(updates: &[&Landed], unlisted: &mut Vec<String>) -> Vec<Landed> {
    let mut found: Vec<(String, String, String, Landed)> = Vec::new();
    for one in updates {
        let parts = category::title(&one.title, "");
        let scope = parts.scope.as_deref().unwrap_or_default();
        let tools = |path: &String| matches!(role::of(path), Role::Workflow | Role::Test);
        let lower = parts.text.to_lowercase();
        let development = scope.contains("dev")
            || lower.contains("pre-commit hook")
            || lower.contains("(dev)")
            || lower.contains("rust stable")
            || lower.ends_with(" action")
            || lower.contains(" action to ")
            || parts.kind.as_deref() == Some("ci")
            || !one.paths.is_empty() && one.paths.iter().all(tools);
        if development {
            unlisted.push(reason(&one.title, "it updates what only developers use"));
            continue;
        }
        let Some(update) = UPDATE.captures(&parts.text) else {
            // Its section says what its scope says.
            let untyped = Landed {
                title: parts.text,
                ..(*one).clone()
            };
            found.push((String::new(), String::new(), String::new(), untyped));
            continue;
        };
        let (name, from, to) = (
            &update[1],
            update.get(2).map_or("", |from| from.as_str()),
            &update[3],
        );
        match found.iter_mut().find(|(known, ..)| known == name) {
            Some((_, _, last, landed)) => {
                to.clone_into(last);
                landed.number = one.number;
                landed.commit.clone_from(&one.commit);
            }
            None => found.push((
                name.to_owned(),
                from.to_owned(),
                to.to_owned(),
                (*one).clone(),
            )),
        }
    }
    found
        .into_iter()
        .map(|(name, from, to, mut landed)| {
            if !name.is_empty() {
                landed.title = if from.is_empty() {
                    format!("`{name}` {to}")
                } else {
                    format!("`{name}` {from} → {to}")
                };
            }
            landed
        })
        .collect()
}
