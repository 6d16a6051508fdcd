//! Changes that follow from what a tool reports and from the files it speaks of, where it prints none itself.
//!
//! A rule knows a tool's message, never a repository. What it makes is a proposal like a tool's: it is offered only
//! if it applies exactly and leaves the file well-formed.

use std::cell::RefCell;
use std::collections::BTreeSet;

use perch_core::facts::Facts;

use self::source::Source;
use super::paths::Paths;
use crate::change::role::{self, Role};
use crate::explain::{Diagnostic, LineChange};

mod cargo_dependency;
mod did_you_mean;
mod dockerfile;
mod eslint_rules;
mod file_name;
mod go_imports;
mod go_printf;
mod java_imports;
mod json_comma;
mod link_library;
mod makefile_tab;
mod missing_token;
mod near;
mod near_name;
mod npm_script;
mod python_imports;
mod python_rules;
mod python_tabs;
mod script_unused_import;
mod source;
mod std_include;
mod ts_await;
mod ts_import;
mod ts_words;
mod unused_variable;
mod white_space;

/// Every rule. The first that has an answer gives it; a name that is nearly alike comes last.
static ALL: &[&Rule] = &[
    &did_you_mean::RULE,
    &cargo_dependency::RULE,
    &dockerfile::RULE,
    &eslint_rules::RULE,
    &file_name::RULE,
    &go_imports::RULE,
    &go_printf::RULE,
    &java_imports::RULE,
    &json_comma::RULE,
    &link_library::RULE,
    &makefile_tab::RULE,
    &missing_token::RULE,
    &npm_script::RULE,
    &python_imports::MISSING,
    &python_imports::UNUSED,
    &python_rules::RULE,
    &python_tabs::RULE,
    &script_unused_import::RULE,
    &std_include::RULE,
    &ts_await::RULE,
    &ts_import::RULE,
    &ts_words::RULE,
    &unused_variable::RULE,
    &white_space::RULE,
    &near_name::RULE,
];

/// Reports looked at, at most.
const MAX_REPORTS: usize = 100;
/// Files asked for, at most.
const MAX_FILES: usize = 40;

/// How one sort of report is mended.
pub(super) struct Rule {
    /// True if it may change a test: where it can change neither what is tested nor what is expected.
    pub(super) touches_tests: bool,
    /// The change, if this is a report it knows and the files say clearly what to do.
    pub(super) mend: fn(&Case<'_>) -> Option<Mend>,
}

/// A change that mends a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mend {
    /// What it does, as an imperative: "Import `os`".
    pub(super) text: String,
    /// True when nothing else could be meant, false when it is a guess.
    pub(super) certain: bool,
    /// What changes; paths are the repository's own.
    pub(super) changes: Vec<LineChange>,
}

impl Mend {
    /// A change that nothing speaks against.
    fn certain(text: impl Into<String>, changes: Vec<LineChange>) -> Self {
        Self {
            text: text.into(),
            certain: true,
            changes,
        }
    }

    /// A change that is likely meant.
    fn guess(text: impl Into<String>, changes: Vec<LineChange>) -> Self {
        Self {
            certain: false,
            ..Self::certain(text, changes)
        }
    }
}

/// A report with all a rule may look at.
pub(super) struct Case<'a> {
    /// The report.
    pub(super) error: &'a Diagnostic,
    /// All reports, this one among them.
    pub(super) errors: &'a [&'a Diagnostic],
    paths: &'a Paths<'a>,
    facts: &'a Facts,
    wanted: &'a RefCell<BTreeSet<String>>,
}

impl<'a> Case<'a> {
    /// The paths of the repository's files, sorted.
    fn tree(&self) -> &'a [String] {
        &self.facts.tree
    }

    /// The repository's file that the log calls `written`.
    fn resolve(&self, written: &str) -> Option<String> {
        self.paths.resolve(written)
    }

    /// The file the report names.
    fn source(&self) -> Option<Source<'a>> {
        self.read(&self.resolve(self.error.path.as_deref()?)?)
    }

    /// The file the report names, and the line.
    fn place(&self) -> Option<(Source<'a>, u32)> {
        let source = self.source()?;
        let line = self.error.line?;
        source.line(line)?;
        Some((source, line))
    }

    /// The repository's file at `path`. One that is not there yet is asked for.
    fn read(&self, path: &str) -> Option<Source<'a>> {
        let text = self.facts.files.get(path);
        if text.is_none()
            && self
                .tree()
                .binary_search_by(|file| file.as_str().cmp(path))
                .is_ok()
        {
            self.wanted.borrow_mut().insert(path.to_owned());
        }
        text.map(|text| Source::new(path, text))
    }

    /// The other reports about the same file, and this one.
    fn beside(&self) -> impl Iterator<Item = &'a Diagnostic> {
        let path = self.error.path.as_deref();
        self.errors
            .iter()
            .copied()
            .filter(move |other| other.path.as_deref() == path)
    }
}

/// What the rules make of reports that bring no change of their own, each beside its report.
pub(super) fn mends<'a>(
    errors: &[&'a Diagnostic],
    paths: &Paths<'_>,
    facts: &Facts,
) -> Vec<(&'a Diagnostic, Mend)> {
    let wanted = RefCell::default();
    looked(errors, paths, facts, &wanted)
}

/// The files the rules want to see and have not seen.
pub(super) fn files(errors: &[&Diagnostic], paths: &Paths<'_>, facts: &Facts) -> Vec<String> {
    let wanted = RefCell::default();
    looked(errors, paths, facts, &wanted);
    let mut wanted: Vec<String> = wanted.into_inner().into_iter().collect();
    wanted.truncate(MAX_FILES);
    wanted
}

fn looked<'a>(
    errors: &[&'a Diagnostic],
    paths: &Paths<'_>,
    facts: &Facts,
    wanted: &RefCell<BTreeSet<String>>,
) -> Vec<(&'a Diagnostic, Mend)> {
    // Without the list of files nothing a rule finds is clear.
    if facts.tree.is_empty() {
        return Vec::new();
    }
    errors
        .iter()
        .filter(|error| error.proposals.is_empty())
        .take(MAX_REPORTS)
        .filter_map(|error| {
            let case = Case {
                error,
                errors,
                paths,
                facts,
                wanted,
            };
            ALL.iter().find_map(|rule| {
                let mend = (rule.mend)(&case)?;
                let allowed = mend
                    .changes
                    .iter()
                    .all(|change| match role::of(&change.path) {
                        Role::Test => rule.touches_tests,
                        Role::Generated | Role::Lockfile => false,
                        _ => true,
                    });
                (allowed && !mend.changes.is_empty()).then_some((*error, mend))
            })
        })
        .collect()
}

#[cfg(test)]
mod sample;
