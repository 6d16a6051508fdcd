//! Real outputs of rustc and clippy 1.95, and what is to be read from them.

use std::fmt::Write as _;

use super::super::super::diagnostic::{Diagnostic, Severity};
use super::super::read_text;

/// What a diagnostic says, a line each, with its proposals.
fn told(diagnostics: &[Diagnostic]) -> String {
    let mut told = String::new();
    for diagnostic in diagnostics {
        let place = diagnostic
            .path
            .as_deref()
            .map(|path| format!(" {path}:{}", diagnostic.line.unwrap_or(0)))
            .unwrap_or_default();
        let _ = writeln!(
            told,
            "{:?} {}{place} [{}-{}] {}",
            diagnostic.severity,
            diagnostic.rule,
            diagnostic.start_line,
            diagnostic.end_line,
            diagnostic.message
        );
        for proposal in &diagnostic.proposals {
            let _ = writeln!(
                told,
                "  {} ({})",
                proposal.text,
                if proposal.certain {
                    "certain"
                } else {
                    "a guess"
                }
            );
            for change in &proposal.changes {
                for (sign, lines) in [('-', &change.before), ('+', &change.after)] {
                    for line in lines {
                        let _ = writeln!(told, "    {}:{} {sign} {line}", change.path, change.line);
                    }
                }
            }
        }
    }
    told
}

#[test]
fn errors_are_read_with_the_changes_they_propose() {
    insta::assert_snapshot!(told(&read_text(include_str!("captured/errors.log"))));
}

#[test]
fn lints_are_named_after_themselves_and_their_changes_are_certain() {
    insta::assert_snapshot!(told(&read_text(include_str!("captured/lints.log"))));
}

#[test]
fn older_forms_are_read_too() {
    let log = "error[E0425]: cannot find value `x` in this scope\n  --> src/a.rs:2:5\n   |\n2  |     x\n   |     ^ help: a local variable with a similar name exists: `y`\n\n\
        error: aborting due to previous error\n\nerror: the lock file /w/Cargo.lock needs to be updated but --locked was passed to prevent this\n\n\
        error: no such command: `fmt`\n\nerror: linking with `cc` failed: exit status: 1\n  |\n  = note: some arguments are omitted\n\n";
    insta::assert_snapshot!(told(&read_text(log)));
}

#[test]
fn a_note_alone_and_other_tools_errors_are_left_to_others() {
    assert_eq!(
        read_text("error: pathspec 'x' did not match any file(s) known to git\n"),
        []
    );
}

#[test]
fn what_cargo_repeats_is_no_cause() {
    let read =
        read_text("error: could not compile `demo` (bin \"demo\") due to 7 previous errors\n");
    assert_eq!(read[0].severity, Severity::Consequence);
}
