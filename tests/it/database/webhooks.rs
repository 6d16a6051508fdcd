//! A row of a real table whose trigger posts what Supabase's own expression makes of it, from within the database.

use std::sync::Arc;

use jiff::Timestamp;
use perch_ingress::{Door, Doors, Kind, Listener};
use perch_integrations::providers::ALL;
use tokio::sync::{oneshot, watch};

use super::house::House;

fn now() -> Timestamp {
    "2026-11-25T09:00:30Z".parse().expect("a time")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_a_trigger_posts_is_an_incident_once() {
    let house = House::open(&[
        ("meanings", "incidents=incident.opened"),
        ("webhook_header", "x-hook-secret"),
    ])
    .await;
    let setup = house.engine.setup();
    let connection = setup
        .connections
        .iter()
        .find(|one| one.provider == "supabase")
        .expect("it is watched")
        .clone();
    let provider = ALL.iter().find(|one| one.id() == "supabase");
    let secret = ["shared", "secret"].join("-");
    let doors: Doors = Arc::new(vec![Door {
        connection,
        webhook: provider
            .and_then(|one| one.webhook())
            .expect("it sends webhooks"),
        secrets: vec![secret.clone().into()],
    }]);
    let (_doors, open) = watch::channel(doors);
    let log = Arc::new(house.engine.delivery_log(now));
    let any_port = "127.0.0.1:0".parse().expect("an address");
    let listener =
        Listener::bind(any_port, Kind::Local, open, log, now, house.engine.woken()).expect("bound");
    let address = listener.address();
    let (_stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(listener.run(async move {
        let _ = stopped.await;
    }));
    // pg_net's own queue is no part of PostgreSQL; curl sends the very bytes.
    house.postgres.sql(&format!(
        "CREATE TABLE incidents (id int PRIMARY KEY, title text, severity text);
         CREATE TABLE orders (id int PRIMARY KEY);
         CREATE FUNCTION send() RETURNS trigger LANGUAGE plpgsql AS $$
         DECLARE payload jsonb;
         BEGIN
             payload = jsonb_build_object('old_record', OLD, 'record', NEW, 'type', TG_OP, 'table', TG_TABLE_NAME, 'schema', TG_TABLE_SCHEMA);
             EXECUTE format('COPY (SELECT %L) TO PROGRAM %L (FORMAT csv, QUOTE E''\\x01'', DELIMITER E''\\x02'')', payload::text,
                 'curl -sS -m 5 -o /dev/null -H \"content-type: application/json\" -H \"x-hook-secret: {secret}\" --data-binary @- http://{address}/webhooks/supabase');
             RETURN NULL;
         END $$;
         CREATE TRIGGER hook AFTER INSERT OR UPDATE OR DELETE ON incidents FOR EACH ROW EXECUTE FUNCTION send();
         CREATE TRIGGER hook AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION send();"
    ));
    house.postgres.sql("INSERT INTO incidents VALUES (7, 'API \"down\" since 9', 'high'); INSERT INTO orders VALUES (1)");
    house
        .postgres
        .sql("UPDATE incidents SET severity = 'low'; DELETE FROM incidents");
    let mut house = house;
    house.round().await;
    let events: Vec<_> = house
        .events()
        .await
        .into_iter()
        .filter(|row| !row.event.event_type.as_str().starts_with("supabase."))
        .collect();
    let [row] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(row.event.event_type.as_str(), "incident.opened");
    assert_eq!(row.event.subject.title, "API \"down\" since 9");
    assert_eq!(row.event.data["record"]["severity"], "high");
}
