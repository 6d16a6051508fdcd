//! Python: indentation that mixes tabs and spaces, where only one reading of the tabs makes sense.

use std::collections::{BTreeMap, BTreeSet};

use super::source::indent;
use super::{Case, Mend, Rule};
use crate::syntax;

pub(super) static RULE: Rule = Rule {
    touches_tests: true,
    mend,
};

fn mend(case: &Case<'_>) -> Option<Mend> {
    if !case.error.rule.ends_with("/TabError") {
        return None;
    }
    let source = case.source()?;
    let spaced = |width: usize| -> Vec<String> {
        source
            .lines()
            .map(|(_, line)| {
                let indent = indent(line);
                let mut columns = 0;
                for one in indent.chars() {
                    columns = if one == '\t' {
                        (columns / width + 1) * width
                    } else {
                        columns + 1
                    };
                }
                format!("{}{}", " ".repeat(columns), &line[indent.len()..])
            })
            .collect()
    };
    // Readings that parse, by what they mean. Of two with one meaning the narrower is written.
    let mut readings: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let unit = source
        .lines()
        .map(|(_, line)| indent(line))
        .filter(|indent| !indent.is_empty() && !indent.contains('\t'))
        .map(str::len)
        .min()
        .unwrap_or(4);
    for width in BTreeSet::from([unit, 4, 8]) {
        let lines = spaced(width);
        let text = lines.join("\n");
        let tree = syntax::tree(&source.path, &text)?;
        if !tree.root_node().has_error() && is_indented_well(&lines) {
            readings.entry(tree.root_node().to_sexp()).or_insert(lines);
        }
    }
    let mut readings = readings.into_values();
    let lines = readings.next().filter(|_| readings.next().is_none())?;
    let changes: Vec<_> = (1..)
        .zip(lines)
        .filter_map(|(number, line)| source.replaced(number, line))
        .collect();
    Some(Mend::certain("Indent with spaces only", changes))
}

/// True if every line is indented more only after a colon, and less only to where a block began. The grammar does not
/// look at that.
fn is_indented_well(lines: &[String]) -> bool {
    let mut blocks = vec![0];
    let mut opens = false;
    let mut depth = 0_usize;
    for line in lines {
        let code = line.split('#').next().unwrap_or_default().trim_end();
        if code.is_empty() {
            continue;
        }
        if depth == 0 {
            let columns = indent(code).len();
            if opens {
                blocks.push(columns);
            }
            while blocks.last().is_some_and(|&block| block > columns) {
                blocks.pop();
            }
            if blocks.last() != Some(&columns) {
                return false;
            }
        }
        depth += code.matches(['(', '[', '{']).count();
        depth = depth.saturating_sub(code.matches([')', ']', '}']).count());
        opens = depth == 0 && code.ends_with(':');
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn tabs_become_spaces_where_their_width_is_clear() {
        let log = "  File \"/w/pack/main.py\", line 4\n    print(b)\nTabError: inconsistent use of tabs and spaces in indentation\n";
        check(
            &RULE,
            &[
                // Two tabs of four columns: of eight they would begin a block of their own.
                (
                    log,
                    &[(
                        "pack/main.py",
                        "def f():\n    for a in b:\n        c()\n\t\tprint(b)\n",
                    )],
                    "pack/main.py",
                    Some("def f():\n    for a in b:\n        c()\n        print(b)\n"),
                ),
                // One tab may end the loop or not.
                (
                    log,
                    &[(
                        "pack/main.py",
                        "def f():\n    for a in b:\n        c()\n\tprint(b)\n",
                    )],
                    "pack/main.py",
                    None,
                ),
            ],
        );
    }
}
