//! The label a pull request without any should have, by the type its title gives and the labels the repository uses.
//!
//! Only labels that stand on the repository's other issues are offered, in the way it writes them.

use std::collections::BTreeSet;

use perch_core::finding::Offer;

use super::Review;

/// Types of conventional commits, and the labels they go by, the likeliest first.
const LABELS: &[(&str, &[&str])] = &[
    ("fix", &["bug", "type: bug", "kind/bug", "fix", "bugfix"]),
    (
        "feat",
        &[
            "enhancement",
            "feature",
            "type: feature",
            "kind/feature",
            "type: enhancement",
        ],
    ),
    (
        "docs",
        &["documentation", "docs", "type: docs", "kind/documentation"],
    ),
    ("perf", &["performance", "perf", "kind/performance"]),
    ("ci", &["ci", "github_actions", "area/ci"]),
    ("test", &["tests", "testing", "test"]),
    ("refactor", &["refactoring", "refactor"]),
];

/// The offer of a label.
pub(super) fn offer(review: &Review<'_>) -> Option<Offer> {
    if !review.pull_request.labels.is_empty() {
        return None;
    }
    let used: BTreeSet<&str> = review
        .facts
        .issues
        .iter()
        .flat_map(|issue| &issue.labels)
        .map(String::as_str)
        .collect();
    let kind = kind(&review.pull_request.title)?;
    let (_, names) = LABELS.iter().find(|(known, _)| *known == kind)?;
    let label = names
        .iter()
        .find_map(|name| used.iter().find(|label| label.eq_ignore_ascii_case(name)))?;
    Some(Offer::Label {
        labels: vec![(*label).to_owned()],
    })
}

/// The type of a title such as `fix(parser)!: keep the last line`.
fn kind(title: &str) -> Option<String> {
    let (head, _) = title.split_once(':')?;
    let head = head.trim_end_matches('!');
    let kind = head.split('(').next()?.trim().to_ascii_lowercase();
    (!kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase())).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_s_type_is_the_word_before_its_colon() {
        for (title, expected) in [
            ("fix: keep the last line", Some("fix")),
            ("Feat(parser)!: ranges", Some("feat")),
            ("Keep the last line", None),
            ("See a/b: no", None),
        ] {
            assert_eq!(kind(title).as_deref(), expected, "{title}");
        }
    }
}
