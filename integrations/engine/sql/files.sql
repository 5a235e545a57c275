-- Uploaded files: stored as sealed chunks, checked whole, then split into runs.

-- name: begin
INSERT INTO engine_batch (id, tenant_id, flow_id, version_id, name, state)
VALUES (%(id)s, %(tenant)s, %(flow)s, %(version)s, %(name)s, 'receiving');

-- name: add_chunk
INSERT INTO engine_batchchunk (batch_id, number, tenant_id, body) VALUES (%(id)s, %(number)s, %(tenant)s, %(body)s);

-- name: received
UPDATE engine_batch SET state = 'received', size_bytes = %(size)s, chunks = %(chunks)s, received_at = now()
WHERE id = %(id)s AND state = 'receiving';

-- name: abandon
DELETE FROM engine_batch WHERE id = %(id)s AND state = 'receiving';

-- name: find_open
-- Files that nobody splits: new ones, and those whose worker was lost. Index: engine_batch_open.
SELECT batch_id, tenant_id FROM engine_open_batches(%(grace_s)s);

-- name: claim
UPDATE engine_batch SET state = 'splitting', fence = fence + 1, lease_until = now() + make_interval(secs => %(lease_s)s)
WHERE id = %(id)s AND (state = 'received' OR (state = 'splitting' AND lease_until < now()))
RETURNING tenant_id, flow_id, version_id, name, chunks, split, fence;

-- name: read_chunk
SELECT body FROM engine_batchchunk WHERE batch_id = %(id)s AND number = %(number)s;

-- name: counted
UPDATE engine_batch SET records = %(records)s, said = %(said)s, lease_until = now() + make_interval(secs => %(lease_s)s)
WHERE id = %(id)s AND fence = %(fence)s AND state = 'splitting' RETURNING id;

-- name: progress
UPDATE engine_batch SET split = %(split)s, lease_until = now() + make_interval(secs => %(lease_s)s)
WHERE id = %(id)s AND fence = %(fence)s AND state = 'splitting' RETURNING id;

-- name: finish
UPDATE engine_batch SET state = 'split', finished_at = now(), lease_until = NULL
WHERE id = %(id)s AND fence = %(fence)s AND state = 'splitting' RETURNING id;

-- name: reject
UPDATE engine_batch SET state = 'rejected', finished_at = now(), lease_until = NULL, error_code = %(code)s,
  error_message = %(message)s, error_place = %(place)s
WHERE id = %(id)s AND fence = %(fence)s AND state = 'splitting' RETURNING id;
