//! Editing `config.toml` as text: what an edit is not about stays byte for byte, comments included.
//!
//! Every edit of the text is checked against the meaning it should have. A file written in a way the text edits do
//! not foresee is changed through `toml_edit`, which keeps nearly as much.

use std::ops::Range;

use perch_core::connection::Connection;
use serde_json::{Map, Value as Json};
use toml_edit::{ArrayOfTables, Document, DocumentMut, Item, Table, TableLike, Value};

use super::json;

/// Sets the value at `path`, a key of the file or section and key; `None` takes it out.
pub(super) fn set(text: &str, path: &[&str], value: Option<&Json>) -> Result<String, String> {
    let name = path.join(".");
    let new = match value {
        None => None,
        Some(json) => {
            Some(json::to_value(json).ok_or_else(|| format!("`{name}` cannot have that value"))?)
        }
    };
    let mut expected = meaning(text)?;
    place(&mut expected, path, value);
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let found = item(document.as_table(), path);
    let edited = match (&found, &new) {
        (Some((_, item)), Some(new)) => item
            .span()
            .map(|span| replaced(text, span, &new.to_string())),
        (Some((key, item)), None) => item
            .span()
            .map(|span| replaced(text, whole_lines(text, key.start..span.end), "")),
        (None, Some(new)) => uncommented(text, path, new),
        (None, None) => return Ok(text.to_owned()),
    };
    if let Some(edited) = edited.filter(|edited| meaning(edited).as_ref() == Ok(&expected)) {
        return Ok(edited);
    }
    let mut document: DocumentMut = parse(text)?;
    let (last, sections) = path.split_last().ok_or("no key was named")?;
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for section in sections {
        table = table
            .entry(section)
            .or_insert_with(toml_edit::table)
            .as_table_like_mut()
            .ok_or_else(|| format!("`{section}` is no section"))?;
    }
    match new {
        Some(new) => table.insert(last, Item::Value(new)),
        None => table.remove(last),
    };
    Ok(document.to_string())
}

/// Adds a section `[[name]]` at the end.
pub(super) fn append(text: &str, name: &str, fields: &Map<String, Json>) -> Result<String, String> {
    let mut table = Table::new();
    for (key, value) in fields {
        let value =
            json::to_value(value).ok_or_else(|| format!("`{key}` cannot have that value"))?;
        table.insert(key, Item::Value(value));
    }
    let mut sections = ArrayOfTables::new();
    sections.push(table);
    let mut addition = DocumentMut::new();
    addition.insert(name, Item::ArrayOfTables(sections));
    let gap = match text {
        "" => "",
        _ if text.ends_with("\n\n") => "",
        _ if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    Ok(format!("{text}{gap}{addition}"))
}

/// Takes out the `index`-th section `[[name]]` with the comment directly above it.
pub(super) fn remove(text: &str, name: &str, index: usize) -> Result<String, String> {
    let mut expected = meaning(text)?;
    if let Some(Json::Array(sections)) = expected.get_mut(name) {
        sections.remove(index);
        if sections.is_empty() {
            // The file has no sections of that name then, and so no key either.
            expected = without(expected, name);
        }
    }
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let section = document
        .get(name)
        .and_then(Item::as_array_of_tables)
        .and_then(|sections| sections.get(index))
        .ok_or_else(|| format!("there is no such [[{name}]]"))?;
    let edited = section.span().map(|header| {
        let end = end_of(section).max(header.end);
        let lines = whole_lines(text, header.start..end);
        replaced(text, with_surroundings(text, lines), "")
    });
    if let Some(edited) = edited.filter(|edited| meaning(edited).as_ref() == Ok(&expected)) {
        return Ok(edited);
    }
    let mut document = parse(text)?;
    if let Some(sections) = document
        .get_mut(name)
        .and_then(Item::as_array_of_tables_mut)
    {
        sections.remove(index);
    }
    Ok(document.to_string())
}

/// Moves the `from`-th section `[[name]]`, with the comment directly above it, to the `to`-th place.
pub(super) fn reorder(text: &str, name: &str, from: usize, to: usize) -> Result<String, String> {
    let unclear =
        || format!("the [[{name}]] sections cannot be told apart; change their order in the file");
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let sections = document
        .get(name)
        .and_then(Item::as_array_of_tables)
        .ok_or_else(unclear)?;
    let blocks: Vec<Range<usize>> = sections
        .iter()
        .filter_map(|section| {
            let header = section.span()?;
            let end = end_of(section).max(header.end);
            Some(with_comment(text, whole_lines(text, header.start..end)))
        })
        .collect();
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    if from >= order.len() {
        return Err(unclear());
    }
    let moved = order.remove(from);
    order.insert(to.min(order.len()), moved);
    let mut edited = String::with_capacity(text.len() + 1);
    let mut at = 0;
    for (place, block) in blocks.iter().zip(&order) {
        edited.push_str(text.get(at..place.start).ok_or_else(unclear)?);
        let lines = text[blocks[*block].clone()].trim_end_matches('\n');
        edited.push_str(lines);
        edited.push('\n');
        at = place.end;
    }
    edited.push_str(&text[at..]);
    let mut expected = meaning(text)?;
    if let Some(Json::Array(sections)) = expected.get_mut(name) {
        let moved = sections.remove(from);
        sections.insert(to.min(sections.len()), moved);
    }
    if meaning(&edited)? == expected {
        Ok(edited)
    } else {
        Err(unclear())
    }
}

/// Makes the `index`-th section `[[name]]` say `fields` and nothing else. Values that stay keep their comments.
pub(super) fn update(
    text: &str,
    name: &str,
    index: usize,
    fields: &Map<String, Json>,
) -> Result<String, String> {
    let mut document = parse(text)?;
    let section = document
        .get_mut(name)
        .and_then(Item::as_array_of_tables_mut)
        .and_then(|sections| sections.get_mut(index))
        .ok_or_else(|| format!("there is no such [[{name}]]"))?;
    section.retain(|key, _| fields.contains_key(key));
    for (key, json) in fields {
        if section.get(key).map(json::from_item).as_ref() == Some(json) {
            continue;
        }
        let mut new =
            json::to_value(json).ok_or_else(|| format!("`{key}` cannot have that value"))?;
        match section.get_mut(key).and_then(Item::as_value_mut) {
            Some(old) => {
                *new.decor_mut() = old.decor().clone();
                *old = new;
            }
            None => {
                section.insert(key, Item::Value(new));
            }
        }
    }
    Ok(document.to_string())
}

/// What a `[[connection]]` says of `connection`: what is as it would be without saying so is left out, unless it
/// stands in `before`.
pub(super) fn connection_fields(
    connection: &Connection,
    default_base_url: &str,
    first_user: &str,
    before: Option<&Map<String, Json>>,
) -> Map<String, Json> {
    let said = |key: &str| before.is_some_and(|before| before.contains_key(key));
    let user = connection.user_id.as_str();
    let base_url = connection.base_url.as_str();
    let mut fields = Map::new();
    fields.insert("name".into(), connection.id.as_str().into());
    fields.insert("provider".into(), connection.provider.as_str().into());
    for (key, value, needed) in [
        ("user", Json::from(user), user != first_user),
        (
            "base_url",
            Json::from(base_url),
            !base_url.is_empty() && base_url != default_base_url,
        ),
        (
            "watch",
            connection.watch.clone().into(),
            !connection.watch.is_empty(),
        ),
        (
            "identities",
            connection.identities.clone().into(),
            !connection.identities.is_empty(),
        ),
        ("insecure", connection.insecure.into(), connection.insecure),
        ("enabled", connection.enabled.into(), !connection.enabled),
    ] {
        if needed || said(key) {
            fields.insert(key.into(), value);
        }
    }
    fields.extend(connection.settings.clone());
    if let Some(tunnel) = &connection.tunnel {
        let mut choice = Map::new();
        choice.insert("kind".into(), tunnel.kind.as_str().into());
        choice.extend(tunnel.settings.clone());
        fields.insert("tunnel".into(), Json::Object(choice));
    }
    fields
}

fn parse(text: &str) -> Result<DocumentMut, String> {
    text.parse::<DocumentMut>()
        .map_err(|error| error.to_string())
}

/// The file as JSON, without empty sections: what it says, apart from how.
fn meaning(text: &str) -> Result<Json, String> {
    let document = parse(text)?;
    let Json::Object(mut fields) = json::from_table(document.as_table()) else {
        return Ok(Json::Null);
    };
    fields.retain(|_, value| value.as_object().is_none_or(|section| !section.is_empty()));
    Ok(Json::Object(fields))
}

fn without(json: Json, key: &str) -> Json {
    match json {
        Json::Object(fields) => fields.into_iter().filter(|(name, _)| name != key).collect(),
        other => other,
    }
}

/// Puts `value` at `path` of the file's meaning.
fn place(json: &mut Json, path: &[&str], value: Option<&Json>) {
    let Json::Object(fields) = json else { return };
    match (path, value) {
        ([key], Some(value)) => {
            fields.insert((*key).to_owned(), value.clone());
        }
        ([key], None) => {
            fields.remove(*key);
        }
        ([section, rest @ ..], _) => {
            let section = (*section).to_owned();
            let below = fields
                .entry(section.clone())
                .or_insert_with(|| Json::Object(Map::new()));
            place(below, rest, value);
            if below.as_object().is_some_and(Map::is_empty) {
                fields.remove(&section);
            }
        }
        ([], _) => {}
    }
}

/// The item at `path` and where its key stands.
fn item<'a>(root: &'a Table, path: &[&str]) -> Option<(Range<usize>, &'a Item)> {
    let (last, sections) = path.split_last()?;
    let mut table: &dyn TableLike = root;
    for section in sections {
        table = table.get(section)?.as_table_like()?;
    }
    Some((table.key(last)?.span()?, table.get(last)?))
}

/// The text with its commented default of `path` made a setting, if it has one.
fn uncommented(text: &str, path: &[&str], value: &Value) -> Option<String> {
    let (key, sections) = path.split_last()?;
    let wanted = sections.join(".");
    let mut section = String::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = start..start + line.trim_end_matches(['\r', '\n']).len();
        start += line.len();
        let content = line.trim();
        let comment = content.strip_prefix('#').map(str::trim_start);
        let header = |text: &str| {
            text.starts_with('[')
                .then(|| text.trim_matches(['[', ']']).to_owned())
        };
        if let Some(name) = header(content) {
            section = name;
        } else if let Some(name) = comment.and_then(header) {
            // What follows a commented section is an example, not this section's default.
            section = format!("# {name}");
        }
        let default = comment
            .and_then(|comment| comment.strip_prefix(key))
            .is_some_and(|rest| rest.trim_start().starts_with('='));
        if default && section == wanted {
            return Some(replaced(text, range, &format!("{key} = {value}")));
        }
    }
    None
}

fn replaced(text: &str, range: Range<usize>, with: &str) -> String {
    let mut text = text.to_owned();
    text.replace_range(range, with);
    text
}

/// `range` widened to whole lines with their line ends.
fn whole_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.end..]
        .find('\n')
        .map_or(text.len(), |at| range.end + at + 1);
    start..end
}

/// Whole lines with the comment directly above them.
fn with_comment(text: &str, mut lines: Range<usize>) -> Range<usize> {
    while let Some(above) = lines.start.checked_sub(1) {
        let line = whole_lines(text, above..above);
        if !text[line.clone()].trim_start().starts_with('#') {
            break;
        }
        lines.start = line.start;
    }
    lines
}

/// Whole lines with the comment directly above them and one of the empty lines around them.
fn with_surroundings(text: &str, lines: Range<usize>) -> Range<usize> {
    let mut lines = with_comment(text, lines);
    let empty = |line: &Range<usize>| !line.is_empty() && text[line.clone()].trim().is_empty();
    let below = whole_lines(text, lines.end..lines.end);
    if empty(&below) {
        lines.end = below.end;
    } else if let Some(above) = lines.start.checked_sub(1) {
        let above = whole_lines(text, above..above);
        if lines.end == text.len() && empty(&above) {
            lines.start = above.start;
        }
    }
    lines
}

/// Where the last value of a table ends.
fn end_of(table: &dyn TableLike) -> usize {
    let ends = table.iter().filter_map(|(_, item)| {
        let own = item.span().map(|span| span.end);
        let below = match item {
            Item::Table(table) => Some(end_of(table)),
            Item::ArrayOfTables(tables) => tables.iter().map(|table| end_of(table)).max(),
            Item::None | Item::Value(_) => None,
        };
        own.max(below)
    });
    ends.max().unwrap_or(0)
}
