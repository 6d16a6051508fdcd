//! Python: rules of flake8 and ruff whose change follows from what they say.

use std::sync::LazyLock;

use regex::Regex;

use super::{Case, Mend, Rule};

pub(super) static RULE: Rule = Rule {
    touches_tests: true,
    mend,
};

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is constant")
}

static NONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\s*(==|!=)\s*None\b"));
static NOT_IN: LazyLock<Regex> = LazyLock::new(|| pattern(r#"\bnot\s+([\w.'"\[\]]+)\s+in\b"#));
static NOT_IS: LazyLock<Regex> = LazyLock::new(|| pattern(r#"\bnot\s+([\w.'"\[\]]+)\s+is\b"#));
static BLANKS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"expected (\d) blank lines?,? (?:after .*)?(?:found|\()?\s*(\d)?"));
static TOO_MANY: LazyLock<Regex> = LazyLock::new(|| pattern(r"too many blank lines \((\d)"));

fn mend(case: &Case<'_>) -> Option<Mend> {
    let code = case.error.rule.strip_prefix("lint/")?;
    let (source, line) = case.place()?;
    if !source.path.ends_with(".py") {
        return None;
    }
    let text = source.line(line)?;
    let once = |pattern: &Regex| (pattern.find_iter(text).count() == 1).then_some(());
    let (after, what) = match code {
        "E711" => {
            once(&NONE)?;
            let is = |found: &regex::Captures<'_>| {
                if &found[1] == "==" {
                    " is None"
                } else {
                    " is not None"
                }
            };
            (
                NONE.replace(text, is).into_owned(),
                "Compare with `None` by identity",
            )
        }
        "E713" => {
            once(&NOT_IN)?;
            (
                NOT_IN.replace(text, "$1 not in").into_owned(),
                "Test with `not in`",
            )
        }
        "E714" => {
            once(&NOT_IS)?;
            (
                NOT_IS.replace(text, "$1 is not").into_owned(),
                "Test with `is not`",
            )
        }
        "F541" => {
            let at = source.byte(line, case.error.column?)?;
            let rest = text[at..].strip_prefix(['f', 'F'])?;
            // A doubled brace is one only in a string with a prefix.
            let quote = rest
                .chars()
                .next()
                .filter(|quote| matches!(quote, '"' | '\''))?;
            let body = rest[1..].split(quote).next()?;
            (!body.contains(['{', '}'])).then_some(())?;
            (
                format!("{}{rest}", &text[..at]),
                "Drop the `f` of a text without a value",
            )
        }
        "E703" => (
            text.trim_end().strip_suffix(';')?.to_owned(),
            "Remove the semicolon",
        ),
        "E302" | "E305" | "E301" => {
            let found = BLANKS.captures(&case.error.message)?;
            let wanted: usize = found[1].parse().ok()?;
            let there = found
                .get(2)
                .and_then(|there| there.as_str().parse().ok())
                .unwrap_or(0);
            let missing = wanted.checked_sub(there).filter(|missing| *missing > 0)?;
            let change = source.inserted(line, vec![String::new(); missing]);
            return Some(Mend::certain("Add the missing blank lines", vec![change]));
        }
        "E303" => {
            let there: u32 = TOO_MANY.captures(&case.error.message)?[1].parse().ok()?;
            let wanted = if text.starts_with(' ') { 1 } else { 2 };
            let extra = there.checked_sub(wanted).filter(|extra| *extra > 0)?;
            let first = line.checked_sub(extra)?;
            let before: Vec<String> = (first..line)
                .map(|number| {
                    source
                        .line(number)
                        .filter(|line| line.trim().is_empty())
                        .map(str::to_owned)
                })
                .collect::<Option<_>>()?;
            let change = source.change(first, before, Vec::new());
            return Some(Mend::certain("Remove the extra blank lines", vec![change]));
        }
        _ => return None,
    };
    Some(Mend::certain(what, vec![source.replaced(line, after)?]))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn what_a_rule_says_is_done() {
        for (finding, before, after) in [
            (
                "1:6: E711 comparison to None should be 'if cond is None:'",
                "if a == None:",
                Some("if a is None:"),
            ),
            (
                "1:6: E711 comparison to None",
                "if a != None:",
                Some("if a is not None:"),
            ),
            (
                "1:6: E711 comparison to None",
                "if a == None and b == None:",
                None,
            ),
            (
                "1:8: E713 [*] Test for membership should be `not in`",
                "if not a in b:",
                Some("if a not in b:"),
            ),
            (
                "1:8: E714 Test for object identity should be `is not`",
                "if not a is b:",
                Some("if a is not b:"),
            ),
            (
                "1:5: F541 [*] f-string without any placeholders",
                "x = f\"hello\"",
                Some("x = \"hello\""),
            ),
            (
                "1:5: F541 [*] f-string without any placeholders",
                "x = f\"{{}}\"",
                None,
            ),
            (
                "1:6: E703 statement ends with a semicolon",
                "x = 1;",
                Some("x = 1"),
            ),
            (
                "1:1: E302 expected 2 blank lines, found 0",
                "def f():",
                Some("\n\ndef f():"),
            ),
            (
                "1:1: E501 line too long (99 > 79 characters)",
                "def f():",
                None,
            ),
        ] {
            let log = format!("./a.py:{finding}\n");
            let before = format!("{before}\n");
            let after = after.map(|after| format!("{after}\n"));
            check(
                &RULE,
                &[(&log, &[("a.py", &before)], "a.py", after.as_deref())],
            );
        }
        check(
            &RULE,
            &[(
                "./a.py:6:1: E303 too many blank lines (4)\n",
                &[("a.py", "a = 1\n\n\n\n\nb = 2\n")],
                "a.py",
                Some("a = 1\n\n\nb = 2\n"),
            )],
        );
    }
}
