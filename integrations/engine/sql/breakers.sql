-- What all workers know of destinations that do not answer.

-- name: open_breaker
INSERT INTO engine_breaker (destination, tenant_id, phase, since, probe_at, probes, connector)
VALUES (%(destination)s, %(tenant)s, 2, now(), now() + make_interval(secs => %(wait_s)s), %(probes)s, %(connector)s)
ON CONFLICT (destination) DO UPDATE SET phase = 2, since = now(), probe_at = excluded.probe_at, probes = excluded.probes;

-- name: win_probe
-- Compare and swap: only one worker sends the probe.
UPDATE engine_breaker SET phase = 3, since = now(), probes = probes + 1
WHERE destination = %(destination)s
  AND ((phase = 2 AND probe_at <= now()) OR (phase = 3 AND since < now() - make_interval(secs => %(lost_s)s)))
RETURNING probes;

-- name: close_breaker
-- By the worker whose probe was answered; a row that another opened since then stays.
DELETE FROM engine_breaker WHERE destination = %(destination)s AND phase = 3;

-- name: read_breakers
SELECT destination, tenant_id, phase, probes, extract(epoch FROM now() - since)::float8,
       extract(epoch FROM probe_at - now())::float8 FROM engine_breaker;

-- name: parked_for_nobody
-- Destinations that runs wait for although no breaker is open: a drain that its worker did not finish.
-- Index: engine_run_parked, walked destination by destination.
WITH RECURSIVE parked AS (
  (SELECT waits_for, tenant_id FROM engine_run WHERE waits_for IS NOT NULL ORDER BY waits_for, id LIMIT 1)
  UNION ALL
  SELECT next.waits_for, next.tenant_id FROM parked CROSS JOIN LATERAL (
    SELECT waits_for, tenant_id FROM engine_run WHERE waits_for > parked.waits_for ORDER BY waits_for, id LIMIT 1) AS next
)
SELECT waits_for, tenant_id FROM parked
WHERE NOT EXISTS (SELECT FROM engine_breaker b WHERE b.destination = parked.waits_for) LIMIT 100;

-- name: release_parked
-- Parked runs become ready, oldest first, as many as the ramp takes. Index: engine_run_parked.
WITH chosen AS (
  SELECT id FROM engine_run WHERE waits_for = %(destination)s AND state = 3
  ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE engine_run r SET state = 1, due_at = now(), waiting = '', waits_for = NULL, resume = true
FROM chosen WHERE r.id = chosen.id RETURNING r.id, r.lane;

-- name: redrive_unavailable
-- Dead only because the destination did not answer: accepted again by themselves when it does.
WITH chosen AS (
  SELECT id FROM engine_run WHERE tenant_id = %(tenant)s AND state = 6 AND error_destination = %(destination)s
    AND dead_reason = 'unavailable' AND NOT held AND expires_at > now()
  ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE engine_run r SET state = 1, lane = 3, due_at = now(), finished_at = NULL, expires_at = NULL, resume = true
FROM chosen WHERE r.id = chosen.id RETURNING r.id, r.lane;
