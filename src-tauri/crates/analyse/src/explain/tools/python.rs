//! Python: tracebacks, also chained ones, wherever they are printed.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::Diagnostic;
use super::super::generic::{categorise, indent_of};
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["traceback (most recent call last)"],
    read,
};

static FRAME: LazyLock<Regex> = LazyLock::new(|| pattern(r#"^\s*File "(.+?)", line (\d+)"#));
static RAISED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*([A-Za-z_][\w.]*)(?:: (.*))?$"));

fn read(view: &View<'_>) -> Option<Report> {
    let indent = view.head().find("Traceback (most recent call last)")?;
    let (last, mut end) = raised(view, 0, indent)?;
    let (mut raised_at, mut frames) = (last, 1..last);
    // "During handling of the above exception" and "The above exception was the direct cause" join tracebacks.
    while let Some(next) = (end..(end + 6).min(view.len()))
        .find(|&offset| view.get(offset).contains("Traceback (most recent"))
    {
        if !(end..next).any(|offset| view.get(offset).contains("above exception")) {
            break;
        }
        let Some((last, after)) = raised(view, next, indent) else {
            break;
        };
        (raised_at, frames, end) = (last, next..last, after);
    }
    let found = RAISED.captures(view.get(raised_at))?;
    let name = found[1].rsplit('.').next().unwrap_or_default().to_owned();
    let message = view.get(raised_at).trim().to_owned();
    let category = match name.as_str() {
        "AssertionError" => category::TEST,
        "ModuleNotFoundError" | "ImportError" => category::DEPENDENCY,
        "SyntaxError" | "IndentationError" | "TabError" => category::COMPILE,
        "MemoryError" => category::RESOURCES,
        _ => match categorise(&message) {
            category::OTHER | category::TEST => category::CRASH,
            other => other,
        },
    };
    let mut diagnostic = Diagnostic::new("python", category, format!("python/{name}"), message);
    // The innermost frame that is not a library's is where people look.
    let own = frames.rev().find_map(|offset| {
        let found = FRAME.captures(view.get(offset))?;
        let library = ["site-packages", "/lib/python", "<frozen", "<string>"]
            .iter()
            .any(|part| found[1].contains(part));
        (!library).then(|| (found[1].to_owned(), found[2].parse().ok()))
    });
    if let Some((path, line)) = own {
        diagnostic = diagnostic.at(path, line);
    }
    Some(Report::new(end, diagnostic))
}

/// The offset of the line that names the exception of the traceback at `from`, and of the line after it.
fn raised(view: &View<'_>, from: usize, indent: usize) -> Option<(usize, usize)> {
    let at = view.until(from + 1, |line| {
        !line.trim().is_empty()
            && indent_of(line) <= indent
            && !line.trim_start().starts_with("File ")
    });
    (at < view.len() && RAISED.is_match(view.get(at))).then_some((at, at + 1))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn the_last_of_a_chain_is_what_was_raised() {
        let log = "Traceback (most recent call last):\n  File \"/w/app.py\", line 3, in <module>\n    {}['a']\n    ~~^^^^^\nKeyError: 'a'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"/w/app.py\", line 5, in <module>\n    import nothing_there\n  File \"/usr/lib/python3.11/importlib/x.py\", line 9, in f\n    g()\nModuleNotFoundError: No module named 'nothing_there'\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
