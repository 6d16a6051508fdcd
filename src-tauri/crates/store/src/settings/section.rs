//! A section of the file being read: typed values out of it, and a problem with its line for what is wrong.
//!
//! A key is known because it was asked for; whatever is left over when a section is finished is unknown.

use std::ops::RangeInclusive;

use toml_edit::{Item, TableLike};

use super::{Problem, line_after};
use crate::nearest::nearest;

/// What is wrong with a file, as it is found.
pub(super) struct Problems<'t> {
    text: &'t str,
    found: Vec<Problem>,
}

impl<'t> Problems<'t> {
    /// No problem yet with `text`.
    pub(super) fn of(text: &'t str) -> Self {
        Self {
            text,
            found: Vec::new(),
        }
    }

    /// Notes a problem at a byte of the file.
    pub(super) fn add(&mut self, at: Option<usize>, message: impl Into<String>) {
        let before = at.and_then(|at| self.text.as_bytes().get(..at));
        self.found.push(Problem {
            message: message.into(),
            line: before.map(line_after),
        });
    }

    /// All that was found, in the file's order.
    pub(super) fn into_found(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|problem| problem.line);
        self.found
    }
}

/// One table of the file.
pub(super) struct Section<'a> {
    table: &'a dyn TableLike,
    /// Where it begins, if it has a header.
    pub(super) at: Option<usize>,
    known: Vec<&'static str>,
}

impl<'a> Section<'a> {
    /// The section that `table` is.
    pub(super) fn new(table: &'a dyn TableLike, at: Option<usize>) -> Self {
        Self {
            table,
            at,
            known: Vec::new(),
        }
    }

    /// Where `key` stands.
    pub(super) fn place(&self, key: &str) -> Option<usize> {
        let span = self.table.key(key).and_then(toml_edit::Key::span);
        span.map(|span| span.start).or(self.at)
    }

    /// True if `key` stands here, whatever its value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    fn item(&mut self, key: &'static str) -> Option<&'a Item> {
        self.known.push(key);
        self.table.get(key)
    }

    fn typed<T>(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
        wanted: &str,
        read: impl Fn(&'a Item) -> Option<T>,
    ) -> Option<T> {
        let item = self.item(key)?;
        let value = read(item);
        if value.is_none() {
            problems.add(self.place(key), format!("`{key}` must be {wanted}"));
        }
        value
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<bool> {
        self.typed(key, problems, "true or false", Item::as_bool)
    }

    /// A whole number in `range`.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
        problems: &mut Problems<'_>,
    ) -> Option<u32> {
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        self.typed(key, problems, &wanted, |item| {
            let number = u32::try_from(item.as_integer()?).ok()?;
            range.contains(&number).then_some(number)
        })
    }

    /// A number in `range`, with or without a point.
    pub(super) fn amount(
        &mut self,
        key: &'static str,
        range: RangeInclusive<f64>,
        problems: &mut Problems<'_>,
    ) -> Option<f64> {
        let wanted = format!("a number from {} to {}", range.start(), range.end());
        self.typed(key, problems, &wanted, |item| {
            let whole = item
                .as_integer()
                .and_then(|number| i32::try_from(number).ok());
            let number = item.as_float().or_else(|| whole.map(f64::from))?;
            range.contains(&number).then_some(number)
        })
    }

    /// A text.
    pub(super) fn text(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
    ) -> Option<&'a str> {
        self.typed(key, problems, "a text in quotes", Item::as_str)
    }

    /// A list of texts.
    pub(super) fn texts(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
    ) -> Option<Vec<String>> {
        self.typed(
            key,
            problems,
            "a list of texts, such as [\"one\", \"two\"]",
            |item| {
                let values = item.as_array()?.iter();
                values
                    .map(|value| value.as_str().map(str::to_owned))
                    .collect()
            },
        )
    }

    /// A section below this one, whose header is `[header]`.
    pub(super) fn section(
        &mut self,
        key: &'static str,
        header: &str,
        problems: &mut Problems<'_>,
    ) -> Option<Section<'a>> {
        let wanted = format!("a section that begins with [{header}]");
        let table = self.typed(key, problems, &wanted, Item::as_table_like)?;
        Some(Section::new(table, self.place(key)))
    }

    /// Sections below this one that may stand several times.
    pub(super) fn sections(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
    ) -> Vec<Section<'a>> {
        let wanted = format!("written as sections that each begin with [[{key}]]");
        let tables = self.typed(key, problems, &wanted, Item::as_array_of_tables);
        tables
            .into_iter()
            .flatten()
            .map(|table| Section::new(table, table.span().map(|span| span.start)))
            .collect()
    }

    /// The keys nobody has asked for, with where they stand.
    pub(super) fn others(&self) -> Vec<(&'a str, &'a Item, Option<usize>)> {
        self.table
            .iter()
            .filter(|(key, _)| !self.known.contains(key))
            .map(|(key, item)| (key, item, self.place(key)))
            .collect()
    }

    /// Ends the reading: keys nobody has asked for are problems.
    pub(super) fn finish(self, problems: &mut Problems<'_>) {
        for (key, _, at) in self.others() {
            problems.add(at, self.unknown(key, &[]));
        }
    }

    /// What to say of a key that is not known; `more` are further keys that would have been.
    pub(super) fn unknown(&self, key: &str, more: &[String]) -> String {
        let known = self.known.iter().copied();
        let known = known.chain(more.iter().map(String::as_str));
        match nearest(key, known) {
            _ if names_a_secret(key) => secret_in_the_file(key, "PROVIDER"),
            _ if OF_THE_VIBE.contains(&key) => {
                format!("`{key}` belongs to the vibe, not to this file; set it in the panel")
            }
            Some(near) => format!("unknown key `{key}`; did you mean `{near}`?"),
            None => format!("unknown key `{key}`; take it out"),
        }
    }
}

/// What a user changes with the vibe; it is kept in the database.
const OF_THE_VIBE: &[&str] = &["approval_required", "auto_suggest", "logging_level"];

/// True when a key's name says that its value is a secret.
pub(super) fn names_a_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace('-', "_");
    [
        "token",
        "secret",
        "password",
        "passwd",
        "api_key",
        "apikey",
        "private_key",
    ]
    .iter()
    .any(|word| key.contains(word))
}

/// What to say of a secret in the file. Its value is not repeated.
pub(super) fn secret_in_the_file(key: &str, provider: &str) -> String {
    format!(
        "`{key}` looks like a secret, and secrets never stand in this file; take it out and \
         put it into the keychain with `perch connect {provider}`"
    )
}
