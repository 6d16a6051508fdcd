//! Sentences people wrote: without quotations, code and what a template hides.

/// A sentence beyond this many letters is not one somebody would repeat.
const LONGEST: usize = 240;
/// Sentences of one text at most.
const MOST: usize = 200;

/// The sentences of `text`, in order, each on one line.
pub(crate) fn sentences(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut in_code = false;
    let mut hidden = false;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("```") || line.starts_with("~~~") {
            in_code = !in_code;
            continue;
        }
        hidden |= line.starts_with("<!--");
        if hidden {
            hidden = !line.contains("-->");
            continue;
        }
        // A mail answered by mail quotes below this line.
        if line.starts_with("On ") && line.ends_with("wrote:") {
            break;
        }
        if in_code || line.starts_with('>') || line.starts_with('|') || line.starts_with('<') {
            continue;
        }
        split(bare(line), &mut sentences);
        if sentences.len() >= MOST {
            sentences.truncate(MOST);
            break;
        }
    }
    sentences
}

/// A line without what makes it a heading, a list's member or a box to tick.
fn bare(line: &str) -> &str {
    let line = line.trim_start_matches(['#', '*', '-', '+', ' ']);
    let line = ["[ ] ", "[x] ", "[X] "]
        .iter()
        .find_map(|tick| line.strip_prefix(tick))
        .unwrap_or(line);
    let digits = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    match digits.strip_prefix(". ").or(digits.strip_prefix(") ")) {
        Some(rest) if digits.len() < line.len() => rest,
        _ => line,
    }
}

/// Splits at `.`, `!` and `?` before a space, but not within code.
fn split(line: &str, sentences: &mut Vec<String>) {
    let mut begin = 0;
    let mut in_code = false;
    let mut letters = line.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        in_code ^= letter == '`';
        let before_space = letters.peek().is_none_or(|(_, next)| next.is_whitespace());
        let ends = matches!(letter, '?' | '!') || (letter == '.' && !abbreviates(&line[begin..at]));
        if !in_code && ends && before_space {
            keep(&line[begin..=at], sentences);
            begin = at + 1;
        }
    }
    keep(&line[begin..], sentences);
}

fn abbreviates(before: &str) -> bool {
    let last = before.rsplit(' ').next().unwrap_or_default();
    matches!(
        last,
        "e.g" | "i.e" | "etc" | "vs" | "cf" | "approx" | "resp" | "no" | "No"
    )
}

fn keep(sentence: &str, sentences: &mut Vec<String>) {
    let sentence = sentence.trim();
    if sentence.chars().any(char::is_alphabetic) && sentence.chars().count() <= LONGEST {
        sentences.push(sentence.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::sentences;

    #[test]
    fn sentences_are_what_somebody_wrote_themselves() {
        let text = "> Should we?\n\nYes, e.g. `a. b`. Let's do it! See v1.2.3?\n```\nWhy?\n```\n\
                    - [ ] Write it down\n<!-- hidden? -->\n2. Second step\n## What now?";
        assert_eq!(
            sentences(text),
            [
                "Yes, e.g. `a. b`.",
                "Let's do it!",
                "See v1.2.3?",
                "Write it down",
                "Second step",
                "What now?"
            ]
        );
    }
}
