-- Webhooks that Perch made at a forge, so that it changes and removes no others.
CREATE TABLE hooks (
    connection_id TEXT NOT NULL,
    repository    TEXT NOT NULL,
    hook          TEXT NOT NULL,   -- the address it was given, or `cli:` and its id
    PRIMARY KEY (connection_id, repository, hook)
) STRICT, WITHOUT ROWID;
