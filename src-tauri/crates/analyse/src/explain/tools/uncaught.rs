//! What a program dies of when nothing catches it: Node's exceptions, Ruby's, PHP's and Java's, each with its stack.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::Diagnostic;
use super::super::generic::is_frame;
use super::{Report, Tool, View, number, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &[
        "node:internal/",
        ".js:",
        ".cjs:",
        ".mjs:",
        ".ts:",
        ":in `",
        ":in '",
        "php fatal error",
        "php parse error",
        "fatal error: ",
        "parse error: ",
        "exception in thread ",
    ],
    read,
};

/// Where Node stands: above the line of code, its caret and the exception.
static NODE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^((?:file://)?(?:/|[A-Za-z]:[\\/])\S{1,300}|node:internal/\S+):(\d+)$")
});
static THROWN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:Uncaught )?(?:[A-Z]\w*)?(?:Error|Exception)\b.{0,80}?: "));
static JS_FRAME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\s+at (?:.* \()?(?:file://)?((?:/|[A-Za-z]:[\\/])[^():]{1,300}):(\d+):(\d+)\)?$")
});
/// ``path:line:in `method': message (Exception)``.
static RUBY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:\S*/)?([^\s:]+\.\w{1,6}):(\d+):in [`'][^'`]{1,200}': (.{1,400}) \(([A-Z][\w:]*)\)$",
    )
});
static RUBY_PATH: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([^\s:]+):(\d+):in "));
static PHP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:PHP )?(?:Fatal|Parse) error:\s+(?:Uncaught )?(\S.{0,600}?) in ([^:]{1,300}?)(?:(?::| on line )(\d+))$",
    )
});
static JAVA: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^Exception in thread \x22[^\x22]{1,100}\x22 ([\w.$]{1,200}(?:: .*)?)$")
});
static JAVA_FRAME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\s+at (?:[\w.]+/)?([\w.$]{1,200})\([\w$]*?([A-Z][\w$]*\.(?:java|kt|scala|groovy)):(\d+)\)$",
    )
});

fn read(view: &View<'_>) -> Option<Report> {
    node(view)
        .or_else(|| ruby(view))
        .or_else(|| php(view))
        .or_else(|| java(view))
}

fn node(view: &View<'_>) -> Option<Report> {
    let found = NODE.captures(view.head().trim_end())?;
    let thrown = (2..8).find(|&offset| THROWN.is_match(view.get(offset)))?;
    let frames = view.until(thrown + 1, |line| line.starts_with("    at "));
    let len = view.while_holds(frames, |line| line.starts_with("    at "));
    let own = |line: &&str| !line.contains("node:") && !line.contains("/node_modules/");
    let frame = (frames..len)
        .map(|offset| view.get(offset))
        .filter(own)
        .find_map(|line| JS_FRAME.captures(line));
    let message = view.get(thrown).trim();
    let one = Diagnostic::new("node", category::CRASH, "node/uncaught", message);
    let one = match frame {
        Some(frame) => one
            .at(&frame[1], number(frame.get(2)))
            .with_column(number(frame.get(3))),
        None if found[1].starts_with("node:") => one,
        None => one.at(found[1].trim_start_matches("file://"), number(found.get(2))),
    };
    Some(Report::new(view.spoken(len.min(thrown + 20)), one))
}

fn ruby(view: &View<'_>) -> Option<Report> {
    let head = view.head().trim_end();
    let found = RUBY.captures(head)?;
    let path = RUBY_PATH.captures(head)?;
    let len = view.while_holds(1, |line| {
        line.starts_with('\t') || line.starts_with("  from ")
    });
    let rule = format!("ruby/{}", &found[4]);
    let one =
        Diagnostic::new("ruby", category::CRASH, rule, &found[3]).at(&path[1], number(path.get(2)));
    Some(Report::new(len.min(20), one))
}

fn php(view: &View<'_>) -> Option<Report> {
    let found = PHP.captures(view.head().trim_end())?;
    let len = view.while_holds(1, |line| {
        line.starts_with('#') || line == "Stack trace:" || line.starts_with("  thrown in ")
    });
    let category = if view.head().contains("Parse error") {
        category::COMPILE
    } else {
        category::CRASH
    };
    let one = Diagnostic::new("php", category, "php/uncaught", &found[1])
        .at(&found[2], number(found.get(3)));
    Some(Report::new(len.min(20), one))
}

fn java(view: &View<'_>) -> Option<Report> {
    let found = JAVA.captures(view.head().trim_end())?;
    let len = view.while_holds(1, |line| is_frame(line) && line.len() < 1_000);
    // What was caught and thrown again began with the last cause.
    let cause = (1..len)
        .rev()
        .find_map(|offset| Some((offset, view.get(offset).strip_prefix("Caused by: ")?)));
    let (from, message) = cause.unwrap_or((0, found.get(1)?.as_str()));
    let platform = ["java.", "javax.", "jdk.", "sun.", "kotlin."];
    let frame = (from + 1..len)
        .filter_map(|offset| JAVA_FRAME.captures(view.get(offset)))
        .find(|frame| !platform.iter().any(|start| frame[1].starts_with(start)));
    let one = Diagnostic::new("java", category::CRASH, "java/uncaught", message);
    let one = match frame {
        Some(frame) => one.at(&frame[2], number(frame.get(3))),
        None => one,
    };
    Some(Report::new(len.min(30), one))
}
