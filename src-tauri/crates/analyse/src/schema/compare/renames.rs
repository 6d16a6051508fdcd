//! Names that changed between two readings, so that what merely mentions them does not count as changed.

use perch_core::schema::{Schema, Table, quoted};

use super::Matched;
use crate::schema::text::places;

/// Identifiers as SQL writes them, before and after.
#[derive(Debug, Default)]
pub(super) struct Renames(Vec<(String, String)>);

impl Renames {
    pub(super) fn of(matched: &Matched<'_>, before: &Schema, after: &Schema) -> Self {
        let mut names = Vec::new();
        let mut add = |old: &str, new: &str| {
            if old != new {
                names.push((quoted(old), quoted(new)));
            }
        };
        for (before, after) in &matched.pairs {
            add(&before.name.name, &after.name.name);
            for column in &before.columns {
                if let Some(new) = renamed(before, after, &column.name) {
                    add(&column.name, new);
                }
            }
        }
        for one in &before.types {
            let same = |other: &&perch_core::schema::Type| {
                one.oid.is_some() && one.oid == other.oid && one.kind == other.kind
            };
            if let Some(other) = after.types.iter().find(same) {
                add(&one.name.name, &other.name.name);
            }
        }
        Self(names)
    }

    /// True when two texts say different things also under the new names.
    pub(super) fn differ(&self, before: &str, after: &str) -> bool {
        before != after && self.applied(before) != self.applied(after)
    }

    /// The same for texts that may be absent.
    pub(super) fn differ_at_all(&self, before: Option<&str>, after: Option<&str>) -> bool {
        match (before, after) {
            (Some(before), Some(after)) => self.differ(before, after),
            (before, after) => before != after,
        }
    }

    fn applied(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (old, new) in &self.0 {
            let found: Vec<usize> = places(&text, old).collect();
            for at in found.into_iter().rev() {
                text.replace_range(at..at + old.len(), new);
            }
        }
        text
    }
}

/// What the column `name` of `before` is called now, if it is called otherwise: PostgreSQL's number tells.
pub(super) fn renamed<'a>(before: &Table, after: &'a Table, name: &str) -> Option<&'a str> {
    if before.oid.is_none() || before.oid != after.oid || after.column(name).is_some() {
        return None;
    }
    let number = before.column(name)?.number?;
    let now = after
        .columns
        .iter()
        .find(|one| one.number == Some(number))?;
    before.column(&now.name).is_none().then_some(&now.name)
}
