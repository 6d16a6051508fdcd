//! Which functions a change touches, with the lines it added to each.
//!
//! With the file's text after the change the enclosing function is certain; with the hunks alone it is read
//! from their headings and lines, and a line that could belong to another function is left out.

use perch_core::facts::{ChangeStatus, DiffLine, FileChange};

use super::language::{DefinitionKind, Language};

/// A function that a change touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Touched {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) language: Language,
    pub(crate) exported: bool,
    /// Its first line is added by the change.
    pub(crate) is_new: bool,
    /// The line of its definition after the change, or of the first change in it.
    pub(crate) line: u32,
    /// Added lines that do something, with their numbers.
    pub(crate) added: Vec<(u32, String)>,
    /// Removed lines that did something.
    pub(crate) removed: usize,
}

/// A function's place while lines are read.
#[derive(Debug, Clone)]
struct Scope {
    name: String,
    exported: bool,
    /// Unknown for one that only a hunk's heading names.
    indent: Option<usize>,
    line: Option<u32>,
    is_new: bool,
    in_tests: bool,
}

/// The functions that `change` touches outside tests, in order. `text` is the file as it may be known.
pub(crate) fn touched(change: &FileChange, text: Option<&str>) -> Vec<Touched> {
    let Some(language) = Language::of(&change.path) else {
        return Vec::new();
    };
    if change.status == ChangeStatus::Removed {
        return Vec::new();
    }
    let scopes = text
        .filter(|text| is_after(change, text))
        .map(|text| scopes_of(language, text));
    let mut found: Vec<Touched> = Vec::new();
    for hunk in &change.hunks {
        let mut scope = heading_scope(language, &hunk.heading);
        let mut number = hunk.new_start;
        let mut tests = scope.as_ref().is_some_and(|scope| scope.in_tests)
            || is_test_heading(language, &hunk.heading);
        for line in &hunk.lines {
            let (text, added, removed) = match line {
                DiffLine::Context(text) => (text, false, false),
                DiffLine::Added(text) => (text, true, false),
                DiffLine::Removed(text) => (text, false, true),
            };
            if !removed {
                scope = match &scopes {
                    Some(scopes) => scopes.get(number as usize - 1).cloned().flatten(),
                    None => step(language, scope, text, number, &mut tests),
                };
                if let Some(scope) = &mut scope
                    && scope.line == Some(number)
                {
                    scope.is_new = added;
                }
            }
            let counts = (added || removed) && !language.is_trivial(text);
            if counts
                && let Some(scope) = &scope
                && !scope.in_tests
            {
                note(&mut found, change, language, scope, (number, text), added);
            }
            if !removed {
                number += 1;
            }
        }
    }
    found
}

fn note(
    found: &mut Vec<Touched>,
    change: &FileChange,
    language: Language,
    scope: &Scope,
    (number, text): (u32, &str),
    added: bool,
) {
    let at = found.iter().position(|touched| {
        touched.name == scope.name
            && scope
                .line
                .is_none_or(|line| line == touched.line || touched.line >= line)
    });
    let touched = if let Some(at) = at {
        &mut found[at]
    } else {
        found.push(Touched {
            path: change.path.clone(),
            name: scope.name.clone(),
            language,
            exported: scope.exported,
            is_new: false,
            line: scope.line.unwrap_or(number),
            added: Vec::new(),
            removed: 0,
        });
        found.last_mut().expect("one was just pushed")
    };
    if added {
        if scope.line == Some(number) && scope.is_new {
            touched.is_new = true;
        }
        touched.added.push((number, text.to_owned()));
    } else {
        touched.removed += 1;
    }
}

/// True if `text` is the file as `change` leaves it.
fn is_after(change: &FileChange, text: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    change.hunks.iter().all(|hunk| {
        let mut number = hunk.new_start as usize;
        hunk.lines.iter().all(|line| match line {
            DiffLine::Context(expected) | DiffLine::Added(expected) => {
                number += 1;
                lines
                    .get(number.wrapping_sub(2))
                    .is_some_and(|line| line == &expected.trim_end_matches('\r'))
            }
            DiffLine::Removed(_) => true,
        })
    })
}

/// The scope of every line of a whole file.
fn scopes_of(language: Language, text: &str) -> Vec<Option<Scope>> {
    let mut scope = None;
    let mut tests = false;
    text.lines()
        .zip(1..)
        .map(|(line, number)| {
            scope = step(language, scope.take(), line, number, &mut tests);
            scope.clone()
        })
        .collect()
}

fn heading_scope(language: Language, heading: &str) -> Option<Scope> {
    let found = language.definition(heading)?;
    (found.kind == DefinitionKind::Function).then(|| Scope {
        in_tests: is_test_name(language, &found.name),
        name: found.name,
        exported: found.exported,
        indent: None,
        line: None,
        is_new: false,
    })
}

fn is_test_heading(language: Language, heading: &str) -> bool {
    language == Language::Rust && heading.starts_with("mod tests")
}

fn is_test_name(language: Language, name: &str) -> bool {
    match language {
        Language::Go => name.starts_with("Test") || name.starts_with("Benchmark"),
        Language::Python | Language::Rust => name.starts_with("test_"),
        _ => false,
    }
}

/// The scope at `line`, from that of the line before.
fn step(
    language: Language,
    scope: Option<Scope>,
    line: &str,
    number: u32,
    tests: &mut bool,
) -> Option<Scope> {
    let text = line.trim_start();
    if text.trim_end().is_empty() {
        return scope;
    }
    let indent = line.len() - text.len();
    if language == Language::Rust && text.starts_with("#[cfg(test)]") {
        *tests = true;
    }
    if let Some(found) = language.definition(line) {
        let inner = scope
            .as_ref()
            .is_some_and(|scope| scope.indent.is_some_and(|outer| indent > outer));
        match found.kind {
            DefinitionKind::Function if !inner => {
                return Some(Scope {
                    in_tests: *tests || is_test_name(language, &found.name),
                    name: found.name,
                    exported: found.exported,
                    indent: Some(indent),
                    line: Some(number),
                    is_new: false,
                });
            }
            DefinitionKind::Function => return scope,
            _ if !inner => return None,
            _ => {}
        }
    }
    let scope = scope?;
    let Some(outer) = scope.indent else {
        // Only the heading is known: at the first column a function of most languages is over.
        return (indent > 0).then_some(scope);
    };
    let goes_on = indent > outer
        || text.starts_with([')', '{', ']'])
        || text.starts_with("where")
        || text.starts_with("->");
    goes_on.then_some(scope)
}

#[cfg(test)]
mod tests {
    use perch_core::facts::parse_hunks;

    use super::*;

    fn names(path: &str, hunks: &str, text: Option<&str>) -> Vec<String> {
        let change = FileChange {
            path: path.into(),
            hunks: parse_hunks(hunks),
            ..FileChange::default()
        };
        touched(&change, text)
            .into_iter()
            .map(|touched| {
                let new = if touched.is_new { " new" } else { "" };
                format!(
                    "{}:{} +{} -{}{new}",
                    touched.name,
                    touched.line,
                    touched.added.len(),
                    touched.removed
                )
            })
            .collect()
    }

    #[test]
    fn lines_belong_to_the_function_around_them() {
        for (path, patch, expected) in [
            (
                "a.rs",
                "@@ -10,4 +10,5 @@ pub fn parse_range(text: &str) -> Result<Range> {\n     let a = 1;\n-    let b = 2;\n+    let b = 3;\n+    check(b)?;\n     a\n",
                vec!["parse_range:11 +2 -1"],
            ),
            (
                "a.rs",
                "@@ -1,2 +1,6 @@\n+fn one() {\n+    two();\n+}\n+\n fn two() {\n+    three();\n }\n",
                vec!["one:1 +2 -0 new", "two:5 +1 -0"],
            ),
            (
                "a.py",
                "@@ -1,5 +1,6 @@ class Cart:\n     def total(self):\n-        return 1\n+        items = self.items\n+        return sum(items)\n \n X = 1\n+Y = 2\n",
                vec!["total:1 +2 -1"],
            ),
            (
                "a.rs",
                "@@ -30,2 +30,3 @@ mod tests {\n     fn works() {\n+        check();\n     }\n",
                vec![],
            ),
            (
                "a.go",
                "@@ -3,2 +3,3 @@ func (s *S) Get(k string) (int, error) {\n \tx := 1\n+\treturn x, nil\n }\n",
                vec!["Get:4 +1 -0"],
            ),
            (
                "a.rs",
                "@@ -3,2 +3,3 @@ impl Range {\n     let x = 1;\n+    call(x);\n }\n",
                vec![],
            ),
            ("a.txt", "@@ -1 +1 @@\n-a\n+b\n", vec![]),
        ] {
            assert_eq!(names(path, patch, None), expected, "{patch}");
        }
    }

    #[test]
    fn the_whole_file_makes_it_certain() {
        let text = "impl Range {\n    pub fn len(&self) -> usize {\n        let x = 1;\n        call(x);\n        x\n    }\n}\n";
        let patch =
            "@@ -3,2 +3,3 @@ impl Range {\n         let x = 1;\n+        call(x);\n         x\n";
        assert_eq!(names("a.rs", patch, Some(text)), ["len:2 +1 -0"]);
        assert!(names("a.rs", patch, Some("something else\n")).is_empty());
    }
}
