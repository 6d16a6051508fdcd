//! A name nobody defined, where one in scope is spelt nearly alike.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use tree_sitter::{Node, Point};

use super::near::nearest;
use super::source::Source;
use super::{Case, Mend, Rule};
use crate::change::language::Language;
use crate::syntax;

pub(super) static RULE: Rule = Rule {
    touches_tests: false,
    mend,
};

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        (?: [Uu]ndefined\ name\ [`'"] | \bname\ ['"] | ^Name\ " | Cannot\ find\ name\ ['"]
          | cannot\ find\ symbol:\ (?:variable|method|class)\ | ^undefined:\ | ^[‘'“"`] )
        ([A-Za-z_$][\w$]*)
        (?: [`'"’(] | $ )"#,
    )
    .expect("the pattern is constant")
});
/// What must follow where the name comes first.
static SAYS_UNDEFINED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"not defined|undeclared|not declared|[Uu]ndefined|[Cc]annot find (?:name|symbol)")
        .expect("the pattern is constant")
});
static MEMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"has no field or method (\w+)|cannot find symbol: method (\w+)")
        .expect("the pattern is constant")
});

/// The name `message` calls undefined.
pub(super) fn undefined(message: &str) -> Option<&str> {
    let found = NAME.captures(message)?;
    SAYS_UNDEFINED
        .is_match(message)
        .then(|| found.get(1).map(|name| name.as_str()))
        .flatten()
}

fn mend(case: &Case<'_>) -> Option<Mend> {
    let message = case.error.message.as_str();
    let member = MEMBER
        .captures(message)
        .and_then(|found| found.get(1).or(found.get(2)))
        .map(|name| name.as_str());
    let wrong = member.or_else(|| undefined(message))?;
    let (source, line) = case.place()?;
    let at = source.word(line, case.error.column, wrong)?;
    let others: BTreeSet<&str> = case
        .errors
        .iter()
        .filter_map(|error| undefined(&error.message))
        .collect();
    let siblings = if member.is_some() {
        siblings(case, &source)
    } else {
        Vec::new()
    };
    let mut names: BTreeSet<&str> = siblings.iter().flat_map(defined).collect();
    if member.is_none() {
        names.extend(in_scope(&source, line, at)?);
    } else {
        names.extend(defined(&source));
    }
    names.retain(|name| !others.contains(name));
    let right = nearest(wrong, names)?;
    let change = source.spliced(line, at..at + wrong.len(), right)?;
    Some(Mend::guess(
        format!("Write `{right}` for `{wrong}`"),
        vec![change],
    ))
}

/// Names of the file that may be used at a place: those outside functions, and those of the functions around it.
fn in_scope<'a>(source: &Source<'a>, line: u32, at: usize) -> Option<Vec<&'a str>> {
    let tree = syntax::tree(&source.path, source.text)?;
    let row = usize::try_from(line).ok()?.checked_sub(1)?;
    let place = Point::new(row, at);
    let mut names = Vec::new();
    syntax::walk(tree.root_node(), &mut |node| {
        if is_function(node) && !(node.start_position() <= place && place <= node.end_position()) {
            // Its own name is known outside.
            let name = node.child_by_field_name("name").or_else(|| {
                node.child_by_field_name("declarator")?
                    .child_by_field_name("declarator")
            });
            names.extend(name.map(|name| &source.text[name.byte_range()]));
            return false;
        }
        if node.child_count() == 0 && node.kind().ends_with("identifier") {
            names.push(&source.text[node.byte_range()]);
        }
        true
    });
    Some(names)
}

fn is_function(node: Node<'_>) -> bool {
    let kind = node.kind();
    ["function", "method", "constructor"]
        .iter()
        .any(|word| kind.starts_with(word))
        && ["definition", "declaration", "item", "expression"]
            .iter()
            .any(|word| kind.ends_with(word))
}

/// The other files of the same folder and language: a package of Go, the classes beside one.
fn siblings<'a>(case: &Case<'a>, source: &Source<'_>) -> Vec<Source<'a>> {
    let folder = source
        .path
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    let language = Language::of(&source.path);
    case.tree()
        .iter()
        .filter(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder) == folder)
        .filter(|path| **path != source.path && Language::of(path) == language)
        .filter_map(|path| case.read(path))
        .collect()
}

/// The names of functions that a file defines.
fn defined<'a>(source: &Source<'a>) -> Vec<&'a str> {
    let Some(language) = Language::of(&source.path) else {
        return Vec::new();
    };
    source
        .lines()
        .filter_map(|(_, line)| {
            let name = language.definition(line)?.name;
            line.find(&name).map(|at| &line[at..at + name.len()])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn the_only_near_name_in_scope_is_meant() {
        let python = "def mean(numbers):\n    average = sum(numbers) / 2\n    return avrage\n";
        check(
            &RULE,
            &[
                (
                    "./stats.py:3:12: F821 undefined name 'avrage'\n",
                    &[("stats.py", python)],
                    "stats.py",
                    Some(
                        "def mean(numbers):\n    average = sum(numbers) / 2\n    return average\n(a guess)",
                    ),
                ),
                // Local names of other functions are none.
                (
                    "./a.py:5:12: F821 undefined name 'avrage'\n",
                    &[(
                        "a.py",
                        "def one():\n    average = 1\n    return average\ndef two():\n    return avrage\n",
                    )],
                    "a.py",
                    None,
                ),
                (
                    "Mean.java:4: error: cannot find symbol\n        return resutl;\n               ^\n  symbol:   variable resutl\n  location: class Mean\n1 error\n",
                    &[(
                        "Mean.java",
                        "class Mean {\n    static int of(int n) {\n        int result = n;\n        return resutl;\n    }\n}\n",
                    )],
                    "Mean.java",
                    Some(
                        "class Mean {\n    static int of(int n) {\n        int result = n;\n        return result;\n    }\n}\n(a guess)",
                    ),
                ),
                (
                    "# example.org/tool\n./main.go:4:4: s.Pusch undefined (type *Stack has no field or method Pusch)\n",
                    &[
                        (
                            "main.go",
                            "package main\n\nfunc main() {\n\ts.Pusch(1)\n}\n",
                        ),
                        (
                            "stack.go",
                            "package main\n\nfunc (s *Stack) Push(item int) {}\n",
                        ),
                    ],
                    "main.go",
                    Some("package main\n\nfunc main() {\n\ts.Push(1)\n}\n(a guess)"),
                ),
                // Two names as near as each other: nobody knows.
                (
                    "./a.py:3:7: F821 undefined name 'value'\n",
                    &[("a.py", "value1 = 1\nvalue2 = 2\nprint(value)\n")],
                    "a.py",
                    None,
                ),
            ],
        );
    }
}
