//! Kubernetes manifests: under `data` and `stringData` of a `kind: Secret` every value is a secret, whatever its name.

use std::sync::LazyLock;

use regex::Regex;

use super::{Span, value};

static KIND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?mi)^[ \t-]*kind:[ \t]*["']?Secret["']?[ \t\r]*$"#)
        .expect("the pattern is constant")
});

static ENTRY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^[ \t]*["']?[\w.-]+["']?:[ \t]+["']?([^\s"'‹›]+)"#)
        .expect("the pattern is constant")
});

/// The values of the secrets that `text` declares, as offsets into it, in order.
pub(super) fn secret_values(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    if !KIND.is_match(text) {
        return spans;
    }
    let mut start = 0;
    for document in text.split("\n---") {
        if KIND.is_match(document) {
            values(document, start, &mut spans);
        }
        start += document.len() + "\n---".len();
    }
    spans
}

fn values(document: &str, mut start: usize, spans: &mut Vec<Span>) {
    let mut within: Option<usize> = None;
    // The indent of an entry whose value is on the lines below it.
    let mut block: Option<usize> = None;
    for line in document.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let text = line.trim();
        if block.is_some_and(|outer| indent <= outer) {
            block = None;
        }
        if text == "data:" || text == "stringData:" {
            within = Some(indent);
        } else if block.is_some() {
            if text.len() >= 4 && !value::is_placeholder(text) && !text.contains(['‹', '›', '"'])
            {
                let at = start + line.len() - line.trim_start().len();
                spans.push(Span::new("kubernetes-secret", at, at + text.len()));
            }
        } else if !text.is_empty() && within.is_some_and(|outer| indent <= outer) {
            within = None;
        } else if within.is_some()
            && let Some(found) = ENTRY.captures(line).and_then(|found| found.get(1))
        {
            if found.as_str().starts_with(['|', '>']) {
                block = Some(indent);
            } else if found.len() >= 4 && !value::is_placeholder(found.as_str()) {
                spans.push(Span::new(
                    "kubernetes-secret",
                    start + found.start(),
                    start + found.end(),
                ));
            }
        }
        start += line.len();
    }
}
