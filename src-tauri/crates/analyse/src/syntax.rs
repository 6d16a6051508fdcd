//! Whether a text is well-formed in its language, as far as a grammar is at hand. Knows nothing of meaning.

use tree_sitter::{Language, Node, Parser, Tree};

/// The grammar of the file at `path`, by its name.
fn grammar(path: &str) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, ending) = name.rsplit_once('.')?;
    let language = match ending {
        "rs" => tree_sitter_rust::LANGUAGE,
        "py" | "pyi" => tree_sitter_python::LANGUAGE,
        "js" | "mjs" | "cjs" | "jsx" => tree_sitter_javascript::LANGUAGE,
        "ts" | "mts" | "cts" => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
        "tsx" => tree_sitter_typescript::LANGUAGE_TSX,
        "go" => tree_sitter_go::LANGUAGE,
        "java" => tree_sitter_java::LANGUAGE,
        "c" => tree_sitter_c::LANGUAGE,
        // A header may be either; the larger language reads both.
        "h" | "hh" | "hpp" | "hxx" | "cc" | "cpp" | "cxx" => tree_sitter_cpp::LANGUAGE,
        "sh" | "bash" => tree_sitter_bash::LANGUAGE,
        "json" => tree_sitter_json::LANGUAGE,
        _ => return None,
    };
    Some(language.into())
}

/// The syntax tree of `text`, the file at `path`; nothing where no grammar is known.
pub(crate) fn tree(path: &str, text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&grammar(path)?).ok()?;
    parser.parse(text, None)
}

/// True if the file at `path` is less well-formed as `after` than it was as `before`.
pub(crate) fn worsens(path: &str, before: &str, after: &str) -> bool {
    let Some(new) = tree(path, after) else {
        return false;
    };
    let now = faults(new.root_node());
    now > 0 && tree(path, before).is_some_and(|old| now > faults(old.root_node()))
}

/// True if the file at `path` is better formed as `after` than it was as `before`.
pub(crate) fn betters(path: &str, before: &str, after: &str) -> bool {
    let count = |text: &str| tree(path, text).map(|tree| faults(tree.root_node()));
    matches!((count(before), count(after)), (Some(before), Some(after)) if after < before)
}

/// Places where the grammar had to skip or to make something up.
fn faults(root: Node<'_>) -> usize {
    let mut count = 0;
    walk(root, &mut |node| {
        count += usize::from(node.is_error() || node.is_missing());
        node.has_error()
    });
    count
}

/// Visits `root` and what is below each node for which `visit` says so, in the order of the text.
pub(crate) fn walk<'a>(root: Node<'a>, visit: &mut impl FnMut(Node<'a>) -> bool) {
    let mut waiting = vec![root];
    while let Some(node) = waiting.pop() {
        if visit(node) {
            let mut cursor = node.walk();
            let below: Vec<_> = node.children(&mut cursor).collect();
            waiting.extend(below.into_iter().rev());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_breaks_the_syntax_is_told_from_one_that_mends_it() {
        let cases = [
            ("a.rs", "fn f() {}", "fn f() {", true),
            ("a.rs", "fn f() {", "fn f() {}", false),
            ("a.py", "x = 1", "x = (1", true),
            ("a.ts", "const x: number = 1;", "const x: = 1;", true),
            ("a.js", "f(1)", "f(1", true),
            ("a.go", "package a\n", "package a\nfunc {\n", true),
            ("A.java", "class A {}", "class A {", true),
            ("a.c", "int a;", "int a", true),
            (
                "a.hpp",
                "template <class T> T f();",
                "template <class T> T f(",
                true,
            ),
            ("a.sh", "if a; then b; fi", "if a; then b", true),
            ("a.json", "{\"a\": 1}", "{\"a\": }", true),
            // A fault that was there before is not the change's.
            ("a.c", "int a\nint b;", "int a\nint c;", false),
            ("unknown.xyz", "((", "(((", false),
        ];
        for (path, before, after, expected) in cases {
            assert_eq!(worsens(path, before, after), expected, "{path}: {after}");
        }
    }
}
