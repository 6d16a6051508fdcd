//! The schema by the management API: the same queries as over a connection, run by Supabase as a user that only reads.
//!
//! Source: Supabase's management API, `POST /v1/projects/{ref}/database/query/read-only`.

use http::{Method, StatusCode};
use perch_core::schema::{Part, Schema};
use perch_core::seam::provider::{Context, ProviderError};
use serde::Deserialize;
use serde_json::json;

use super::catalog::{Collected, Query, queries};
use crate::http::Request;
use crate::http::address;
use crate::http::rest::{Dialect, Pace, Rest, read};

/// How the management API is spoken to; it is given whole addresses.
static DIALECT: Dialect = Dialect {
    name: "Supabase's management API",
    id: "supabase",
    root: |base_url| base_url.to_owned(),
    json: "application/json",
    raw: "application/json",
    between_writes: std::time::Duration::ZERO,
    hourly: None,
    pairs: false,
    denies: false,
    headers: &[],
};

/// Where it is asked unless the connection says otherwise.
const HOME: &str = "https://api.supabase.com";

#[derive(Deserialize)]
struct Row {
    line: String,
}

/// True for a secret that is an access token of an account.
pub(super) fn is_access_token(secret: &str) -> bool {
    secret.starts_with("sbp_")
}

/// Reads the schema of `schemas`.
pub(super) async fn schema(
    ctx: &Context<'_>,
    pace: &Pace,
    schemas: &[String],
) -> Result<Schema, ProviderError> {
    let mut home = ctx.connection.clone();
    let project = project(&home.base_url).ok_or_else(|| ProviderError::Misconfigured {
        problem: "an access token needs the project's own address to know which project is meant"
            .into(),
        next_step: "write `base_url` as `https://<project>.supabase.co`".into(),
    })?;
    home.base_url = home
        .settings
        .get("management_url")
        .and_then(|url| url.as_str())
        .unwrap_or(HOME)
        .to_owned();
    let ctx = Context {
        connection: &home,
        token: ctx.token,
        cache: ctx.cache,
        now: ctx.now,
    };
    let api = Rest::new(&ctx, &DIALECT, pace);
    let url = api.url(&format!(
        "/v1/projects/{}/database/query/read-only",
        address::part(&project)
    ));
    let mut collected = Collected::default();
    for query in queries(schemas) {
        let answer = {
            let mut request = Request::new(Method::POST, &url);
            request.body = Some(json!({ "query": one_answer(&query) }).into());
            api.send(request).await?
        };
        match answer.status {
            status if status.is_success() => {
                let rows: Vec<Row> = read(&answer)?;
                let lines: Vec<String> = rows.into_iter().map(|row| row.line).collect();
                collected.add(query.part, &lines).map_err(|error| {
                    ProviderError::Unavailable(format!(
                        "the database's {} cannot be read: {error}",
                        query.about
                    ))
                })?;
            }
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
                return Err(ProviderError::Refused {
                    problem: format!("the access token does not reach project `{project}`"),
                    next_step: "make one as a member of its organization and set it with `perch connect supabase`"
                        .into(),
                });
            }
            _ if query.part == Part::Migrations && answer.message().contains("does not exist") => {
                let _ = collected.add(Part::Migrations, &[]);
            }
            _ if answer.message().contains("permission denied") => {
                collected.hide(query.about, &answer.message());
            }
            status => {
                return Err(ProviderError::Unavailable(format!(
                    "reading the {} failed with {status}: {}",
                    query.about,
                    answer.message()
                )));
            }
        }
    }
    Ok(collected.finish())
}

/// The query with every name it gives qualified; of several statements the API answers with the last one's rows.
fn one_answer(query: &Query) -> String {
    format!("SET search_path TO pg_catalog; {}", query.sql)
}

/// The project's reference in `https://<project>.supabase.co`.
fn project(base_url: &str) -> Option<String> {
    let host = base_url.split_once("://")?.1.split(['/', ':']).next()?;
    let (project, rest) = host.split_once('.')?;
    let plain = project.chars().all(|c| c.is_ascii_alphanumeric());
    (plain && !project.is_empty() && rest.contains('.')).then(|| project.to_owned())
}

#[cfg(test)]
mod tests {
    use super::project;

    #[test]
    fn a_project_is_known_by_its_address() {
        assert_eq!(
            project("https://abcdefghij.supabase.co").as_deref(),
            Some("abcdefghij")
        );
        assert_eq!(project("https://localhost:54321"), None);
        assert_eq!(project("https://example.com"), None);
    }
}
