-- Statements of services.py: counting minutes, folding them into hours and days, working out the public page.

-- name: lock
-- One at a time: a second worker that was told the same does nothing.
SELECT pg_try_advisory_xact_lock(hashtext('telemetry'));

-- name: due
-- Minutes to count: those that closed since the last one (at most a day back; on the first start ten minutes), those
-- counted once, whose longest calls have ended by now, and for 7M's own time those of an hour ago, for its late runs.
(SELECT minute, 1 AS pass
 FROM generate_series(
        greatest(coalesce((SELECT max(minute) + interval '1 minute' FROM telemetry_rolled),
                          date_trunc('minute', %(now)s::timestamptz) - interval '10 minutes'),
                 date_trunc('minute', %(now)s::timestamptz) - interval '1 day'),
        date_trunc('minute', %(now)s::timestamptz - make_interval(secs => %(lag_s)s)) - interval '1 minute',
        interval '1 minute') AS minute
 ORDER BY minute LIMIT %(limit)s)
UNION ALL
(SELECT minute, 2 FROM telemetry_rolled
 WHERE passes = 1 AND rolled_at <= %(now)s::timestamptz - make_interval(secs => %(again_s)s)
   AND minute > %(now)s::timestamptz - interval '1 day'
 ORDER BY minute LIMIT %(limit)s)
UNION ALL
(SELECT minute, 3 FROM telemetry_rolled
 WHERE passes = 2 AND minute <= %(now)s::timestamptz - make_interval(secs => %(late_s)s)
   AND minute > %(now)s::timestamptz - interval '1 day'
 ORDER BY minute LIMIT %(limit)s);

-- name: index_new
SELECT telemetry_index_new_attempts();

-- name: clear_minute
DELETE FROM telemetry_sketch WHERE span = 'minute' AND starts_at = %(minute)s AND (connector = '7m') = %(own)s;

-- name: count_calls
INSERT INTO telemetry_sketch (span, starts_at, connector, operation, region, samples, successes, refusals, median_ms,
                              buckets, counts)
SELECT 'minute', %(minute)s, connector, operation, %(region)s, samples, successes, refusals,
       telemetry_quantile(buckets, counts, 0.5), buckets, counts
FROM telemetry_attempts(%(minute)s, %(minute)s::timestamptz + interval '1 minute');

-- name: count_own
INSERT INTO telemetry_sketch (span, starts_at, connector, operation, region, samples, successes, refusals, median_ms,
                              buckets, counts)
SELECT 'minute', %(minute)s, '7m', 'own', %(region)s, samples, samples, 0,
       telemetry_quantile(buckets, counts, 0.5), buckets, counts
FROM telemetry_own(%(minute)s, %(minute)s::timestamptz + interval '1 minute');

-- name: note_minute
INSERT INTO telemetry_rolled (minute, passes, rolled_at, folded) VALUES (%(minute)s, %(passes)s, %(now)s, false)
ON CONFLICT (minute) DO UPDATE SET passes = excluded.passes, rolled_at = excluded.rolled_at, folded = false;

-- name: unfolded
SELECT DISTINCT date_trunc(%(span)s, minute, 'UTC') FROM telemetry_rolled WHERE NOT folded ORDER BY 1;

-- name: clear_span
DELETE FROM telemetry_sketch WHERE span = %(span)s AND starts_at = %(start)s;

-- name: fold
-- One hour from its minutes, or one day from its hours. Index: primary key.
WITH parts AS (
  SELECT connector, operation, region, samples, successes, refusals, buckets, counts FROM telemetry_sketch
  WHERE span = %(part)s AND starts_at >= %(start)s AND starts_at < %(end)s),
sums AS (
  SELECT connector, operation, region, sum(samples)::bigint AS samples, sum(successes)::bigint AS successes,
         sum(refusals)::bigint AS refusals
  FROM parts GROUP BY 1, 2, 3),
added AS (
  SELECT connector, operation, region, bucket, sum(number)::bigint AS number
  FROM parts, unnest(buckets, counts) AS u (bucket, number) GROUP BY 1, 2, 3, 4),
merged AS (
  SELECT connector, operation, region, array_agg(bucket ORDER BY bucket) AS buckets,
         array_agg(number ORDER BY bucket) AS counts
  FROM added GROUP BY 1, 2, 3)
INSERT INTO telemetry_sketch (span, starts_at, connector, operation, region, samples, successes, refusals, median_ms,
                              buckets, counts)
SELECT %(span)s, %(start)s, connector, operation, region, samples, successes, refusals,
       telemetry_quantile(buckets, counts, 0.5), buckets, counts
FROM sums JOIN merged USING (connector, operation, region);

-- name: note_folded
UPDATE telemetry_rolled SET folded = true WHERE NOT folded;

-- name: forget
DELETE FROM telemetry_sketch WHERE (span = 'minute' AND starts_at < %(now)s::timestamptz - interval '2 days')
  OR (span = 'hour' AND starts_at < %(now)s::timestamptz - interval '35 days')
  OR (span = 'day' AND starts_at < %(now)s::timestamptz - interval '400 days');

-- name: forget_rolled
DELETE FROM telemetry_rolled WHERE minute < %(now)s::timestamptz - interval '2 days';

-- name: last_minute
SELECT max(minute) + interval '1 minute' FROM telemetry_rolled;

-- name: published
SELECT "window", computed_at, took_ms FROM telemetry_published;

-- name: connectors
SELECT DISTINCT connector FROM telemetry_sketch WHERE span = %(span)s AND starts_at >= %(since)s AND starts_at < %(until)s;

-- name: clear_board
DELETE FROM telemetry_board WHERE "window" = %(window)s;

-- name: fill_board
-- One line an operation: quantiles of all its sketches added up, and the median of each span on its way.
WITH parts AS MATERIALIZED (
  SELECT starts_at, connector, operation, region, samples, successes, refusals, median_ms, buckets, counts
  FROM telemetry_sketch WHERE span = %(span)s AND starts_at >= %(since)s AND starts_at < %(until)s),
sums AS (
  SELECT connector, operation, region, sum(samples)::bigint AS samples, sum(successes)::bigint AS successes,
         sum(refusals)::bigint AS refusals
  FROM parts GROUP BY 1, 2, 3),
added AS (
  SELECT connector, operation, region, bucket, sum(number)::bigint AS number
  FROM parts, unnest(buckets, counts) AS u (bucket, number) GROUP BY 1, 2, 3, 4),
merged AS (
  SELECT connector, operation, region, array_agg(bucket ORDER BY bucket) AS buckets,
         array_agg(number ORDER BY bucket) AS counts
  FROM added GROUP BY 1, 2, 3),
sparks AS (
  SELECT s.connector, s.operation, s.region,
         array_agg(round(p.median_ms::numeric, 3)::float8 ORDER BY slot) AS sparkline
  FROM sums s
  CROSS JOIN generate_series(%(since)s::timestamptz, %(until)s::timestamptz - make_interval(secs => %(step_s)s),
                             make_interval(secs => %(step_s)s)) AS slot
  LEFT JOIN parts p ON p.starts_at = slot AND p.connector = s.connector AND p.operation = s.operation
                   AND p.region = s.region
  GROUP BY 1, 2, 3)
INSERT INTO telemetry_board ("window", connector, operation, region, title, samples, successes, refusals, median_ms, p95_ms,
                             p99_ms, sparkline)
SELECT %(window)s, connector, operation, region, coalesce(t.title, connector), samples, successes, refusals,
       telemetry_quantile(buckets, counts, 0.5), telemetry_quantile(buckets, counts, 0.95),
       telemetry_quantile(buckets, counts, 0.99), sparkline
FROM sums JOIN merged USING (connector, operation, region) JOIN sparks USING (connector, operation, region)
LEFT JOIN unnest(%(keys)s::text[], %(titles)s::text[]) AS t (connector, title) USING (connector);

-- name: note_published
INSERT INTO telemetry_published ("window", since, until, computed_at, took_ms)
VALUES (%(window)s, %(since)s, %(until)s, %(now)s, %(took_ms)s)
ON CONFLICT ("window") DO UPDATE SET since = excluded.since, until = excluded.until,
  computed_at = excluded.computed_at, took_ms = excluded.took_ms;
