//! Rust: a crate of the same workspace, or one its other members depend on, that a manifest does not name.

use std::sync::LazyLock;

use regex::Regex;

use super::source::Source;
use super::{Case, Mend, Rule};

pub(super) static RULE: Rule = Rule {
    touches_tests: false,
    mend,
};

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:unresolved import `(\w+)(?:::[^`]*)?`|(?:failed to resolve: )?(?:use of unresolved module or unlinked crate|cannot find module or crate) `(\w+)`|can't find crate for `(\w+)`)",
    )
    .expect("the pattern is constant")
});

fn mend(case: &Case<'_>) -> Option<Mend> {
    let found = NAME.captures(&case.error.message)?;
    let name = found.get(1).or(found.get(2)).or(found.get(3))?.as_str();
    if matches!(name, "crate" | "self" | "super" | "std" | "core" | "alloc") {
        return None;
    }
    let own = manifest_of(case, &case.resolve(case.error.path.as_deref()?)?)?;
    let manifests: Vec<Source<'_>> = case
        .tree()
        .iter()
        .filter(|path| path.rsplit('/').next() == Some("Cargo.toml"))
        .filter_map(|path| case.read(path))
        .collect();
    let own = manifests.iter().find(|manifest| manifest.path == own)?;
    let is_it = |key: &str| key.replace('-', "_") == name;
    // Already there: something else is wrong.
    if entries(own, "dependencies").any(|(key, _)| is_it(key)) {
        return None;
    }
    let root = manifests.iter().find_map(|manifest| {
        entries(manifest, "workspace.dependencies").find(|(key, _)| is_it(key))
    });
    let beside = || {
        manifests
            .iter()
            .flat_map(|manifest| entries(manifest, "dependencies"))
            .find(|(key, value)| is_it(key) && !value.contains("path"))
    };
    let (key, value) = if let Some((key, _)) = root {
        (key.to_owned(), "{ workspace = true }".to_owned())
    } else if let Some((key, folder)) = manifests.iter().find_map(|manifest| {
        let package = entries(manifest, "package")
            .find(|(key, _)| *key == "name")?
            .1
            .trim_matches('"');
        is_it(package).then(|| (package, folder_of(&manifest.path)))
    }) {
        let path = relative(folder_of(&own.path), folder);
        (key.to_owned(), format!("{{ path = \"{path}\" }}"))
    } else {
        let (key, value) = beside()?;
        (key.to_owned(), value.to_owned())
    };
    let change = added(own, &format!("{key} = {value}"))?;
    Some(Mend::guess(format!("Depend on `{key}`"), vec![change]))
}

/// The manifest nearest above the file at `path`.
fn manifest_of(case: &Case<'_>, path: &str) -> Option<String> {
    let mut folder = folder_of(path);
    loop {
        let manifest = if folder.is_empty() {
            "Cargo.toml".to_owned()
        } else {
            format!("{folder}/Cargo.toml")
        };
        if case.tree().binary_search(&manifest).is_ok() {
            return Some(manifest);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder_of(folder);
    }
}

/// The entries of the table `name` of a manifest, one a line.
fn entries<'a>(manifest: &Source<'a>, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let mut within = false;
    manifest.lines().filter_map(move |(_, line)| {
        if line.starts_with('[') {
            within = line.trim() == format!("[{name}]");
            return None;
        }
        let (key, value) = line.split_once('=').filter(|_| within)?;
        let key = key.trim();
        Some((key.strip_suffix(".workspace").unwrap_or(key), value.trim()))
    })
}

/// `line` in its place among the dependencies of `manifest`.
fn added(manifest: &Source<'_>, line: &str) -> Option<crate::explain::LineChange> {
    let lines: Vec<(u32, &str)> = manifest.lines().collect();
    let Some(head) = lines
        .iter()
        .position(|(_, line)| line.trim() == "[dependencies]")
    else {
        let after = lines.iter().rfind(|(_, line)| !line.trim().is_empty())?.0 + 1;
        return Some(manifest.inserted(
            after,
            vec![String::new(), "[dependencies]".into(), line.to_owned()],
        ));
    };
    let listed: Vec<&(u32, &str)> = lines[head + 1..]
        .iter()
        .take_while(|(_, line)| !line.starts_with('['))
        .filter(|(_, line)| !line.trim().is_empty())
        .collect();
    let before = listed.iter().find(|(_, there)| *there > line);
    let number = before.map_or_else(
        || listed.last().map_or(lines[head].0, |(number, _)| *number) + 1,
        |(number, _)| *number,
    );
    Some(manifest.inserted(number, vec![line.to_owned()]))
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The way from one folder of the repository to another.
fn relative(from: &str, to: &str) -> String {
    let parts = |path: &str| -> Vec<String> {
        path.split('/')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (from, to) = (parts(from), parts(to));
    let common = from
        .iter()
        .zip(&to)
        .take_while(|(left, right)| left == right)
        .count();
    let up = std::iter::repeat_n("..", from.len() - common);
    up.chain(to[common..].iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn a_crate_the_workspace_knows_is_named_in_the_manifest() {
        let log = "error[E0432]: unresolved import `text_width`\n --> api/src/lib.rs:1:5\n  |\n1 | use text_width::width;\n  |     ^^^^^^^^^^ use of unresolved module or unlinked crate `text_width`\n";
        let own = (
            "api/Cargo.toml",
            "[package]\nname = \"api\"\n\n[dependencies]\nserde = \"1\"\nurl = \"2\"\n",
        );
        let source = ("api/src/lib.rs", "use text_width::width;\n");
        check(
            &RULE,
            &[
                (
                    log,
                    &[
                        own,
                        source,
                        (
                            "tools/width/Cargo.toml",
                            "[package]\nname = \"text-width\"\n",
                        ),
                    ],
                    "api/Cargo.toml",
                    Some(
                        "[package]\nname = \"api\"\n\n[dependencies]\nserde = \"1\"\ntext-width = { path = \"../tools/width\" }\nurl = \"2\"\n(a guess)",
                    ),
                ),
                (
                    log,
                    &[
                        own,
                        source,
                        (
                            "Cargo.toml",
                            "[workspace.dependencies]\ntext_width = \"0.3\"\n",
                        ),
                    ],
                    "api/Cargo.toml",
                    Some(
                        "[package]\nname = \"api\"\n\n[dependencies]\nserde = \"1\"\ntext_width = { workspace = true }\nurl = \"2\"\n(a guess)",
                    ),
                ),
                (
                    log,
                    &[
                        own,
                        source,
                        (
                            "cli/Cargo.toml",
                            "[package]\nname = \"cli\"\n\n[dependencies]\ntext_width = { version = \"0.3\" }\n",
                        ),
                    ],
                    "api/Cargo.toml",
                    Some(
                        "[package]\nname = \"api\"\n\n[dependencies]\nserde = \"1\"\ntext_width = { version = \"0.3\" }\nurl = \"2\"\n(a guess)",
                    ),
                ),
                (log, &[own, source], "api/Cargo.toml", None),
            ],
        );
    }
}
