//! How long it takes to read the schema of a real database with 2,000 tables, and to compare it with the one before.
//!
//! It fails over 2 s and 200 ms.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use perch_analyse::schema::compare::compare;
use perch_core::connection::Connection;
use perch_core::id::{ConnectionId, UserId};
use perch_core::schema::Schema;
use perch_core::seam::http_cache::Forgetful;
use perch_core::seam::provider::{Context, Provider as _};
use perch_integrations::providers::supabase::PROVIDER;
use perch_testkit::postgres::Postgres;
use secrecy::SecretString;

/// Looks at each, of which the median counts.
const LOOKS: usize = 5;

const TABLES: usize = 2_000;

#[expect(clippy::disallowed_methods, reason = "measuring reads the clock")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let done = work();
    (done, began.elapsed())
}

#[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
fn main() {
    let postgres = Postgres::start();
    postgres.fill(TABLES);
    let runtime = tokio::runtime::Runtime::new().expect("threads can be had");
    let connection = Connection {
        watch: vec!["public".into()],
        ..Connection::new(ConnectionId::new("db"), UserId::new("ada"), "supabase", "")
    };
    let token = SecretString::from(postgres.address());
    let read = || -> Schema {
        let ctx = Context {
            connection: &connection,
            token: Some(&token),
            cache: &Forgetful,
            now: Timestamp::UNIX_EPOCH,
        };
        let batch = runtime.block_on(PROVIDER.poll(&ctx, None));
        batch
            .expect("it answers")
            .database
            .expect("a schema")
            .schema
    };
    let before = read();
    postgres.sql("ALTER TABLE t7 ADD COLUMN due date");
    let mut taken = Vec::new();
    let mut compared = Vec::new();
    for _ in 0..LOOKS {
        let (after, time) = timed(read);
        taken.push(time);
        let (changes, time) = timed(|| compare(&before, &after));
        assert_eq!(changes.len(), 1);
        compared.push(time);
    }
    let (taken, compared) = (median(taken), median(compared));
    println!("{TABLES} tables: taken in {taken:.0?}, compared in {compared:.1?}");
    assert!(taken < Duration::from_secs(2), "taken in {taken:?}");
    assert!(
        compared < Duration::from_millis(200),
        "compared in {compared:?}"
    );
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
