//! What Perch says a statement locks, against what the real server locks when it runs.

use perch_analyse::schema::locks::hazards;
use perch_testkit::postgres::Postgres;

const STATEMENTS: &[&str] = &[
    "ALTER TABLE t ADD COLUMN x int",
    "ALTER TABLE t ADD COLUMN x int NOT NULL DEFAULT 0",
    "ALTER TABLE t DROP COLUMN b",
    "ALTER TABLE t ALTER COLUMN b TYPE bigint",
    "ALTER TABLE t ALTER COLUMN b SET NOT NULL",
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT 1",
    "ALTER TABLE t ALTER COLUMN b SET STATISTICS 100",
    "ALTER TABLE t RENAME COLUMN b TO c",
    "ALTER TABLE t RENAME TO t2",
    "ALTER TABLE t ADD CONSTRAINT k CHECK (b > 0)",
    "ALTER TABLE t ADD CONSTRAINT k CHECK (b > 0) NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES other (id)",
    "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES other (id) NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT k UNIQUE (b)",
    "ALTER TABLE t ADD UNIQUE (b)",
    "ALTER TABLE t VALIDATE CONSTRAINT later",
    "ALTER TABLE t DROP CONSTRAINT later",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE t DISABLE TRIGGER ALL",
    "ALTER TABLE parted ATTACH PARTITION part FOR VALUES FROM (0) TO (9)",
    "ALTER TABLE public.t ADD COLUMN IF NOT EXISTS x int",
    "alter table only \"t\" add column x int",
    "CREATE INDEX i ON t (b)",
    "CREATE UNIQUE INDEX i ON t USING btree (b)",
    "CREATE POLICY p ON t FOR SELECT USING (true)",
    "DROP POLICY known ON t",
    "ALTER POLICY known ON t USING (false)",
    "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION nothing()",
    "DROP TRIGGER known ON t",
    "DROP TABLE t",
    "DROP TABLE IF EXISTS t CASCADE",
    "TRUNCATE t",
    "TRUNCATE TABLE t CASCADE",
    "UPDATE t SET b = 1",
    "DELETE FROM t WHERE b = 1",
    "COMMENT ON TABLE t IS 'x'",
    "REFRESH MATERIALIZED VIEW m",
    "DROP VIEW v",
    "CLUSTER t USING t_pkey",
];

#[test]
fn every_lock_is_the_one_the_server_takes() {
    let postgres = Postgres::start();
    postgres.sql(
        "CREATE TABLE other (id int PRIMARY KEY);
         CREATE TABLE t (id int PRIMARY KEY, b int);
         ALTER TABLE t ADD CONSTRAINT later CHECK (b > 0) NOT VALID;
         CREATE POLICY known ON t USING (true);
         CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
         CREATE TRIGGER known BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION nothing();
         CREATE TABLE parted (a int) PARTITION BY RANGE (a);
         CREATE TABLE part (a int);
         CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;
         CREATE VIEW v AS SELECT 1 AS one;",
    );
    let mut wrong = Vec::new();
    for statement in STATEMENTS {
        let hazard = hazards(statement);
        let [hazard] = hazard.as_slice() else {
            wrong.push(format!("{statement}: {hazard:?}"));
            continue;
        };
        let lock = hazard.lock.expect("it locks something").as_str();
        let relation = hazard
            .relation
            .trim_start_matches("public.")
            .trim_matches('"');
        // By the relation's number: its name may change, or go.
        let taken = postgres.ask(&format!(
            "BEGIN; SELECT '{relation}'::regclass::oid AS of \\gset\n{statement};
             SELECT mode FROM pg_locks WHERE relation = :of AND pid = pg_backend_pid(); ROLLBACK;"
        ));
        let words: String = lock
            .split(' ')
            .map(|word| word[..1].to_owned() + &word[1..].to_lowercase())
            .collect();
        let strongest = taken
            .lines()
            .map(|mode| mode.trim_end_matches("Lock"))
            .max_by_key(|mode| strength(mode));
        if strongest != Some(words.as_str()) {
            wrong.push(format!(
                "{statement}: said {words}, the server takes {taken:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn strength(mode: &str) -> usize {
    [
        "AccessShare",
        "RowShare",
        "RowExclusive",
        "ShareUpdateExclusive",
        "Share",
        "ShareRowExclusive",
        "Exclusive",
        "AccessExclusive",
    ]
    .iter()
    .position(|one| *one == mode)
    .unwrap_or(0)
}

#[test]
fn what_is_rewritten_to_keep_nobody_waiting_leads_to_the_same_schema() {
    let postgres = Postgres::start();
    let shape = "SELECT conname, contype, convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 't'::regclass
                 UNION ALL SELECT attname, '', attnotnull, '' FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0
                 UNION ALL SELECT indexrelid::regclass::name, '', indisvalid, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 't'::regclass
                 ORDER BY 1, 2, 3, 4";
    let begin = "DROP TABLE IF EXISTS t, other; CREATE TABLE other (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, b int, c int)";
    for statement in [
        "ALTER TABLE t ADD CONSTRAINT k CHECK (b > 0)",
        "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES other (id) ON DELETE CASCADE",
        "ALTER TABLE t ADD CONSTRAINT k UNIQUE (b, c)",
        "ALTER TABLE t ALTER COLUMN b SET NOT NULL",
        "CREATE INDEX i ON t (b, c)",
        "CREATE UNIQUE INDEX i ON t (b) WHERE c > 0",
    ] {
        let found = hazards(statement);
        let rewrite = found[0]
            .rewrite
            .as_deref()
            .expect("it can be written otherwise");
        postgres.sql(begin);
        postgres.sql(statement);
        let plain = postgres.ask(shape);
        postgres.sql(begin);
        postgres.sql(rewrite);
        assert_eq!(postgres.ask(shape), plain, "{statement}\n{rewrite}");
    }
}

#[test]
fn what_a_migration_has_just_made_holds_up_nobody() {
    let script = "create table a (id int primary key);\ncreate index a_id on a (id);\n\
                  alter table a enable row level security;\ncreate policy p on a using (true);\n\
                  insert into a values (1);\ncreate view v as select 1; select 1";
    assert_eq!(hazards(script), []);
    let both = hazards("create table a (id int);\nalter table b drop column x;");
    assert_eq!(both.len(), 1);
    assert_eq!((both[0].line, both[0].destroys), (2, true));
}
