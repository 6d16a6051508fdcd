//! JSON with a comma too few between two entries or one too many after the last.

use std::sync::LazyLock;

use regex::Regex;

use super::{Case, Mend, Rule};

pub(super) static RULE: Rule = Rule {
    touches_tests: false,
    mend,
};

static POSITION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"in JSON at position (\d+)").expect("the pattern is constant"));
static FILE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\w./-]+\.json\b").expect("the pattern is constant"));

fn mend(case: &Case<'_>) -> Option<Mend> {
    let message = case.error.message.as_str();
    let position: usize = POSITION.captures(message)?[1].parse().ok()?;
    let path = case
        .error
        .path
        .as_deref()
        .or_else(|| FILE.find(message).map(|file| file.as_str()))?;
    let source = case.read(&case.resolve(path)?)?;
    // Positions count UTF-16, which is bytes only where all is ASCII.
    let before = source.text.get(..position).filter(|text| text.is_ascii())?;
    let end = before.trim_end().len();
    let too_many = before[..end].ends_with(',') && source.text[position..].starts_with(['}', ']']);
    let (range, token, text) = if too_many {
        (end - 1..end, "", "Remove the comma after the last entry")
    } else {
        (end..end, ",", "Add the missing comma")
    };
    let mended = format!(
        "{}{token}{}",
        &source.text[..range.start],
        &source.text[range.end..]
    );
    serde_json::from_str::<serde_json::Value>(&mended).ok()?;
    let row = source.text[..range.start].matches('\n').count();
    let start = source.text[..range.start]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let change = source.spliced(
        u32::try_from(row + 1).ok()?,
        range.start - start..range.end - start,
        token,
    )?;
    Some(Mend::certain(text, vec![change]))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn a_comma_is_added_or_taken_away_where_all_then_parses() {
        let log = |at: usize| {
            format!(
                "npm error code EJSONPARSE\nnpm error JSON.parse Invalid package.json: JSONParseError: Expected ',' or '}}' after property value in JSON at position {at} while parsing\n"
            )
        };
        check(
            &RULE,
            &[
                (
                    &log(13),
                    &[("package.json", "{\n  \"a\": 1\n  \"b\": 2\n}\n")],
                    "package.json",
                    Some("{\n  \"a\": 1,\n  \"b\": 2\n}\n"),
                ),
                (
                    &log(12),
                    &[("package.json", "{\n  \"a\": 1,\n}\n")],
                    "package.json",
                    Some("{\n  \"a\": 1\n}\n"),
                ),
                // More than a comma is wrong.
                (
                    &log(13),
                    &[("package.json", "{\n  \"a\": 1\n  \"b\": 2\n")],
                    "package.json",
                    None,
                ),
            ],
        );
    }
}
