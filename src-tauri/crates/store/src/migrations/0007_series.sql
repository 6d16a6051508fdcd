-- Metrics: series that providers read, their samples, and what was concluded of them so far.

CREATE TABLE series (
    id            INTEGER PRIMARY KEY,
    user_id       TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    key           TEXT NOT NULL,             -- unique within its connection
    about         TEXT NOT NULL,             -- core::metric::Series
    last_at       INTEGER NOT NULL,          -- the newest sample
    judged_at     INTEGER NOT NULL,          -- the newest sample that was judged
    standing      TEXT NOT NULL,             -- analyse::regression::Standing
    event_key     TEXT,                      -- the dedup key of the regression under way
    UNIQUE (connection_id, key)
) STRICT;
CREATE INDEX series_to_judge ON series (user_id) WHERE judged_at < last_at;

-- Fine samples as they came; older ones one for every fifteen, coarse.
CREATE TABLE samples (
    series_id INTEGER NOT NULL,
    coarse    INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    value     REAL NOT NULL,
    PRIMARY KEY (series_id, coarse, at)
) STRICT, WITHOUT ROWID;
