//! Package managers other than Node's: pip, uv, Poetry, Bundler and Composer.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category::{CONFIG, DEPENDENCY};
use super::super::diagnostic::Diagnostic;
use super::{Report, Tool, View, number, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &[
        "error: could not find a version",
        "error: no matching distribution",
        "error: cannot install ",
        "error: failed to build ",
        "needs to be updated, but `--",
        "changed significantly since poetry.lock",
        "because no versions of ",
        "could not find gem",
        "could not find compatible versions",
        "error parsing `gemfile`",
        "requirements could not be resolved",
    ],
    read,
};

/// The file and line a broken Gemfile is quoted from.
static GEMFILE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*#\s+from (\S{1,300}):(\d+)$"));

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head().trim();
    python(view, head)
        .or_else(|| ruby(view, head))
        .or_else(|| composer(view, head))
}

fn python(view: &View<'_>, head: &str) -> Option<Report> {
    if head.starts_with("ERROR: Could not find a version")
        || head.starts_with("ERROR: Cannot install ")
    {
        let len = view.while_holds(1, |line| line.contains("ERROR: No matching distribution"));
        let one = Diagnostic::new("pip", DEPENDENCY, "pip/install", after(head, "ERROR: "));
        return Some(Report::new(len, one));
    }
    if head.starts_with("error: The lockfile at ")
        || head.starts_with("error: The lockfile `uv.lock`")
    {
        let one = Diagnostic::new("uv", DEPENDENCY, "uv/lockfile", after(head, "error: "));
        return Some(Report::new(1, one.with_command("uv lock")));
    }
    if head.starts_with("error: Failed to build ") {
        let one = Diagnostic::new("uv", DEPENDENCY, "uv/build", after(head, "error: "));
        let len = view.while_holds(1, |line| line.starts_with(' ') && line.contains("cause: "));
        return Some(Report::new(len, one));
    }
    if head.contains("changed significantly since poetry.lock") {
        let one = Diagnostic::new("poetry", DEPENDENCY, "poetry/lockfile", head);
        return Some(Report::new(1, one.with_command("poetry lock")));
    }
    head.starts_with("Because no versions of ").then(|| {
        let len = view.spoken(view.until(1, |line| line.trim().is_empty()));
        let one = Diagnostic::new("poetry", DEPENDENCY, "poetry/resolve", head);
        Report::new(len.min(12), one)
    })
}

fn ruby(view: &View<'_>, head: &str) -> Option<Report> {
    if head.starts_with("Could not find gem ")
        || head.starts_with("Could not find compatible versions")
    {
        let len = view.spoken(view.until(1, |line| line.trim().is_empty()));
        let one = Diagnostic::new("bundler", DEPENDENCY, "bundler/resolve", head);
        return Some(Report::new(len.min(12), one));
    }
    let said = head.split_once("error parsing `Gemfile`: ")?.1;
    let from = (1..12).find(|&offset| GEMFILE.is_match(view.get(offset)))?;
    let found = GEMFILE.captures(view.get(from))?;
    let len = view.while_holds(from, |line| line.trim_start().starts_with(['#', '>']));
    let one = Diagnostic::new("bundler", CONFIG, "bundler/gemfile", said)
        .at(&found[1], number(found.get(2)));
    Some(Report::new(len, one))
}

fn composer(view: &View<'_>, head: &str) -> Option<Report> {
    if !head.starts_with("Your requirements could not be resolved") {
        return None;
    }
    let end = view.until(1, |line| !line.trim().is_empty() && !line.starts_with(' '));
    let len = view.spoken(end);
    let problem = |offset: usize| {
        view.get(offset)
            .trim()
            .strip_prefix("- ")
            .map(str::to_owned)
    };
    let problems: Vec<(usize, String)> = (1..len)
        .filter(|&offset| view.get(offset - 1).trim_start().starts_with("Problem "))
        .filter_map(|offset| Some((offset, problem(offset)?)))
        .collect();
    let one = |said: &str| Diagnostic::new("composer", DEPENDENCY, "composer/resolve", said);
    let (first, others) = problems.split_first()?;
    let more = others.iter().map(|(offset, said)| (*offset, one(said)));
    Some(Report::new(len.min(40), one(&first.1)).with_more(more.collect()))
}

fn after<'a>(head: &'a str, mark: &str) -> &'a str {
    head.strip_prefix(mark).unwrap_or(head)
}
