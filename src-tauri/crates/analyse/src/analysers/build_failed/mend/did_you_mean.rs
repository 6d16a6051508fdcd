//! A name for which the tool itself names the one that was meant.

use std::sync::LazyLock;

use regex::Regex;

use super::{Case, Mend, Rule};

pub(super) static RULE: Rule = Rule {
    touches_tests: true,
    mend,
};

static MEANT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)did you mean:? ['‘"`“]([\w$.]+)['’"`”]\??"#).expect("the pattern is constant")
});
static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"['‘"`“]([\w$.]+)['’"`”]"#).expect("the pattern is constant"));

fn mend(case: &Case<'_>) -> Option<Mend> {
    let message = case.error.message.as_str();
    let meant = MEANT.captures(message)?;
    let (source, line) = case.place()?;
    let right = &meant[1];
    let before = &message[..meant.get(0)?.start()];
    // Of the names in the message it is the one that stands at the place.
    let places: Vec<(usize, &str)> = QUOTED
        .captures_iter(before)
        .filter_map(|found| {
            let wrong = found.get(1)?.as_str();
            Some((source.word(line, case.error.column, wrong)?, wrong))
        })
        .collect();
    let (at, wrong) = *places.last()?;
    let change = source.spliced(line, at..at + wrong.len(), right)?;
    Some(Mend::guess(
        format!("Write `{right}` for `{wrong}`"),
        vec![change],
    ))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn the_name_at_the_place_becomes_the_one_that_is_named() {
        check(
            &RULE,
            &[
                (
                    "src/a.ts(1,26): error TS2551: Property 'lenght' does not exist on type 'T[]'. Did you mean 'length'?\n",
                    &[("src/a.ts", "const last = items[items.lenght - 1];\n")],
                    "src/a.ts",
                    Some("const last = items[items.length - 1];\n(a guess)"),
                ),
                (
                    "Traceback (most recent call last):\n  File \"/w/root/a.py\", line 2, in <module>\n    math.squrt(2)\nAttributeError: module 'math' has no attribute 'squrt'. Did you mean: 'sqrt'?\n",
                    &[("root/a.py", "import math\nmath.squrt(2)\n")],
                    "root/a.py",
                    Some("import math\nmath.sqrt(2)\n(a guess)"),
                ),
            ],
        );
    }
}
