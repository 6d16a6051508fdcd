//! Which cases a test of a changed function should have, read from the lines that were added to it.

use std::sync::LazyLock;

use regex::Regex;

use super::functions::Touched;
use super::language::Language;

/// The most cases named for one function.
const MOST: usize = 3;

/// A case worth a test, with the line that calls for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    /// What to try, as a clause: "`start` equal to `end`".
    pub(crate) text: String,
    pub(crate) line: u32,
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

static FAILURE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?:\bErr\(\s*([A-Za-z_][\w:]*)|\b(?:bail|ensure|panic)!\(|\braise\s+([A-Za-z_][\w.]*)|\bthrow\s+(?:new\s+)?([A-Za-z_][\w.]*)|\b(?:errors\.New|fmt\.Errorf)\(|\breturn\s+(?:nil|0|""|false),\s*([A-Za-z_][\w.]*)\s*$)"#,
    )
});
static COMPARISON: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:^|[\s(!&|])([A-Za-z_][\w.]*(?:\(\))?(?:\[\w+\])?)\s*(<=|>=|<|>)\s*(-?[A-Za-z_0-9][\w.]*(?:\(\))?)(?:[\s);:&|]|$)",
    )
});
static ARM: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"^\s*(?:case\s+([^:\s][^:]{0,50}):|((?:[A-Z]\w*(?:::\w+)*(?:\([^)]*\)|\s*\{[^}]*\})?|"[^"]{1,30}"|'[^']{1,30}'|\d+)(?:\s*\|\s*[^=]{1,40})?)\s*(?:if\s.+)?=>|when\s+([^\s,][^#]{0,40})$)"#,
    )
});
static LOOP: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\s*for\s*\(?\s*(?:const\s+|let\s+|var\s+)?[\w,\s(){}&]+?\s(?:in|of|:=\s*range)\s+&?(?:mut\s+)?([A-Za-z_][\w.]*)",
    )
});
static EMPTY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\s*(?:return\s+(None|null|undefined|nil|\[\]|\{\})\s*;?|if\s+\(?(?:!|not\s+)([a-z_]\w*)\)?\s*[:{]|if\s+\(?([a-z_][\w.]*)\.is_empty\(\))",
    )
});

/// The cases, in the order of what most often breaks: failures, limits, branches, nothing at all.
pub(crate) fn of(function: &Touched) -> Vec<Case> {
    let mut ranked: Vec<(u8, Case)> = Vec::new();
    for (line, text) in &function.added {
        if let Some((rank, text)) = case(function.language, text)
            && !ranked.iter().any(|(_, other)| other.text == text)
        {
            ranked.push((rank, Case { text, line: *line }));
        }
    }
    ranked.sort_by_key(|(rank, case)| (*rank, case.line));
    ranked
        .into_iter()
        .map(|(_, case)| case)
        .take(MOST)
        .collect()
}

fn case(language: Language, line: &str) -> Option<(u8, String)> {
    let code = line.split("//").next().unwrap_or(line);
    if language.definition(line).is_some() {
        return None;
    }
    if let Some(found) = FAILURE.captures(code) {
        let name = (1..=4)
            .find_map(|group| found.get(group))
            .map(|name| name.as_str());
        let text = match name {
            Some(name) if !matches!(name, "err" | "e" | "error" | "anyhow") => {
                format!("the failure `{name}`")
            }
            Some(_) => return None,
            None => match quoted(code) {
                Some(message) => format!("the failure \"{message}\""),
                None => "the new failure".to_owned(),
            },
        };
        return Some((0, text));
    }
    let condition = [
        "if ", "if(", "elif ", "while ", "while(", "unless ", "&&", "||", "return ", "assert",
    ]
    .iter()
    .any(|word| code.contains(word));
    if condition && let Some(found) = COMPARISON.captures(code) {
        let (left, right) = (&found[1], &found[3]);
        let numbers = left.parse::<f64>().is_ok() && right.parse::<f64>().is_ok();
        if !numbers && left != right {
            return Some((1, format!("`{left}` equal to `{right}`")));
        }
    }
    if let Some(found) = ARM.captures(code) {
        let arm = (1..=3).find_map(|group| found.get(group))?.as_str().trim();
        if arm != "_" && !arm.contains('`') {
            return Some((2, format!("the branch `{arm}`")));
        }
    }
    if let Some(found) = EMPTY.captures(code) {
        let text = match (found.get(1), found.get(2).or(found.get(3))) {
            (Some(value), _) => format!("the result `{}`", value.as_str()),
            (None, Some(name)) => format!("an empty `{}`", name.as_str()),
            (None, None) => return None,
        };
        return Some((3, text));
    }
    let found = LOOP.captures(code)?;
    Some((4, format!("an empty `{}`", &found[1])))
}

fn quoted(code: &str) -> Option<&str> {
    let start = code.find('"')? + 1;
    let text = &code[start..start + code[start..].find('"')?];
    (!text.is_empty() && text.len() <= 60 && !text.contains('`')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_lines_name_their_cases() {
        use Language::*;
        for (language, line, expected) in [
            (
                Rust,
                "        return Err(RangeError::Empty);",
                Some("the failure `RangeError::Empty`"),
            ),
            (
                Rust,
                "    bail!(\"no range in the header\");",
                Some("the failure \"no range in the header\""),
            ),
            (
                Rust,
                "    if start >= end {",
                Some("`start` equal to `end`"),
            ),
            (
                Rust,
                "        Unit::Days => 24 * HOURS,",
                Some("the branch `Unit::Days`"),
            ),
            (Rust, "        _ => 1,", None),
            (
                Rust,
                "    for item in &self.items {",
                Some("an empty `self.items`"),
            ),
            (Rust, "    let x: Vec<u8> = y;", None),
            (
                Rust,
                "    if list.len() > MAX {",
                Some("`list.len()` equal to `MAX`"),
            ),
            (
                Python,
                "        raise ValueError(f\"bad {x}\")",
                Some("the failure `ValueError`"),
            ),
            (Python, "    if not items:", Some("an empty `items`")),
            (Python, "    if len(items) > 3:", None),
            (
                Script,
                "    throw new RangeError('x')",
                Some("the failure `RangeError`"),
            ),
            (Script, "    case 'refund':", Some("the branch `'refund'`")),
            (
                Script,
                "  if (count < limit) {",
                Some("`count` equal to `limit`"),
            ),
            (
                Go,
                "\t\treturn nil, ErrNotFound",
                Some("the failure `ErrNotFound`"),
            ),
            (Go, "\t\treturn nil, err", None),
            (
                Go,
                "\tfor _, item := range items {",
                Some("an empty `items`"),
            ),
            (
                Java,
                "            throw new IllegalStateException(\"closed\");",
                Some("the failure `IllegalStateException`"),
            ),
        ] {
            assert_eq!(
                case(language, line).map(|(_, text)| text).as_deref(),
                expected,
                "{line}"
            );
        }
    }
}
