//! What a requirement allows, as far as one operator and one version say it.
//!
//! Ranges with two ends, alternatives and wildcards are somebody's decision and are left alone.

use super::version::{Class, Version};

/// The operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    /// This version alone.
    Exact,
    /// Everything that should not break: Cargo's default, npm's `^`.
    Caret,
    /// The same numbers but for the last: `~`, `~=`, `~>`.
    Tilde,
    /// This one and all later.
    AtLeast,
}

/// An operator with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) operator: Operator,
    pub(crate) version: Version,
    /// The version as written.
    pub(crate) written: String,
}

/// What an operator's absence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bare {
    /// The version alone.
    Exact,
    /// What should not break.
    Caret,
}

impl Range {
    /// Reads `^1.2`, `=1.0.3`, `~> 2.0`, `>=1`; nothing where it is more than that. The version stands at the end.
    pub(crate) fn parse(text: &str, bare: Bare) -> Option<Self> {
        let text = text.trim();
        let at = text.find(|c: char| c.is_ascii_digit() || c == 'v')?;
        let operator = match (text[..at].trim_end(), bare) {
            ("", Bare::Exact) | ("=" | "==" | "===", _) => Operator::Exact,
            ("", Bare::Caret) | ("^", _) => Operator::Caret,
            ("~" | "~=" | "~>", _) => Operator::Tilde,
            (">=", _) => Operator::AtLeast,
            _ => return None,
        };
        let written = &text[at..];
        let whole = written
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".-+_!".contains(c));
        let wild = written
            .split('.')
            .any(|part| part.eq_ignore_ascii_case("x"));
        if !whole || wild {
            return None;
        }
        Some(Self {
            operator,
            version: Version::parse(written)?,
            written: written.to_owned(),
        })
    }

    /// True when `version`, which is newer, satisfies the requirement already.
    pub(crate) fn allows(&self, version: &Version) -> bool {
        let from = &self.version;
        match self.operator {
            Operator::Exact => version == from,
            Operator::Caret => from.class(version) != Class::Major,
            Operator::Tilde => {
                let fixed = from.numbers.len().saturating_sub(1).max(1);
                from.numbers.get(..fixed) == version.numbers.get(..fixed)
            }
            Operator::AtLeast => true,
        }
    }

    /// `release` as this requirement would write it: with as many numbers as it has now where that says enough.
    pub(crate) fn rewritten(&self, release: &str) -> String {
        let marked = self.written.starts_with('v');
        let bare = release.strip_prefix('v').unwrap_or(release);
        let prefix = if marked { "v" } else { "" };
        let shortens = matches!(self.operator, Operator::Caret | Operator::AtLeast);
        let plain = bare
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        if shortens && plain {
            let kept: Vec<&str> = bare.split('.').take(self.version.numbers.len()).collect();
            return format!("{prefix}{}", kept.join("."));
        }
        format!("{prefix}{bare}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_allows_what_its_operator_says() {
        for (range, bare, allowed, refused) in [
            ("1.0.100", Bare::Caret, "1.9.0", "2.0.0"),
            ("0.5", Bare::Caret, "0.5.9", "0.6.0"),
            ("=1.0.0", Bare::Caret, "1.0.0", "1.0.1"),
            ("1.2.0", Bare::Exact, "1.2.0", "1.2.1"),
            ("~1.2.0", Bare::Exact, "1.2.9", "1.3.0"),
            ("~=0.26.0", Bare::Exact, "0.26.3", "0.27.0"),
            ("~> 2.1", Bare::Exact, "2.9.0", "3.0.0"),
        ] {
            let range = Range::parse(range, bare).expect("a range");
            let allows = |text: &str| range.allows(&Version::parse(text).expect("a version"));
            assert!(allows(allowed), "{range:?} {allowed}");
            assert!(!allows(refused), "{range:?} {refused}");
        }
        for left_alone in [
            "*",
            "latest",
            ">=1,<2",
            "1.x",
            "^1 || ^2",
            "1.0 - 2.0",
            "<2",
            "!=1.0",
            "workspace:^1",
        ] {
            assert_eq!(Range::parse(left_alone, Bare::Exact), None, "{left_alone}");
        }
    }

    #[test]
    fn a_new_version_is_written_like_the_old_one() {
        for (range, release, expected) in [
            ("1.0.100", "1.0.210", "1.0.210"),
            ("0.5", "0.8.2", "0.8"),
            ("^1", "2.3.4", "2"),
            ("=1.0", "1.1.0", "1.1.0"),
            ("v1.2.0", "v1.3.0", "v1.3.0"),
        ] {
            let range = Range::parse(range, Bare::Caret).expect("a range");
            assert_eq!(range.rewritten(release), expected);
        }
    }
}
