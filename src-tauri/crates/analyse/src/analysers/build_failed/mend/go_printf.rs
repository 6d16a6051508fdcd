//! Go: a verb of a format that does not fit the type of what is printed.

use std::sync::LazyLock;

use regex::Regex;
use tree_sitter::{Node, Point};

use super::{Case, Mend, Rule};
use crate::syntax;

pub(super) static RULE: Rule = Rule {
    touches_tests: false,
    mend,
};

static WRONG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\S+ format (%\S*[a-zA-Z]) has arg (.+) of wrong type (\S+)$")
        .expect("the pattern is constant")
});
static VERB: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"%[-+# 0]*\d*(?:\.\d+)?([a-zA-Z%])").expect("the pattern is constant")
});

fn mend(case: &Case<'_>) -> Option<Mend> {
    let found = WRONG.captures(&case.error.message)?;
    let (wrong, argument) = (found.get(1)?.as_str(), found.get(2)?.as_str());
    let (source, line) = case.place()?;
    let tree = syntax::tree(&source.path, source.text)?;
    let row = usize::try_from(line).ok()?.checked_sub(1)?;
    let column = source.byte(line, case.error.column?)?;
    let place = Point::new(row, column);
    let mut calls: Vec<Node<'_>> = Vec::new();
    syntax::walk(tree.root_node(), &mut |node| {
        if node.kind() == "call_expression" && node.start_position() == place {
            calls.push(node);
        }
        true
    });
    let arguments = calls.last()?.child_by_field_name("arguments")?;
    let mut cursor = arguments.walk();
    let arguments: Vec<Node<'_>> = arguments.named_children(&mut cursor).collect();
    let text = |node: &Node<'_>| &source.text[node.byte_range()];
    let at = arguments
        .iter()
        .position(|node| node.kind() == "interpreted_string_literal" && text(node).contains('%'))?;
    let format = &arguments[at];
    let number = arguments[at + 1..]
        .iter()
        .position(|node| text(node) == argument)?;
    let verbs: Vec<regex::Captures<'_>> = VERB
        .captures_iter(text(format))
        .filter(|verb| &verb[1] != "%")
        .collect();
    // A width taken from an argument would shift the others.
    let verb = verbs.get(number).filter(|verb| &verb[0] == wrong)?.get(1)?;
    let right = verb_for(&found[3]);
    let start = format.start_position();
    let byte = start.column + verb.start();
    let change = source.spliced(u32::try_from(start.row + 1).ok()?, byte..byte + 1, right)?;
    Some(Mend::guess(
        format!("Print `{argument}` with `%{right}`"),
        vec![change],
    ))
}

/// The usual verb for a type.
fn verb_for(name: &str) -> &'static str {
    match name {
        "string" => "s",
        "bool" => "t",
        "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8" | "uint16" | "uint32"
        | "uint64" | "byte" => "d",
        "float32" | "float64" => "g",
        _ => "v",
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn the_verb_of_the_argument_that_is_named_is_put_right() {
        let log = "# example.org/a\n./main.go:6:2: fmt.Printf format %d has arg name of wrong type string\n";
        let file = |line: &str| {
            format!("package main\n\nimport \"fmt\"\n\nfunc main() {{\n\t{line}\n}}\n")
        };
        for (before, after) in [
            (
                "fmt.Printf(\"%d%% %d: %d\\n\", share, name, age)",
                Some("fmt.Printf(\"%d%% %s: %d\\n\", share, name, age)"),
            ),
            ("fmt.Printf(format, name)", None),
        ] {
            let after = after.map(|after| file(after) + "(a guess)");
            check(
                &RULE,
                &[(
                    log,
                    &[("main.go", &file(before))],
                    "main.go",
                    after.as_deref(),
                )],
            );
        }
    }
}
