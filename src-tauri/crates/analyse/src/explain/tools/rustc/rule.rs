//! Names what kind of report it is: the error code, or the lint.

use super::super::super::category;

/// What kind of report it is.
pub(super) struct Rule {
    /// `rustc` or `clippy`.
    pub(super) tool: &'static str,
    /// `rust/E0308`, `rust/unused_mut`, `clippy/len_zero`.
    pub(super) id: String,
    /// The sort of trouble.
    pub(super) category: &'static str,
    /// True for a lint whose proposals `cargo fix` or `cargo clippy --fix` may apply.
    pub(super) fixable: bool,
}

/// How the messages of common lints begin, for reports that do not repeat the lint's name: rustc writes it only once.
const MESSAGES: &[(&str, &str)] = &[
    ("constant item `", "dead_code"),
    ("field `", "dead_code"),
    ("fields `", "dead_code"),
    ("function `", "dead_code"),
    ("method `", "dead_code"),
    ("struct `", "dead_code"),
    ("unnecessary braces around", "unused_braces"),
    ("unnecessary parentheses around", "unused_parens"),
    ("unnecessary `unsafe` block", "unused_unsafe"),
    ("unnecessary trailing semicolon", "redundant_semicolons"),
    ("unreachable ", "unreachable_code"),
    ("unused doc comment", "unused_doc_comments"),
    ("unused import", "unused_imports"),
    ("unused macro definition", "unused_macros"),
    ("unused variable", "unused_variables"),
    ("unused `", "unused_must_use"),
    ("value assigned to `", "unused_assignments"),
    ("variable `", "non_snake_case"),
    ("variable does not need to be mutable", "unused_mut"),
];

/// Lints of rustc whose proposals are guesses all the same.
const NOT_FIXABLE: &[&str] = &[
    "dead_code",
    "unused_variables",
    "unused_must_use",
    "unused_assignments",
    "unreachable_code",
];

/// The kind of the report with `code` or `message` and the lines `body`.
pub(super) fn of(code: Option<&str>, message: &str, body: &[&str]) -> Rule {
    if let Some(code) = code {
        return Rule {
            tool: "rustc",
            id: format!("rust/{code}"),
            category: category::COMPILE,
            fixable: false,
        };
    }
    let lint = named(body).or_else(|| {
        MESSAGES
            .iter()
            .find(|(start, _)| message.starts_with(start))
            .map(|(_, lint)| (*lint).to_owned())
    });
    match lint {
        Some(lint) => {
            let fixable = !NOT_FIXABLE.contains(&lint.as_str());
            match lint.strip_prefix("clippy::") {
                Some(lint) => Rule {
                    tool: "clippy",
                    id: format!("clippy/{lint}"),
                    category: category::LINT,
                    fixable,
                },
                None => Rule {
                    tool: "rustc",
                    id: format!("rust/{lint}"),
                    category: category::LINT,
                    fixable,
                },
            }
        }
        None => Rule {
            tool: "rustc",
            id: if message.starts_with("expected ") || message.contains("delimiter") {
                "rust/syntax".into()
            } else {
                "rust/error".into()
            },
            category: category::COMPILE,
            fixable: false,
        },
    }
}

/// The lint the notes of the report name.
fn named(body: &[&str]) -> Option<String> {
    for (at, line) in body.iter().enumerate() {
        if let Some(note) = line.trim_start().strip_prefix("= note: `") {
            // `-D clippy::len-zero` implied by …; `#[deny(unused_must_use)]` on by default
            let quoted = note.split('`').next()?;
            if let Some(lint) = quoted
                .strip_prefix("-D ")
                .or_else(|| quoted.strip_prefix("-W "))
                .or_else(|| quoted.strip_prefix("-F "))
            {
                return Some(lint.replace('-', "_"));
            }
            if let Some((_, rest)) = quoted.split_once('(')
                && let Some(lint) = rest.split(')').next()
                && quoted.starts_with("#[")
            {
                return Some(lint.to_owned());
            }
        }
        if line.starts_with("note: the lint level is defined here") {
            return underlined(body.get(at + 3..at + 5)?);
        }
        if let Some((_, rest)) = line.split_once("/index.html#") {
            return Some(format!("clippy::{}", rest.trim()));
        }
    }
    None
}

/// The text over the carets of a source line and its annotation.
fn underlined(lines: &[&str]) -> Option<String> {
    let [source, marks] = lines else {
        return None;
    };
    let from = marks.find('^')?;
    let to = marks.rfind('^')? + 1;
    let lint: String = source.chars().skip(from).take(to - from).collect();
    // A group such as `warnings` or `unused` does not name the lint.
    (!matches!(
        lint.as_str(),
        "warnings" | "unused" | "clippy::all" | "clippy::pedantic" | ""
    ))
    .then_some(lint)
}
