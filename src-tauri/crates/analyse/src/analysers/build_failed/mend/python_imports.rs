//! Python: modules and names of the standard library that are used and not imported, and imports that nothing uses.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use tree_sitter::Node;

use super::near_name::undefined;
use super::source::{Source, words};
use super::{Case, Mend, Rule};
use crate::explain::LineChange;
use crate::syntax;

pub(super) static MISSING: Rule = Rule {
    touches_tests: true,
    mend: missing,
};
pub(super) static UNUSED: Rule = Rule {
    touches_tests: true,
    mend: unused,
};

/// Modules of the standard library that are used by their name.
const MODULES: &[&str] = &[
    "argparse",
    "ast",
    "asyncio",
    "base64",
    "bisect",
    "collections",
    "configparser",
    "contextlib",
    "copy",
    "csv",
    "dataclasses",
    "decimal",
    "enum",
    "fnmatch",
    "functools",
    "getpass",
    "glob",
    "gzip",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "importlib",
    "inspect",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "locale",
    "logging",
    "math",
    "mimetypes",
    "operator",
    "os",
    "pathlib",
    "pickle",
    "platform",
    "pprint",
    "queue",
    "random",
    "re",
    "secrets",
    "shlex",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "statistics",
    "string",
    "struct",
    "subprocess",
    "sys",
    "tempfile",
    "textwrap",
    "threading",
    "time",
    "traceback",
    "types",
    "typing",
    "unicodedata",
    "unittest",
    "urllib",
    "uuid",
    "warnings",
    "weakref",
    "zipfile",
    "zlib",
];
/// Names of the standard library that are used bare, and their modules.
const NAMES: &[(&str, &str)] = &[
    ("ABC", "abc"),
    ("Any", "typing"),
    ("Callable", "collections.abc"),
    ("Counter", "collections"),
    ("Decimal", "decimal"),
    ("Dict", "typing"),
    ("Enum", "enum"),
    ("Iterable", "collections.abc"),
    ("Iterator", "collections.abc"),
    ("List", "typing"),
    ("Mapping", "collections.abc"),
    ("NamedTuple", "typing"),
    ("Optional", "typing"),
    ("OrderedDict", "collections"),
    ("Path", "pathlib"),
    ("Protocol", "typing"),
    ("Sequence", "collections.abc"),
    ("TypeVar", "typing"),
    ("Union", "typing"),
    ("abstractmethod", "abc"),
    ("contextmanager", "contextlib"),
    ("dataclass", "dataclasses"),
    ("defaultdict", "collections"),
    ("deque", "collections"),
    ("lru_cache", "functools"),
    ("namedtuple", "collections"),
    ("timedelta", "datetime"),
];

static UNUSED_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"F401 (?:\[\*\] )?[`']([\w. ]+)[`'] imported but unused")
        .expect("the pattern is constant")
});

fn missing(case: &Case<'_>) -> Option<Mend> {
    let source = case.source().filter(|source| is_python(&source.path))?;
    import_of(&source, &case.error.message)?;
    // All that the file lacks in one, so that each report brings the same change.
    let lines: BTreeSet<String> = case
        .beside()
        .filter_map(|error| import_of(&source, &error.message))
        .collect();
    let text = match lines.iter().next() {
        Some(only) if lines.len() == 1 => format!("Add `{only}`"),
        _ => "Add the missing imports".into(),
    };
    Some(Mend::certain(text, inserted(&source, lines)?))
}

/// The import that makes the name `message` calls undefined known.
fn import_of(source: &Source<'_>, message: &str) -> Option<String> {
    let name = undefined(message)?;
    let is_module = MODULES.contains(&name)
        && source
            .lines()
            .any(|(_, line)| words(line, name).any(|at| line[at + name.len()..].starts_with('.')));
    if is_module {
        return Some(format!("import {name}"));
    }
    let (_, module) = NAMES.iter().find(|(known, _)| *known == name)?;
    Some(format!("from {module} import {name}"))
}

/// `lines` among the imports of the file, or before its first code.
fn inserted(source: &Source<'_>, lines: BTreeSet<String>) -> Option<Vec<LineChange>> {
    let tree = syntax::tree(&source.path, source.text)?;
    let mut cursor = tree.walk();
    let nodes: Vec<Node<'_>> = tree.root_node().children(&mut cursor).collect();
    let imports: Vec<&Node<'_>> = nodes
        .iter()
        .filter(|node| matches!(node.kind(), "import_statement" | "import_from_statement"))
        .collect();
    let number = |row: usize| u32::try_from(row + 1).ok();
    let text_of = |node: &Node<'_>| &source.text[node.byte_range()];
    if let (Some(first), Some(last)) = (imports.first(), imports.last()) {
        return lines
            .into_iter()
            .map(|line| {
                let plain = line.starts_with("import ");
                let before = imports
                    .iter()
                    .find(|node| {
                        let there = text_of(node);
                        there.starts_with("import ") == plain && there > line.as_str()
                    })
                    .or_else(|| {
                        plain
                            .then_some(first)
                            .filter(|node| text_of(node).starts_with("from "))
                    });
                let at = match before {
                    Some(node) => number(node.start_position().row)?,
                    None => number(last.end_position().row + 1)?,
                };
                Some(source.inserted(at, vec![line]))
            })
            .collect();
    }
    let head: Vec<&Node<'_>> = nodes
        .iter()
        .take_while(|node| {
            node.kind() == "comment"
                || node.kind() == "future_import_statement"
                || (node.kind() == "expression_statement" && text_of(node).ends_with(['"', '\'']))
        })
        .collect();
    let first = nodes.get(head.len())?;
    let mut added: Vec<String> = lines.into_iter().collect();
    // Two blank lines stand before a definition, one before anything else.
    let blanks = if matches!(
        first.kind(),
        "function_definition" | "class_definition" | "decorated_definition"
    ) {
        2
    } else {
        1
    };
    let gap_row = head.last().map_or(0, |node| node.end_position().row + 1);
    let gap = first.start_position().row.saturating_sub(gap_row);
    if head.is_empty() {
        added.extend(std::iter::repeat_n(String::new(), blanks));
        return Some(vec![
            source.inserted(number(first.start_position().row)?, added),
        ]);
    }
    added.insert(0, String::new());
    if gap < blanks {
        added.extend(std::iter::repeat_n(String::new(), blanks - gap));
    }
    Some(vec![source.inserted(number(gap_row)?, added)])
}

fn unused(case: &Case<'_>) -> Option<Mend> {
    UNUSED_NAME.captures(&case.error.message)?;
    let (source, line) = case.place()?;
    // What a package's own file imports others may use through it.
    if source.path.ends_with("__init__.py") {
        return None;
    }
    let tree = syntax::tree(&source.path, source.text)?;
    let row = usize::try_from(line).ok()?.checked_sub(1)?;
    let mut statement = None;
    syntax::walk(tree.root_node(), &mut |node| {
        if matches!(node.kind(), "import_statement" | "import_from_statement")
            && (node.start_position().row..=node.end_position().row).contains(&row)
        {
            statement = Some(node);
        }
        true
    });
    let statement = statement?;
    let rows = statement.start_position().row..=statement.end_position().row;
    let names: BTreeSet<String> = case
        .beside()
        .filter(|error| {
            error
                .line
                .and_then(|line| usize::try_from(line).ok()?.checked_sub(1))
                .is_some_and(|row| rows.contains(&row))
        })
        .filter_map(|error| Some(UNUSED_NAME.captures(&error.message)?[1].to_owned()))
        .collect();
    let changes = without(&source, statement, &names)?;
    let text = match names.iter().next() {
        Some(only) if names.len() == 1 => format!("Remove the unused import `{only}`"),
        _ => "Remove the unused imports".into(),
    };
    Some(Mend::certain(text, changes))
}

/// `statement` without `names`, as flake8 and ruff write them.
fn without(
    source: &Source<'_>,
    statement: Node<'_>,
    names: &BTreeSet<String>,
) -> Option<Vec<LineChange>> {
    let text = |node: Node<'_>| &source.text[node.byte_range()];
    let module = statement.child_by_field_name("module_name").map(text);
    let mut cursor = statement.walk();
    let items: Vec<Node<'_>> = statement
        .children_by_field_name("name", &mut cursor)
        .collect();
    let is_unused = |item: &Node<'_>| {
        let written = text(*item);
        let full = match module {
            Some(module) if module.ends_with('.') => format!("{module}{written}"),
            Some(module) => format!("{module}.{written}"),
            None => written.to_owned(),
        };
        names.contains(&full) || module.is_none() && names.contains(written)
    };
    let (gone, kept): (Vec<Node<'_>>, Vec<Node<'_>>) = items.into_iter().partition(is_unused);
    if gone.is_empty() {
        return None;
    }
    let number = |row: usize| u32::try_from(row + 1).ok();
    let (first, last) = (statement.start_position().row, statement.end_position().row);
    if kept.is_empty() {
        let lines = (first..=last).map(|row| source.line(number(row)?).map(str::to_owned));
        return Some(vec![source.change(
            number(first)?,
            lines.collect::<Option<_>>()?,
            Vec::new(),
        )]);
    }
    if first == last {
        let kept: Vec<&str> = kept.into_iter().map(text).collect();
        let start = gone
            .iter()
            .chain(std::iter::once(&gone[0]))
            .map(Node::start_byte)
            .min()?;
        let items_from = statement
            .child_by_field_name("name")
            .map_or(start, |node| node.start_byte());
        let line_start = statement.start_byte() - statement.start_position().column;
        let mut cursor = statement.walk();
        let items_to = statement
            .children_by_field_name("name", &mut cursor)
            .last()?
            .end_byte();
        let change = source.spliced(
            number(first)?,
            items_from - line_start..items_to - line_start,
            &kept.join(", "),
        )?;
        return Some(vec![change]);
    }
    // A list over several lines: only names on lines of their own are taken out.
    gone.iter()
        .map(|item| {
            let row = number(item.start_position().row)?;
            let line = source.line(row)?;
            (line.trim().trim_end_matches(',') == text(*item))
                .then(|| source.removed(row))
                .flatten()
        })
        .collect()
}

fn is_python(path: &str) -> bool {
    path.ends_with(".py") || path.ends_with(".pyi")
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn what_the_standard_library_has_is_imported_in_its_place() {
        let log =
            "./a.py:4:12: F821 undefined name 'math'\n./a.py:5:12: F821 undefined name 'Path'\n";
        check(
            &MISSING,
            &[
                (
                    log,
                    &[(
                        "a.py",
                        "import json\nimport sys\n\nx = math.pi\ny = Path(\".\")\n",
                    )],
                    "a.py",
                    Some(
                        "import json\nimport math\nimport sys\nfrom pathlib import Path\n\nx = math.pi\ny = Path(\".\")\n",
                    ),
                ),
                (
                    "./a.py:4:12: F821 undefined name 'math'\n",
                    &[(
                        "a.py",
                        "\"\"\"Circles.\"\"\"\n\n\ndef area(r):\n    return math.pi * r**2\n",
                    )],
                    "a.py",
                    Some(
                        "\"\"\"Circles.\"\"\"\n\nimport math\n\n\ndef area(r):\n    return math.pi * r**2\n",
                    ),
                ),
                (
                    "./a.py:2:12: F821 undefined name 'math'\n",
                    &[("a.py", "def area(r):\n    return math.pi * r**2\n")],
                    "a.py",
                    Some("import math\n\n\ndef area(r):\n    return math.pi * r**2\n"),
                ),
                // A name like a module's that is not used as one.
                (
                    "./a.py:1:7: F821 undefined name 'time'\n",
                    &[("a.py", "print(time)\n")],
                    "a.py",
                    None,
                ),
            ],
        );
    }

    #[test]
    fn what_is_imported_for_nothing_is_taken_out() {
        check(
            &UNUSED,
            &[
                (
                    "./a.py:1:1: F401 'os' imported but unused\n./a.py:2:1: F401 'pathlib.PurePath' imported but unused\n",
                    &[(
                        "a.py",
                        "import os\nfrom pathlib import Path, PurePath\n\nPath(\".\")\n",
                    )],
                    "a.py",
                    Some("from pathlib import Path\n\nPath(\".\")\n"),
                ),
                (
                    "a.py:3:5: F401 [*] `typing.Any` imported but unused\n",
                    &[(
                        "a.py",
                        "from typing import (\n    Dict,\n    Any,\n)\n\nx: Dict\n",
                    )],
                    "a.py",
                    Some("from typing import (\n    Dict,\n)\n\nx: Dict\n"),
                ),
                (
                    "./pack/__init__.py:1:1: F401 '.a.b' imported but unused\n",
                    &[("pack/__init__.py", "from .a import b\n")],
                    "pack/__init__.py",
                    None,
                ),
            ],
        );
    }
}
