-- Statements of the ingress: what makes a request durable.

-- name: claim_keys
-- First caller of a key wins; the others read the winner's run below. Index: engine_idempotency primary key.
INSERT INTO engine_idempotency (key, tenant_id, run_id, body)
SELECT u.key, u.tenant_id, u.run_id, u.body
FROM unnest(%(keys)s::bytea[], %(tenants)s::uuid[], %(runs)s::uuid[], %(bodies)s::bytea[]) AS u (key, tenant_id, run_id, body)
ON CONFLICT (key) DO NOTHING;

-- name: read_keys
SELECT key, run_id, body FROM engine_idempotency WHERE key = ANY(%(keys)s::bytea[]);

-- name: accept_runs
-- One row per accepted request, but not for those that lost their idempotency key above.
INSERT INTO engine_run (id, tenant_id, flow_id, version_id, lane, state, mode, origin, ordering_key, skip_dead,
                        reply_to, size_bytes, batch_id, batch_number, billable, due_at, accepted_at)
SELECT u.id, u.tenant_id, u.flow_id, u.version_id, u.lane, 1, u.mode, u.origin, u.ordering_key, u.skip_dead,
       u.reply_to, u.size_bytes, u.batch_id, u.batch_number, u.origin <> 4, now(), now()
FROM unnest(%(ids)s::uuid[], %(tenants)s::uuid[], %(flows)s::uuid[], %(versions)s::uuid[], %(lanes)s::smallint[],
            %(modes)s::smallint[], %(origins)s::smallint[], %(orders)s::bigint[], %(skips)s::boolean[],
            %(replies)s::bigint[], %(sizes)s::integer[], %(batches)s::uuid[], %(numbers)s::integer[],
            %(keys)s::bytea[])
     AS u (id, tenant_id, flow_id, version_id, lane, mode, origin, ordering_key, skip_dead, reply_to, size_bytes,
           batch_id, batch_number, key)
WHERE u.key IS NULL OR EXISTS (SELECT FROM engine_idempotency i WHERE i.key = u.key AND i.run_id = u.id);

-- name: accept_inputs
INSERT INTO engine_document (run_id, kind, tenant_id, body)
SELECT u.id, 1, u.tenant_id, u.body
FROM unnest(%(ids)s::uuid[], %(tenants)s::uuid[], %(bodies)s::bytea[], %(keys)s::bytea[]) AS u (id, tenant_id, body, key)
WHERE u.key IS NULL OR EXISTS (SELECT FROM engine_idempotency i WHERE i.key = u.key AND i.run_id = u.id);

-- name: read_outcomes
-- Runs that a caller waits for, and their sealed replies. Index: primary keys.
SELECT r.id, r.tenant_id, r.state, d.body
FROM engine_run r LEFT JOIN engine_document d ON d.run_id = r.id AND d.kind = 2
WHERE r.id = ANY(%(ids)s::uuid[]) AND r.state >= 4;

-- name: backlog
-- Seconds that the oldest ready run has waited. Index: engine_run_due.
SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8 FROM engine_run WHERE state IN (1, 2, 3) AND state = 1;
