//! One look at a database: its schema by the way the token opens, and the migrations of its repository.
//!
//! Comparing with the look before is the engine's.

use perch_core::connection::{Connection, Hurdle, Standing};
use perch_core::schema::{Part, Reading, Schema};
use perch_core::seam::provider::{Batch, Context, Probe, ProviderError};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::{folder, management, place, postgres, project, rest, setting};
use crate::http::rest::Pace;

/// Looks at what the connection watches.
pub(super) async fn poll(ctx: &Context<'_>, pace: &Pace) -> Result<Batch, ProviderError> {
    let connection = ctx.connection;
    if connection.watch.is_empty() {
        return Ok(Batch::default());
    }
    let schema = schema(ctx, pace).await?;
    let (files, away) = files(connection).await?;
    let mut hurdles = hurdles(connection, &schema);
    hurdles.extend(away);
    Ok(Batch {
        cursor: Value::Null,
        standing: Standing {
            hurdles,
            ..Standing::default()
        },
        database: Some(Reading {
            place: place(connection),
            name: project(connection),
            schema,
            files,
        }),
        ..Batch::default()
    })
}

/// Looks once and says what is seen.
pub(super) async fn probe(ctx: &Context<'_>, pace: &Pace) -> Result<Probe, ProviderError> {
    let connection = ctx.connection;
    let schema = schema(ctx, pace).await?;
    let count = |count: usize, what: &str| {
        let s = if count == 1 { "" } else { "s" };
        format!("{count} {what}{s}")
    };
    let way = if schema.has(Part::RestDetails) {
        "the REST API, which shows tables, columns and keys; a connection string shows the rest as well"
    } else {
        "the database's own catalogs"
    };
    let columns = schema.tables.iter().map(|table| table.columns.len()).sum();
    let mut lines = vec![
        format!("`{}` is read by {way}", project(connection)),
        format!(
            "it has {} with {} in {}",
            count(schema.tables.len(), "table"),
            count(columns, "column"),
            connection.watch.join(", ")
        ),
    ];
    let mut faults: Vec<String> = hurdles(connection, &schema)
        .into_iter()
        .map(|hurdle| format!("{}: {}; {}", hurdle.about, hurdle.problem, hurdle.next_step))
        .collect();
    match files(connection).await? {
        (Some(files), _) => lines.push(format!(
            "its repository has {}; {} applied",
            count(files.len(), "migration"),
            schema.applied.len()
        )),
        (None, Some(away)) => faults.push(format!("{}; {}", away.problem, away.next_step)),
        (None, None) => lines.push(
            "no repository belongs to it, so nothing is written for one; name one in its setting `folder`".into(),
        ),
    }
    Ok(Probe { lines, faults })
}

async fn schema(ctx: &Context<'_>, pace: &Pace) -> Result<Schema, ProviderError> {
    let schemas = &ctx.connection.watch;
    let Some(token) = ctx.token else {
        return Err(ProviderError::Refused {
            problem: "no key is set".into(),
            next_step: "set the service role key, a connection string or an access token with `perch connect supabase`"
                .into(),
        });
    };
    let mut schema = by_token(ctx, pace, schemas, token.expose_secret()).await?;
    schema.schemas = schemas.iter().cloned().collect();
    Ok(schema)
}

/// By the way that the secret's own form names.
async fn by_token(
    ctx: &Context<'_>,
    pace: &Pace,
    schemas: &[String],
    secret: &str,
) -> Result<Schema, ProviderError> {
    if postgres::is_address(secret) {
        return postgres::read(secret, schemas).await;
    }
    if ctx.connection.base_url.is_empty() {
        return Err(ProviderError::Misconfigured {
            problem: "the token is no connection string, and `base_url` is not set".into(),
            next_step:
                "write `base_url` as the project's address, such as `https://<project>.supabase.co`"
                    .into(),
        });
    }
    if management::is_access_token(secret) {
        management::schema(ctx, pace, schemas).await
    } else {
        rest::schema(ctx, pace, schemas).await
    }
}

/// The migrations of the repository, or what stands in the way of reading them.
async fn files(
    connection: &Connection,
) -> Result<
    (
        Option<Vec<perch_core::schema::MigrationFile>>,
        Option<Hurdle>,
    ),
    ProviderError,
> {
    let Some(root) = setting(connection, "folder") else {
        return Ok((None, None));
    };
    match folder::migrations(root.to_owned()).await {
        Ok(files) => Ok((Some(files), None)),
        Err(ProviderError::Misconfigured { problem, next_step }) => Ok((
            None,
            Some(Hurdle {
                about: root.to_owned(),
                problem,
                next_step,
            }),
        )),
        Err(error) => Err(error),
    }
}

/// What of the schemas cannot be read.
fn hurdles(connection: &Connection, schema: &Schema) -> Vec<Hurdle> {
    schema
        .hidden
        .iter()
        .map(|hidden| Hurdle {
            about: connection.watch.join(", "),
            problem: format!("not everything can be read: {hidden}"),
            next_step: "give the database's user the right to read it, or leave it at that".into(),
        })
        .collect()
}
