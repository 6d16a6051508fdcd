//! A bracket, semicolon, comma or colon that the parser says is expected at a place.

use std::sync::LazyLock;

use regex::Regex;

use super::{Case, Mend, Rule};
use crate::syntax;

pub(super) static RULE: Rule = Rule {
    touches_tests: true,
    mend,
};

static EXPECTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^'([;,)\]:])' expected\.?$").expect("the pattern is constant"));

fn mend(case: &Case<'_>) -> Option<Mend> {
    let message = case.error.message.as_str();
    let (source, line) = case.place()?;
    let text = source.line(line)?;
    let (token, at) = if let Some(found) = EXPECTED.captures(message) {
        let at = source.byte(line, case.error.column?)?;
        (found.get(1)?.as_str(), text[..at].trim_end().len())
    } else if message.ends_with("SyntaxError: expected ':'") {
        (":", code_end(text))
    } else {
        return None;
    };
    if at == 0 {
        return None;
    }
    let change = source.spliced(line, at..at, token)?;
    // A parser notices late: it is the right place only if the file parses better with it.
    let mut lines: Vec<&str> = source.lines().map(|(_, line)| line).collect();
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    *lines.get_mut(index)? = change.after.first()?;
    syntax::betters(&source.path, source.text, &lines.join("\n"))
        .then(|| Mend::guess(format!("Add the missing `{token}`"), vec![change]))
}

/// Where the code of a line of Python ends: before a comment and the blanks around it.
fn code_end(line: &str) -> usize {
    let code = line.find(" #").map_or(line, |at| &line[..at]);
    code.trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn what_is_expected_is_added_where_the_file_then_parses() {
        check(
            &RULE,
            &[
                (
                    "A.java:3: error: ';' expected\n        count += 1\n                  ^\n1 error\n",
                    &[(
                        "A.java",
                        "class A {\n    void f(int count) {\n        count += 1\n    }\n}\n",
                    )],
                    "A.java",
                    Some(
                        "class A {\n    void f(int count) {\n        count += 1;\n    }\n}\n(a guess)",
                    ),
                ),
                (
                    "src/a.ts(1,8): error TS1005: ')' expected.\n",
                    &[("src/a.ts", "f(g(1) ;\n")],
                    "src/a.ts",
                    Some("f(g(1)) ;\n(a guess)"),
                ),
                (
                    "  File \"a/greet.py\", line 1\n    def greet(name)  # hello\n                   ^\nSyntaxError: expected ':'\n",
                    &[("a/greet.py", "def greet(name)  # hello\n    return name\n")],
                    "a/greet.py",
                    Some("def greet(name):  # hello\n    return name\n(a guess)"),
                ),
                // The bracket is missing elsewhere.
                (
                    "src/a.ts(2,1): error TS1005: ')' expected.\n",
                    &[("src/a.ts", "if (a {\n  b();\n}\n")],
                    "src/a.ts",
                    None,
                ),
            ],
        );
    }
}
