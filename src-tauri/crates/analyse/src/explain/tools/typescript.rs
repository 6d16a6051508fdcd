//! tsc: `src/a.ts(3,5): error TS2322: …`, and the pretty form with a dash.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::Diagnostic;
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["error ts"],
    read,
};

static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:##\[error\])?(?:([^\s(][^(]*?)\((\d+),(\d+)\)|(\S+?):(\d+):(\d+))(?:: | - )error (TS\d+): (.+)$",
    )
});
static BARE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:##\[error\])?error (TS\d+): (.+)$"));

fn read(view: &View<'_>) -> Option<Report> {
    if let Some(found) = BARE.captures(view.head()) {
        let diagnostic = Diagnostic::new(
            "tsc",
            category::COMPILE,
            format!("typescript/{}", &found[1]),
            &found[2],
        );
        return Some(Report::new(1, diagnostic));
    }
    let found = HEAD.captures(view.head())?;
    let group = |number: usize| {
        found
            .get(number)
            .or_else(|| found.get(number + 3))
            .map(|text| text.as_str())
    };
    let pretty = found.get(4).is_some();
    // Continued messages are indented; the pretty form adds a blank line and the source with its underline.
    let mut len = view.while_holds(1, |line| line.starts_with("  "));
    if pretty && view.get(len).trim().is_empty() {
        let source = view.while_holds(len + 1, |line| {
            !line.trim().is_empty()
                && (line.starts_with(|first: char| first.is_ascii_digit()) || line.starts_with(' '))
        });
        len = source.max(len);
    }
    let diagnostic = Diagnostic::new(
        "tsc",
        category::COMPILE,
        format!("typescript/{}", &found[7]),
        &found[8],
    )
    .at(group(1)?, group(2).and_then(|line| line.parse().ok()))
    .with_column(group(3).and_then(|column| column.parse().ok()));
    Some(Report::new(view.spoken(len), diagnostic))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn both_forms_give_place_code_and_message() {
        let log = "src/a.ts(3,5): error TS2322: Type 'string' is not assignable to type 'number'.\n  Type x.\nsrc/b.ts:7:9 - error TS2304: Cannot find name 'foo'.\n\n7   return foo;\n           ~~~\n\nFound 2 errors.\nerror TS18003: No inputs were found.\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
