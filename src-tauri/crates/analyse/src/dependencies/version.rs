//! Versions of every ecosystem in one order: numbers, then what comes before a release, then flavours apart.

use std::cmp::Ordering;

/// Words by which a version says that it comes before a release.
const BEFORE: &[&str] = &[
    "a",
    "alpha",
    "b",
    "beta",
    "c",
    "canary",
    "cr",
    "dev",
    "ea",
    "experimental",
    "m",
    "milestone",
    "next",
    "nightly",
    "pre",
    "preview",
    "rc",
    "snapshot",
    "unstable",
];

/// Words that change nothing.
const PLAIN: &[&str] = &["final", "ga", "incompatible", "release"];

/// A version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    /// Its numbers.
    pub(crate) numbers: Vec<u64>,
    /// What follows in a version before a release.
    before: Option<Vec<String>>,
    /// What kind of build it is: `alpine`, `jre`. Those of another flavour are no newer versions.
    pub(crate) flavor: String,
}

/// How far two versions are apart, by semantic versioning with the rule for 0.x.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Faults mended.
    Patch,
    /// Something added.
    Minor,
    /// Something may break.
    Major,
}

impl Class {
    /// As people say it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

impl Version {
    /// Reads `1.2.3`, `v1.2`, `1!2.0rc1`, `2.0.0-M1`, `32.1-jre`, `22-alpine`, `v2.0.0+incompatible`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        // Python's epochs are so rare that two of them are not compared.
        let text = text.split_once('!').map_or(text, |(_, rest)| rest);
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        if text.len() > 128 {
            return None;
        }
        let mut numbers = Vec::new();
        let mut rest = text;
        loop {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                break;
            }
            numbers.push(rest[..digits].parse().ok()?);
            rest = &rest[digits..];
            match rest.strip_prefix('.') {
                Some(more) if more.starts_with(|c: char| c.is_ascii_digit()) => rest = more,
                _ => break,
            }
        }
        if numbers.is_empty() {
            return None;
        }
        let rest = rest
            .trim_start_matches(['-', '.', '_'])
            .to_ascii_lowercase();
        let word: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
        let mut version = Self {
            numbers,
            before: None,
            flavor: String::new(),
        };
        if rest.is_empty() || PLAIN.contains(&word.as_str()) {
        } else if word == "post" || word == "sp" {
            let number = rest[word.len()..].trim_start_matches(['.', '-']);
            version.numbers.push(number.parse().unwrap_or(0));
        } else if BEFORE.contains(&word.as_str()) || word.is_empty() {
            version.before = Some(parts(&rest));
        } else {
            version.flavor = rest;
        }
        Some(version)
    }

    /// True for what is not meant for everybody yet.
    pub(crate) fn is_before_release(&self) -> bool {
        self.before.is_some()
    }

    /// How far `to` is from here.
    pub(crate) fn class(&self, to: &Self) -> Class {
        let number = |version: &Self, at: usize| version.numbers.get(at).copied().unwrap_or(0);
        let differs = |at: usize| number(self, at) != number(to, at);
        let zero = |upto: usize| (0..upto).all(|at| number(self, at) == 0);
        if differs(0)
            || (zero(1) && differs(1))
            || (zero(2) && self.numbers.len() > 2 && differs(2))
        {
            Class::Major
        } else if differs(1) {
            Class::Minor
        } else {
            Class::Patch
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let number = |version: &Self, at: usize| version.numbers.get(at).copied().unwrap_or(0);
        (0..length)
            .map(|at| number(self, at).cmp(&number(other, at)))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| match (&self.before, &other.before) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(one), Some(other)) => compared(one, other),
            })
            .then_with(|| self.flavor.cmp(&other.flavor))
    }
}

/// Runs of letters and runs of digits.
fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut last = None;
    for letter in text.chars() {
        let kind = (letter.is_ascii_digit(), letter.is_alphanumeric());
        if !kind.1 {
            last = None;
            continue;
        }
        match parts.last_mut() {
            Some(part) if last == Some(kind) => part.push(letter),
            _ => parts.push(letter.to_string()),
        }
        last = Some(kind);
    }
    parts
}

/// Numbers by their size, words by the alphabet, a number before a word, the shorter first.
fn compared(one: &[String], other: &[String]) -> Ordering {
    for (left, right) in one.iter().zip(other) {
        let order = match (left.parse::<u64>(), right.parse::<u64>()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => left.cmp(right),
        };
        if order.is_ne() {
            return order;
        }
    }
    one.len().cmp(&other.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).expect("a version")
    }

    #[test]
    fn versions_of_every_ecosystem_stand_in_one_order() {
        let rising = [
            "0.9",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0rc1",
            "1.0.0",
            "1.0.1.dev3",
            "1.0.1",
            "1.0.1.post1",
            "v1.2",
            "1.10.0",
            "2.0.0-M1",
            "2.0.0.Final",
            "v3.0.0+incompatible",
            "2024.1",
        ];
        for pair in rising.windows(2) {
            assert!(
                version(pair[0]) < version(pair[1]),
                "{} < {}",
                pair[0],
                pair[1]
            );
        }
        for (one, same) in [
            ("1.0", "1.0.0"),
            ("v1.2.3", "1.2.3"),
            ("1.0.0.RELEASE", "1.0.0"),
        ] {
            assert_eq!(
                version(one).cmp(&version(same)),
                Ordering::Equal,
                "{one} {same}"
            );
        }
        for text in [
            "",
            "latest",
            "main",
            "-1",
            "1".repeat(200).as_str(),
            "99999999999999999999.0",
        ] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn flavours_and_what_comes_before_a_release_are_told_apart() {
        for (text, before, flavor) in [
            ("22-alpine", false, "alpine"),
            ("22.1.0-slim-bookworm", false, "slim-bookworm"),
            ("32.1.3-jre", false, "jre"),
            ("2.0.0-SNAPSHOT", true, ""),
            ("5.0b2", true, ""),
            ("v0.0.0-20240101120000-abcdef123456", true, ""),
            ("1.0.Final", false, ""),
        ] {
            let found = version(text);
            assert_eq!(
                (found.is_before_release(), found.flavor.as_str()),
                (before, flavor),
                "{text}"
            );
        }
    }

    #[test]
    fn below_one_every_first_number_that_is_not_zero_is_the_major() {
        for (from, to, class) in [
            ("1.2.3", "1.2.4", Class::Patch),
            ("1.2.3", "1.3.0", Class::Minor),
            ("1.2.3", "2.0.0", Class::Major),
            ("0.2.3", "0.2.4", Class::Patch),
            ("0.2.3", "0.3.0", Class::Major),
            ("0.0.3", "0.0.4", Class::Major),
            ("v4", "v5", Class::Major),
            ("1.2", "1.2.1", Class::Patch),
        ] {
            assert_eq!(version(from).class(&version(to)), class, "{from} {to}");
        }
    }
}
