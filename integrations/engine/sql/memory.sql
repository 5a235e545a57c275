-- What steps wait for and remember. Each is one transaction of one run; a note's key is the run, the step and its place in
-- the loops around it, so that a run which comes again finds what it found before.

-- name: note_wait
-- The first arrival says when the wait is over. An arrival after that changes nothing.
INSERT INTO engine_note (run_id, step, iteration, tenant_id, due_at)
VALUES (%(run)s, %(step)s, %(iteration)s, %(tenant)s,
        coalesce(%(until)s::timestamptz, now() + make_interval(secs => %(seconds)s)))
ON CONFLICT (run_id, step, iteration) DO NOTHING;

-- name: read_note
-- The run hears what was called out to it. Locked, so that a decision and a deadline cannot both win.
SELECT port, due_at, extract(epoch FROM due_at - now())::float8 AS left_s, is_called FROM engine_note
WHERE run_id = %(run)s AND step = %(step)s AND iteration = %(iteration)s FOR UPDATE;

-- name: hear_note
-- Not by a worker that lost its lease: the one that has it may be about to park the run.
UPDATE engine_note SET is_called = false
WHERE run_id = %(run)s AND step = %(step)s AND iteration = %(iteration)s AND is_called
  AND EXISTS (SELECT FROM engine_run WHERE id = %(run)s AND fence = %(fence)s);

-- name: note_port
INSERT INTO engine_note (run_id, step, iteration, tenant_id, port)
VALUES (%(run)s, %(step)s, %(iteration)s, %(tenant)s, %(port)s)
ON CONFLICT (run_id, step, iteration) DO UPDATE SET port = excluded.port, is_called = false;

-- name: wake_called
-- Runs that wait, and for whom somebody has decided. Index: engine_note_called.
UPDATE engine_run r SET state = 1, due_at = now(), waits_for = NULL, waiting = '', resume = true
WHERE r.id IN (SELECT run_id FROM engine_note WHERE is_called LIMIT %(limit)s) AND r.state + 0 = 3
RETURNING r.id, r.lane;

-- name: see
-- The first run that brings a key has it until it expires. A second at the same instant waits here for the first one's
-- commit, and then changes no row.
INSERT INTO engine_seen (key, tenant_id, run_id, iteration, expires_at)
VALUES (%(key)s, %(tenant)s, %(run)s, %(iteration)s, now() + make_interval(secs => %(within_s)s))
ON CONFLICT (key) DO UPDATE SET run_id = excluded.run_id, iteration = excluded.iteration, expires_at = excluded.expires_at
WHERE engine_seen.expires_at <= now() RETURNING run_id;

-- name: forget_seen
-- Index: engine_seen_expires.
DELETE FROM engine_seen WHERE key IN (SELECT key FROM engine_seen WHERE expires_at <= now() LIMIT %(limit)s);

-- name: ask_people
INSERT INTO engine_approval (id, tenant_id, flow_id, run_id, step, iteration, title, roles, people, body, due_at)
SELECT %(id)s, %(tenant)s, %(flow)s, run_id, step, iteration, %(title)s, %(roles)s, %(people)s, %(body)s, due_at
FROM engine_note WHERE run_id = %(run)s AND step = %(step)s AND iteration = %(iteration)s
ON CONFLICT (run_id, step, iteration) DO NOTHING;

-- name: expire_question
UPDATE engine_approval SET decision = 'expired', decided_at = due_at
WHERE run_id = %(run)s AND step = %(step)s AND iteration = %(iteration)s AND decision = '';

-- name: read_decision
SELECT id, decision, decided_label, decided_at, comment FROM engine_approval
WHERE run_id = %(run)s AND step = %(step)s AND iteration = %(iteration)s;

-- name: forget_questions
-- What was asked goes with the documents of its run; who decided what, and when, stays.
UPDATE engine_approval a SET body = NULL, comment = NULL
WHERE a.body IS NOT NULL AND a.asked_at < now() - make_interval(days => %(days)s)
  AND NOT EXISTS (SELECT FROM engine_run r WHERE r.id = a.run_id AND r.state IN (1, 2, 3, 4, 6));

-- name: destroy_questions
UPDATE engine_approval SET body = NULL, comment = NULL WHERE run_id = ANY(%(ids)s::uuid[]) AND body IS NOT NULL;

-- name: drop_questions
DELETE FROM engine_approval WHERE asked_at < now() - make_interval(months => %(months)s);

-- name: collect
-- The list of a key is one row, locked until the value is in: the next run of the same list waits here.
INSERT INTO engine_collection (id, key, tenant_id, flow_id, version_id, step, count, size_bytes, due_at)
VALUES (%(id)s, %(key)s, %(tenant)s, %(flow)s, %(version)s, %(step)s, 1, %(size)s,
        now() + make_interval(secs => %(within_s)s))
ON CONFLICT (key) DO UPDATE SET count = engine_collection.count + 1, version_id = excluded.version_id,
  size_bytes = engine_collection.size_bytes + excluded.size_bytes
RETURNING id, count, size_bytes, due_at <= now();

-- name: keep_value
INSERT INTO engine_collected (collection_id, number, tenant_id, run_id, body)
VALUES (%(collection)s, %(number)s, %(tenant)s, %(run)s, %(body)s);

-- name: due_collections
-- Lists whose time is over. Index: engine_collection_due.
SELECT id, tenant_id FROM engine_collection WHERE due_at <= now() ORDER BY due_at LIMIT %(limit)s;

-- name: hold_collection
SELECT flow_id, version_id, step, count, opened_at FROM engine_collection WHERE id = %(id)s FOR UPDATE;

-- name: hold_due_collection
SELECT flow_id, version_id, step, count, opened_at FROM engine_collection WHERE id = %(id)s AND due_at <= now()
FOR UPDATE SKIP LOCKED;

-- name: collected_values
SELECT number, body FROM engine_collected WHERE collection_id = %(id)s ORDER BY number;

-- name: close_collection
DELETE FROM engine_collection WHERE id = %(id)s;
