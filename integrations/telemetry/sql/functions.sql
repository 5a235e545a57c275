-- The arithmetic of integrations/telemetry/sketch.py, and the only reads of attempts and runs across tenants: they give
-- counts and nothing else. ln(1.01 / 0.99) = 0.02000066670666952.

CREATE FUNCTION telemetry_bucket(duration_us bigint) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ceil(ln(greatest(duration_us, 1)::float8 / 1000) / ln(1.01::float8 / 0.99))::smallint
$$;

CREATE FUNCTION telemetry_quantile(buckets smallint[], counts bigint[], share float8) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT 2 * power(1.01::float8 / 0.99, bucket) / (1.01::float8 / 0.99 + 1)
  FROM (SELECT bucket, sum(number) OVER (ORDER BY bucket) AS passed, sum(number) OVER () AS samples
        FROM unnest(buckets, counts) AS u (bucket, number)) AS placed
  WHERE passed >= greatest(1, ceil(share * samples::float8)) ORDER BY passed LIMIT 1
$$;

-- New pages of today's attempts get their entry in the BRIN index on started_at: without it a minute cannot be found
-- but by reading all pages since the last vacuum.
CREATE FUNCTION telemetry_index_new_attempts() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT brin_summarize_new_values(i.indexrelid)
  FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
  JOIN pg_am m ON m.oid = x.relam AND m.amname = 'brin'
  WHERE x.relkind = 'i' AND t.relname IN ('engine_attempt_default',
    'engine_attempt_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD'),
    'engine_attempt_' || to_char(now() AT TIME ZONE 'UTC' - interval '24 hours', 'YYYYMMDD'))
$$;

-- Calls that began in this time, by connector and operation. Not counted: a note that a call is about to be made, and
-- a failure before anything was sent. Index: engine_attempt_started; no run is younger than its attempts.
CREATE FUNCTION telemetry_attempts(low timestamptz, high timestamptz)
RETURNS TABLE (connector text, operation text, samples bigint, successes bigint, refusals bigint,
               buckets smallint[], counts bigint[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off SET enable_seqscan = off AS $$
  WITH counted AS (
    SELECT CASE WHEN a.connector = '' THEN 'http' ELSE a.connector END AS connector, a.operation,
           telemetry_bucket(a.duration_us) AS bucket, count(*) AS samples,
           count(*) FILTER (WHERE a.outcome = 1) AS successes, count(*) FILTER (WHERE a.outcome = 3) AS refusals
    FROM engine_attempt a
    WHERE a.started_at >= low AND a.started_at < high AND a.outcome <> 0 AND (a.outcome <> 5 OR a.status <> 0)
    GROUP BY 1, 2, 3)
  SELECT connector, operation, sum(samples)::bigint, sum(successes)::bigint, sum(refusals)::bigint,
         array_agg(bucket ORDER BY bucket), array_agg(samples ORDER BY bucket)
  FROM counted GROUP BY connector, operation
$$;

-- 7M's own time in runs accepted in this time: from accepting to the end, without the calls. Only of those that nothing
-- else held up: no replay, no file, no ordering key, no wait for another system and no call that had to be repeated.
-- Index: primary keys of engine_run and engine_attempt.
CREATE FUNCTION telemetry_own(low timestamptz, high timestamptz)
RETURNS TABLE (samples bigint, buckets smallint[], counts bigint[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off SET enable_seqscan = off AS $$
  WITH counted AS (
    SELECT telemetry_bucket((extract(epoch FROM r.finished_at - r.accepted_at) * 1000000)::bigint
                            - r.downstream_us - r.parked_us) AS bucket, count(*) AS samples
    FROM engine_run r
    WHERE r.id >= engine_id_at(low) AND r.id < engine_id_at(high) AND r.state = 5 AND r.lane IN (1, 2)
      AND NOT r.resume AND r.replay_id IS NULL AND r.ordering_key IS NULL
      AND NOT EXISTS (SELECT FROM engine_attempt a WHERE a.run_id = r.id AND a.outcome IN (2, 4)
                      AND a.run_id >= engine_id_at(low) AND a.run_id < engine_id_at(high))
    GROUP BY 1)
  SELECT sum(samples)::bigint, array_agg(bucket ORDER BY bucket), array_agg(samples ORDER BY bucket)
  FROM counted HAVING count(*) > 0
$$;

REVOKE ALL ON FUNCTION telemetry_index_new_attempts() FROM PUBLIC;
REVOKE ALL ON FUNCTION telemetry_attempts(timestamptz, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION telemetry_own(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION telemetry_index_new_attempts() TO sevenm_engine;
GRANT EXECUTE ON FUNCTION telemetry_attempts(timestamptz, timestamptz) TO sevenm_engine;
GRANT EXECUTE ON FUNCTION telemetry_own(timestamptz, timestamptz) TO sevenm_engine;
GRANT EXECUTE ON FUNCTION telemetry_bucket(bigint) TO sevenm_web, sevenm_engine;
GRANT EXECUTE ON FUNCTION telemetry_quantile(smallint[], bigint[], float8) TO sevenm_web, sevenm_engine;
