-- How often steps were passed, by minute and by hour.

-- name: add
-- Rows in one order, so that two workers never wait for each other in a ring. Index: engine_steptally primary key.
INSERT INTO engine_steptally (tenant_id, flow_id, version_id, slot_s, starts_at, step, port, bucket, count)
SELECT u.tenant_id, u.flow_id, u.version_id, s.slot_s, date_bin(make_interval(secs => s.slot_s), now(), 'epoch'),
       u.step, u.port, u.bucket, u.count
FROM unnest(%(tenants)s::uuid[], %(flows)s::uuid[], %(versions)s::uuid[], %(steps)s::text[], %(ports)s::text[],
            %(buckets)s::smallint[], %(counts)s::bigint[]) AS u (tenant_id, flow_id, version_id, step, port, bucket, count)
CROSS JOIN (VALUES (60::smallint), (3600::smallint)) AS s (slot_s)
ORDER BY u.version_id, s.slot_s, u.step, u.port, u.bucket
ON CONFLICT (version_id, slot_s, starts_at, step, port, bucket) DO UPDATE SET count = engine_steptally.count + excluded.count;

-- name: fail
-- Index: engine_steperror primary key.
INSERT INTO engine_steperror (tenant_id, flow_id, version_id, step, code, message, at)
SELECT u.tenant_id, u.flow_id, u.version_id, u.step, u.code, u.message, now()
FROM unnest(%(tenants)s::uuid[], %(flows)s::uuid[], %(versions)s::uuid[], %(steps)s::text[], %(codes)s::text[],
            %(messages)s::text[]) AS u (tenant_id, flow_id, version_id, step, code, message)
ORDER BY u.version_id, u.step
ON CONFLICT (version_id, step) DO UPDATE SET code = excluded.code, message = excluded.message, at = excluded.at;

-- name: forget
-- Index: engine_steptally_old.
DELETE FROM engine_steptally WHERE starts_at < now() - interval '2 hours'
  AND (slot_s = 60 OR starts_at < now() - interval '2 days');

-- name: forget_errors
DELETE FROM engine_steperror WHERE at < now() - interval '30 days';
