//! `cargo fmt --check`: one hunk per `Diff in …`, which is the change itself.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, LineChange, Proposal};
use super::{Report, Tool, View};

pub(super) static TOOL: Tool = Tool {
    hints: &["diff in "],
    read,
};

// `Diff in src/a.rs:3:` since 1.77, `Diff in src/a.rs at line 3:` before.
static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^Diff in (.+?)(?::| at line )(\d+):$").expect("a constant pattern")
});

fn read(view: &View<'_>) -> Option<Report> {
    let head = HEAD.captures(view.head())?;
    let path = &head[1];
    let line: u32 = head[2].parse().ok()?;
    let mut before = Vec::new();
    let mut after = Vec::new();
    let mut len = 1;
    while len < view.len() {
        let text = view.get(len);
        let rest = text.get(1..).unwrap_or_default();
        match text.chars().next() {
            Some('-') => before.push(rest.to_owned()),
            Some('+') => after.push(rest.to_owned()),
            Some(' ') | None => {
                before.push(rest.to_owned());
                after.push(rest.to_owned());
            }
            _ => break,
        }
        len += 1;
    }
    // What stands after the last change is context at best, and the end of the output at worst.
    while before.last().is_some_and(|line| line.trim().is_empty()) && before.last() == after.last()
    {
        before.pop();
        after.pop();
        len -= 1;
    }
    if before == after {
        return None;
    }
    let mut diagnostic = Diagnostic::new(
        "rustfmt",
        category::FORMAT,
        "format/rustfmt",
        format!("{} is not formatted as rustfmt would", short(path)),
    )
    .at(path, Some(line))
    .with_command("cargo fmt");
    diagnostic.proposals.push(Proposal {
        text: "Format as rustfmt does".into(),
        changes: vec![LineChange {
            path: path.to_owned(),
            line,
            before,
            after,
        }],
        certain: true,
    });
    Some(Report::new(len, diagnostic))
}

/// The last two parts of a path, enough for people.
fn short(path: &str) -> &str {
    path.rmatch_indices(['/', '\\'])
        .nth(1)
        .map_or(path, |(at, _)| &path[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn every_hunk_is_its_own_change_with_and_without_colours() {
        let plain = "Diff in /w/src/main.rs:1:\n-fn main() { let  x = 5;\n-    println!(\"{}\",x);\n+fn main() {\n+    let x = 5;\n+    println!(\"{}\", x);\n }\n-\n \n mod other;\n \nDiff in /w/src/other.rs at line 9:\n-pub fn a( ) {}\n+pub fn a() {}\n \n";
        let coloured = plain
            .replace("\n-", "\n\x1b[31m-")
            .replace("\n+", "\n\x1b(B\x1b[m\x1b[32m+");
        let expected = read_text(plain);
        assert_eq!(read_text(&coloured), expected);
        insta::assert_debug_snapshot!(expected);
    }
}
