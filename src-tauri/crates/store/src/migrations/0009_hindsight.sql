-- How each rule fared where a repository's past was looked back at: what would have been noise starts silent there.
CREATE TABLE hindsight (
    user_id        TEXT NOT NULL,
    repository_key TEXT NOT NULL,            -- the folder that was looked back at
    repository     TEXT NOT NULL,            -- its name for people
    forge_name     TEXT NOT NULL,            -- its name at the forge; empty when it has none
    rule           TEXT NOT NULL,
    proved         INTEGER NOT NULL,         -- how often what then happened proved it right
    told           INTEGER NOT NULL,         -- of how many that could be told by then
    looked_at      INTEGER NOT NULL,
    lifted_at      INTEGER,                  -- the user lets it speak all the same
    PRIMARY KEY (user_id, repository_key, rule)
) STRICT, WITHOUT ROWID;
