//! The statements about a changed schema.

use perch_core::event::Event;
use perch_core::evidence::Evidence;
use perch_core::facts::Facts;
use perch_core::finding::Point;
use perch_core::schema::Schema;

use super::{Told, old_name};
use crate::schema::change::{Change, What};
use crate::schema::lints::{self, Lint};
use crate::schema::{typescript, usage};

/// Lines of code named for one change.
const LINES: usize = 8;

pub(super) fn point(text: String) -> Point {
    Point {
        text,
        evidence: Vec::new(),
        todo: false,
    }
}

pub(super) fn lint(lint: &Lint) -> Point {
    let mut text = format!(
        "**{}** `{}`: {}",
        lint.level.as_str(),
        lint.name,
        lint.detail
    );
    if let (Some(caution), true) = (lint.caution, lint.fix.is_some()) {
        text.push_str(&format!("; mending it has a price: {caution}"));
    }
    point(text)
}

pub(super) fn title(told: &Told, lints: &[Lint], about: &str) -> String {
    let short = about.strip_prefix("public.").unwrap_or(about);
    if let Some(lint) = lints.iter().find(|lint| lint.level == lints::Level::Error) {
        let about = lint.about.strip_prefix("public.").unwrap_or(&lint.about);
        let others = lints
            .iter()
            .filter(|one| one.level == lints::Level::Error && one.about != lint.about)
            .count();
        let more = if others > 0 {
            format!(" and {others} more")
        } else {
            String::new()
        };
        return match lint.name {
            "rls_disabled_in_public" | "sensitive_columns_exposed" => {
                format!("`{about}` lies open to the API{more}")
            }
            "policy_exists_rls_disabled" => format!("policies of `{about}` are not in force{more}"),
            "security_definer_view" => format!("view `{about}` reads past policies{more}"),
            "auth_users_exposed" => format!("`{about}` shows users to the API{more}"),
            name => format!("`{about}`: {}{more}", name.replace('_', " ")),
        };
    }
    if told.things > 1 && told.changes.len() > 1 && told.tables().len() > 1 {
        return format!("{} things of the schema changed", told.things);
    }
    let named = |change: &Change| change.column.clone().unwrap_or_default();
    match told.changes.as_slice() {
        [] => format!("`{short}`: {} findings of the linter", lints.len()),
        [one] => match one.what {
            What::TableCreated => format!("new table `{short}`"),
            What::TableDeleted => format!("table `{short}` is gone"),
            What::TableUpdated => format!("table `{short}` changed"),
            What::ColumnAdded => format!("`{short}` has column `{}`", named(one)),
            What::ColumnDeleted => format!("`{short}` lost column `{}`", named(one)),
            What::ColumnUpdated => format!("column `{}` of `{short}` changed", named(one)),
            What::Other => format!("{} changed", one.object),
        },
        several => format!("`{short}` changed in {} ways", several.len()),
    }
}

pub(super) fn why(told: &Told, event: &Event) -> String {
    let database = &event.data["place"].as_str().unwrap_or_default();
    if told.first_look {
        format!("Perch looked at `{database}` for the first time.")
    } else {
        format!("The schema of `{database}` is not what it was at the last look.")
    }
}

/// Code that names what is gone or called otherwise.
pub(super) fn uses(change: &Change, facts: &Facts) -> Vec<Point> {
    let Some(table) = &change.table else {
        return Vec::new();
    };
    let name = old_name(change, table);
    let column = match change.what {
        What::ColumnDeleted => change.column.as_deref(),
        What::ColumnUpdated => change.renamed_from.as_deref().or(change.column.as_deref()),
        _ => None,
    };
    let files = facts
        .files
        .iter()
        .filter(|(path, _)| !typescript::is_types_file(path))
        .map(|(path, text)| (path.clone(), text.clone()))
        .collect();
    usage::uses(&files, &name, column, LINES)
        .into_iter()
        .map(|one| {
            let named = column.unwrap_or(&name);
            Point {
                text: format!(
                    "`{}:{}` names `{named}`: `{}`",
                    one.path,
                    one.line,
                    one.text.replace('`', "'")
                ),
                evidence: vec![Evidence::file(
                    format!("it names `{named}`"),
                    one.path,
                    Some(one.line),
                )],
                todo: true,
            }
        })
        .collect()
}

/// What changes in the types generated for TypeScript, where the repository has such.
pub(super) fn types(schema: &Schema, changes: &[Change], facts: &Facts) -> Vec<Point> {
    let Some(file) = facts
        .tree
        .iter()
        .find(|path| typescript::is_types_file(path))
    else {
        return Vec::new();
    };
    let mut said = Vec::new();
    for change in changes {
        let (Some(table), Some(name)) = (&change.table, &change.column) else {
            continue;
        };
        let column = schema.table(table).and_then(|table| table.column(name));
        match (change.what, column) {
            (What::ColumnDeleted, _) => {
                said.push(format!(
                    "`{name}` leaves `Row`, `Insert` and `Update` of `{}`",
                    table.name
                ));
            }
            (What::ColumnAdded | What::ColumnUpdated, Some(column)) => {
                let lines = typescript::lines(schema, column);
                said.push(format!(
                    "`{}` gets `{}` in `Row`, `{}` in `Insert`, `{}` in `Update`",
                    table.name, lines.row, lines.insert, lines.update
                ));
            }
            _ => {}
        }
    }
    said.into_iter()
        .take(6)
        .map(|text| Point {
            text: format!("`{file}` is out of date: {text}; write it anew with `supabase gen types typescript`"),
            evidence: vec![Evidence::file("the generated types", file.clone(), None)],
            todo: true,
        })
        .collect()
}
