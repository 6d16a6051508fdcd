-- Models: what calls cost, which suggestions wait for a model's words, answers that need not be asked for again, and
-- what prompt atoms are worth.

ALTER TABLE agent_runs ADD COLUMN suggestion_id TEXT;              -- the suggestion it is a version of
ALTER TABLE agent_runs ADD COLUMN sent TEXT NOT NULL DEFAULT '{}'; -- core::draft::Sent
CREATE INDEX agent_runs_by_suggestion ON agent_runs (suggestion_id) WHERE suggestion_id IS NOT NULL;

CREATE TABLE model_calls (
    id            INTEGER PRIMARY KEY,
    at            INTEGER NOT NULL,
    user_id       TEXT NOT NULL,
    suggestion_id TEXT NOT NULL,
    model         TEXT NOT NULL,
    state         TEXT NOT NULL,             -- begun, done; until it is done the cost is the most it can be
    tokens        INTEGER NOT NULL,
    cost_usd      REAL NOT NULL
) STRICT;
CREATE INDEX model_calls_by_time ON model_calls (at, cost_usd);
CREATE INDEX model_calls_by_suggestion ON model_calls (suggestion_id, cost_usd);

CREATE TABLE writings (
    suggestion_id   TEXT PRIMARY KEY,
    user_id         TEXT NOT NULL,
    run_id          TEXT NOT NULL,           -- the version that is to be written anew
    brief           TEXT NOT NULL,           -- core::draft::Brief
    instruction     TEXT,                    -- what the user asked for, when they asked
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER                  -- absent once it waits no longer; the brief is kept for revisions
) STRICT;
CREATE INDEX writings_due ON writings (user_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;

CREATE TABLE model_answers (
    user_id TEXT NOT NULL,
    hash    TEXT NOT NULL,                   -- of model and prompt
    answer  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (user_id, hash)
) STRICT;
CREATE INDEX model_answers_by_age ON model_answers (at);

CREATE TABLE prompt_atoms (
    user_id  TEXT NOT NULL,
    id       TEXT NOT NULL,
    atom     TEXT,                           -- core::atom::Atom; absent for one that ships with Perch
    accepted INTEGER NOT NULL DEFAULT 0,     -- suggestions it shaped that were taken
    rejected INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, id)
) STRICT;
