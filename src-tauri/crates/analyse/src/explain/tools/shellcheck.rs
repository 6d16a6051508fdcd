//! `ShellCheck`: the code, what is wrong with it underlined, and the code as it should be.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, LineChange, Proposal, Severity};
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["^ sc1", "^ sc2", "^ sc3"],
    read,
};

static HEAD: LazyLock<Regex> = LazyLock::new(|| pattern(r"^In (\S+) line (\d+):$"));
static FINDING: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\s*)\^-*\^? (SC\d{4}) \((error|warning|info|style)\): (\S.*)$"));

fn read(view: &View<'_>) -> Option<Report> {
    FINDING.captures(view.head())?;
    // Above the first finding of a line stand the line itself and its place.
    let back = 2;
    let found = HEAD.captures(view.back(back)?.trim_end())?;
    let line = found[2].parse().ok();
    let code = view.back(1)?;
    let end = view.until(1, |line| {
        HEAD.is_match(line.trim_end()) || line.starts_with("For more information:")
    });
    let findings: Vec<(usize, Diagnostic)> = (0..end)
        .filter_map(|offset| {
            let said = FINDING.captures(view.get(offset))?;
            let column = u32::try_from(said[1].chars().count()).ok()? + 1;
            let one = Diagnostic::new(
                "shellcheck",
                category::LINT,
                format!("shell/{}", &said[2]),
                &said[4],
            )
            .at(&found[1], line)
            .with_column(Some(column))
            // Its exit code counts every level.
            .with_severity(Severity::Error);
            Some((offset, one))
        })
        .collect();
    let mut findings = findings.into_iter();
    let (_, mut first) = findings.next()?;
    let meant = (1..end).find(|&offset| view.get(offset).trim_end() == "Did you mean:");
    if let (Some(meant), Some(line)) = (meant, line) {
        // What it prints is the whole line with all of its findings mended.
        first.proposals.push(Proposal {
            text: format!("write it as `{}`", view.get(meant + 1).trim()),
            changes: vec![LineChange {
                path: found[1].to_owned(),
                line,
                before: vec![code.to_owned()],
                after: vec![view.get(meant + 1).to_owned()],
            }],
            certain: true,
        });
    }
    let report = Report::new(view.spoken(end), first).with_more(findings.collect());
    Some(report.reaching_back(back))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn a_finding_brings_the_line_as_it_should_be() {
        let log = "\nIn clean.sh line 3:\nrm -r $folder $(ls)\n      ^-----^ SC2086 (info): Double quote to prevent globbing and word splitting.\n              ^---^ SC2046 (warning): Quote this to prevent word splitting.\n\nDid you mean: \nrm -r \"$folder\" $(ls)\n\n\nIn clean.sh line 4:\nfor f in $(ls); do\n         ^---^ SC2045 (error): Iterating over ls output is fragile. Use globs.\n\nFor more information:\n  https://www.shellcheck.net/wiki/SC2045 -- Iterating over ls output is fragi...\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
