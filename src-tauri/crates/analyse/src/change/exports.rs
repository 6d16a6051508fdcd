//! What a diff takes away from others or changes for them: exported functions, types and constants.

use std::collections::HashMap;

use perch_core::facts::{ChangeStatus, DiffLine, FileChange, Hunk};

use super::language::{Definition, DefinitionKind, Language};
use super::role::{self, Role};

/// What happened to an exported name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    Removed,
    /// It has another name now.
    Renamed(String),
    /// Callers have to be changed; the signatures before and after, on one line.
    Changed {
        before: String,
        after: String,
    },
}

/// A change others notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExportChange {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) kind: DefinitionKind,
    pub(crate) fate: Fate,
    /// Where it stood before, or stands now if it is still there.
    pub(crate) line: u32,
}

struct Found {
    definition: Definition,
    signature: String,
    line: u32,
    hunk: usize,
    /// Any line of the signature is only on this side.
    touched: bool,
}

/// The changes in `diff` that others notice, in its order.
pub(crate) fn changes(diff: &[FileChange]) -> Vec<ExportChange> {
    let sides: Vec<(&FileChange, Vec<Found>, Vec<Found>)> = diff
        .iter()
        .filter(|change| role::of(&change.path) == Role::Code && !is_private_place(&change.path))
        .filter_map(|change| {
            let language = Language::of(&change.path)?;
            Some((
                change,
                definitions(language, change, false),
                definitions(language, change, true),
            ))
        })
        .collect();
    // Where a name stands after the change, for what only moved.
    let mut written: HashMap<&str, Vec<(&str, &Found)>> = HashMap::new();
    for (change, _, after) in &sides {
        for new in after.iter().filter(|new| new.touched) {
            let name = new.definition.name.as_str();
            written.entry(name).or_default().push((&change.path, new));
        }
    }
    let mut changes = Vec::new();
    for (change, before, after) in &sides {
        let language = Language::of(&change.path);
        for old in before.iter().filter(|old| old.definition.exported) {
            let name = &old.definition.name;
            let same = |new: &&Found| {
                new.definition.name == *name && new.definition.kind == old.definition.kind
            };
            let olds = before
                .iter()
                .filter(|other| other.definition.name == *name)
                .count();
            let news = after.iter().filter(same).count();
            let fate = if let Some(new) = after.iter().find(same) {
                // Overloads and implementations of one name cannot be told apart by lines.
                if olds > 1 || news > 1 || !(old.touched || new.touched) {
                    continue;
                }
                if new.definition.exported
                    && !is_incompatible(language, &old.signature, &new.signature)
                {
                    continue;
                }
                if new.definition.exported {
                    Fate::Changed {
                        before: old.signature.clone(),
                        after: new.signature.clone(),
                    }
                } else {
                    Fate::Removed
                }
            } else if written
                .get(name.as_str())
                .into_iter()
                .flatten()
                .any(|(path, new)| *path != change.path && same(new))
            {
                // Moved: whether callers notice depends on re-exports that a diff does not show.
                continue;
            } else {
                renamed(old, before, after).map_or(Fate::Removed, Fate::Renamed)
            };
            let line = match &fate {
                Fate::Changed { .. } => after.iter().find(same).map_or(old.line, |new| new.line),
                _ => old.line,
            };
            changes.push(ExportChange {
                path: change.path.clone(),
                name: name.clone(),
                kind: old.definition.kind,
                fate,
                line,
            });
        }
    }
    changes
}

/// True where what is exported is still nobody else's: programs, examples, internal packages.
fn is_private_place(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let private = [
        "internal",
        "cmd",
        "examples",
        "example",
        "scripts",
        "benches",
        "bench",
        "bin",
        "demo",
        "migrations",
    ];
    matches!(
        name,
        "main.rs" | "build.rs" | "main.go" | "setup.py" | "conftest.py"
    ) || path.split('/').any(|folder| private.contains(&folder))
        || (Language::of(path) == Some(Language::C)
            && !name
                .rsplit('.')
                .next()
                .is_some_and(|ending| ending.starts_with('h')))
}

fn definitions(language: Language, change: &FileChange, after: bool) -> Vec<Found> {
    if change.status == ChangeStatus::Added && !after {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (number, hunk) in change.hunks.iter().enumerate() {
        let lines = side(hunk, after);
        for (at, (line, text, changed)) in lines.iter().enumerate() {
            // A signature over several lines counts as changed when any of them is.
            let Some(definition) = language.definition(text) else {
                continue;
            };
            let (signature, length) = signature(&lines[at..], definition.kind);
            let touched = *changed
                || lines[at..at + length]
                    .iter()
                    .any(|(_, _, changed)| *changed);
            let tests = lines[..at]
                .iter()
                .any(|(_, text, _)| text.contains("#[cfg(test)]"))
                || hunk.heading.starts_with("mod tests");
            if !tests {
                found.push(Found {
                    definition,
                    signature,
                    line: *line,
                    hunk: number,
                    touched,
                });
            }
        }
    }
    found
}

fn side(hunk: &Hunk, after: bool) -> Vec<(u32, &str, bool)> {
    let mut number = if after {
        hunk.new_start
    } else {
        hunk.old_start
    };
    let mut lines = Vec::new();
    for line in &hunk.lines {
        let (text, changed) = match line {
            DiffLine::Context(text) => (text, false),
            DiffLine::Added(text) if after => (text, true),
            DiffLine::Removed(text) if !after => (text, true),
            _ => continue,
        };
        lines.push((number, text.as_str(), changed));
        number += 1;
    }
    lines
}

/// The signature that begins at the first of `lines`, on one line, and how many lines it takes.
fn signature(lines: &[(u32, &str, bool)], kind: DefinitionKind) -> (String, usize) {
    let mut text = String::new();
    for (count, (_, line, _)) in lines.iter().enumerate().take(12) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(line.trim());
        let open = text.matches('(').count();
        let closed = text.matches(')').count();
        if kind != DefinitionKind::Function
            || (open > 0 && open <= closed)
            || (open == 0 && count == 0 && !text.ends_with('('))
        {
            return (tidy(&text), count + 1);
        }
    }
    (tidy(&text), lines.len().min(12))
}

fn tidy(text: &str) -> String {
    let text = text
        .trim_end()
        .trim_end_matches(['{', ';', ':', ' '])
        .trim_end();
    text.replace("( ", "(")
        .replace(", )", ")")
        .replace(",)", ")")
}

fn renamed(old: &Found, before: &[Found], after: &[Found]) -> Option<String> {
    let gone = |found: &&Found| {
        found.hunk == old.hunk
            && found.definition.kind == old.definition.kind
            && !after
                .iter()
                .any(|new| new.definition.name == found.definition.name)
    };
    let come = |found: &&Found| {
        found.hunk == old.hunk
            && found.definition.kind == old.definition.kind
            && found.definition.exported
            && !before
                .iter()
                .any(|old| old.definition.name == found.definition.name)
    };
    let mut news = after.iter().filter(come);
    let new = news.next()?;
    let only = news.next().is_none() && before.iter().filter(gone).count() == 1;
    let rest = |found: &Found| found.signature.replacen(&found.definition.name, "", 1);
    (only && rest(old) == rest(new)).then(|| new.definition.name.clone())
}

/// True if a caller written for `before` does not fit `after`.
fn is_incompatible(language: Option<Language>, before: &str, after: &str) -> bool {
    let (Some(old), Some(new)) = (parameters(before), parameters(after)) else {
        return false;
    };
    match language {
        Some(Language::Rust | Language::Go | Language::Java) => {
            let types = |list: &[String]| {
                list.iter()
                    .map(|item| type_of(language, item))
                    .collect::<Vec<_>>()
            };
            types(&old) != types(&new)
        }
        Some(Language::Python | Language::Script | Language::Ruby) => {
            let optional = |item: &String| {
                item.contains('=')
                    || item.contains("?:")
                    || item.starts_with('*')
                    || item.starts_with("...")
            };
            let required = |list: &[String]| list.iter().filter(|item| !optional(item)).count();
            let open = new
                .iter()
                .any(|item| item.starts_with('*') || item.starts_with("..."));
            required(&new) > required(&old) || (new.len() < old.len() && !open)
        }
        Some(Language::C) | None => old.len() != new.len(),
    }
}

fn type_of(language: Option<Language>, parameter: &str) -> String {
    let text = match language {
        Some(Language::Rust) => parameter
            .split_once(':')
            .map_or(parameter, |(_, kind)| kind),
        Some(Language::Go) => parameter
            .split_once(' ')
            .map_or(parameter, |(_, kind)| kind),
        _ => parameter
            .trim_start_matches("final ")
            .rsplit_once(' ')
            .map_or(parameter, |(kind, _)| kind),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The parameters between the first parentheses of a signature; none if they do not close.
fn parameters(signature: &str) -> Option<Vec<String>> {
    let open = signature.find('(')?;
    let mut list = Vec::new();
    let mut item = String::new();
    let mut depth = 0_u32;
    let mut previous = ' ';
    for c in signature[open + 1..].chars() {
        match c {
            '(' | '[' | '{' | '<' => depth += 1,
            ')' if depth == 0 => {
                list.push(item.trim().to_owned());
                list.retain(|item| {
                    !item.is_empty() && item != "self" && item != "/" && item != "*"
                });
                return Some(list);
            }
            '>' if previous == '-' || previous == '=' => {}
            ')' | ']' | '}' | '>' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                list.push(item.trim().to_owned());
                item.clear();
                previous = c;
                continue;
            }
            _ => {}
        }
        item.push(c);
        previous = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use perch_core::facts::parse_hunks;

    use super::*;

    fn seen(path: &str, hunks: &str) -> Vec<String> {
        let change = FileChange {
            path: path.into(),
            hunks: parse_hunks(hunks),
            ..FileChange::default()
        };
        changes(&[change])
            .into_iter()
            .map(|change| match change.fate {
                Fate::Removed => format!("{} removed :{}", change.name, change.line),
                Fate::Renamed(to) => format!("{} -> {to} :{}", change.name, change.line),
                Fate::Changed { after, .. } => format!("{after} :{}", change.line),
            })
            .collect()
    }

    #[test]
    fn only_what_callers_notice_is_a_change() {
        for (path, patch, expected) in [
            (
                "src/a.rs",
                "@@ -5,3 +5,0 @@\n-pub fn old(x: u8) -> u8 {\n-    x\n-}\n",
                vec!["old removed :5"],
            ),
            (
                "src/a.rs",
                "@@ -5 +5 @@\n-pub fn old(x: u8) -> u8 {\n+pub fn new(x: u8) -> u8 {\n",
                vec!["old -> new :5"],
            ),
            (
                "src/a.rs",
                "@@ -5 +5 @@\n-pub fn old(x: u8) -> u8 {\n+pub fn old(x: u8, y: u8) -> u8 {\n",
                vec!["pub fn old(x: u8, y: u8) -> u8 :5"],
            ),
            (
                "src/a.rs",
                "@@ -5 +5 @@\n-pub fn old(x: u8) -> u8 {\n+pub fn old(value: u8) -> u8 {\n",
                vec![],
            ),
            (
                "src/a.rs",
                "@@ -5 +5 @@\n-pub fn old(x: u8) -> u8 {\n+pub(crate) fn old(x: u8) -> u8 {\n",
                vec!["old removed :5"],
            ),
            (
                "src/a.rs",
                "@@ -5 +5 @@\n-fn old(x: u8) -> u8 {\n+fn new(x: u8) -> u8 {\n",
                vec![],
            ),
            (
                "src/a.rs",
                "@@ -5,4 +5,5 @@\n pub fn old(\n     x: u8,\n+    y: Option<u8>,\n ) -> u8 {\n     x\n",
                vec!["pub fn old(x: u8, y: Option<u8>) -> u8 :5"],
            ),
            (
                "a/b.py",
                "@@ -5 +5 @@\n-def load(path):\n+def load(path, strict=False):\n",
                vec![],
            ),
            (
                "a/b.py",
                "@@ -5 +5 @@\n-def load(path):\n+def load(path, strict):\n",
                vec!["def load(path, strict) :5"],
            ),
            (
                "a/b.py",
                "@@ -5 +5 @@\n-def _load(path):\n+def _load(path, strict):\n",
                vec![],
            ),
            (
                "a/b.go",
                "@@ -5 +5 @@\n-func Get(key string) error {\n+func Get(ctx context.Context, key string) error {\n",
                vec!["func Get(ctx context.Context, key string) error :5"],
            ),
            (
                "internal/b.go",
                "@@ -5 +5,0 @@\n-func Get(key string) error {\n",
                vec![],
            ),
            (
                "a.ts",
                "@@ -5 +5 @@\n-export const load = (path: string) => {\n+export const load = (path: string, strict?: boolean) => {\n",
                vec![],
            ),
            (
                "a.ts",
                "@@ -5,3 +5,0 @@\n-export interface User {\n-  id: string\n-}\n",
                vec!["User removed :5"],
            ),
            ("tests/a.py", "@@ -5 +5,0 @@\n-def helper(path):\n", vec![]),
        ] {
            assert_eq!(seen(path, patch), expected, "{patch}");
        }
    }
}
