//! What one report of a tool says.

/// How bad a tool calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It follows from something else: `make: *** Error 1`.
    Consequence,
    /// It fails nothing by itself.
    Warning,
    /// What is wrong and where, without a word on how bad: `a.py:3:1: line too long`.
    Unrated,
    /// It fails the build.
    Error,
}

/// One report of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// The tool: `rustc`, `pytest`.
    pub tool: &'static str,
    /// A constant of [`super::category`].
    pub category: &'static str,
    /// What kind of trouble, stable over time and repositories: `rust/unused_mut`.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// The trouble in one line, as the tool says it; secrets are redacted in an explanation.
    pub message: String,
    /// The file it names, as the log writes it.
    pub path: Option<String>,
    /// The 1-based line in that file.
    pub line: Option<u32>,
    /// The 1-based column in that line, as the tool counts them.
    pub column: Option<u32>,
    /// First line of the report in the log, 1-based.
    pub start_line: u64,
    /// Its last line, inclusive.
    pub end_line: u64,
    /// Changes the tool itself proposes; several are alternatives to each other.
    pub proposals: Vec<Proposal>,
    /// A command that is certain to mend it.
    pub command: Option<String>,
}

/// A change a tool proposes in its output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What it does, in the tool's words: "remove this `mut`".
    pub text: String,
    /// What changes, all of it together.
    pub changes: Vec<LineChange>,
    /// True when the tool would do it by itself (`--fix`), false when it is a guess.
    pub certain: bool,
}

/// Lines of a file as a tool shows them before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineChange {
    /// The file as the log writes it.
    pub path: String,
    /// The 1-based line of the first line of `before`, or the line before which `after` is inserted.
    pub line: u32,
    /// The lines there are, as shown; tabs may have become spaces.
    pub before: Vec<String>,
    /// The lines there should be.
    pub after: Vec<String>,
}

impl Diagnostic {
    /// An error without a place, spanning nothing yet.
    pub fn new(
        tool: &'static str,
        category: &'static str,
        rule: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            tool,
            category,
            rule: rule.into(),
            severity: Severity::Error,
            message: message.into(),
            path: None,
            line: None,
            column: None,
            start_line: 0,
            end_line: 0,
            proposals: Vec::new(),
            command: None,
        }
    }

    /// The same at a place in a file.
    pub fn at(mut self, path: impl Into<String>, line: Option<u32>) -> Self {
        self.path = Some(path.into());
        self.line = line;
        self
    }

    /// The same with a column.
    pub fn with_column(mut self, column: Option<u32>) -> Self {
        self.column = column;
        self
    }

    /// The same with another severity.
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same with a command that is certain to mend it.
    pub fn with_command(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }
}
