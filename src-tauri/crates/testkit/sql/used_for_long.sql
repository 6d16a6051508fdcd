-- Fills the database of a Perch that does not run and has one suggestion: :events silent events and :suggestions open
-- suggestions like it, all told within the last months, and one with a change of 5,000 lines. For measurements.

PRAGMA foreign_keys = OFF;
BEGIN;

CREATE TEMP TABLE numbers AS
WITH RECURSIVE counting (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counting WHERE n < :events)
SELECT n FROM counting;

INSERT INTO background_events
    (id, user_id, event_type, source, event_data, event_timestamp, connection_id, dedup_key, state, verdict,
     stored_at, subject, actor, involves)
SELECT
    printf('%08x-%04x-7%03x-8000-%012x', 0x01900000 + n / 4096, n % 65536, n % 4096, n),
    like_it.user_id,
    CASE n % 4 WHEN 0 THEN 'repo.push' WHEN 1 THEN 'issue.created' WHEN 2 THEN 'repo.pr.updated' ELSE 'repo.build.completed' END,
    CASE n % 4 WHEN 1 THEN 'issue_tracker' WHEN 3 THEN 'ci_cd' ELSE 'code_repo' END,
    '{}',
    like_it.stored_at - n * 1700,
    like_it.connection_id,
    'measured/' || n,
    'silent',
    '[{"step":"gate","outcome":"silent","reason":"nothing is made of it here"}]',
    like_it.stored_at - n * 1700,
    json_object(
        'repository', 'acme/part-' || (n % 50), 'repository_key', CAST(n % 50 AS TEXT), 'key', 'thing/' || n,
        'title', 'Reader ' || (n % 1013) || ' stops after block ' || n
    ),
    'someone-' || (n % 97),
    '[]'
FROM numbers, (SELECT * FROM background_events LIMIT 1) AS like_it;

INSERT INTO event_search (rowid, text)
SELECT rowid, event_type || ' ' || (subject ->> '$.repository') || ' ' || (subject ->> '$.title') || ' ' || actor
FROM background_events WHERE dedup_key LIKE 'measured/%';

INSERT INTO suggestions
    (id, user_id, connection_id, run_id, event_id, merge_key, rule, repository, level, state, created_at, updated_at, content)
SELECT
    printf('%08x-%04x-7%03x-9000-%012x', 0x01900000 + n / 4096, n % 65536, n % 4096, n),
    like_it.user_id, like_it.connection_id, like_it.run_id, like_it.event_id,
    'measured/' || n, 'measured/rule-' || (n % 12), 'acme/part-' || (n % 50),
    CASE n % 10 WHEN 0 THEN 'urgent' WHEN 1 THEN 'silent' ELSE 'normal' END,
    'open', like_it.created_at - n * 30000, like_it.updated_at - n * 30000,
    json_set(like_it.content, '$.title', 'Reader ' || (n % 1013) || ' stops after block ' || n,
        '$.subject.repository', 'acme/part-' || (n % 50))
FROM numbers, (SELECT * FROM suggestions LIMIT 1) AS like_it
WHERE n <= :suggestions;

INSERT INTO suggestion_search (rowid, text)
SELECT rowid, (content ->> '$.title') || ' ' || repository || ' ' || rule || ' ' || (content ->> '$.why') || ' ' || (content ->> '$.body')
FROM suggestions WHERE merge_key LIKE 'measured/%';

-- The newest of them offers a new file of 5,000 lines.
INSERT INTO actions (id, suggestion_id, position, state, action)
SELECT
    '01900000-0000-7000-8000-00000000d1ff', suggestions.id, 0, 'offered',
    json_object(
        'id', '01900000-0000-7000-8000-00000000d1ff', 'kind', 'tree', 'label', 'Write the file', 'effect', 'Writes a file.',
        'reversible', json('true'), 'refused', NULL,
        'steps', json_array(json_object(
            'kind', 'apply_to_tree',
            'base', json_object('commit', '0000000000000000000000000000000000000000'),
            'patch', json_object('files', json_array(json_object(
                'path', 'src/long.rs',
                'change', json_object('kind', 'create', 'content', (
                    SELECT group_concat('    let value_' || n || ' = read(' || n || ', "block ' || n || '")?; // kept', char(10))
                    FROM numbers WHERE n <= 5000
                ))
            )))
        ))
    )
FROM suggestions WHERE merge_key = 'measured/1';

COMMIT;
