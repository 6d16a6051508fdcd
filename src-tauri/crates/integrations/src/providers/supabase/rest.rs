//! The schema by the project's REST root: PostgREST's OpenAPI 2.0 description of what a service role key sees.
//!
//! It tells tables, columns, types, defaults, keys and comments, and no more; what it cannot tell is not compared.
//! Source: PostgREST 12, "OpenAPI", and its module `PostgREST.Response.OpenAPI`.

use std::collections::BTreeMap;

use http::header::{HeaderName, HeaderValue};
use http::{Method, StatusCode};
use perch_core::schema::{Column, Constraint, Name, Part, Schema, Table};
use perch_core::seam::provider::{Context, ProviderError};
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use crate::http::Request;
use crate::http::rest::{Dialect, Pace, Rest, read};

/// How a project is spoken to.
pub(super) static DIALECT: Dialect = Dialect {
    name: "Supabase",
    id: "supabase",
    root: |base_url| {
        let base = base_url.trim_end_matches("/rest/v1");
        format!("{base}/rest/v1")
    },
    json: "application/openapi+json",
    raw: "application/json",
    between_writes: std::time::Duration::ZERO,
    hourly: None,
    pairs: false,
    denies: false,
    headers: &[],
};

#[derive(Deserialize)]
struct Description {
    #[serde(default)]
    definitions: BTreeMap<String, Definition>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Definition {
    description: Option<String>,
    required: Vec<String>,
    /// Kept in the order of the answer, which is that of the table.
    properties: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Property {
    format: String,
    description: Option<String>,
    default: Option<serde_json::Value>,
    #[serde(rename = "maxLength")]
    max_length: Option<u32>,
}

/// Reads the schema of `schemas`, each by a request of its own.
pub(super) async fn schema(
    ctx: &Context<'_>,
    pace: &Pace,
    schemas: &[String],
) -> Result<Schema, ProviderError> {
    let api = Rest::new(ctx, &DIALECT, pace);
    let mut all = Schema::default();
    for schema in schemas {
        let mut request = Request::new(Method::GET, api.url("/"));
        if let Some(key) = ctx.token
            && let Ok(mut value) = HeaderValue::from_str(key.expose_secret())
        {
            value.set_sensitive(true);
            request
                .headers
                .push((HeaderName::from_static("apikey"), value));
        }
        if let Ok(value) = HeaderValue::from_str(schema) {
            let profile = HeaderName::from_static("accept-profile");
            request.headers.push((profile, value));
        }
        let answer = api.send(request).await?;
        match answer.status {
            status if status.is_success() => {
                let described: Description = read(&answer)?;
                all.tables.extend(tables(schema, described));
            }
            StatusCode::NOT_ACCEPTABLE => all.hidden.push(format!(
                "schema `{schema}`: the REST API does not show it; add it under `Exposed schemas`, or connect with a connection string"
            )),
            StatusCode::NOT_FOUND => {
                return Err(ProviderError::Misconfigured {
                    problem: format!("there is no REST API at {}", api.url("/")),
                    next_step: "write `base_url` as the project's address, such as `https://<project>.supabase.co`"
                        .into(),
                });
            }
            StatusCode::FORBIDDEN => {
                return Err(ProviderError::Refused {
                    problem: format!("the key may not see the schema: {}", answer.message()),
                    next_step: "set the service role key with `perch connect supabase`; the anonymous key sees too little"
                        .into(),
                });
            }
            status => {
                return Err(ProviderError::Unavailable(format!(
                    "Supabase answered {status}: {}",
                    answer.message()
                )));
            }
        }
    }
    all.parts = [Part::Names, Part::RestDetails, Part::Constraints].into();
    all.sort();
    Ok(all)
}

fn tables(schema: &str, described: Description) -> Vec<Table> {
    described
        .definitions
        .into_iter()
        .map(|(name, definition)| table(Name::new(schema, name), definition))
        .collect()
}

fn table(name: Name, definition: Definition) -> Table {
    let mut table = Table {
        comment: definition.description,
        ..Table::default()
    };
    let mut key = Vec::new();
    for (column, property) in definition.properties {
        let property: Property = serde_json::from_value(property).unwrap_or_default();
        let (comment, notes) = notes(property.description.as_deref().unwrap_or_default());
        if notes.contains("<pk/>") {
            key.push(column.clone());
        }
        if let Some((to, there)) = foreign_key(notes) {
            table.constraints.push(Constraint {
                name: format!("{}_{column}_fkey", name.name),
                kind: "f".into(),
                definition: format!("FOREIGN KEY ({column}) REFERENCES {to}({there})"),
                columns: vec![column.clone()],
                references: Some(Name::new(&name.schema, to)),
                referenced: vec![there.to_owned()],
            });
        }
        let length = property
            .max_length
            .filter(|_| property.format.starts_with("character"))
            .map_or_else(String::new, |length| format!("({length})"));
        table.columns.push(Column {
            not_null: definition.required.contains(&column),
            name: column,
            type_name: format!("{}{length}", property.format),
            default: property.default.map(|default| match default {
                serde_json::Value::String(text) => text,
                other => other.to_string(),
            }),
            comment: (!comment.is_empty()).then(|| comment.to_owned()),
            ..Column::default()
        });
    }
    if !key.is_empty() {
        table.constraints.push(Constraint {
            name: format!("{}_pkey", name.name),
            kind: "p".into(),
            definition: format!("PRIMARY KEY ({})", key.join(", ")),
            columns: key,
            ..Constraint::default()
        });
    }
    table.name = name;
    table
}

/// A column's own comment, and the notes PostgREST puts below it.
fn notes(description: &str) -> (&str, &str) {
    match description.find("Note:\n") {
        Some(at) => (description[..at].trim(), &description[at..]),
        None => (description.trim(), ""),
    }
}

/// The table and column of ``This is a Foreign Key to `t.c`.<fk table='t' column='c'/>``.
fn foreign_key(notes: &str) -> Option<(&str, &str)> {
    let (_, rest) = notes.split_once("<fk table='")?;
    let (table, rest) = rest.split_once("' column='")?;
    let (column, _) = rest.split_once("'/>")?;
    Some((table, column))
}
