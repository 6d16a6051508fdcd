//! What a changed pipeline lets others do: untrusted code with secrets, wider permissions, actions that can change.

use std::sync::LazyLock;

use perch_core::evidence::Evidence;
use perch_core::facts::FileChange;
use perch_core::finding::Point;
use regex::Regex;

use super::{Remark, Review, words};

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

static USES: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"^\s*(?:-\s+)?uses:\s*["']?([\w.-]+/[\w./-]+)@([\w./-]+)"#));
static TARGET: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^\s*(?:-\s*)?(?:on:\s*\[?.*)?\bpull_request_target\b"));
static WIDENED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\s*(?:permissions:\s*(write-all)|(actions|attestations|checks|contents|deployments|discussions|id-token|issues|packages|pages|pull-requests|security-events|statuses):\s*write)\b",
    )
});
/// Text that anybody who opens an issue or pull request writes.
static INJECTED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\$\{\{\s*(github\.head_ref|github\.event\.(?:issue|pull_request|comment|review|discussion|head_commit)[\w.]*\.?(?:title|body|message|ref|label|name|email))\s*\}\}",
    )
});

pub(super) fn look(review: &Review<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for change in &review.changes {
        if change.path.starts_with(".github/workflows/") {
            workflow(change, &mut remarks);
        }
    }
    remarks
}

fn workflow(change: &FileChange, remarks: &mut Vec<Remark>) {
    let name = change.path.rsplit('/').next().unwrap_or(&change.path);
    let lead = |rank, title: String, text: String, line, todo| Remark {
        rank,
        rule: "pr/workflow",
        category: "security",
        title,
        point: Point {
            text,
            evidence: vec![Evidence::file("added here", &change.path, Some(line))],
            todo,
        },
        confidence: 0.9,
    };
    let removed: Vec<&str> = change.removed().map(|(_, text)| text.trim()).collect();
    let mut unpinned: Vec<(String, u32)> = Vec::new();
    for (line, text) in change
        .added()
        .filter(|(_, text)| !text.trim_start().starts_with('#'))
    {
        if removed.contains(&text.trim()) {
            continue;
        }
        if TARGET.is_match(text) && !text.contains("github.event_name") {
            remarks.push(lead(
                10,
                format!("runs `{name}` on `pull_request_target`"),
                format!("`pull_request_target` gives `{name}` the repository's secrets and a writing token on pull requests from forks; it must not run their code"),
                line,
                false,
            ));
        }
        if let Some(found) = WIDENED.captures(text) {
            let what = found
                .get(1)
                .or(found.get(2))
                .map_or("", |what| what.as_str());
            let grave = matches!(
                what,
                "write-all" | "contents" | "actions" | "id-token" | "packages"
            );
            remarks.push(lead(
                if grave { 12 } else { 72 },
                format!("widens the permissions of `{name}`"),
                format!("`{name}` may now write: `{}`", text.trim()),
                line,
                !grave,
            ));
        }
        let in_script = text.contains("run:")
            || !text
                .trim_start()
                .trim_start_matches("- ")
                .split(' ')
                .next()
                .unwrap_or_default()
                .ends_with(':');
        if in_script && let Some(found) = INJECTED.captures(text) {
            remarks.push(lead(
                11,
                format!("lets others write into `{name}`"),
                format!("`{}` is written by anybody and becomes part of the script; pass it through `env` instead", &found[1]),
                line,
                false,
            ));
        }
        if let Some(found) = USES.captures(text) {
            let (action, version) = (&found[1], &found[2]);
            let pinned =
                version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
            let forge = ["actions/", "github/"]
                .iter()
                .any(|owner| action.starts_with(owner));
            if !pinned && !forge {
                unpinned.push((format!("{action}@{version}"), line));
            }
        }
    }
    if let Some((_, first)) = unpinned.first() {
        let names: Vec<&str> = unpinned.iter().map(|(name, _)| name.as_str()).collect();
        remarks.push(lead(
            73,
            format!("uses an unpinned action in `{name}`"),
            format!(
                "Pin to a commit, the tag can be moved: {}",
                words::names(&names, 4)
            ),
            *first,
            true,
        ));
    }
}
