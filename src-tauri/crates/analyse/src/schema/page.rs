//! A page that describes one table for people: columns, keys, indexes, policies, who points to it, a diagram, and what
//! changed when. Markdown; the same schema gives the same page.
//!
//! What people wrote below the last line of a page stays as it is, and so do earlier entries of its list of changes.

use perch_core::id::short_hash;
use perch_core::schema::{Column, Kind, Name, Part, Schema, Table};

use super::change::Change;
use super::text::{cell, code, listed};

/// The line below which a page belongs to whoever writes there.
const YOURS: &str = "<!-- Below this line the page is yours. -->";

/// The heading of the list of changes.
const CHANGES: &str = "## Changes";

/// Entries kept in the list of changes.
const KEPT: usize = 50;

/// Columns of a neighbour shown in the diagram are its keys only; of the table itself at most so many.
const DRAWN: usize = 30;

/// The page's file in the folder `docs`.
pub fn path(docs: &str, table: &Name) -> String {
    let name = table.to_string();
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    let docs = docs.trim_matches('/');
    if plain == name {
        format!("{docs}/{plain}.md")
    } else {
        // Names that differ only in what a file's name cannot hold stay apart.
        format!("{docs}/{plain}-{}.md", short_hash(&name, 6))
    }
}

/// The page of `name` as `schema` has it, after `changes` on `day`; `existing` is the page before.
pub fn page(
    schema: &Schema,
    name: &Name,
    changes: &[&Change],
    day: &str,
    existing: Option<&str>,
) -> String {
    let mut text = format!("# {}\n\n", code(&name.to_string()));
    match schema.table(name) {
        None => text.push_str("This table is no longer in the database.\n"),
        Some(table) => described(schema, table, &mut text),
    }
    text.push_str(&format!("\n{CHANGES}\n\n"));
    let mut entries: Vec<String> = changes
        .iter()
        .map(|change| format!("- {day}: {}", one_line(&change.line())))
        .collect();
    for entry in earlier(existing.unwrap_or_default()) {
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    entries.truncate(KEPT);
    text.push_str(&entries.join("\n"));
    text.push('\n');
    text.push_str(&format!("\n{YOURS}\n"));
    if let Some((_, yours)) = existing.and_then(|page| page.split_once(YOURS)) {
        text.push_str(yours.strip_prefix('\n').unwrap_or(yours));
    }
    text
}

fn earlier(existing: &str) -> Vec<String> {
    let Some((_, rest)) = existing.split_once(&format!("\n{CHANGES}\n")) else {
        return Vec::new();
    };
    rest.lines()
        .take_while(|line| !line.starts_with("## ") && *line != YOURS)
        .filter(|line| line.starts_with("- "))
        .map(str::to_owned)
        .collect()
}

fn described(schema: &Schema, table: &Table, text: &mut String) {
    match &table.comment {
        Some(comment) => text.push_str(&format!("{}\n", comment.trim())),
        None => text.push_str(&format!(
            "No description yet: say what it is for with `COMMENT ON {} {} IS '…'`.\n",
            keyword(table.kind),
            table.name.sql()
        )),
    }
    if schema.has(Part::Details) {
        let rls = match (table.holds_rows(), table.rls, table.rls_forced) {
            (false, ..) => None,
            (true, true, true) => Some("row level security on, also for the owner"),
            (true, true, false) => Some("row level security on"),
            (true, false, _) => Some("**row level security off**"),
        };
        let mut facts = vec![capital(table.kind.word())];
        facts.extend(rls.map(str::to_owned));
        if let Some(partition) = &table.partition {
            facts.push(code(partition));
        }
        let parents: Vec<String> = table.inherits.iter().map(ToString::to_string).collect();
        if !parents.is_empty() {
            facts.push(format!("of {}", listed(&parents)));
        }
        text.push_str(&format!("\n{}.\n", facts.join(", ")));
    }
    columns(table, text);
    let section = |text: &mut String, heading: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            text.push_str(&format!("\n## {heading}\n\n- {}\n", lines.join("\n- ")));
        }
    };
    let named = |name: &str, says: &str| format!("{}: {}", code(name), code(says));
    section(
        text,
        "Keys and constraints",
        table
            .constraints
            .iter()
            .map(|one| named(&one.name, &one.definition))
            .collect(),
    );
    section(
        text,
        "Indexes",
        table
            .indexes
            .iter()
            .map(|one| named(&one.name, &one.definition))
            .collect(),
    );
    section(
        text,
        "Policies",
        table
            .policies
            .iter()
            .map(|one| {
                let mut line = format!(
                    "{}: {} for {}",
                    code(&one.name),
                    one.command,
                    listed(&one.roles)
                );
                if !one.permissive {
                    line.push_str(", restrictive");
                }
                for (word, rule) in [("where", &one.using), ("writes only", &one.check)] {
                    if let Some(rule) = rule {
                        line.push_str(&format!(", {word} {}", code(rule)));
                    }
                }
                line
            })
            .collect(),
    );
    section(
        text,
        "Triggers",
        table
            .triggers
            .iter()
            .map(|one| named(&one.name, &one.definition))
            .collect(),
    );
    let pointing: Vec<String> = referenced_by(schema, &table.name)
        .map(|(other, columns)| format!("{} by {}", code(&other.name.to_string()), listed(columns)))
        .collect();
    section(text, "Referenced by", pointing);
    if let Some(query) = &table.definition {
        text.push_str(&format!("\n## Query\n\n```sql\n{}\n```\n", query.trim()));
    }
    diagram(schema, table, text);
}

fn columns(table: &Table, text: &mut String) {
    text.push_str("\n## Columns\n\n| Column | Type | Null | Default | Notes |\n| --- | --- | --- | --- | --- |\n");
    for column in &table.columns {
        let key = table.primary_key().contains(&column.name);
        let mut notes: Vec<String> = Vec::new();
        if key {
            notes.push("primary key".into());
        }
        for constraint in &table.constraints {
            if let (Some(to), true) = (
                &constraint.references,
                constraint.columns.contains(&column.name),
            ) {
                notes.push(format!("→ {}", code(&to.to_string())));
            }
        }
        if column.generated {
            notes.push("computed".into());
        }
        if let Some(identity) = &column.identity {
            notes.push(format!("identity, {identity}"));
        }
        notes.extend(column.comment.clone());
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            cell(&code(&column.name)),
            cell(&code(&column.type_name)),
            if column.not_null { "no" } else { "yes" },
            column
                .default
                .as_deref()
                .map_or_else(String::new, |default| cell(&code(default))),
            cell(&notes.join(", ")),
        ));
    }
}

/// Tables with a foreign key to `name`, and its columns there.
fn referenced_by<'a>(
    schema: &'a Schema,
    name: &'a Name,
) -> impl Iterator<Item = (&'a Table, &'a [String])> {
    schema.tables.iter().flat_map(move |table| {
        table
            .constraints
            .iter()
            .filter(move |one| one.references.as_ref() == Some(name))
            .map(move |one| (table, &*one.columns))
    })
}

fn diagram(schema: &Schema, table: &Table, text: &mut String) {
    let to: Vec<&Name> = table
        .constraints
        .iter()
        .filter_map(|one| one.references.as_ref())
        .collect();
    let from: Vec<&Table> = referenced_by(schema, &table.name)
        .map(|(other, _)| other)
        .collect();
    if to.is_empty() && from.is_empty() {
        return;
    }
    text.push_str("\n## Diagram\n\n```mermaid\nerDiagram\n");
    let mut drawn: Vec<&Name> = Vec::new();
    let draw = |name: &Name, own: Option<&Table>, whole: bool, text: &mut String| {
        text.push_str(&format!(
            "  {}[\"{}\"]",
            entity(name),
            name.to_string().replace('"', "'")
        ));
        let shown: Vec<&Column> = own
            .into_iter()
            .flat_map(|table| {
                table
                    .columns
                    .iter()
                    .filter(move |one| whole || table.primary_key().contains(&one.name))
            })
            .take(DRAWN)
            .collect();
        if shown.is_empty() {
            text.push('\n');
            return;
        }
        text.push_str(" {\n");
        for column in shown {
            let key = own.is_some_and(|table| table.primary_key().contains(&column.name));
            let foreign = own.is_some_and(|table| {
                table
                    .constraints
                    .iter()
                    .any(|one| one.kind == "f" && one.columns.contains(&column.name))
            });
            let mark = match (key, foreign) {
                (true, true) => " PK, FK",
                (true, false) => " PK",
                (false, true) => " FK",
                (false, false) => "",
            };
            text.push_str(&format!(
                "    {} {}{mark}\n",
                word(&column.type_name),
                word(&column.name)
            ));
        }
        text.push_str("  }\n");
    };
    draw(&table.name, Some(table), true, text);
    drawn.push(&table.name);
    for name in to
        .iter()
        .copied()
        .chain(from.iter().map(|other| &other.name))
    {
        if !drawn.contains(&name) {
            draw(name, schema.table(name), false, text);
            drawn.push(name);
        }
    }
    let line = |from: &Name, to: &Name, columns: &[String], text: &mut String| {
        let label = columns.join(", ").replace('"', "'");
        text.push_str(&format!(
            "  {} }}o--|| {} : \"{label}\"\n",
            entity(from),
            entity(to)
        ));
    };
    for constraint in &table.constraints {
        if let Some(to) = &constraint.references {
            line(&table.name, to, &constraint.columns, text);
        }
    }
    for (other, columns) in referenced_by(schema, &table.name) {
        if other.name != table.name {
            line(&other.name, &table.name, columns, text);
        }
    }
    text.push_str("```\n");
}

/// A name as Mermaid takes it, apart from every other.
fn entity(name: &Name) -> String {
    let plain = word(&name.name);
    if name.schema == "public" && plain == name.name {
        plain
    } else {
        format!("{plain}_{}", short_hash(&name.to_string(), 6))
    }
}

fn word(text: &str) -> String {
    let word: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let word = word.trim_matches('_');
    if word.starts_with(|c: char| c.is_ascii_alphabetic()) {
        word.to_owned()
    } else {
        format!("c{word}")
    }
}

/// What `COMMENT ON` calls it.
fn keyword(kind: Kind) -> &'static str {
    match kind {
        Kind::Table | Kind::Partitioned => "TABLE",
        Kind::View => "VIEW",
        Kind::MaterializedView => "MATERIALIZED VIEW",
        Kind::Foreign => "FOREIGN TABLE",
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
