//! What people said in a thread, word for word: what must hold, what could be done, what was agreed, what is open.

use std::sync::LazyLock;

use perch_core::event::Event;
use perch_core::event_type::EventType;
use regex::Regex;

use crate::markdown::inline;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

static COMMENT: LazyLock<Regex> = LazyLock::new(|| regex(r"(?s)<!--.*?-->"));
static AGREED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:let'?s (?:go|do|use|keep|take|ship|make|not)|we (?:have )?(?:decided|agreed)|agreed[,:. ]|decision:|going with|we(?:'ll| will) go with)",
    )
});
static OPTION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:we could|could we|one could|what about|how about|alternatively|an alternative|another (?:way|option|approach|idea)|option [a-z0-9]\b|instead of|would it be better)",
    )
});
static CONSTRAINT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:must(?: not|n't)?|cannot|can't|ha(?:s|ve) to|needs? to|required|should(?: not|n't)|may not|backwards? compatib|no longer than|at most|at least)\b",
    )
});

/// What somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Post {
    pub(super) author: String,
    pub(super) text: String,
    pub(super) url: Option<String>,
    /// True for what the issue itself says.
    pub(super) first: bool,
}

/// What a sentence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Agreed,
    Constraint,
    Option,
    Question,
}

/// The posts of a thread: the issue's own text, then each comment.
pub(super) fn posts(thread: &[Event]) -> Vec<Post> {
    let mut posts: Vec<Post> = Vec::new();
    // The newest telling of the issue has its present text.
    let issue = thread
        .iter()
        .rev()
        .find(|event| event.data.get("issue").is_some());
    if let Some(event) = issue {
        let issue = &event.data["issue"];
        let opened = thread
            .iter()
            .find(|event| event.event_type == EventType::ISSUE_CREATED);
        posts.push(Post {
            author: issue["author"]
                .as_str()
                .or(opened.and_then(|event| event.actor.as_deref()))
                .unwrap_or_default()
                .to_owned(),
            text: issue["body"].as_str().unwrap_or_default().to_owned(),
            url: opened
                .unwrap_or(event)
                .subject
                .url
                .as_ref()
                .map(|url| url.split('#').next().unwrap_or(url).to_owned()),
            first: true,
        });
    }
    for event in thread
        .iter()
        .filter(|event| event.event_type == EventType::ISSUE_COMMENT_CREATED)
    {
        let comment = &event.data["comment"];
        let author = comment["author"]
            .as_str()
            .or(event.actor.as_deref())
            .unwrap_or_default();
        if author.ends_with("[bot]") || author.ends_with("-bot") {
            continue;
        }
        posts.push(Post {
            author: author.to_owned(),
            text: comment["body"].as_str().unwrap_or_default().to_owned(),
            url: comment["url"]
                .as_str()
                .map(str::to_owned)
                .or_else(|| event.subject.url.clone()),
            first: false,
        });
    }
    posts
}

/// The paragraphs of a post without code, quotes, lists' marks, headings and comments.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    let text = COMMENT
        .replace_all(&text.replace("\r\n", "\n"), "")
        .into_owned();
    let mut paragraphs: Vec<String> = vec![String::new()];
    let mut fenced = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fenced = !fenced;
            continue;
        }
        if fenced
            || trimmed.starts_with('>')
            || trimmed.starts_with('|')
            || line.starts_with("    ")
        {
            continue;
        }
        let item = ["- ", "* ", "+ "]
            .iter()
            .find_map(|mark| trimmed.strip_prefix(mark));
        if trimmed.is_empty() || trimmed.starts_with('#') || item.is_some() {
            paragraphs.push(String::new());
        }
        if trimmed.starts_with('#') {
            continue;
        }
        let words = item
            .unwrap_or(trimmed)
            .trim_start_matches("[ ] ")
            .trim_start_matches("[x] ");
        if let Some(last) = paragraphs.last_mut()
            && !words.is_empty()
        {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(words);
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

fn sentences(paragraph: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let bytes: Vec<(usize, char)> = paragraph.char_indices().collect();
    for (place, (at, c)) in bytes.iter().enumerate() {
        let wide = matches!(c, '。' | '？' | '！');
        let ends = matches!(c, '.' | '?' | '!')
            && bytes
                .get(place + 1)
                .is_none_or(|(_, next)| next.is_whitespace());
        if ends || wide {
            let end = at + c.len_utf8();
            found.push(paragraph[start..end].trim());
            start = end;
        }
    }
    found.push(paragraph[start..].trim());
    found.retain(|sentence| sentence.chars().count() > 8);
    found
}

fn about(sentence: &str) -> Option<Said> {
    if AGREED.is_match(sentence) {
        Some(Said::Agreed)
    } else if OPTION.is_match(sentence) {
        Some(Said::Option)
    } else if sentence.ends_with(['?', '？']) {
        Some(Said::Question)
    } else if CONSTRAINT.is_match(sentence) {
        Some(Said::Constraint)
    } else {
        None
    }
}

/// The sentences about `wanted`, each with who wrote it and where; at most twelve.
pub(super) fn about_in(posts: &[Post], wanted: Said) -> Option<String> {
    let mut lines: Vec<String> = Vec::new();
    for post in posts {
        for paragraph in paragraphs(&post.text) {
            for sentence in sentences(&paragraph)
                .into_iter()
                .filter(|sentence| about(sentence) == Some(wanted))
            {
                lines.push(format!("- {}", quoted(sentence, post)));
            }
        }
    }
    lines.dedup();
    lines.truncate(12);
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// A sentence with its source: `“…” (ada, [comment](…))`.
pub(super) fn quoted(sentence: &str, post: &Post) -> String {
    let words: String = sentence.chars().take(600).collect();
    format!("“{}” ({})", inline(&words), source(post))
}

/// Who wrote a post and where.
pub(super) fn source(post: &Post) -> String {
    let place = if post.first { "issue" } else { "comment" };
    let place = match post.url.as_deref().and_then(link) {
        Some(url) => format!("[{place}]({url})"),
        None => place.to_owned(),
    };
    if post.author.is_empty() {
        place
    } else {
        format!("{}, {place}", inline(&post.author))
    }
}

/// An address that can stand in a link, if it is one of the web.
pub(super) fn link(url: &str) -> Option<&str> {
    let web = url.starts_with("https://") || url.starts_with("http://");
    let plain = url.chars().all(|c| {
        !c.is_whitespace()
            && !c.is_control()
            && !matches!(c, '(' | ')' | '<' | '>' | '"' | '\\' | '`')
    });
    (web && plain).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_told_apart_by_what_they_do() {
        for (sentence, expected) in [
            ("Old ranges must stay readable.", Some(Said::Constraint)),
            ("We could store them as text.", Some(Said::Option)),
            ("What about a second column?", Some(Said::Option)),
            ("Who migrates the old rows?", Some(Said::Question)),
            ("Agreed, text it is.", Some(Said::Agreed)),
            ("Let's go with text.", Some(Said::Agreed)),
            ("It works for me.", None),
        ] {
            assert_eq!(about(sentence), expected, "{sentence}");
        }
    }

    #[test]
    fn code_quotes_and_templates_are_nobodys_words() {
        let text = "<!-- must be filled -->\nIntro one.\nStill intro.\n\n> must not count\n```\nmust not either?\n```\n## Head\n- [ ] first item?\n- second\n";
        assert_eq!(
            paragraphs(text),
            ["Intro one. Still intro.", "first item?", "second"]
        );
    }
}
