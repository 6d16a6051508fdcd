//! A database connected by the command line and by the environment, as a user has it.

use perch_testkit::postgres::Postgres;

use crate::world::{World, wait_for};

#[test]
fn a_database_is_connected_checked_and_watched_by_command() {
    let postgres = Postgres::start();
    postgres.sql("CREATE TABLE todos (id bigint PRIMARY KEY, title text)");
    let world = World::new();
    let served = world.serve(None).expect("it starts");
    let connected = world.json_of_input(
        &["connect", "supabase", "--name", "shop"],
        &format!("{}\n", postgres.address()),
    );
    assert_eq!(
        (&connected["name"], &connected["watch"][0]),
        (&"shop".into(), &"public".into())
    );
    assert_eq!(connected["webhook_path"], "/webhooks/shop");
    let doctor = wait_for("a first look", || {
        let doctor = String::from_utf8(world.perch(&["doctor"]).stdout).expect("text");
        doctor
            .contains("it has 1 table with 2 columns in public")
            .then_some(doctor)
    });
    assert!(
        doctor.contains("`shop` is read by the database's own catalogs"),
        "{doctor}"
    );
    // What lies open is told once, when watching begins.
    let inbox = wait_for("a suggestion", || {
        let inbox = world.json(&["suggestions"])["suggestions"].clone();
        inbox
            .as_array()
            .is_some_and(|all| !all.is_empty())
            .then_some(inbox)
    });
    assert_eq!(inbox[0]["title"], "`todos` lies open to the API");
    let saved = std::fs::read_to_string(world.home().join("config.toml")).unwrap_or_default();
    assert!(!saved.contains("postgresql://"), "{saved}");
    assert!(served.quit().success());
}

#[test]
fn the_environment_alone_connects_a_project() {
    let key = ["service", "role", "key"].join("-");
    let world = World::new()
        .with("SUPABASE_URL", "http://127.0.0.1:9")
        .with("SUPABASE_SERVICE_ROLE_KEY", &key);
    let status = world.json(&["status"]);
    let connection = &status["connections"][0];
    assert_eq!(connection["name"], "environment-supabase");
    assert_eq!(connection["watch"][0], "public");
    assert_eq!(connection["secrets"]["token"], true);
    assert!(!status.to_string().contains(&key));
    let doctor = String::from_utf8(world.perch(&["doctor"]).stdout).expect("text");
    assert!(
        doctor.contains("127.0.0.1:9 could not be reached"),
        "{doctor}"
    );
}
