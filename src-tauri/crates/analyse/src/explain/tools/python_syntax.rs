//! Python: a file that does not parse, as the interpreter and `compileall` say it without a traceback.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::Diagnostic;
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["syntaxerror: ", "indentationerror: ", "taberror: "],
    read,
};

static RAISED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:E\s+)?(SyntaxError|IndentationError|TabError): (\S.*)$"));
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"^(?:E)?\s*(?:Sorry: )?File "(.+?)", line (\d+)"#));

fn read(view: &View<'_>) -> Option<Report> {
    let found = RAISED.captures(view.head())?;
    let back =
        (1..=4).find(|&offset| view.back(offset).is_some_and(|line| PLACE.is_match(line)))?;
    let place = PLACE.captures(view.back(back)?)?;
    let announced = view
        .back(back + 1)
        .is_some_and(|line| line.starts_with("*** Error compiling"));
    let diagnostic = Diagnostic::new(
        "python",
        category::COMPILE,
        format!("python/{}", &found[1]),
        format!("{}: {}", &found[1], &found[2]),
    )
    .at(&place[1], place[2].parse().ok());
    Some(Report::new(1, diagnostic).reaching_back(back + usize::from(announced)))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn a_file_that_does_not_parse_is_named_with_its_line() {
        let log = "*** Error compiling './greet.py'...\n  File \"./greet.py\", line 1\n    def greet(name)\n                   ^\nSyntaxError: expected ':'\n\n  File \"/w/main.py\", line 5\n    print(shown)\nTabError: inconsistent use of tabs and spaces in indentation\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
