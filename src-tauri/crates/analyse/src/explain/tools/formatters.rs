//! Formatters that only name the files they would change: prettier, black, ruff, gofmt, `mix format`.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &[
        "[warn] ",
        "would reformat",
        "reformatted ",
        "cannot format",
        "cannot parse: ",
        "code style issues",
        "--check-formatted",
        "fixable with the `--fix`",
    ],
    read,
};

static PRETTIER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\[warn\] (\S+\.\w+)$"));
static WOULD: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?i:would reformat):? (\S+)$"));
/// What Black has changed: in CI a hook that does so fails.
static DID: LazyLock<Regex> = LazyLock::new(|| pattern(r"^reformatted (\S+\.\w+)$"));

static CANNOT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^error: ?(?:(/?[^\s:]+):(\d+):(\d+):\s?(cannot format.+)|cannot format ([^:]+): (?:Cannot parse[^:]{0,60}: )?(\d+):(\d+): (.+))$",
    )
});

static UNPARSED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^error: cannot parse: (\S+\.pyi?):(\d+):(\d+)$"));

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head().trim_end();
    if let Some(found) = PRETTIER.captures(head) {
        let len = view.while_holds(1, |line| line.starts_with("[warn] "));
        let diagnostic = Diagnostic::new(
            "prettier",
            category::FORMAT,
            "format/prettier",
            format!("{} is not formatted as Prettier would", &found[1]),
        )
        .at(&found[1], None)
        .with_command("npx prettier --write .");
        return (0..len)
            .any(|offset| view.get(offset).contains("ode style issues"))
            .then(|| {
                Report::new(len, diagnostic.clone()).with_more(others(
                    view,
                    len,
                    &PRETTIER,
                    &diagnostic,
                ))
            });
    }
    if let Some(found) = WOULD.captures(head) {
        let len = view.while_holds(1, |line| WOULD.is_match(line));
        let ruff = (1..4).any(|offset| view.get(len + offset).contains("already formatted"))
            || head.starts_with("Would");
        let (tool, command) = if ruff {
            ("ruff", "ruff format .")
        } else {
            ("black", "black .")
        };
        let diagnostic = Diagnostic::new(
            tool,
            category::FORMAT,
            format!("format/{tool}"),
            format!("{} is not formatted as {tool} would", &found[1]),
        )
        .at(&found[1], None)
        .with_command(command);
        let more = others(view, len, &WOULD, &diagnostic);
        return Some(Report::new(len, diagnostic).with_more(more));
    }
    if let Some(found) = DID.captures(head) {
        let one = Diagnostic::new("black", category::FORMAT, "format/black", head)
            .at(&found[1], None)
            .with_severity(Severity::Unrated);
        return Some(Report::new(1, one.with_command("black .")));
    }
    if let Some(found) = CANNOT.captures(head) {
        let (_, [path, line, column, message]) = found.extract();
        let diagnostic = Diagnostic::new("black", category::FORMAT, "format/black", message)
            .at(path, line.parse().ok())
            .with_column(column.parse().ok());
        return Some(Report::new(1, diagnostic));
    }
    if let Some(found) = UNPARSED.captures(head) {
        let len = view.while_holds(1, |line| {
            line.starts_with("    ") || line.contains("Error: ")
        });
        let diagnostic = Diagnostic::new("black", category::FORMAT, "format/black", head)
            .at(&found[1], found[2].parse().ok())
            .with_column(found[3].parse().ok());
        return Some(Report::new(len, diagnostic));
    }
    if head.contains("mix format failed due to --check-formatted") {
        let end = view.until(1, |line| {
            !line.trim().is_empty()
                && !line.trim_start().starts_with("* ")
                && !line.contains("not formatted")
        });
        let diagnostic = Diagnostic::new("mix format", category::FORMAT, "format/mix", head)
            .with_command("mix format");
        return Some(Report::new(view.spoken(end), diagnostic));
    }
    None
}

/// A finding like `first` for each further file that `names` one of the `len` lines.
fn others(
    view: &View<'_>,
    len: usize,
    names: &Regex,
    first: &Diagnostic,
) -> Vec<(usize, Diagnostic)> {
    let before = first.path.as_deref().unwrap_or_default();
    (1..len)
        .filter_map(|offset| {
            let found = names.captures(view.get(offset).trim_end())?;
            let mut other = first.clone().at(&found[1], None);
            other.message = first.message.replace(before, &found[1]);
            Some((offset, other))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn the_command_that_formats_is_offered() {
        let log = "Checking formatting...\n[warn] src/a.ts\n[warn] src/b.ts\n[warn] Code style issues found in 2 files. Run Prettier with --write to fix.\nwould reformat app.py\nOh no!\n** (Mix) mix format failed due to --check-formatted.\nThe following files were not formatted:\n\n  * lib/a.ex\n\nend\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
