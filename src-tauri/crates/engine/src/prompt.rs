//! `prompt`: a finding as a question to a language model. Pure.
//!
//! Whatever holds words of others goes through `untrusted`. The model is asked for words only: facts and patches stay
//! the analyser's.

use std::fmt::Write as _;

use perch_core::draft::Prompt;
use perch_core::finding::Finding;
use serde_json::json;

use crate::untrusted::{LIMIT, Outside};

/// The prompt for `finding`. `seed` must be unguessable to whoever wrote what the finding quotes.
pub(crate) fn prompt(finding: &Finding, seed: &str) -> Prompt {
    let mut outside = Outside::new(seed);
    // A finding's own words name branches, titles, files and symbols as others chose them.
    let mut words = String::new();
    let _ = writeln!(words, "Finding: {}", finding.title);
    let _ = writeln!(words, "Why now: {}", finding.why);
    for point in &finding.points {
        let _ = writeln!(words, "- {}", point.text);
    }
    for fix in &finding.fixes {
        let _ = writeln!(words, "Fix on offer: {}. {}", fix.title, fix.explanation);
    }
    let mut user = outside.fenced("finding", &words, LIMIT);
    if let Some(log) = &finding.log {
        let lines: Vec<&str> = log
            .blocks
            .iter()
            .flat_map(|block| &block.lines)
            .map(String::as_str)
            .collect();
        user.push_str(&outside.fenced("log", &lines.join("\n"), LIMIT));
    }
    Prompt {
        system: format!(
            "You write one suggestion of Perch for a developer. Short, concrete, never cheerful, never blaming. \
             State only what the finding states; do not invent causes, files or commands. \
             {} Answer with JSON that satisfies the schema and nothing else.",
            outside.rule()
        ),
        user,
        schema: json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["title", "why", "explanation", "comment"],
            "properties": {
                "title": { "type": "string", "maxLength": 60 },
                "why": { "type": "string", "maxLength": 200 },
                "explanation": { "type": "string", "maxLength": 4000 },
                "comment": { "type": ["string", "null"], "maxLength": 4000 }
            }
        }),
        stripped: outside.into_stripped(),
    }
}
