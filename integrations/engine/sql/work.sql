-- Statements of the worker: claim, record, finish.
-- `state + 0` where runs are named by id: PostgreSQL must not see that the partial index engine_run_due would fit. It
-- would walk all that is due, which is the whole backlog, to find the few that are named.

-- name: claim
-- Lease the named runs that are still ready, and give them with their inputs. A second announcement of the same run
-- changes no row. A run with an ordering key is leased only at the head of its key. The transaction names the tenants of
-- what it claimed before it reads a document. Index: engine_run primary key, engine_run_order, engine_document primary key.
WITH claimed AS (
  UPDATE engine_run r
  SET state = 2, fence = r.fence + 1, lease_id = %(lease)s, due_at = now() + make_interval(secs => %(lease_s)s),
      waiting = ''
  WHERE r.id = ANY(%(ids)s::uuid[]) AND r.state + 0 = 1 AND r.due_at <= now()
    AND (r.ordering_key IS NULL OR NOT EXISTS (
      SELECT FROM engine_run o
      WHERE o.ordering_key = r.ordering_key AND o.id < r.id AND o.tenant_id = r.tenant_id
        AND o.state IN (1, 2, 3, 4, 6) AND (o.state <> 6 OR NOT o.skip_dead)))
  RETURNING r.id, r.tenant_id, r.flow_id, r.version_id, r.fence, r.mode, r.lane, r.origin, r.resume, r.ledger_from,
            r.input_kind, r.reply_to, r.ordering_key, r.crash_count, r.batch_id, r.parked_us, r.accepted_at,
            r.cancel_asked, r.walked),
named AS MATERIALIZED (
  SELECT set_config('sevenm.tenants', coalesce((SELECT array_agg(DISTINCT tenant_id) FROM claimed)::text, '{}'), true)
         AS tenants)
SELECT claimed.*, input.body
FROM claimed CROSS JOIN named LEFT JOIN LATERAL (
  SELECT d.body FROM engine_document d
  WHERE d.run_id = claimed.id AND d.kind = claimed.input_kind AND named.tenants IS NOT NULL OFFSET 0) AS input ON true;

-- name: read_ledger
-- What finished before, for runs that are taken up again. Index: engine_attempt primary key.
SELECT run_id, ordinal, step, iteration, number, outcome, exchange FROM engine_attempt WHERE run_id = ANY(%(ids)s::uuid[]) ORDER BY run_id, ordinal;

-- name: find_ready
-- Ready runs that nobody was told of, or whose announcement was lost; tenants in turn, a bounded number of each.
-- Those that wait behind another of their ordering key are left out: thousands behind a dead head would fill every
-- search, and nobody else would be found. Index: engine_run_due, engine_run_order.
SELECT id, lane FROM (
  SELECT id, lane, row_number() OVER (PARTITION BY tenant_id, lane ORDER BY due_at) AS turn
  FROM (SELECT r.id, r.lane, r.tenant_id, r.due_at FROM engine_run r
        WHERE r.state IN (1, 2, 3) AND r.state = 1 AND r.due_at <= now() - make_interval(secs => %(grace_s)s)
          AND (r.ordering_key IS NULL OR NOT EXISTS (
            SELECT FROM engine_run o
            WHERE o.ordering_key = r.ordering_key AND o.id < r.id AND o.tenant_id = r.tenant_id
              AND o.state IN (1, 2, 3, 4, 6) AND (o.state <> 6 OR NOT o.skip_dead)))
        ORDER BY r.due_at LIMIT 5000) AS oldest
) AS ready ORDER BY turn LIMIT %(limit)s;

-- name: find_next_in_order
SELECT DISTINCT ON (ordering_key) id, lane FROM engine_run
WHERE ordering_key = ANY(%(keys)s::bigint[]) AND state IN (1, 2, 3, 4, 6) AND (state <> 6 OR NOT skip_dead)
ORDER BY ordering_key, id;

-- name: find_lost
-- Leases that ran out. Index: engine_run_due.
SELECT id, tenant_id, version_id, fence, crash_count FROM engine_run
WHERE state IN (1, 2, 3) AND state = 2 AND due_at < now() ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED;

-- name: return_lost
UPDATE engine_run r
SET state = 1, crash_count = r.crash_count + 1, resume = true, lease_id = NULL, due_at = now()
FROM unnest(%(ids)s::uuid[], %(fences)s::integer[]) AS u (id, fence)
WHERE r.id = u.id AND r.id = ANY(%(ids)s::uuid[]) AND r.fence = u.fence AND r.state + 0 = 2 RETURNING r.id, r.lane;

-- name: wake_due
-- Waits that are over: ready again.
WITH due AS (
  SELECT id FROM engine_run WHERE state IN (1, 2, 3) AND state = 3 AND due_at <= now()
  ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE engine_run r SET state = 1, due_at = now(), waits_for = NULL, waiting = '', resume = true
FROM due WHERE r.id = due.id AND r.id IN (SELECT id FROM due) RETURNING r.id, r.lane;

-- name: renew_leases
UPDATE engine_run SET due_at = now() + make_interval(secs => %(lease_s)s)
WHERE id = ANY(%(ids)s::uuid[]) AND state + 0 = 2 AND lease_id = %(lease)s RETURNING id, cancel_asked;

-- name: hand_back
-- Graceful stop: unstarted leases go back without counting as a crash.
UPDATE engine_run SET state = 1, lease_id = NULL, due_at = now(), resume = true
WHERE id = ANY(%(ids)s::uuid[]) AND state + 0 = 2 AND lease_id = %(lease)s;

-- The ledger writes a group in one statement, and so in one transaction: `settle_start`, the parts that the group needs,
-- and an end that names the runs whose rows were ours to write. A worker that lost its lease changes nothing: every part
-- joins the run by fence and lease.

-- name: settle_start
WITH named AS MATERIALIZED (SELECT set_config('sevenm.tenants', %(named)s, true) AS tenants)

-- name: settle_attempts
recorded AS (
  INSERT INTO engine_attempt (run_id, ordinal, tenant_id, flow_id, step, iteration, number, outcome, status, destination,
                              connector, operation, started_at, duration_us, error_code, message, exchange)
  SELECT u.run_id, u.ordinal, u.tenant_id, u.flow_id, u.step, u.iteration, u.number, u.outcome, u.status, u.destination,
         u.connector, u.operation, now() - make_interval(secs => u.ago_s), u.duration_us, u.error_code, u.message, u.exchange
  FROM named CROSS JOIN unnest(%(call_runs)s::uuid[], %(call_ordinals)s::integer[], %(call_tenants)s::uuid[], %(call_flows)s::uuid[], %(call_steps)s::text[],
              %(call_iterations)s::text[], %(call_numbers)s::smallint[], %(call_outcomes)s::smallint[], %(call_statuses)s::smallint[],
              %(call_destinations)s::uuid[], %(call_connectors)s::text[], %(call_operations)s::text[], %(call_agos)s::float8[],
              %(call_durations)s::integer[], %(call_codes)s::text[], %(call_messages)s::text[], %(call_exchanges)s::bytea[], %(call_fences)s::integer[])
       AS u (run_id, ordinal, tenant_id, flow_id, step, iteration, number, outcome, status, destination, connector,
             operation, ago_s, duration_us, error_code, message, exchange, fence)
  JOIN engine_run r ON r.id = u.run_id AND r.id = ANY(%(call_runs)s::uuid[]) AND r.fence = u.fence AND r.state + 0 = 2
    AND r.lease_id = %(lease)s
  WHERE named.tenants IS NOT NULL
  ON CONFLICT (run_id, ordinal) DO NOTHING
  RETURNING run_id)

-- name: settle_replies
replied AS (
  INSERT INTO engine_document (run_id, kind, tenant_id, body)
  SELECT u.run_id, 2, u.tenant_id, u.body
  FROM named CROSS JOIN unnest(%(reply_runs)s::uuid[], %(reply_tenants)s::uuid[], %(reply_bodies)s::bytea[], %(reply_fences)s::integer[]) AS u (run_id, tenant_id, body, fence)
  JOIN engine_run r ON r.id = u.run_id AND r.id = ANY(%(reply_runs)s::uuid[]) AND r.fence = u.fence AND r.state + 0 = 2
    AND r.lease_id = %(lease)s
  WHERE named.tenants IS NOT NULL
  ON CONFLICT (run_id, kind) DO UPDATE SET body = excluded.body)

-- name: settle_good
succeeded AS (
  UPDATE engine_run r
  SET state = 5, finished_at = now(), lease_id = NULL, downstream_us = r.downstream_us + u.downstream_us,
      error_code = '', error_step = '', error_message = '', dead_reason = '', error_destination = NULL
  FROM unnest(%(good_ids)s::uuid[], %(good_fences)s::integer[], %(good_downstreams)s::bigint[]) AS u (id, fence, downstream_us)
  WHERE r.id = u.id AND r.id = ANY(%(good_ids)s::uuid[]) AND r.fence = u.fence AND r.state + 0 = 2 AND r.lease_id = %(lease)s
  RETURNING r.id)

-- name: settle_bad
-- waiting (3), in doubt (4), dead (6), cancelled (7), or accepted again (1); succeeded (5) with words about how: a stop
-- step's reason, or a failure that an error handler dealt with. A run that ends dead or in doubt raises its
-- alert here, in the same transaction: one open alert per flow, destination and error, counted.
ended AS (
  UPDATE engine_run r
  SET state = u.state, lease_id = NULL, downstream_us = r.downstream_us + u.downstream_us, resume = true,
      due_at = now() + make_interval(secs => u.due_s), waiting = u.waiting, waits_for = u.waits_for,
      parked_us = r.parked_us + u.parked_us, walked = u.walked, waits_at = u.waits_at,
      dead_reason = u.dead_reason, error_code = u.error_code, error_step = u.error_step,
      error_message = u.error_message, error_destination = u.destination,
      finished_at = CASE WHEN u.state IN (5, 6, 7) THEN now() END,
      expires_at = CASE WHEN u.state = 6 THEN now() + make_interval(secs => u.keep_s) END
  FROM unnest(%(bad_ids)s::uuid[], %(bad_fences)s::integer[], %(bad_states)s::smallint[], %(bad_downstreams)s::bigint[], %(bad_dues)s::float8[],
              %(bad_waitings)s::text[], %(bad_waits)s::uuid[], %(bad_parkeds)s::bigint[], %(bad_reasons)s::text[], %(bad_codes)s::text[],
              %(bad_steps)s::text[], %(bad_messages)s::text[], %(bad_destinations)s::uuid[], %(bad_keeps)s::float8[],
              %(bad_walked)s::integer[], %(bad_waits_at)s::text[])
       AS u (id, fence, state, downstream_us, due_s, waiting, waits_for, parked_us, dead_reason, error_code, error_step,
             error_message, destination, keep_s, walked, waits_at)
  WHERE r.id = u.id AND r.id = ANY(%(bad_ids)s::uuid[]) AND r.fence = u.fence AND r.state + 0 = 2 AND r.lease_id = %(lease)s
  RETURNING r.id, r.tenant_id, r.flow_id, r.state, r.error_destination, r.error_code, r.error_message
), alerted AS (
  INSERT INTO engine_alert (id, tenant_id, flow_id, destination, code, message, count, last_run_id)
  SELECT gen_random_uuid(), tenant_id, flow_id, error_destination, error_code, min(error_message), count(*),
         (array_agg(id ORDER BY id DESC))[1]
  FROM named, ended WHERE named.tenants IS NOT NULL AND state IN (4, 6) GROUP BY tenant_id, flow_id, error_destination, error_code
  ON CONFLICT (tenant_id, flow_id, destination, code) WHERE closed_at IS NULL
  DO UPDATE SET count = engine_alert.count + excluded.count, last_at = now(), last_run_id = excluded.last_run_id,
                message = excluded.message
)

-- name: bury_poison
-- The fourth lease ran out: the run itself is taken for the cause.
WITH named AS (SELECT set_config('sevenm.tenants', %(tenants)s, true)),
ended AS (
  UPDATE engine_run r
  SET state = 6, lease_id = NULL, crash_count = r.crash_count + 1, resume = true, dead_reason = 'poison',
      error_code = 'delivery.poison', error_message = 'The run broke its worker four times and was taken out.',
      finished_at = now(), expires_at = now() + make_interval(secs => %(keep_s)s)
  FROM named WHERE r.id = ANY(%(ids)s::uuid[]) AND r.state + 0 = 2 AND r.due_at < now()
  RETURNING r.id, r.tenant_id, r.flow_id, r.error_code, r.error_message
)
INSERT INTO engine_alert (id, tenant_id, flow_id, code, message, count, last_run_id)
SELECT gen_random_uuid(), tenant_id, flow_id, error_code, min(error_message), count(*), (array_agg(id))[1]
FROM ended GROUP BY tenant_id, flow_id, error_code
ON CONFLICT (tenant_id, flow_id, destination, code) WHERE closed_at IS NULL
DO UPDATE SET count = engine_alert.count + excluded.count, last_at = now(), last_run_id = excluded.last_run_id;

-- name: leave
DELETE FROM engine_worker WHERE id = %(worker)s;

-- name: hear_worker
INSERT INTO engine_worker (id) VALUES (%(worker)s) ON CONFLICT (id) DO UPDATE SET heard_at = now();

-- name: count_workers
SELECT count(*)::int FROM engine_worker WHERE heard_at > now() - make_interval(secs => %(alive_s)s);

-- name: forget_workers
DELETE FROM engine_worker WHERE heard_at < now() - interval '1 hour';
