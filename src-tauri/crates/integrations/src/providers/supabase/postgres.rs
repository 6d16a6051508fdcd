//! The schema by a connection to the database itself: one read-only transaction, so that everything is of one moment.
//!
//! Nothing is ever written, each query may take ten seconds, and what the user has no rights on is named instead of
//! ending the reading.

use std::time::Duration;

use perch_core::schema::{Part, Schema};
use perch_core::seam::provider::ProviderError;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::catalog::{Collected, Query, queries};
use crate::http;

/// How long a connection may take to stand, with all that is said before the first query.
const CONNECT: Duration = Duration::from_secs(10);

/// How long the whole reading may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is said before the first query.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
    SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '2s'; SET LOCAL search_path TO pg_catalog";

/// True for a secret that is an address of a database.
pub(super) fn is_address(secret: &str) -> bool {
    secret.starts_with("postgres://") || secret.starts_with("postgresql://")
}

/// Checks an address of a database, and asks for TLS wherever it leaves this machine. The problem never holds the address.
pub(super) fn config(address: &str) -> Result<Config, String> {
    // Certificates are always verified here, which is what these two ask for.
    let address = address
        .replace("sslmode=verify-full", "sslmode=require")
        .replace("sslmode=verify-ca", "sslmode=require");
    let mut config: Config = address
        .parse()
        .map_err(|error: Error| format!("it is no address of a database: {}", said(&error)))?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err("it names no host".into());
    }
    let near = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    if !near {
        config.ssl_mode(SslMode::Require);
    }
    config.connect_timeout(CONNECT).application_name("perch");
    Ok(config)
}

/// Reads the schema of `schemas`.
pub(super) async fn read(address: &str, schemas: &[String]) -> Result<Schema, ProviderError> {
    let config = config(address).map_err(|problem| ProviderError::Misconfigured {
        problem: format!("the connection string cannot be used: {problem}"),
        next_step: "copy it from the project's page under `Connect`, and set it with `perch connect supabase`"
            .into(),
    })?;
    tokio::time::timeout(PATIENCE, read_by(&config, schemas))
        .await
        .unwrap_or_else(|_| {
            Err(ProviderError::Unavailable(format!(
                "the database did not answer within {} s",
                PATIENCE.as_secs()
            )))
        })
}

async fn read_by(config: &Config, schemas: &[String]) -> Result<Schema, ProviderError> {
    let tls = http::tls_for_databases().map_err(ProviderError::Unavailable)?;
    let stands = tokio::time::timeout(CONNECT, config.connect(MakeRustlsConnect::new(tls))).await;
    let (client, connection) = match stands {
        Ok(Ok(stands)) => stands,
        Ok(Err(error)) => return Err(refused(&error)),
        Err(_) => {
            return Err(ProviderError::Unavailable(format!(
                "the database took the connection and said nothing for {} s",
                CONNECT.as_secs()
            )));
        }
    };
    let driver = tokio::spawn(connection);
    let read = transaction(&client, schemas).await;
    drop(client);
    driver.abort();
    read
}

async fn transaction(client: &Client, schemas: &[String]) -> Result<Schema, ProviderError> {
    client
        .batch_execute(BEGIN)
        .await
        .map_err(|error| broken("beginning to read", &error))?;
    let mut collected = Collected::default();
    for query in queries(schemas) {
        client
            .batch_execute("SAVEPOINT part")
            .await
            .map_err(|error| broken(query.about, &error))?;
        match lines(client, &query).await {
            Ok(lines) => collected.add(query.part, &lines).map_err(|error| {
                ProviderError::Unavailable(format!(
                    "the database's {} cannot be read: {error}",
                    query.about
                ))
            })?,
            Err(error) => {
                let state = error.code().cloned();
                client
                    .batch_execute("ROLLBACK TO SAVEPOINT part")
                    .await
                    .map_err(|_| broken(query.about, &error))?;
                match state {
                    // Without the table nothing was applied by it yet.
                    Some(SqlState::UNDEFINED_TABLE | SqlState::INVALID_SCHEMA_NAME)
                        if query.part == Part::Migrations =>
                    {
                        let _ = collected.add(Part::Migrations, &[]);
                    }
                    Some(SqlState::INSUFFICIENT_PRIVILEGE) => {
                        collected.hide(query.about, &said(&error));
                    }
                    _ => return Err(broken(query.about, &error)),
                }
            }
        }
        if query.part == Part::Names && !collected.has(Part::Names) {
            return Err(ProviderError::Refused {
                problem: "the database's user may not see which tables there are".into(),
                next_step: "give the connection string of a user that may read `pg_class`".into(),
            });
        }
    }
    let _ = client.batch_execute("ROLLBACK").await;
    Ok(collected.finish())
}

async fn lines(client: &Client, query: &Query) -> Result<Vec<String>, Error> {
    // Poolers between here and the database know no prepared statements.
    let answers = client.simple_query(&query.sql).await?;
    let lines = answers.iter().filter_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => Some(row.get(0)?.to_owned()),
        _ => None,
    });
    Ok(lines.collect())
}

/// Why no connection stands, as the road treats it.
fn refused(error: &Error) -> ProviderError {
    let problem = said(error);
    match error.code() {
        Some(
            &SqlState::INVALID_PASSWORD
            | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION
            | &SqlState::INVALID_CATALOG_NAME
            | &SqlState::INSUFFICIENT_PRIVILEGE,
        ) => ProviderError::Refused {
            problem: format!("the database refuses the connection: {problem}"),
            next_step: "set the right connection string with `perch connect supabase`".into(),
        },
        _ if problem.contains("certificate") => ProviderError::Refused {
            problem: format!("the database cannot be believed: {problem}"),
            next_step: "download the certificate from the project's database settings and name it in `ca_file`"
                .into(),
        },
        _ => ProviderError::Unavailable(format!("the database could not be reached: {problem}")),
    }
}

/// Why reading `about` ended.
fn broken(about: &str, error: &Error) -> ProviderError {
    ProviderError::Unavailable(if error.code() == Some(&SqlState::QUERY_CANCELED) {
        format!("reading the {about} took longer than 10 s and was given up")
    } else if error.is_closed() || error.code().is_none() {
        format!("the database ended the connection while the {about} were read")
    } else {
        format!("reading the {about} failed: {}", said(error))
    })
}

/// An error with its causes; none of them holds a password.
fn said(error: &Error) -> String {
    if let Some(told) = error.as_db_error() {
        return told.message().to_owned();
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(one) = cause {
        text = format!("{text}: {one}");
        cause = one.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_this_machine_is_encrypted() {
        for (address, mode) in [
            (
                "postgres://a@db.x.supabase.co/postgres?sslmode=disable",
                SslMode::Require,
            ),
            ("postgres://a@db.x.supabase.co/postgres", SslMode::Require),
            (
                "postgres://a@db.x.supabase.co/postgres?sslmode=verify-full",
                SslMode::Require,
            ),
            ("postgres://a@localhost/postgres", SslMode::Prefer),
            ("postgres://a@%2Ftmp%2Fsocket/postgres", SslMode::Prefer),
        ] {
            assert_eq!(
                config(address).expect("sound").get_ssl_mode(),
                mode,
                "{address}"
            );
        }
        for address in ["postgres://", "postgres://a@h:port/x", "postgres:///x"] {
            assert!(config(address).is_err(), "{address}");
        }
    }
}
