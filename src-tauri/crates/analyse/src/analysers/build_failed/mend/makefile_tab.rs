//! Makefiles whose recipes are indented with spaces.

use super::{Case, Mend, Rule};

pub(super) static RULE: Rule = Rule {
    touches_tests: false,
    mend,
};

fn mend(case: &Case<'_>) -> Option<Mend> {
    if !case.error.message.starts_with("missing separator") {
        return None;
    }
    let (source, line) = case.place()?;
    let mut in_recipe = false;
    let mut continued = false;
    let mut changes = Vec::new();
    // make ends at the first such line, so all of them are mended at once.
    for (number, text) in source.lines() {
        let is_spaced = text.starts_with("  ") && !text.trim().is_empty();
        if is_spaced && in_recipe && !continued {
            changes.extend(source.replaced(number, format!("\t{}", text.trim_start())));
        } else if !continued && !text.trim().is_empty() {
            in_recipe = text.starts_with('\t') || is_rule(text);
        }
        continued = text.ends_with('\\');
    }
    changes
        .iter()
        .any(|change| change.line == line)
        .then(|| Mend::certain("Indent the recipe with a tab", changes))
}

/// True for the line that begins a rule.
fn is_rule(line: &str) -> bool {
    let Some((target, rest)) = line.split_once(':') else {
        return false;
    };
    !line.starts_with([' ', '\t', '#'])
        && !target.contains('=')
        && !rest.starts_with('=')
        && !rest.starts_with(":=")
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn every_recipe_gets_its_tab_and_nothing_else_does() {
        let log = "Makefile:4: *** missing separator.  Stop.\n";
        check(
            &RULE,
            &[
                (
                    log,
                    &[(
                        "Makefile",
                        "FILES := a \\\n    b\nall: a\n    cc a\n\nb: c\n    cc b\n    # done\n",
                    )],
                    "Makefile",
                    Some("FILES := a \\\n    b\nall: a\n\tcc a\n\nb: c\n\tcc b\n\t# done\n"),
                ),
                (
                    log,
                    &[("Makefile", "a = 1\n\n\nnonsense\n")],
                    "Makefile",
                    None,
                ),
            ],
        );
    }
}
