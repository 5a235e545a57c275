-- Statements of queries.py and services.py. Each reads hours and the runs after them in one snapshot, so that nothing is
-- counted twice or missed while the count moves on. `start` and `stop` bound a part of a month; what is counted of its
-- whole hours comes from billing_usagehour, the rest from the runs. Indexes: billing_usagehour primary key, engine_run_tenant.

-- name: lock
SELECT pg_try_advisory_xact_lock(hashtext('billing'));

-- name: progress
-- The time, up to when runs are counted, and the oldest run.
SELECT now(), (SELECT until FROM billing_counted), (SELECT id FROM engine_run ORDER BY id LIMIT 1);

-- name: clock
SELECT now();

-- name: count
SELECT billing_count(%(low)s, %(high)s);

-- name: note_counted
INSERT INTO billing_counted (id, until) VALUES (1, %(until)s) ON CONFLICT (id) DO UPDATE SET until = excluded.until;

-- name: hours
-- Billable runs by flow and hour between two moments.
WITH settled AS (
  SELECT date_trunc('hour', %(start)s::timestamptz + interval '1 hour' - interval '1 microsecond', 'UTC') AS low,
         least(date_trunc('hour', %(stop)s::timestamptz, 'UTC'),
               coalesce((SELECT until FROM billing_counted), %(start)s)) AS high),
edges AS (
  SELECT CASE WHEN high > low THEN low ELSE %(start)s END AS low, CASE WHEN high > low THEN high ELSE %(start)s END AS high
  FROM settled),
counted AS (
  SELECT u.hour, u.flow_id, u.quantity FROM edges JOIN billing_usagehour u
    ON u.tenant_id = %(tenant)s AND u.hour >= edges.low AND u.hour < edges.high),
pieces AS (
  SELECT hour, CASE WHEN hour < low THEN %(start)s::timestamptz ELSE greatest(hour, high) END AS first,
         least(hour + interval '1 hour', %(stop)s) AS last
  FROM edges, generate_series(date_trunc('hour', %(start)s::timestamptz, 'UTC'),
                              %(stop)s::timestamptz - interval '1 microsecond', interval '1 hour') AS hour
  WHERE hour < low OR hour + interval '1 hour' > high),
live AS (
  SELECT p.hour, r.flow_id, count(*) AS quantity
  FROM pieces p JOIN engine_run r
    ON r.tenant_id = %(tenant)s AND r.billable AND r.id >= engine_id_at(p.first) AND r.id < engine_id_at(p.last)
  GROUP BY 1, 2)
SELECT hour, flow_id, sum(quantity)::bigint FROM (SELECT * FROM counted UNION ALL SELECT * FROM live) AS both_
GROUP BY 1, 2 ORDER BY 1, 2;

-- name: nth
-- The id of the billable run at this place (from 1) after a moment.
SELECT r.id FROM engine_run r
WHERE r.tenant_id = %(tenant)s AND r.billable AND r.id >= engine_id_at(%(start)s) AND r.id < engine_id_at(%(stop)s)
ORDER BY r.id OFFSET %(place)s - 1 LIMIT 1;

-- name: runs
SELECT r.id, r.flow_id, r.accepted_at FROM engine_run r
WHERE r.tenant_id = %(tenant)s AND r.billable AND r.id >= %(first)s AND r.id < engine_id_at(%(stop)s)
  AND (%(last)s::uuid IS NULL OR r.id <= %(last)s) AND (%(after)s::uuid IS NULL OR r.id > %(after)s)
ORDER BY r.id LIMIT %(limit)s;

-- name: flow_names
SELECT id, name FROM flows_flow WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s::uuid[]);
