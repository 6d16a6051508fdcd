-- What polls noticed beside events: quota, the token's end, hurdles. core::connection::Standing
ALTER TABLE connections ADD COLUMN standing TEXT NOT NULL DEFAULT '{}';

-- Webhooks Perch made at a forge because its user asked for them, so that it takes those away and no others.
CREATE TABLE webhooks (
    connection_id TEXT NOT NULL,
    repository    TEXT NOT NULL,
    webhook_id    TEXT NOT NULL,             -- its id at the forge
    url           TEXT NOT NULL,
    signs_with    TEXT NOT NULL,             -- the name of the secret: webhook_secret, webhook_secret_next
    made_at       INTEGER NOT NULL,
    PRIMARY KEY (connection_id, repository, webhook_id)
) STRICT, WITHOUT ROWID;
