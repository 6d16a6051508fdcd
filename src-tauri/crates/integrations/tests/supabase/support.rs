//! A look at a database as the engine would have it.

use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::schema::{Reading, Schema};
use perch_core::seam::http_cache::Forgetful;
use perch_core::seam::provider::{Batch, Context, Provider as _, ProviderError};
use perch_integrations::providers::supabase::PROVIDER;
use perch_testkit::postgres::Postgres;
use perch_testkit::watch;
use secrecy::SecretString;

/// A connection to `base_url` that watches these schemas.
pub(crate) fn connection(base_url: &str, schemas: &[&str]) -> Connection {
    watch::connection("supabase", base_url, schemas)
}

/// One look with this token.
pub(crate) async fn look(connection: &Connection, token: &str) -> Result<Batch, ProviderError> {
    let token = SecretString::from(token);
    let ctx = Context {
        connection,
        token: Some(&token),
        cache: &Forgetful,
        now: "2026-11-25T09:00:00Z".parse::<Timestamp>().expect("a time"),
    };
    PROVIDER.poll(&ctx, None).await
}

/// What a look at a real database brings.
pub(crate) async fn read(postgres: &Postgres, schemas: &[&str]) -> Schema {
    let batch = look(&connection("", schemas), &postgres.address()).await;
    reading(batch.expect("the database answers")).schema
}

pub(crate) fn reading(batch: Batch) -> Reading {
    batch.database.expect("a database was read")
}
