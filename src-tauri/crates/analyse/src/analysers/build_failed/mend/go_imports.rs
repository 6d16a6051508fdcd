//! Go: packages of the standard library that are used and not imported, and imports that nothing uses.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use tree_sitter::Node;

use super::source::{Source, words};
use super::{Case, Mend, Rule};
use crate::explain::LineChange;
use crate::syntax;

pub(super) static RULE: Rule = Rule {
    touches_tests: true,
    mend,
};

/// Packages of the standard library whose last part no other one has.
const PACKAGES: &[&str] = &[
    "bufio",
    "bytes",
    "cmp",
    "context",
    "crypto/hmac",
    "crypto/md5",
    "crypto/sha1",
    "crypto/sha256",
    "crypto/tls",
    "database/sql",
    "embed",
    "encoding/base64",
    "encoding/binary",
    "encoding/csv",
    "encoding/hex",
    "encoding/json",
    "encoding/xml",
    "errors",
    "flag",
    "fmt",
    "hash/crc32",
    "html",
    "io",
    "io/fs",
    "log",
    "log/slog",
    "maps",
    "math",
    "math/big",
    "math/bits",
    "mime",
    "net",
    "net/http",
    "net/http/httptest",
    "net/url",
    "os",
    "os/exec",
    "os/signal",
    "path",
    "path/filepath",
    "reflect",
    "regexp",
    "runtime",
    "slices",
    "sort",
    "strconv",
    "strings",
    "sync",
    "sync/atomic",
    "syscall",
    "testing",
    "text/tabwriter",
    "time",
    "unicode",
    "unicode/utf8",
    "unsafe",
];

static UNUSED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"^(?:imported and not used: "([^"]+)"|"([^"]+)" imported (?:as \w+ )?and not used)"#,
    )
    .expect("the pattern is constant")
});
static UNDEFINED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^undefined: (\w+)$").expect("the pattern is constant"));

fn mend(case: &Case<'_>) -> Option<Mend> {
    let source = case
        .source()
        .filter(|source| source.path.ends_with(".go"))?;
    let message = &case.error.message;
    if unused(message).is_none() && missing(&source, message).is_none() {
        return None;
    }
    // All the file has too much and too little in one, so that each report brings the same change.
    let gone: BTreeSet<&str> = case
        .beside()
        .filter_map(|error| unused(&error.message))
        .collect();
    let added: BTreeSet<&str> = case
        .beside()
        .filter_map(|error| missing(&source, &error.message))
        .collect();
    let text = match (gone.iter().next(), added.iter().next()) {
        (Some(only), None) if gone.len() == 1 => format!("Remove the unused import \"{only}\""),
        (None, Some(only)) if added.len() == 1 => format!("Import \"{only}\""),
        _ => "Import what is used and nothing else".into(),
    };
    Some(Mend::certain(text, changes(&source, &gone, &added)?))
}

fn unused(message: &str) -> Option<&str> {
    let found = UNUSED.captures(message)?;
    Some(found.get(1).or(found.get(2))?.as_str())
}

fn missing(source: &Source<'_>, message: &str) -> Option<&'static str> {
    let name = UNDEFINED.captures(message)?.get(1)?.as_str();
    let is_used = source
        .lines()
        .any(|(_, line)| words(line, name).any(|at| line[at + name.len()..].starts_with('.')));
    PACKAGES
        .iter()
        .find(|path| path.rsplit('/').next() == Some(name))
        .copied()
        .filter(|_| is_used)
}

/// Takes the imports `gone` out and puts those of `added` in.
fn changes(
    source: &Source<'_>,
    gone: &BTreeSet<&str>,
    added: &BTreeSet<&str>,
) -> Option<Vec<LineChange>> {
    let tree = syntax::tree(&source.path, source.text)?;
    let mut specs: Vec<Node<'_>> = Vec::new();
    let mut package = None;
    syntax::walk(tree.root_node(), &mut |node| {
        match node.kind() {
            "import_spec" => specs.push(node),
            "package_clause" => package = Some(node),
            _ => {}
        }
        matches!(
            node.kind(),
            "source_file" | "import_declaration" | "import_spec_list"
        )
    });
    let path_of = |node: &Node<'_>| {
        let path = node.child_by_field_name("path")?;
        Some(source.text[path.byte_range()].trim_matches('"'))
    };
    let number = |row: usize| u32::try_from(row + 1).ok();
    let mut changes = Vec::new();
    let is_gone = |node: &Node<'_>| path_of(node).is_some_and(|path| gone.contains(path));
    let kept: Vec<&Node<'_>> = specs.iter().filter(|node| !is_gone(node)).collect();
    for spec in specs.iter().filter(|node| is_gone(node)) {
        let row = spec.start_position().row;
        match in_list(spec) {
            Some(list)
                if kept.iter().all(|node| in_list(node) != Some(list)) && added.is_empty() =>
            {
                // Nothing would be left in the parentheses.
                let (first, last) = (list.start_position().row, list.end_position().row);
                let lines = (first..=last).map(|row| source.line(number(row)?).map(str::to_owned));
                let change =
                    source.change(number(first)?, lines.collect::<Option<_>>()?, Vec::new());
                if !changes.contains(&change) {
                    changes.push(change);
                }
            }
            _ => changes.push(source.removed(number(row)?)?),
        }
    }
    if added.is_empty() {
        return Some(changes);
    }
    let listed: Vec<&Node<'_>> = kept
        .iter()
        .copied()
        .filter(|node| in_list(node).is_some())
        .collect();
    if let Some(last) = listed.last() {
        for path in added {
            let is_std = |path: &str| !path.split('/').next().unwrap_or_default().contains('.');
            let before = listed
                .iter()
                .find(|node| path_of(node).is_some_and(|there| is_std(there) && there > *path));
            let after = listed
                .iter()
                .rev()
                .find(|node| path_of(node).is_some_and(is_std));
            let row = match (before, after) {
                (Some(node), _) => node.start_position().row,
                (None, Some(node)) => node.end_position().row + 1,
                (None, None) => last.end_position().row + 1,
            };
            changes.push(source.inserted(number(row)?, vec![format!("\t\"{path}\"")]));
        }
        return Some(changes);
    }
    if let [only] = kept.as_slice() {
        let row = number(only.start_position().row)?;
        let spec = &source.text[only.byte_range()];
        let mut paths: Vec<String> = added.iter().map(|path| format!("\t\"{path}\"")).collect();
        paths.push(format!("\t{spec}"));
        paths.sort();
        paths.insert(0, "import (".into());
        paths.push(")".into());
        changes.push(source.change(row, vec![source.line(row)?.to_owned()], paths));
        return Some(changes);
    }
    if !kept.is_empty() {
        return None;
    }
    let row = number(package?.end_position().row + 1)?;
    let mut lines = vec![String::new()];
    lines.extend(added.iter().map(|path| format!("import \"{path}\"")));
    changes.push(source.inserted(row, lines));
    Some(changes)
}

/// The parentheses an import stands in.
fn in_list<'a>(node: &Node<'a>) -> Option<Node<'a>> {
    node.parent()
        .filter(|parent| parent.kind() == "import_spec_list")
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn a_file_imports_what_it_uses_and_nothing_else() {
        check(
            &RULE,
            &[
                (
                    "# example.org/tool\n./main.go:5:2: imported and not used: \"os\"\n",
                    &[(
                        "main.go",
                        "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() { fmt.Println() }\n",
                    )],
                    "main.go",
                    Some(
                        "package main\n\nimport (\n\t\"fmt\"\n)\n\nfunc main() { fmt.Println() }\n",
                    ),
                ),
                (
                    "# example.org/tool\n./main.go:3:8: \"os\" imported and not used\n",
                    &[(
                        "main.go",
                        "package main\n\nimport \"os\"\n\nfunc main() {}\n",
                    )],
                    "main.go",
                    Some("package main\n\n\nfunc main() {}\n"),
                ),
                (
                    "# example.org/tool\n./a.go:4:2: undefined: strings\n",
                    &[(
                        "a.go",
                        "package a\n\nfunc f() {\n\tstrings.ToLower(\"\")\n}\n",
                    )],
                    "a.go",
                    Some(
                        "package a\n\nimport \"strings\"\n\nfunc f() {\n\tstrings.ToLower(\"\")\n}\n",
                    ),
                ),
                (
                    "# example.org/tool\n./a.go:6:2: undefined: strings\n./a.go:7:2: undefined: json\n",
                    &[(
                        "a.go",
                        "package a\n\nimport \"fmt\"\n\nfunc f() {\n\tfmt.Println(strings.ToLower(\"\"))\n\tjson.Valid(nil)\n}\n",
                    )],
                    "a.go",
                    Some(
                        "package a\n\nimport (\n\t\"encoding/json\"\n\t\"fmt\"\n\t\"strings\"\n)\n\nfunc f() {\n\tfmt.Println(strings.ToLower(\"\"))\n\tjson.Valid(nil)\n}\n",
                    ),
                ),
                (
                    "# example.org/tool\n./a.go:4:2: undefined: strings\n",
                    &[("a.go", "package a\n\nfunc f() {\n\tstrings()\n}\n")],
                    "a.go",
                    None,
                ),
            ],
        );
    }
}
