-- What lies over the picture of a flow: how its steps were passed, what stands still at them, its last runs.

-- name: tallies
-- Index: engine_steptally primary key.
SELECT step, port, bucket, sum(count)::bigint FROM engine_steptally
WHERE version_id = %(version)s AND slot_s = %(slot_s)s AND starts_at >= %(since)s GROUP BY step, port, bucket;

-- name: errors
-- Index: engine_steperror primary key.
SELECT step, code, message, at FROM engine_steperror WHERE version_id = %(version)s AND at >= %(since)s;

-- name: stuck
-- Dead letters and runs in doubt of a flow, by step, among the first that are found. Index: engine_run_stuck.
SELECT state, error_step, count(*) FROM (
  SELECT state, error_step FROM engine_run
  WHERE tenant_id = %(tenant)s AND flow_id = %(flow)s AND state IN (4, 6) AND error_step <> '' LIMIT %(limit)s) AS found
GROUP BY state, error_step;

-- name: waiting
-- Index: engine_run_waits.
SELECT waits_at, count(*) FROM (
  SELECT waits_at FROM engine_run WHERE tenant_id = %(tenant)s AND flow_id = %(flow)s AND state = 3 AND waits_at <> '' LIMIT %(limit)s) AS found
GROUP BY waits_at;

-- name: latest
-- The last runs of the flow among the last of the tenant. Index: engine_run_tenant.
SELECT id, state, accepted_at, extract(epoch FROM finished_at - accepted_at)::float8 * 1000, error_step
FROM (SELECT id, flow_id, state, accepted_at, finished_at, error_step FROM engine_run
      WHERE tenant_id = %(tenant)s ORDER BY id DESC LIMIT %(among)s) AS newest
WHERE flow_id = %(flow)s ORDER BY id DESC LIMIT %(limit)s;
