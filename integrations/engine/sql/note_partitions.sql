-- The functions of partitions.sql, with the notes of runs beside their documents and attempts.

-- Months of runs, days of documents, attempts and notes: today's, and those of the coming days.
CREATE OR REPLACE FUNCTION engine_make_partitions(days_ahead integer) RETURNS integer
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
    made := made + engine_make_partition('engine_note', to_char(day AT TIME ZONE 'UTC', 'YYYYMMDD'), day, day + interval '24 hours')::int;
  END LOOP;
  RETURN made;
END $$;

-- Drop days of documents, attempts and notes that are older than their keeping time, but none that a run still needs: one that
-- is not finished, or a dead one that may be replayed.
CREATE OR REPLACE FUNCTION engine_drop_partitions(document_days integer, run_months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  dropped integer := 0;
  part record;
  low timestamptz;
BEGIN
  FOR part IN
    SELECT c.relname AS name, p.relname AS parent FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
    WHERE p.relname IN ('engine_document', 'engine_attempt', 'engine_note', 'engine_run') AND c.relname ~ '_[0-9]+$'
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

SELECT engine_make_partitions(3);
