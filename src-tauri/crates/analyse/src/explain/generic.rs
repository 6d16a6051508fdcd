//! Trouble that no known tool reported: lines whose words speak of it, with what belongs to them.

use std::sync::LazyLock;

use regex::Regex;

use super::category;
use super::diagnostic::{Diagnostic, Severity};
use super::tools::{Report, View};

/// Words of trouble, in any case.
pub(crate) const HINTS: &[&str] = &[
    "error",
    "fail",
    "exception",
    "fatal",
    "panic",
    "abort",
    "cannot ",
    "can't ",
    "could not",
    "couldn't",
    "unable to",
    "not found",
    "no such",
    "denied",
    "refused",
    "undefined",
    "unexpected",
    "invalid",
    "timed out",
    "timeout",
    "segmentation",
    "killed",
    "out of memory",
    "no space",
    "missing",
    "not ok",
    "mismatch",
    "conflict",
    "unresolved",
    "violation",
    "problem",
    "warning",
    "issues",
    "exit code",
    "exit status",
    "+ exit ",
    "exceed",
    "dirty",
    "interrupt",
    "terminated",
    "not match",
    "not defined",
    "not provided",
    "not valid",
    "unsupported",
    "crash",
    "disconnect",
];

static STRONG: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)
        ^\s*(?:\#\#\[error\]|(?:ERROR|FATAL|SEVERE|CRITICAL)\b|\[?(?i:error|fatal|fail(?:ed|ure)?|critical)\]?\s*[:\]!]|\*\*\*\s|[A-Z]\w*(?:Error|Exception)\b\s*[:(]|E:\s)
      | \b(?:[A-Z]\w*(?:Error|Exception)):\s
      | (?i:\b(?:error|fatal)\s*:\s)
      | (?i:segmentation\ fault|core\ dumped|out\ of\ memory|no\ space\ left|permission\ denied|connection\ refused|command\ not\ found|no\ such\ file\ or\ directory|timed\ out|\bexceed(?:s|ed)\b|did\ not\ match|(?:not|n't)\ (?:defined|valid|supported))
      | \b(?:KeyboardInterrupt|OutOfMemoryError)\b
      | \bFAIL(?:ED|URE|URES)?\b | ✖ | ✗ | ✘",
    )
});

/// Lines that follow from something said before.
static CONSEQUENCE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)
        ^(?:g?make(?:\[\d+\])?|ninja):\s.*(?:Error\s\d|stopped|\*\*\*)
      | ^npm\s(?:ERR!|error)
      | (?i:exited?\ with\ (?:code|status|exit))| exited\ with\ \d | exit\ (?:code|status):?\s'?\d | ^\++\ exit\ [1-9]
      | ^\#\#\[error\]Process\ completed
      | ^error\sCommand\sfailed
      | ^(?i:result:\ fail|tests?\ fail(?:ed|ure)?|\S+\ failed)[.!]?$
      | ^\s*(?i:failed|failures?|errors?)\s*[:=]\s*\d+\b
      | ^\#\#\[error\](?:A\ task\ was\ canceled|The\ operation\ was\ canceled)
      | (?i:^BUILD\ FAIL) | ^FAILURE:\sBuild\sfailed | ^ERROR:\sJob\sfailed
      | (?i:see\ (?:above|the\ (?:full\ )?log)|for\ more\ information)",
    )
});

/// Lines with a word of trouble that speak of none.
static HARMLESS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi)
        \b(?:0|no)\s(?:errors?|failures?|failed|problems?|warnings?)\b
      | (?:errors?|failures?|failed|warnings?)\s*[:=]\s*0\b
      | -W?no-error | --no-fail | fail-fast | errorformat | error[-_/]?(?:handler|handling|page|code|type|prone)
      | ^\s*(?:compiling|downloading|downloaded|installing|installed|unpacking|selecting|setting\ up|get:\d|fetching|using|checking|removing|creating|copying|linking|building|preparing|adding|cc|cxx|ld)\b
      | \b(?:errors?|failures?|failed)\s+0$ | \bskipped\b
      | \bok$ | \bpassed\b | ^\s*(?:✓|✔|√|ok\ )
      | ^\s*(?:gcc|g\+\+|clang|cc|c\+\+|rustc|/usr/bin/\S+)\s
      | allow(?:ed)?[_ ]fail | \|\|\s*true",
    )
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern, compiled by every test that reads a log")
}

/// A line that only heads a list of trouble.
static HEADING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\s*(?i:(?:\d+ )?(?:failures?|errors?|issues|problems|failed tests?|failing tests?|broken links?|violations))[:(\-\s]*$",
    )
});

/// Bytes of a line that its words are looked for in: what is wrong stands at its beginning.
const MAX_JUDGED: usize = 2_000;

/// Lines that state how the build ended and nothing else.
static OUTCOME: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)
        ^(?:\[\w+\]\s+)?BUILD\ (?:FAILED|FAILURE)\b
      | ^FAILURE:\ Build\ (?:failed|completed\ with)
      | ^Finished:\ (?:FAILURE|UNSTABLE|ABORTED)
      | ^>\ Task\ \S+\ FAILED
      | ^(?i:\d+\ tests?\ completed,\ \d+\ failed)
      | ^(?:\[\w+\]\s+)?\d+\ (?:errors?|warnings?)\s*$
      | ^(?:\[\w+\]\s+)?COMPILATION\ ERROR\s*:?\s*$
      | ^\*+\s*(?i:failed)\s*\*+$
      | ^\#\#\[error\]Process\ completed
      | ^\*\ (?:Try:|Get\ more\ help|What\ went\ wrong:) | ^>\ (?:Run\ with\ --|There\ were\ failing\ tests)
      | ^Execution\ failed\ for\ task\ | ^\d+\ actionable\ tasks?
      | ^\[INFO\]",
    )
});

/// True for a line that states how the build ended, or merely informs, and so explains nothing.
pub(crate) fn is_outcome(line: &str) -> bool {
    OUTCOME.is_match(&line[..line.floor_char_boundary(MAX_JUDGED)])
}

/// Reads the trouble at the head, if its words speak of some.
pub(crate) fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head();
    let head = &head[..head.floor_char_boundary(MAX_JUDGED)];
    if HARMLESS.is_match(head) {
        return None;
    }
    if HEADING.is_match(head) {
        return headed(view);
    }
    let severity = if CONSEQUENCE.is_match(head) || is_outcome(head) {
        Severity::Consequence
    } else if STRONG.is_match(head) {
        Severity::Error
    } else {
        Severity::Warning
    };
    let indent = indent_of(head);
    // What is indented further belongs to it, and so does a stack; not so where programs write at the same time.
    let len = if is_outcome(head) {
        1
    } else {
        view.while_holds(1, |line| {
            !line.trim().is_empty() && (indent_of(line) > indent || is_frame(line))
        })
    };
    let message = head.trim();
    let diagnostic =
        Diagnostic::new("", categorise(head), "log/error", message).with_severity(severity);
    Some(Report::new(len.min(40), diagnostic))
}

/// The paragraph under a heading.
fn headed(view: &View<'_>) -> Option<Report> {
    let first = (1..4).find(|&offset| !view.get(offset).trim().is_empty())?;
    let len = view.until(first, |line| line.trim().is_empty());
    let message = view.get(first).trim();
    let diagnostic = Diagnostic::new("", categorise(message), "log/error", message);
    (len - first > 1).then(|| Report::new(len.min(50), diagnostic))
}

/// The columns `line` is indented by.
pub(crate) fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// True for a line of a stack trace.
pub(crate) fn is_frame(line: &str) -> bool {
    let text = line.trim_start();
    text.starts_with("at ")
        || text.starts_with("from ")
        || text.starts_with("... ")
        || text.starts_with("Caused by:")
}

/// The sort of trouble the words of `line` speak of.
pub(crate) fn categorise(line: &str) -> &'static str {
    static WORDS: &[(&str, &[&str])] = &[
        (
            category::NETWORK,
            &[
                "connection refused",
                "connection reset",
                "could not resolve host",
                "network is unreachable",
                "temporary failure in name resolution",
                "econnreset",
                "enotfound",
                "econnrefused",
                "etimedout",
                "ssl_error",
                "tls handshake",
                "502 bad gateway",
                "503 service",
                "504 gateway",
                "could not connect",
                "failed to fetch",
                "404 not found",
                "connection timed out",
                "remote end hung up",
            ],
        ),
        (
            category::RESOURCES,
            &[
                "out of memory",
                "no space left",
                "oomkilled",
                "cannot allocate memory",
                "heap limit",
                "enospc",
                "killed",
            ],
        ),
        (
            category::TIMEOUT,
            &[
                "timed out",
                "timeout",
                "deadline exceeded",
                "no output has been received",
            ],
        ),
        (
            category::AUTH,
            &[
                "permission denied (publickey",
                "authentication failed",
                "401 unauthorized",
                "403 forbidden",
                "access denied",
                "bad credentials",
                "accessdenied",
                "invalid credentials",
                "resource not accessible",
            ],
        ),
        (
            category::ENVIRONMENT,
            &[
                "command not found",
                "no such file or directory",
                "not installed",
                "cannot find module",
                "executable file not found",
            ],
        ),
        (
            category::DEPENDENCY,
            &[
                "unmet dependenc",
                "could not resolve dependenc",
                "eresolve",
                "no matching version",
                "unable to locate package",
                "version conflict",
                "lockfile",
                "lock file",
                "no matching distribution",
                "unresolvable",
            ],
        ),
        (
            category::CRASH,
            &[
                "segmentation fault",
                "core dumped",
                "sigsegv",
                "sigabrt",
                "addresssanitizer",
            ],
        ),
        (category::TEST, &["test", "assert", "expected", "spec"]),
        (
            category::COMPILE,
            &[
                "undefined reference",
                "syntax error",
                "compil",
                "undeclared",
                "cannot find symbol",
            ],
        ),
        (category::LINT, &["lint", "offense", "style"]),
    ];
    let line = line.to_ascii_lowercase();
    WORDS
        .iter()
        .find(|(_, words)| words.iter().any(|word| line.contains(word)))
        .map_or(category::OTHER, |(category, _)| category)
}
