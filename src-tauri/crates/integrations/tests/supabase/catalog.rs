//! What is read of a real catalog.

use perch_analyse::schema::compare::compare;
use perch_core::schema::{Kind, Name, Part};
use perch_testkit::postgres::Postgres;
use serde_json::json;

use crate::support::read;

/// A bit of everything.
const EVERYTHING: &str = r"
    CREATE TYPE mood AS ENUM ('sad', 'fine');
    CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100);
    CREATE TABLE lists (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name varchar(40) NOT NULL UNIQUE);
    CREATE TABLE todos (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        list_id uuid REFERENCES lists (id) ON DELETE CASCADE,
        done percent DEFAULT 0,
        mood mood DEFAULT 'fine',
        tags text[] NOT NULL DEFAULT '{}',
        title text NOT NULL CHECK (length(title) < 200),
        shout text GENERATED ALWAYS AS (upper(title)) STORED
    );
    COMMENT ON TABLE todos IS 'Things to do';
    COMMENT ON COLUMN todos.title IS 'What is to be done';
    CREATE INDEX todos_open ON todos (list_id, lower(title)) WHERE done < 100;
    ALTER TABLE todos ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON todos FOR SELECT TO authenticated, anon USING (auth.uid() IS NOT NULL);
    REVOKE ALL ON todos FROM anon;
    GRANT SELECT (title) ON todos TO anon;
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    CREATE TRIGGER touched BEFORE UPDATE ON todos FOR EACH ROW EXECUTE FUNCTION touch();
    CREATE VIEW open_todos WITH (security_invoker = on) AS SELECT id, title FROM todos WHERE done < 100;
    CREATE SEQUENCE tickets;
";

#[tokio::test]
async fn every_part_of_a_schema_is_read_in_order() {
    let postgres = Postgres::start();
    postgres.sql(EVERYTHING);
    let mut schema = read(&postgres, &["public"]).await;
    for table in &mut schema.tables {
        assert!(table.oid.take().is_some());
    }
    for one in &mut schema.types {
        assert!(one.oid.take().is_some());
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&json!(schema)).expect("it has JSON"));
}

#[tokio::test]
async fn strange_names_partitions_children_and_the_widest_table_are_read() {
    let postgres = Postgres::start();
    let long = "n".repeat(63);
    let wide: Vec<String> = (1..=1_600).map(|number| format!("c{number} int")).collect();
    postgres.sql(&format!(
        r#"CREATE SCHEMA "Größe ""x""";
           CREATE TABLE "Größe ""x"""."my | table" ("a.b" int, "naïve `x`" text, "select" text);
           CREATE TABLE {long} ({long} int PRIMARY KEY);
           CREATE TABLE parent (a int, b text);
           CREATE TABLE child (c int) INHERITS (parent);
           CREATE TABLE split (at date NOT NULL, v int) PARTITION BY RANGE (at);
           CREATE TABLE split_1 PARTITION OF split FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
           CREATE INDEX split_at ON split (at);
           CREATE TABLE wide ({});"#,
        wide.join(", ")
    ));
    let schema = read(&postgres, &["public", "Größe \"x\""]).await;
    let names: Vec<String> = schema
        .tables
        .iter()
        .map(|table| table.name.to_string())
        .collect();
    assert_eq!(
        names,
        [
            "Größe \"x\".my | table".to_owned(),
            "public.child".into(),
            format!("public.{long}"),
            "public.parent".into(),
            "public.split".into(),
            "public.split_1".into(),
            "public.wide".into(),
        ]
    );
    let table = |name: &str| {
        schema
            .table(&Name::new("public", name))
            .expect("it is there")
    };
    assert_eq!(table("wide").columns.len(), 1_600);
    assert_eq!(table("split").kind, Kind::Partitioned);
    assert_eq!(table("split").indexes.len(), 1);
    assert!(table("split_1").indexes.is_empty(), "it has its parent's");
    let inherited: Vec<bool> = table("child")
        .columns
        .iter()
        .map(|one| one.inherited)
        .collect();
    assert_eq!(inherited, [true, true, false]);

    // What a parent gets, its children are not told to have got.
    postgres.sql("ALTER TABLE parent ADD COLUMN d int; ALTER TABLE split ADD COLUMN w int");
    let after = read(&postgres, &["public", "Größe \"x\""]).await;
    let told: Vec<String> = compare(&schema, &after)
        .iter()
        .map(|change| change.object.clone())
        .collect();
    assert_eq!(
        told,
        ["column `public.parent.d`", "column `public.split.w`"]
    );
}

#[tokio::test]
async fn a_schema_that_is_watched_from_now_on_was_there_before() {
    let postgres = Postgres::start();
    postgres.sql("CREATE TABLE a (id int); CREATE SCHEMA ops; CREATE TABLE ops.b (id int); CREATE TYPE ops.c AS ENUM ('x')");
    let one = read(&postgres, &["public"]).await;
    postgres.sql("ALTER TABLE a ADD COLUMN due date; ALTER TABLE ops.b ADD COLUMN due date");
    let both = read(&postgres, &["public", "ops"]).await;
    for (before, after) in [(&one, &both), (&both, &one)] {
        let told: Vec<String> = compare(before, after)
            .iter()
            .map(|change| change.object.clone())
            .collect();
        assert_eq!(told, ["column `public.a.due`"]);
    }
}

#[tokio::test]
async fn what_an_extension_brings_is_its_own() {
    let postgres = Postgres::start();
    let before = read(&postgres, &["public"]).await;
    postgres.sql("CREATE EXTENSION citext; CREATE EXTENSION pg_trgm");
    let after = read(&postgres, &["public"]).await;
    let told: Vec<String> = compare(&before, &after)
        .iter()
        .map(|change| change.object.clone())
        .collect();
    assert_eq!(told, ["extension `citext`", "extension `pg_trgm`"]);
}

#[tokio::test]
async fn a_restored_database_has_not_changed_though_every_number_has() {
    let postgres = Postgres::start();
    postgres.sql(EVERYTHING);
    let before = read(&postgres, &["public"]).await;
    postgres.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO anon, authenticated");
    postgres.sql(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated",
    );
    postgres.sql(EVERYTHING);
    let after = read(&postgres, &["public"]).await;
    assert_ne!(before, after, "the numbers are others");
    assert_eq!(compare(&before, &after), []);
}

#[tokio::test]
async fn the_secret_of_a_webhook_trigger_is_not_kept() {
    let postgres = Postgres::start();
    let secret = [
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
        "eyJyb2xlIjoic2VydmljZV9yb2xlIn0",
        "c2lnbmF0dXJlc2lnbmF0dXJl",
    ]
    .join(".");
    postgres.sql(&format!(
        "CREATE TABLE todos (id int);
         CREATE FUNCTION send() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
         CREATE TRIGGER hook AFTER INSERT ON todos FOR EACH ROW EXECUTE FUNCTION send('https://x.example', 'POST', '{{\"Authorization\":\"Bearer {secret}\"}}')"
    ));
    let schema = read(&postgres, &["public"]).await;
    let said = json!(schema).to_string();
    assert!(said.contains("CREATE TRIGGER hook"));
    assert!(!said.contains(&secret), "{said}");
    assert!(schema.has(Part::Triggers));
}
