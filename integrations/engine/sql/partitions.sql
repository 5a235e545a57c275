-- Partitions are made and dropped by the owner's functions: the engine's role may run them, not the statements inside.
-- Run ids are UUIDv7: their first 48 bits are milliseconds, so a range of ids is a range of time.

CREATE FUNCTION engine_id_at(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM moment AT TIME ZONE 'UTC' AT TIME ZONE 'UTC') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

CREATE FUNCTION engine_make_partition(parent text, suffix text, low timestamptz, high timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE name text := parent || '_' || suffix;
BEGIN
  IF to_regclass(name) IS NOT NULL THEN RETURN false; END IF;
  BEGIN
    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', name, parent, engine_id_at(low), engine_id_at(high));
  EXCEPTION WHEN check_violation OR duplicate_table THEN
    RETURN false; -- rows of this range stand in the default partition already; they stay there until they are old
  END;
  EXECUTE format('ALTER TABLE %I SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 1)', name);
  IF parent <> 'engine_run' THEN
    EXECUTE format('ALTER TABLE %I SET (toast_tuple_target = 8160)', name);
  END IF;
  EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, sevenm_web, sevenm_engine', name);
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
  EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
  RETURN true;
END $$;

-- Months of runs, days of documents and attempts: today's, and those of the coming days.
CREATE FUNCTION engine_make_partitions(days_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  made integer := 0;
  today timestamptz := date_trunc('day', now(), 'UTC');
  month timestamptz := date_trunc('month', now(), 'UTC');
  day timestamptz;
BEGIN
  FOR step IN 0..1 LOOP
    day := date_trunc('month', month + make_interval(months => step), 'UTC');
    made := made + engine_make_partition('engine_run', to_char(day AT TIME ZONE 'UTC', 'YYYYMM'), day, date_trunc('month', day + interval '32 days', 'UTC'))::int;
  END LOOP;
  FOR step IN 0..days_ahead LOOP
    day := today + make_interval(hours => 24 * step);
    made := made + engine_make_partition('engine_document', to_char(day AT TIME ZONE 'UTC', 'YYYYMMDD'), day, day + interval '24 hours')::int;
    made := made + engine_make_partition('engine_attempt', to_char(day AT TIME ZONE 'UTC', 'YYYYMMDD'), day, day + interval '24 hours')::int;
  END LOOP;
  RETURN made;
END $$;

-- Drop days of documents and attempts that are older than their keeping time, but none that a run still needs: one that
-- is not finished, or a dead one that may be replayed.
CREATE FUNCTION engine_drop_partitions(document_days integer, run_months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  dropped integer := 0;
  part record;
  low timestamptz;
BEGIN
  FOR part IN
    SELECT c.relname AS name, p.relname AS parent FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
    WHERE p.relname IN ('engine_document', 'engine_attempt', 'engine_run') AND c.relname ~ '_[0-9]+$'
  LOOP
    IF part.parent = 'engine_run' THEN
      low := to_timestamp(substring(part.name FROM '[0-9]+$') || '01 UTC', 'YYYYMMDD TZ');
      CONTINUE WHEN low + interval '32 days' > now() - make_interval(months => run_months);
    ELSE
      low := to_timestamp(substring(part.name FROM '[0-9]+$') || ' UTC', 'YYYYMMDD TZ');
      CONTINUE WHEN low + interval '24 hours' > now() - make_interval(days => document_days);
      CONTINUE WHEN EXISTS (SELECT FROM engine_run WHERE id >= engine_id_at(low) AND id < engine_id_at(low + interval '24 hours')
                            AND state IN (1, 2, 3, 4, 6));
    END IF;
    EXECUTE format('DROP TABLE %I', part.name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;

REVOKE ALL ON FUNCTION engine_make_partition(text, text, timestamptz, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION engine_make_partitions(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION engine_drop_partitions(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION engine_make_partitions(integer) TO sevenm_engine;
GRANT EXECUTE ON FUNCTION engine_drop_partitions(integer, integer) TO sevenm_engine;
GRANT EXECUTE ON FUNCTION engine_id_at(timestamptz) TO sevenm_engine, sevenm_web;

SELECT engine_make_partitions(3);
