//! Databases that refuse, stall, break off or show only half: said so, and never more than said.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;

use perch_core::schema::Part;
use perch_core::seam::provider::{Probe, Provider as _, ProviderError};
use perch_integrations::providers::supabase::PROVIDER;
use perch_testkit::postgres::Postgres;

use crate::support::{connection, look, reading};

/// The variant and the words of an error.
fn said(error: &ProviderError) -> String {
    let kind = match error {
        ProviderError::Refused { .. } => "refused",
        ProviderError::Wait { .. } => "wait",
        ProviderError::Unavailable(_) => "unavailable",
        ProviderError::Misconfigured { .. } => "misconfigured",
    };
    format!("{kind}: {error}")
}

#[tokio::test]
async fn who_is_not_let_in_hears_why() {
    let postgres = Postgres::start();
    let stranger = look(
        &connection("", &["public"]),
        &postgres.address_of("nobody_known"),
    )
    .await;
    let stranger = said(&stranger.expect_err("nobody knows them"));
    assert!(
        stranger.starts_with(
            "refused: the database refuses the connection: role \"nobody_known\" does not exist"
        ),
        "{stranger}"
    );

    let nowhere = postgres.address().replace("/postgres", "/other");
    let nowhere = said(
        &look(&connection("", &["public"]), &nowhere)
            .await
            .expect_err("no such database"),
    );
    assert!(
        nowhere.starts_with("refused:") && nowhere.contains("\"other\" does not exist"),
        "{nowhere}"
    );

    let gone = look(
        &connection("", &["public"]),
        "postgresql://a:pass-word@127.0.0.1:1/x",
    )
    .await;
    let gone = said(&gone.expect_err("nobody listens"));
    assert!(
        gone.starts_with("unavailable: the database could not be reached"),
        "{gone}"
    );
    assert!(!gone.contains("pass-word"), "{gone}");

    for (base, token, words) in [
        (
            "",
            "postgresql://a:pass-word@h:port/x",
            "the connection string cannot be used",
        ),
        ("", "a-service-role-key", "`base_url` is not set"),
        (
            "https://localhost",
            "sbp_0123456789",
            "needs the project's own address",
        ),
    ] {
        let error = look(&connection(base, &["public"]), token)
            .await
            .expect_err("it cannot work");
        let error = said(&error);
        assert!(
            error.starts_with("misconfigured:") && error.contains(words),
            "{error}"
        );
        assert!(!error.contains("pass-word"), "{error}");
    }
}

#[tokio::test]
async fn what_the_user_has_no_rights_on_is_named_and_the_rest_is_read() {
    let postgres = Postgres::start();
    postgres.sql(
        "CREATE TABLE todos (id int PRIMARY KEY);
         CREATE ROLE reader LOGIN;
         REVOKE SELECT ON pg_policy, pg_trigger FROM PUBLIC;
         CREATE SCHEMA supabase_migrations;
         CREATE TABLE supabase_migrations.schema_migrations (version text);",
    );
    let batch = look(&connection("", &["public"]), &postgres.address_of("reader"))
        .await
        .expect("half is enough");
    let problems: Vec<&str> = batch
        .standing
        .hurdles
        .iter()
        .map(|hurdle| hurdle.problem.as_str())
        .collect();
    assert_eq!(
        problems,
        [
            "not everything can be read: triggers: permission denied for table pg_trigger",
            "not everything can be read: policies: permission denied for table pg_policy",
            "not everything can be read: applied migrations: permission denied for schema supabase_migrations",
        ]
    );
    let schema = reading(batch).schema;
    assert_eq!(schema.tables.len(), 1);
    assert!(
        schema.has(Part::Constraints)
            && !schema.has(Part::Policies)
            && !schema.has(Part::Migrations)
    );
    // Nobody is told that the policies are gone when only the right to see them is.
    let all = crate::support::read(&postgres, &["public"]).await;
    assert_eq!(perch_analyse::schema::compare::compare(&all, &schema), []);
}

#[tokio::test]
async fn a_database_that_breaks_off_anywhere_is_tried_again() {
    let postgres = Postgres::start();
    postgres.sql("CREATE TABLE todos (id int PRIMARY KEY)");
    let whole = through(&postgres, usize::MAX).await.expect("it answers");
    assert_eq!(reading(whole).schema.tables.len(), 1);
    // Whatever was read, half a schema is none.
    let mut broke = 0;
    for bytes in (0..1_000_000).step_by(211) {
        match through(&postgres, bytes).await {
            Err(ProviderError::Unavailable(_)) => broke += 1,
            Err(error) => panic!("{bytes}: {error}"),
            Ok(whole) => {
                assert_eq!(reading(whole).schema.tables.len(), 1);
                break;
            }
        }
    }
    assert!(broke > 8, "it broke {broke} times");
}

/// A look through a line that breaks after so many bytes of answers.
async fn through(
    postgres: &Postgres,
    bytes: usize,
) -> Result<perch_core::seam::provider::Batch, ProviderError> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let socket = postgres.socket();
    std::thread::spawn(move || {
        let Ok((near, _)) = listener.accept() else {
            return;
        };
        let far = UnixStream::connect(socket).expect("the server listens");
        let (mut from, mut to) = (
            near.try_clone().expect("ours"),
            far.try_clone().expect("ours"),
        );
        std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        relay(far, near, bytes);
    });
    let address = format!("postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable");
    look(&connection("", &["public"]), &address).await
}

fn relay(mut far: UnixStream, mut near: TcpStream, mut left: usize) {
    let mut piece = [0; 512];
    while left > 0 {
        let length = far.read(&mut piece).unwrap_or(0).min(left);
        if length == 0 || near.write_all(&piece[..length]).is_err() {
            break;
        }
        left -= length;
    }
    let _ = near.shutdown(std::net::Shutdown::Both);
    let _ = far.shutdown(std::net::Shutdown::Both);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_soon() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let address = format!("postgresql://a@127.0.0.1:{port}/x?sslmode=disable");
    let error = look(&connection("", &["public"]), &address)
        .await
        .expect_err("nobody answers");
    assert_eq!(
        said(&error),
        "unavailable: the database took the connection and said nothing for 10 s"
    );
}

#[tokio::test]
async fn a_catalog_somebody_holds_is_given_up_soon() {
    let postgres = Postgres::start();
    postgres.sql("CREATE TABLE todos (id int PRIMARY KEY)");
    let held = postgres.hold("BEGIN; LOCK TABLE pg_catalog.pg_policy IN ACCESS EXCLUSIVE MODE");
    let error = look(&connection("", &["public"]), &postgres.address())
        .await
        .expect_err("it is held");
    drop(held);
    assert!(
        matches!(&error, ProviderError::Unavailable(problem) if problem.contains("policies")),
        "{error}"
    );
}

#[tokio::test]
async fn the_check_says_what_is_seen_and_what_is_not() {
    let postgres = Postgres::start();
    postgres.sql("CREATE TABLE todos (id int PRIMARY KEY, title text); REVOKE SELECT ON pg_trigger FROM PUBLIC; CREATE ROLE reader LOGIN");
    let connection = connection("", &["public"]);
    let token = secrecy::SecretString::from(postgres.address_of("reader"));
    let ctx = perch_core::seam::provider::Context {
        connection: &connection,
        token: Some(&token),
        cache: &perch_core::seam::http_cache::Forgetful,
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    let Probe { lines, faults } = PROVIDER.probe(&ctx).await.expect("it answers");
    insta::assert_snapshot!(format!("{}\n{}", lines.join("\n"), faults.join("\n")));
}
