-- Long inboxes: what a list is narrowed and counted by stands in one index, so that no row is read for it.

ALTER TABLE suggestions ADD COLUMN event_type TEXT NOT NULL DEFAULT ''; -- of the event that led to the current version
UPDATE suggestions SET event_type = coalesce((SELECT event_type FROM background_events WHERE id = event_id), '');

DROP INDEX suggestions_by_state;
CREATE INDEX suggestions_by_state ON suggestions (user_id, state, updated_at, level, event_type, seen_at);
