-- Statements of the ingress: what makes a request durable.

-- name: accept
-- A group of requests in one statement, and so in one transaction. The first caller of an idempotency key wins it; a
-- request that lost its key gets no run, and the row below tells of the winner (of nothing, when that one committed
-- while this ran). `named` stands before all that is guarded by row-level security: rows depend on it.
-- Index: engine_idempotency primary key.
WITH named AS MATERIALIZED (SELECT set_config('sevenm.tenants', %(named)s, true) AS tenants),
arrived AS MATERIALIZED (
  SELECT u.* FROM named, unnest(%(ids)s::uuid[], %(tenants)s::uuid[], %(flows)s::uuid[], %(versions)s::uuid[],
              %(lanes)s::smallint[], %(modes)s::smallint[], %(origins)s::smallint[], %(orders)s::bigint[],
              %(skips)s::boolean[], %(replies)s::bigint[], %(sizes)s::integer[], %(batches)s::uuid[],
              %(numbers)s::integer[], %(keys)s::bytea[], %(key_bodies)s::bytea[], %(bodies)s::bytea[])
       AS u (id, tenant_id, flow_id, version_id, lane, mode, origin, ordering_key, skip_dead, reply_to, size_bytes,
             batch_id, batch_number, key, key_body, body)
  WHERE named.tenants IS NOT NULL),
claimed AS (
  INSERT INTO engine_idempotency (key, tenant_id, run_id, body)
  SELECT key, tenant_id, id, key_body FROM arrived WHERE key IS NOT NULL
  ON CONFLICT (key) DO NOTHING RETURNING run_id),
fresh AS MATERIALIZED (
  SELECT * FROM arrived a WHERE a.key IS NULL OR EXISTS (SELECT FROM claimed c WHERE c.run_id = a.id)),
runs AS (
  INSERT INTO engine_run (id, tenant_id, flow_id, version_id, lane, state, mode, origin, ordering_key, skip_dead,
                          reply_to, size_bytes, batch_id, batch_number, billable, due_at, accepted_at)
  SELECT id, tenant_id, flow_id, version_id, lane, 1, mode, origin, ordering_key, skip_dead, reply_to, size_bytes,
         batch_id, batch_number, origin NOT IN (4, 5), now(), now()
  FROM fresh),
documents AS (
  INSERT INTO engine_document (run_id, kind, tenant_id, body) SELECT id, 1, tenant_id, body FROM fresh)
SELECT a.id, first.run_id, first.body
FROM arrived a LEFT JOIN LATERAL (
  SELECT i.run_id, i.body FROM engine_idempotency i WHERE i.key = a.key OFFSET 0) AS first ON true
WHERE a.key IS NOT NULL AND NOT EXISTS (SELECT FROM claimed c WHERE c.run_id = a.id);

-- name: read_keys
SELECT key, run_id, body FROM engine_idempotency WHERE key = ANY(%(keys)s::bytea[]);

-- name: read_outcomes
-- Runs that a caller waits for, and their sealed replies. Index: primary keys.
SELECT r.id, r.tenant_id, r.state, d.body
FROM engine_run r LEFT JOIN engine_document d ON d.run_id = r.id AND d.kind = 2
WHERE r.id = ANY(%(ids)s::uuid[]) AND r.state >= 4;
