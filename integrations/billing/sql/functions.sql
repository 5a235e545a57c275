-- Counting runs across tenants: the engine may ask for it, and sees nothing of what is counted.

-- Billable runs of the hours that touch this time, counted anew from the runs up to `high`, replacing what stood there;
-- gives how many rows that made.
-- A run belongs to the time of its id: it never changes, and it is the key that finds it. Index: engine_run primary key.
CREATE FUNCTION billing_count(low timestamptz, high timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET jit = off AS $$
DECLARE
  start timestamptz := date_trunc('hour', low, 'UTC');
  counted bigint := 0;
  more bigint;
BEGIN
  IF high - start > interval '32 days' THEN RAISE EXCEPTION 'a month at most'; END IF;
  DELETE FROM billing_usagehour WHERE hour >= start AND hour < high;
  WHILE start < high LOOP
    INSERT INTO billing_usagehour (tenant_id, hour, flow_id, quantity)
    SELECT tenant_id, start, flow_id, count(*) FROM engine_run
    WHERE id >= engine_id_at(start) AND id < engine_id_at(least(start + interval '1 hour', high)) AND billable
    GROUP BY tenant_id, flow_id;
    GET DIAGNOSTICS more = ROW_COUNT;
    counted := counted + more;
    start := start + interval '1 hour';
  END LOOP;
  RETURN counted;
END $$;

REVOKE ALL ON FUNCTION billing_count(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing_count(timestamptz, timestamptz) TO sevenm_engine;
