//! Ruff as it prints by itself: the rule and the message above, the place and the code below.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::{Report, Tool, View, number, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["--> "],
    read,
};

static HEAD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^([A-Z]{1,5}\d{2,4}|invalid-syntax):? (?:\[\*\] )?(\S.*)$"));
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\s*--> (\S+\.(?:pyi?|ipynb|toml)):(\d+):(\d+)$"));

fn read(view: &View<'_>) -> Option<Report> {
    let place = PLACE.captures(view.head().trim_end())?;
    let found = HEAD.captures(view.back(1)?.trim_end())?;
    let len = view.while_holds(1, |line| {
        let line = line.trim_start();
        line.starts_with('|')
            || line.starts_with("help: ")
            || line
                .split_once('|')
                .is_some_and(|(number, _)| number.trim().parse::<u32>().is_ok())
    });
    let severity = if found[1].starts_with("invalid") || &found[1] == "F821" {
        Severity::Error
    } else {
        Severity::Unrated
    };
    let one = Diagnostic::new(
        "ruff",
        category::LINT,
        format!("lint/{}", &found[1]),
        &found[2],
    )
    .at(&place[1], number(place.get(2)))
    .with_column(number(place.get(3)))
    .with_severity(severity);
    Some(Report::new(len.min(20), one).reaching_back(1))
}
