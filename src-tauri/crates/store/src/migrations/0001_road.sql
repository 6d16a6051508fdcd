-- Times are milliseconds since 1970 in UTC. Ids are UUIDv7 as text. JSON columns hold core's types.

CREATE TABLE users (
    user_id      TEXT PRIMARY KEY,
    created_at   INTEGER NOT NULL,
    running      INTEGER NOT NULL,           -- whether the loop starts with the engine
    paused_until INTEGER
) STRICT;

CREATE TABLE user_profiles (
    user_id TEXT PRIMARY KEY REFERENCES users,
    profile TEXT NOT NULL                    -- core::user::Profile
) STRICT;

CREATE TABLE vibe_configs (
    user_id TEXT NOT NULL REFERENCES users,
    name    TEXT NOT NULL,
    active  INTEGER NOT NULL,
    config  TEXT NOT NULL,                   -- core::user::VibeConfig
    PRIMARY KEY (user_id, name)
) STRICT;

CREATE TABLE deliveries (
    id            TEXT PRIMARY KEY,
    user_id       TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    door          TEXT NOT NULL,             -- core::delivery::Door
    kind          TEXT NOT NULL,
    external_id   TEXT,                      -- the sender's id, the same on redelivery
    body          BLOB,                      -- deflated; gone once it has aged out
    received_at   INTEGER NOT NULL,
    baseline      INTEGER NOT NULL,          -- 1: what was there at the first look; suggests nothing
    state         TEXT NOT NULL              -- received, read
) STRICT;
CREATE UNIQUE INDEX deliveries_by_sender ON deliveries (connection_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX deliveries_waiting ON deliveries (user_id, id) WHERE state = 'received';
CREATE INDEX deliveries_by_age ON deliveries (received_at);

CREATE TABLE background_events (
    id                   TEXT PRIMARY KEY,
    user_id              TEXT NOT NULL,
    event_type           TEXT NOT NULL,
    source               TEXT NOT NULL,
    event_data           TEXT NOT NULL,      -- the payload, secrets redacted
    event_timestamp      INTEGER NOT NULL,   -- when it happened, by the far side's clock
    suggestion_generated INTEGER NOT NULL DEFAULT 0,
    suggestion_id        TEXT REFERENCES agent_runs,
    user_actioned        INTEGER NOT NULL DEFAULT 0,
    connection_id        TEXT NOT NULL,
    dedup_key            TEXT NOT NULL,
    state                TEXT NOT NULL,      -- core::event::EventState
    verdict              TEXT NOT NULL DEFAULT '[]', -- what each step decided, in order
    attempts             INTEGER NOT NULL DEFAULT 0,
    next_attempt_at      INTEGER NOT NULL DEFAULT 0,
    delivery_id          TEXT,
    stored_at            INTEGER NOT NULL,
    subject              TEXT NOT NULL,      -- core::subject::Subject
    actor                TEXT,
    involves             TEXT NOT NULL,
    UNIQUE (user_id, dedup_key)
) STRICT;
CREATE INDEX events_waiting ON background_events (user_id, next_attempt_at) WHERE state IN ('new', 'passed');
CREATE INDEX events_by_time ON background_events (user_id, stored_at);
CREATE INDEX events_by_key ON background_events (dedup_key);

CREATE VIRTUAL TABLE event_search USING fts5 (text, content = '', contentless_delete = 1, prefix = '2 3');

CREATE TABLE agent_runs (
    id                   TEXT PRIMARY KEY,
    user_id              TEXT NOT NULL,
    created_at           INTEGER NOT NULL,
    trigger              TEXT NOT NULL,      -- event, manual, schedule
    trigger_data         TEXT NOT NULL,
    assembled_prompt     TEXT NOT NULL,      -- empty without a model
    selected_atoms       TEXT NOT NULL,
    vibe_config_snapshot TEXT NOT NULL,
    agent_type           TEXT NOT NULL,      -- the analyser
    model_used           TEXT NOT NULL,      -- built-in without a model
    generated_content    TEXT NOT NULL,      -- the draft as JSON, or the suggestion's Markdown when built in
    user_feedback        TEXT,               -- approved, rejected, revised
    feedback_detail      TEXT,
    tokens_used          INTEGER NOT NULL,
    latency_ms           INTEGER NOT NULL,
    cost_usd             REAL NOT NULL,
    event_id             TEXT NOT NULL REFERENCES background_events
) STRICT;
CREATE INDEX agent_runs_by_event ON agent_runs (event_id);

CREATE TABLE suggestions (
    id            TEXT PRIMARY KEY,
    user_id       TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    run_id        TEXT NOT NULL REFERENCES agent_runs,
    event_id      TEXT NOT NULL REFERENCES background_events,
    merge_key     TEXT NOT NULL,
    rule          TEXT NOT NULL,
    repository    TEXT NOT NULL,
    level         TEXT NOT NULL,
    state         TEXT NOT NULL,             -- core::suggestion::SuggestionState
    snoozed_until INTEGER,
    seen_at       INTEGER,                   -- looked at in the panel; looking is not acting
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    content       TEXT NOT NULL              -- subject, title, why, body, points, log
) STRICT;
CREATE UNIQUE INDEX suggestions_open ON suggestions (user_id, merge_key) WHERE state IN ('open', 'snoozed');
CREATE INDEX suggestions_by_state ON suggestions (user_id, state, updated_at);
CREATE INDEX suggestions_by_event ON suggestions (event_id);

CREATE VIRTUAL TABLE suggestion_search USING fts5 (text, content = '', contentless_delete = 1, prefix = '2 3');

CREATE TABLE actions (
    id            TEXT PRIMARY KEY,
    suggestion_id TEXT NOT NULL REFERENCES suggestions,
    position      INTEGER NOT NULL,
    state         TEXT NOT NULL,             -- core::outcome::ActionState
    action        TEXT NOT NULL,             -- core::action::Action; as amended once it is claimed
    next_attempt_at INTEGER NOT NULL DEFAULT 0,
    attempts      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX actions_by_suggestion ON actions (suggestion_id, position);
CREATE INDEX actions_running ON actions (id) WHERE state IN ('running', 'undoing');

CREATE TABLE outcomes (
    action_id   TEXT PRIMARY KEY REFERENCES actions,
    steps       TEXT NOT NULL,               -- core::outcome::StepRecord, written before and after each
    error       TEXT,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;

CREATE TABLE notifications (
    id            TEXT PRIMARY KEY,
    user_id       TEXT NOT NULL,
    suggestion_id TEXT NOT NULL REFERENCES suggestions,
    notifier      TEXT NOT NULL,
    notice        TEXT NOT NULL,             -- core::seam::notifier::Notice
    state         TEXT NOT NULL,             -- waiting, sending, shown, lost, withdrawn
    due_at        INTEGER NOT NULL,
    shown_at      INTEGER,
    detail        TEXT
) STRICT;
CREATE INDEX notifications_waiting ON notifications (user_id, due_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX notifications_by_suggestion ON notifications (suggestion_id);
CREATE INDEX notifications_shown ON notifications (user_id, shown_at) WHERE shown_at IS NOT NULL;

CREATE TABLE connections (
    connection_id TEXT PRIMARY KEY,
    cursor        TEXT,                      -- the provider's own
    state         TEXT NOT NULL,             -- core::connection::ConnectionState
    next_poll_at  INTEGER NOT NULL,
    last_success  INTEGER,
    failures      INTEGER NOT NULL
) STRICT;

CREATE TABLE http_cache (
    connection_id TEXT NOT NULL,
    url           TEXT NOT NULL,
    etag          TEXT,
    last_modified TEXT,
    PRIMARY KEY (connection_id, url)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id             TEXT PRIMARY KEY,
    user_id        TEXT NOT NULL,
    connection_id  TEXT NOT NULL,
    repository     TEXT NOT NULL,
    repository_key TEXT NOT NULL,
    job            TEXT NOT NULL,            -- the command line, or workflow and job
    branch         TEXT,
    commit_sha     TEXT,
    passed         INTEGER NOT NULL,
    finished_at    INTEGER NOT NULL,
    log            TEXT,                     -- file of the gzipped log, for local runs
    rule           TEXT                      -- what explained its failure
) STRICT;
CREATE INDEX runs_by_job ON runs (user_id, repository_key, job, finished_at);
CREATE INDEX runs_by_time ON runs (user_id, finished_at);

CREATE TABLE feedback (
    suggestion_id TEXT NOT NULL REFERENCES suggestions,
    kind          TEXT NOT NULL,             -- accepted, dismissed, snoozed, undone, turned_red, merged, closed
    detail        TEXT,
    at            INTEGER NOT NULL
) STRICT;
CREATE INDEX feedback_by_suggestion ON feedback (suggestion_id);
