-- What a tenant sees of its own runs.

-- name: activity
-- The newest runs of the last hour, flow by flow. One row at least, which holds the bounds. Index: engine_run_tenant.
WITH newest AS (
  SELECT r.id, r.flow_id, r.state, r.error_code, r.accepted_at, r.finished_at
  FROM engine_run r
  WHERE r.tenant_id = %(tenant)s AND r.id >= engine_id_at(now() - interval '1 hour')
  ORDER BY r.id DESC LIMIT %(limit)s),
bounds AS (
  SELECT CASE WHEN count(*) < %(limit)s THEN now() - interval '1 hour' ELSE min(accepted_at) END AS since, now() AS until
  FROM newest),
minutes AS (
  SELECT flow_id, floor(extract(epoch FROM accepted_at - since) / 60)::int AS minute, count(*) AS number
  FROM newest, bounds GROUP BY 1, 2),
codes AS (
  SELECT flow_id, error_code, count(*) AS number FROM newest WHERE state IN (4, 6, 7, 8) AND error_code <> ''
  GROUP BY 1, 2),
flows AS (
  SELECT flow_id, count(*) AS accepted, count(*) FILTER (WHERE state = 5) AS succeeded,
         count(*) FILTER (WHERE state IN (4, 6, 7, 8)) AS failed,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - accepted_at)::float8 * 1000)
           FILTER (WHERE state = 5) AS median_ms
  FROM newest GROUP BY 1)
SELECT b.since, b.until, f.flow_id, w.name, f.accepted, f.succeeded, f.failed, f.median_ms,
       (SELECT jsonb_object_agg(m.minute, m.number) FROM minutes m WHERE m.flow_id = f.flow_id),
       (SELECT jsonb_object_agg(c.error_code, c.number) FROM codes c WHERE c.flow_id = f.flow_id)
FROM bounds b LEFT JOIN flows f ON true LEFT JOIN flows_flow w ON w.id = f.flow_id
ORDER BY f.accepted DESC NULLS LAST, f.flow_id LIMIT 500;
