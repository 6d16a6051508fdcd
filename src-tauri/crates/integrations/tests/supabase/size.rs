//! Large schemas. Limits are generous: how fast it is, `benches/schema.rs` says.

use std::time::Duration;

use perch_analyse::schema::compare::compare;
use perch_testkit::postgres::Postgres;

use crate::support::read;

#[tokio::test]
async fn two_thousand_tables_are_taken_and_compared_in_time() {
    let postgres = Postgres::start();
    postgres.fill(2_000);
    let began = now();
    let before = read(&postgres, &["public"]).await;
    let taken = began.elapsed();
    assert_eq!(before.tables.len(), 2_000);
    postgres.sql("ALTER TABLE t7 ADD COLUMN due date");
    let after = read(&postgres, &["public"]).await;
    let began = now();
    let changes = compare(&before, &after);
    let compared = began.elapsed();
    assert_eq!(changes.len(), 1);
    println!("taken in {taken:?}, compared in {compared:?}");
    assert!(taken < Duration::from_secs(20), "taken in {taken:?}");
    assert!(
        compared < Duration::from_secs(2),
        "compared in {compared:?}"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "a limit of real time is measured in real time"
)]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
