//! `ESLint`: rules whose change follows from what they say, most of those its own `--fix` makes.

use std::sync::LazyLock;

use regex::Regex;

use super::source::{Source, is_word, words};
use super::{Case, Mend, Rule};

pub(super) static RULE: Rule = Rule {
    touches_tests: true,
    mend,
};

static COMPARED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*(?:null|undefined)\b").expect("the pattern is constant"));
static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\s*(?:["'`\d]|true\b|false\b|typeof\b)"#).expect("the pattern is constant")
});

fn mend(case: &Case<'_>) -> Option<Mend> {
    let rule = case.error.rule.strip_prefix("eslint/")?;
    let rule = rule.rsplit('/').next()?;
    let (source, line) = case.place()?;
    let text = source.line(line)?;
    let at = source.byte(line, case.error.column?)?;
    let message = case.error.message.as_str();
    let mend = match rule {
        "prefer-const" => {
            let name = word_at(text, at)?;
            let before = text[..at].strip_suffix("let ")?;
            let alone = !text[at + name.len()..].split("//").next()?.contains(", ");
            alone.then_some(())?;
            let change = source.spliced(line, before.len()..at, "const ")?;
            return Some(Mend::certain(
                format!("Declare `{name}` with `const`"),
                vec![change],
            ));
        }
        "no-var" => {
            text[at..].starts_with("var ").then_some(())?;
            let name = word_at(text, at + 4)?;
            let word = if is_assigned(&source, name) {
                "let"
            } else {
                "const"
            };
            let change = source.spliced(line, at..at + 3, word)?;
            return Some(Mend::certain(
                format!("Declare `{name}` with `{word}`"),
                vec![change],
            ));
        }
        "eqeqeq" => {
            let operator = ["==", "!="]
                .into_iter()
                .find(|operator| text[at..].starts_with(operator))?;
            let (left, right) = (text[..at].trim_end(), &text[at + 2..]);
            // With `null` it would no longer hold for `undefined`.
            let loose =
                COMPARED.is_match(right) || left.ends_with("null") || left.ends_with("undefined");
            (!loose && !right.starts_with('=')).then_some(())?;
            let change = source.spliced(line, at..at + 2, &format!("{operator}="))?;
            let text = format!("Compare with `{operator}=`");
            let changes = vec![change];
            return Some(if PLAIN.is_match(right) || left.contains("typeof ") {
                Mend::certain(text, changes)
            } else {
                Mend::guess(text, changes)
            });
        }
        "semi" if message.starts_with("Missing semicolon") => {
            let end = text[..at.min(text.len())].trim_end().len();
            (
                source.spliced(line, end..end, ";")?,
                "Add the missing semicolon",
            )
        }
        "no-extra-semi" | "semi" => {
            text[at..].starts_with(';').then_some(())?;
            (
                source.spliced(line, at..at + 1, "")?,
                "Remove the semicolon",
            )
        }
        "object-shorthand" if message.contains("property shorthand") => {
            let name = word_at(text, at)?;
            let value = text[at + name.len()..]
                .strip_prefix(": ")
                .filter(|rest| word_at(rest, 0) == Some(name))?;
            let end = text.len() - value.len() + name.len();
            (
                source.spliced(line, at..end, name)?,
                "Name the property once",
            )
        }
        _ => return None,
    };
    Some(Mend::certain(mend.1, vec![mend.0]))
}

/// The word that begins at byte `at` of `text`.
fn word_at(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..)?;
    let end = rest.find(|one| !is_word(one)).unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

/// True if `name` is given another value after its declaration.
fn is_assigned(source: &Source<'_>, name: &str) -> bool {
    source.lines().any(|(_, line)| {
        words(line, name).any(|at| {
            let before = line[..at].trim_end();
            let declared = ["var", "let", "const"]
                .iter()
                .any(|word| before.ends_with(word));
            let after = line[at + name.len()..].trim_start();
            let operator =
                after.trim_start_matches(['+', '-', '*', '/', '%', '&', '|', '^', '<', '>', '?']);
            let changes = operator.starts_with('=')
                && !operator.starts_with("==")
                && !operator.starts_with("=>");
            !declared && (changes || after.starts_with("++") || after.starts_with("--"))
                || before.ends_with("++")
                || before.ends_with("--")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn what_a_rule_says_is_done() {
        for (rule, place, message, before, after) in [
            (
                "prefer-const",
                "1:5",
                "'a' is never reassigned. Use 'const' instead",
                "let a = f(1);",
                Some("const a = f(1);"),
            ),
            (
                "prefer-const",
                "1:5",
                "'a' is never reassigned. Use 'const' instead",
                "let a = 1, b = 2;",
                None,
            ),
            (
                "no-var",
                "1:1",
                "Unexpected var, use let or const instead",
                "var a = 1; a += 1;",
                Some("let a = 1; a += 1;"),
            ),
            (
                "no-var",
                "1:1",
                "Unexpected var, use let or const instead",
                "var a = 1; f(a);",
                Some("const a = 1; f(a);"),
            ),
            (
                "eqeqeq",
                "1:7",
                "Expected '===' and instead saw '=='",
                "if (a == 1) b();",
                Some("if (a === 1) b();"),
            ),
            (
                "eqeqeq",
                "1:7",
                "Expected '!==' and instead saw '!='",
                "if (a != b) b();",
                Some("if (a !== b) b();(a guess)"),
            ),
            (
                "eqeqeq",
                "1:7",
                "Expected '===' and instead saw '=='",
                "if (a == null) b();",
                None,
            ),
            (
                "semi",
                "1:10",
                "Missing semicolon",
                "let a = 1",
                Some("let a = 1;"),
            ),
            (
                "object-shorthand",
                "1:13",
                "Expected property shorthand",
                "const a = { b: b, c };",
                Some("const a = { b, c };"),
            ),
            (
                "no-console",
                "1:1",
                "Unexpected console statement",
                "console.log(1);",
                None,
            ),
        ] {
            let log = format!("\n/w/root/src/a.js\n  {place}  error  {message}  {rule}\n\n");
            let text = before.replace(" b();", " b();\n");
            let expected = after.map(|after| after.replace(" b();", " b();\n"));
            check(
                &RULE,
                &[(
                    &log,
                    &[("src/a.js", &text)],
                    "src/a.js",
                    expected.as_deref(),
                )],
            );
        }
    }
}
