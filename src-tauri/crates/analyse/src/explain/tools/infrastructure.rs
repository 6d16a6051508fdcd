//! Terraform, Docker and git: what is wrong with what is deployed, built and merged.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::{Report, Tool, View, number, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &[
        "error: ",
        "warning: ",
        "failed to solve",
        "parse error on line",
        "docker daemon",
        "conflict (",
        "[rejected]",
        "[remote rejected]",
        "fatal: ",
    ],
    read,
};

static TERRAFORM: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:│ )?(Error|Warning): (\S.*)$"));
static ON: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:│)?\s+on (\S+\.tf(?:vars|\.json)?) line (\d+)"));
static DOCKERFILE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:ERROR: failed to (?:build|solve)|Error response from daemon): (?:failed to solve: )?(?:dockerfile parse error|dockerfile parse error on|Dockerfile parse error|failed to create LLB definition: dockerfile parse error)(?: on)? line (\d+): (.+)$",
    )
});
static SOLVE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^ERROR: failed to (?:build|solve): (?:failed to solve: )?(\S.*)$"));
static CONFLICT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^CONFLICT \([^)]{1,40}\): (?:Merge conflict in (.+)|.+)$"));
static REJECTED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^ ! \[(?:remote )?rejected\]\s+(\S.*)$"));
static GIT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^fatal: ((?:repository|unable to (?:access|auto-detect)|[Aa]uthentication failed|could not read|[Cc]ouldn't find remote|not a git|refusing to|reference is not a tree|bad (?:object|revision)|ambiguous argument|pathspec|Remote branch|destination path|remote error|No url found for submodule|detected dubious ownership|Not possible to fast-forward).*)$",
    )
});

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head().trim_end();
    terraform(view, head)
        .or_else(|| docker(head))
        .or_else(|| git(head))
}

fn terraform(view: &View<'_>, head: &str) -> Option<Report> {
    let found = TERRAFORM.captures(head)?;
    let boxed = head.starts_with('│');
    let at = (1..5).find(|&offset| ON.is_match(view.get(offset)))?;
    let place = ON.captures(view.get(at))?;
    let end = view.until(at, |line| {
        if boxed {
            line.starts_with('╵')
        } else {
            TERRAFORM.is_match(line) || line.starts_with("##") || line.starts_with('$')
        }
    });
    let severity = if &found[1] == "Error" {
        Severity::Error
    } else {
        Severity::Warning
    };
    let one = Diagnostic::new(
        "terraform",
        category::CONFIG,
        "terraform/invalid",
        &found[2],
    )
    .at(&place[1], number(place.get(2)))
    .with_severity(severity);
    Some(Report::new(view.spoken(end.min(at + 12)), one))
}

fn docker(head: &str) -> Option<Report> {
    if let Some(found) = DOCKERFILE.captures(head) {
        let one = Diagnostic::new("docker", category::CONFIG, "docker/parse", &found[2])
            .at("Dockerfile", number(found.get(1)));
        return Some(Report::new(1, one));
    }
    if let Some(found) = SOLVE.captures(head) {
        let one = Diagnostic::new("docker", category::OTHER, "docker/solve", &found[1]);
        return Some(Report::new(1, one));
    }
    let lost = head
        .trim_start_matches("ERROR: ")
        .starts_with("Cannot connect to the Docker daemon");
    lost.then(|| {
        let one = Diagnostic::new("docker", category::ENVIRONMENT, "docker/daemon", head);
        Report::new(1, one)
    })
}

fn git(head: &str) -> Option<Report> {
    if let Some(found) = CONFLICT.captures(head) {
        let mut one = Diagnostic::new("git", category::CONFIG, "git/conflict", head);
        one.path = found.get(1).map(|path| path.as_str().to_owned());
        return Some(Report::new(1, one));
    }
    if let Some(found) = REJECTED.captures(head) {
        let one = Diagnostic::new("git", category::CONFIG, "git/rejected", &found[1]);
        return Some(Report::new(1, one));
    }
    let found = GIT.captures(head)?;
    let category = if head.contains("uthentication") || head.contains("could not read") {
        category::AUTH
    } else {
        category::CONFIG
    };
    // Scripts ask git for what may not be there.
    let one = Diagnostic::new("git", category, "git/fatal", &found[1]);
    Some(Report::new(1, one.with_severity(Severity::Unrated)))
}
