-- What time brings: dead letters expire, orders to replay go on, schedules fire.

-- name: find_expired
-- Dead letters past their time. Index: engine_run_failed.
SELECT id, tenant_id FROM engine_run WHERE state = 6 AND NOT held AND expires_at <= now() ORDER BY id LIMIT %(limit)s;

-- name: expire
UPDATE engine_run SET state = 8, finished_at = now() WHERE id = ANY(%(ids)s::uuid[]) AND state = 6 AND NOT held
  AND expires_at <= now() RETURNING id;

-- name: destroy_documents
DELETE FROM engine_document WHERE run_id = ANY(%(ids)s::uuid[]);

-- name: destroy_exchanges
UPDATE engine_attempt SET exchange = NULL WHERE run_id = ANY(%(ids)s::uuid[]) AND exchange IS NOT NULL;

-- name: forget_keys
DELETE FROM engine_idempotency WHERE created_at < now() - make_interval(days => %(days)s);

-- name: abandoned_uploads
DELETE FROM engine_batch WHERE state = 'receiving' AND received_at < now() - interval '1 day';

-- name: drop_chunks
-- The file of a batch whose runs exist is kept for the same time as their documents.
DELETE FROM engine_batchchunk WHERE batch_id IN (
  SELECT id FROM engine_batch WHERE state IN ('split', 'rejected') AND finished_at < now() - make_interval(days => %(days)s));

-- name: find_replays
SELECT id, tenant_id FROM engine_replay WHERE state = 'running' ORDER BY id LIMIT 20;

-- name: hold_replay
SELECT tenant_id, chosen, from_start, current_version, pace_per_s, cursor, released,
       extract(epoch FROM now() - created_at)::float8
FROM engine_replay WHERE id = %(id)s AND state = 'running' FOR UPDATE SKIP LOCKED;

-- name: release_dead
-- The next dead letters that an order names, oldest first, ready again. The ledger of finished steps stays; with
-- from_start, calls to idempotent destinations are made again, with their old keys. Index: engine_run_failed.
WITH chosen AS (
  SELECT r.id, CASE WHEN %(current)s THEN f.current_version_id ELSE r.version_id END AS version_id
  FROM engine_run r JOIN flows_flow f ON f.id = r.flow_id AND f.tenant_id = r.tenant_id
  WHERE r.tenant_id = %(tenant)s AND r.state = 6 AND (r.held OR r.expires_at > now())
    AND (%(after)s::uuid IS NULL OR r.id > %(after)s) AND r.id <= %(until)s
    AND (%(ids)s::uuid[] IS NULL OR r.id = ANY(%(ids)s))
    AND (%(flow)s::uuid IS NULL OR r.flow_id = %(flow)s)
    AND (%(code)s::text IS NULL OR r.error_code = %(code)s)
    AND (%(step)s::text IS NULL OR r.error_step = %(step)s)
    AND (%(destination)s::uuid IS NULL OR r.error_destination = %(destination)s)
  ORDER BY r.id LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED)
UPDATE engine_run r
SET state = 1, lane = 3, due_at = now(), finished_at = NULL, expires_at = NULL, resume = true, replay_id = %(replay)s,
    crash_count = 0, version_id = chosen.version_id,
    ledger_from = CASE WHEN %(from_start)s THEN (r.fence + 1) * 10000 ELSE r.ledger_from END,
    walked = CASE WHEN %(from_start)s OR %(current)s THEN 0 ELSE r.walked END
FROM chosen WHERE r.id = chosen.id RETURNING r.id, r.lane;

-- name: note_replay
UPDATE engine_replay SET released = released + %(released)s, cursor = coalesce(%(cursor)s, cursor),
  state = CASE WHEN %(done)s THEN 'done' ELSE state END,
  finished_at = CASE WHEN %(done)s THEN now() ELSE finished_at END
WHERE id = %(id)s;

-- name: scheduled_flows
SELECT tenant_id, flow_id, version_id FROM flows_scheduled();

-- name: known_schedules
SELECT flow_id, version_id, next_at FROM engine_schedule;

-- name: plan_schedule
INSERT INTO engine_schedule (flow_id, tenant_id, version_id, step_key, next_at)
VALUES (%(flow)s, %(tenant)s, %(version)s, %(step)s, %(next)s)
ON CONFLICT (flow_id) DO UPDATE SET version_id = excluded.version_id, step_key = excluded.step_key, next_at = excluded.next_at;

-- name: postpone_schedule
-- A flow that cannot start is tried again in a minute: those that are due behind it must not wait.
UPDATE engine_schedule SET next_at = now() + interval '1 minute' WHERE flow_id = %(flow)s;

-- name: drop_schedules
DELETE FROM engine_schedule WHERE NOT (flow_id = ANY(%(flows)s::uuid[]));

-- name: due_schedules
SELECT flow_id, tenant_id, version_id, step_key, next_at FROM engine_schedule WHERE next_at <= now()
ORDER BY next_at LIMIT 100 FOR UPDATE SKIP LOCKED;
