//! Secrets among the added lines of a change. The secret itself is never repeated.

use perch_core::facts::FileChange;
use perch_core::redact::Redactor;

use super::role::{self, Role};

/// Rules of redaction that go by a name or a form many made-up values have: in tests, recordings and
/// documents they prove nothing.
const WEAK: &[&str] = &[
    "password",
    "secret",
    "service-key",
    "high-entropy",
    "private-key",
    "jwt",
    "url-password",
    "url-token",
    "authorization",
    "cookie",
    "curl-user",
    "kubernetes-secret",
];

/// A line that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Secret {
    pub(crate) line: u32,
    /// What it is, in words: "github token".
    pub(crate) kind: String,
}

/// The added lines of `change` that hold secrets; of a secret over several lines the first.
pub(crate) fn find(change: &FileChange) -> Vec<Secret> {
    let role = role::of(&change.path);
    if role == Role::Lockfile {
        return Vec::new();
    }
    let made_up = matches!(role, Role::Test | Role::Generated | Role::Docs);
    let mut stream = Redactor::default();
    let mut seen: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for (line, text) in change.added() {
        let with_end = format!("{text}\n");
        let redacted = stream.redact(&with_end);
        for part in redacted.split("‹redacted:").skip(1) {
            let mark = part.split('›').next().unwrap_or(part);
            let kind = mark.split('#').next().unwrap_or(mark);
            let known = text.contains("‹redacted:") || seen.iter().any(|other| other == mark);
            let proves = !made_up || !WEAK.contains(&kind);
            if proves && !known {
                found.push(Secret {
                    line,
                    kind: kind.replace('-', " "),
                });
            }
            seen.push(mark.to_owned());
        }
    }
    found
}
