//! TypeScript: a promise that is used as its value, where the function may wait for it.

use std::sync::LazyLock;

use regex::Regex;
use tree_sitter::Point;

use super::source::is_word;
use super::{Case, Mend, Rule};
use crate::syntax;

pub(super) static RULE: Rule = Rule {
    touches_tests: false,
    mend,
};

static PROMISE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^Property '[\w$]+' does not exist on type 'Promise<.+>'")
        .expect("the pattern is constant")
});

fn mend(case: &Case<'_>) -> Option<Mend> {
    if !PROMISE.is_match(&case.error.message) {
        return None;
    }
    let (source, line) = case.place()?;
    let at = source.byte(line, case.error.column?)?;
    let before = source.line(line)?.get(..at)?.strip_suffix('.')?;
    let start = before.rfind(|one| !is_word(one)).map_or(0, |at| at + 1);
    let name = &before[start..];
    if name.is_empty() || before[..start].ends_with('.') {
        return None;
    }
    let tree = syntax::tree(&source.path, source.text)?;
    let row = usize::try_from(line).ok()?.checked_sub(1)?;
    let place = Point::new(row, start);
    let mut around = None;
    syntax::walk(tree.root_node(), &mut |node| {
        let within = node.start_position() <= place && place <= node.end_position();
        if within
            && ["function", "arrow_function", "method"]
                .iter()
                .any(|kind| node.kind().starts_with(kind))
        {
            around = Some(node);
        }
        within
    });
    let around = around.filter(|node| {
        let head = source.text[node.byte_range()]
            .split(['(', '{'])
            .next()
            .unwrap_or_default();
        head.split_whitespace().any(|word| word == "async")
    })?;
    // The only place that gives the variable its value, in the same function.
    let mut value = None;
    let mut count = 0;
    syntax::walk(around, &mut |node| {
        if node.kind() == "variable_declarator"
            && node
                .child_by_field_name("name")
                .is_some_and(|named| &source.text[named.byte_range()] == name)
        {
            count += 1;
            value = node.child_by_field_name("value");
        }
        true
    });
    let value = value.filter(|node| count == 1 && node.kind() == "call_expression")?;
    let start = value.start_position();
    let change = source.spliced(
        u32::try_from(start.row + 1).ok()?,
        start.column..start.column,
        "await ",
    )?;
    Some(Mend::guess(format!("Wait for `{name}`"), vec![change]))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn a_promise_is_waited_for_where_it_is_made() {
        let log = "src/a.ts(3,15): error TS2339: Property 'name' does not exist on type 'Promise<User>'.\n";
        check(
            &RULE,
            &[
                (
                    log,
                    &[(
                        "src/a.ts",
                        "async function f(id: number) {\n  const user = load(id);\n  return user.name;\n}\n",
                    )],
                    "src/a.ts",
                    Some(
                        "async function f(id: number) {\n  const user = await load(id);\n  return user.name;\n}\n(a guess)",
                    ),
                ),
                (
                    log,
                    &[(
                        "src/a.ts",
                        "function f(id: number) {\n  const user = load(id);\n  return user.name;\n}\n",
                    )],
                    "src/a.ts",
                    None,
                ),
            ],
        );
    }
}
