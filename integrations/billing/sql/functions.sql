-- Counting runs across tenants: the engine may ask for it, and sees nothing of what is counted.

-- Billable runs of the hours that touch this time, counted anew from the runs up to `high`, replacing what stood there.
-- A run belongs to the time of its id: it never changes, and it is the key that finds it. Index: engine_run primary key.
CREATE FUNCTION billing_count(low timestamptz, high timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET jit = off AS $$
DECLARE
  first timestamptz := date_trunc('hour', low, 'UTC');
  counted bigint;
BEGIN
  IF high - first > interval '32 days' THEN RAISE EXCEPTION 'a month at most'; END IF;
  DELETE FROM billing_usagehour WHERE hour >= first AND hour < high;
  WITH added AS (
    INSERT INTO billing_usagehour (tenant_id, hour, flow_id, quantity)
    SELECT tenant_id, hour, flow_id, count(*)
    FROM (SELECT tenant_id, flow_id, billable,
                 date_trunc('hour', to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0), 'UTC')
                 AS hour
          FROM engine_run WHERE id >= engine_id_at(first) AND id < engine_id_at(high)) AS runs
    WHERE billable GROUP BY tenant_id, hour, flow_id
    RETURNING quantity)
  SELECT coalesce(sum(quantity), 0) INTO counted FROM added;
  RETURN counted;
END $$;

REVOKE ALL ON FUNCTION billing_count(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing_count(timestamptz, timestamptz) TO sevenm_engine;
