//! JavaScript and TypeScript: names that are imported and never used.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use tree_sitter::Node;

use super::source::Source;
use super::{Case, Mend, Rule};
use crate::explain::{Diagnostic, LineChange};
use crate::syntax;

pub(super) static RULE: Rule = Rule {
    touches_tests: true,
    mend,
};

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^'([\w$]+)' is (?:defined but never used|declared but (?:its value is )?never (?:read|used))")
        .expect("the pattern is constant")
});

fn unused(error: &Diagnostic) -> Option<&str> {
    Some(NAME.captures(&error.message)?.get(1)?.as_str())
}

fn mend(case: &Case<'_>) -> Option<Mend> {
    unused(case.error)?;
    let (source, line) = case.place()?;
    let tree = syntax::tree(&source.path, source.text)?;
    let row = usize::try_from(line).ok()?.checked_sub(1)?;
    let mut cursor = tree.walk();
    let statement = tree.root_node().children(&mut cursor).find(|node| {
        node.kind() == "import_statement"
            && (node.start_position().row..=node.end_position().row).contains(&row)
    })?;
    let rows = statement.start_position().row..=statement.end_position().row;
    let names: BTreeSet<&str> = case
        .beside()
        .filter(|error| {
            error
                .line
                .and_then(|line| usize::try_from(line).ok()?.checked_sub(1))
                .is_some_and(|row| rows.contains(&row))
        })
        .filter_map(unused)
        .collect();
    let text = match names.iter().next() {
        Some(only) if names.len() == 1 => format!("Remove the unused import `{only}`"),
        _ => "Remove the unused imports".into(),
    };
    Some(Mend::certain(text, without(&source, statement, &names)?))
}

/// `statement` without `names`.
fn without(
    source: &Source<'_>,
    statement: Node<'_>,
    names: &BTreeSet<&str>,
) -> Option<Vec<LineChange>> {
    let text = |node: Node<'_>| &source.text[node.byte_range()];
    let mut list = None;
    let mut items: Vec<Node<'_>> = Vec::new();
    let mut others = 0;
    syntax::walk(statement, &mut |node| {
        match node.kind() {
            "named_imports" => list = Some(node),
            "import_specifier" => items.push(node),
            "namespace_import" => others += 1,
            "identifier"
                if node
                    .parent()
                    .is_some_and(|parent| parent.kind() == "import_clause") =>
            {
                others += 1;
            }
            _ => {}
        }
        !matches!(node.kind(), "import_specifier" | "namespace_import")
    });
    let local = |item: &Node<'_>| {
        let name = item
            .child_by_field_name("alias")
            .or_else(|| item.child_by_field_name("name"));
        name.map(text).unwrap_or_default()
    };
    let (gone, kept): (Vec<Node<'_>>, Vec<Node<'_>>) =
        items.iter().partition(|item| names.contains(local(item)));
    let number = |row: usize| u32::try_from(row + 1).ok();
    let (first, last) = (statement.start_position().row, statement.end_position().row);
    // Names outside the braces are left alone, unless the statement has nothing else.
    if kept.is_empty() && (others == 0 || items.is_empty() && others == 1 && names.len() == 1) {
        let lines = (first..=last).map(|row| source.line(number(row)?).map(str::to_owned));
        return Some(vec![source.change(
            number(first)?,
            lines.collect::<Option<_>>()?,
            Vec::new(),
        )]);
    }
    let list = list.filter(|_| !gone.is_empty() && !kept.is_empty())?;
    if list.start_position().row == list.end_position().row {
        let kept: Vec<&str> = kept.into_iter().map(text).collect();
        let range = list.start_position().column..list.end_position().column;
        let spaced = if text(list).starts_with("{ ") {
            " "
        } else {
            ""
        };
        let written = format!("{{{spaced}{}{spaced}}}", kept.join(", "));
        return Some(vec![source.spliced(
            number(list.start_position().row)?,
            range,
            &written,
        )?]);
    }
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

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn a_name_nothing_uses_is_not_imported() {
        let log = "\n/w/root/src/a.js\n  1:20  error  'join' is defined but never used  no-unused-vars\n\n";
        let typed = "src/a.ts(2,3): error TS6133: 'b' is declared but its value is never read.\n";
        check(
            &RULE,
            &[
                (
                    log,
                    &[(
                        "src/a.js",
                        "import { basename, join } from \"node:path\";\nbasename(\"\");\n",
                    )],
                    "src/a.js",
                    Some("import { basename } from \"node:path\";\nbasename(\"\");\n"),
                ),
                (
                    log,
                    &[("src/a.js", "import { join } from \"node:path\";\nf();\n")],
                    "src/a.js",
                    Some("f();\n"),
                ),
                (
                    log,
                    &[("src/a.js", "function f(a, join) {}\n")],
                    "src/a.js",
                    None,
                ),
                (
                    typed,
                    &[("src/a.ts", "import {\n  b,\n  c,\n} from \"./d\";\nc();\n")],
                    "src/a.ts",
                    Some("import {\n  c,\n} from \"./d\";\nc();\n"),
                ),
            ],
        );
    }
}
