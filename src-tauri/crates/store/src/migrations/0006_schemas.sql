-- The schemas of watched databases, each as it was read last.
CREATE TABLE schema_snapshots (
    user_id  TEXT NOT NULL,
    place    TEXT NOT NULL,                  -- the database's address, the same for every way to it
    number   INTEGER NOT NULL,               -- counts the readings that differed from the one before
    taken_at INTEGER NOT NULL,
    hash     TEXT NOT NULL,                  -- of the schema, to know it again without reading it
    schema   BLOB NOT NULL,                  -- core::schema::Schema as JSON, compressed
    pending  TEXT NOT NULL,                  -- the state of its migrations; empty when none waits
    PRIMARY KEY (user_id, place)
) STRICT, WITHOUT ROWID;
