-- How long runs took and what they had around them.
ALTER TABLE runs ADD COLUMN seconds REAL;
ALTER TABLE runs ADD COLUMN environment TEXT NOT NULL DEFAULT 'null'; -- core::run::Environment, of runs on this machine

-- When the dependencies of a repository were looked up last.
CREATE TABLE surveys (
    user_id        TEXT NOT NULL,
    connection_id  TEXT NOT NULL,
    repository_key TEXT NOT NULL,
    surveyed_at    INTEGER NOT NULL,
    first_seen     TEXT NOT NULL,            -- releases whose age nobody tells: when each was seen first
    PRIMARY KEY (user_id, connection_id, repository_key)
) STRICT, WITHOUT ROWID;
