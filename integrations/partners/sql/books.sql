-- Numbers are allotted and settled by functions, so that one statement does for all that a run asks.

CREATE FUNCTION partners_allot(p_tenant uuid, p_run uuid, p_counters text[], p_places text[])
RETURNS TABLE (counter text, place text, number bigint)
LANGUAGE plpgsql SET search_path = public AS $$
-- Counters are locked in their order, so that two runs cannot wait for each other. The lock comes before the look at
-- what this run has already: two workers that run the same run at once (one of them has lost its lease) get one number.
DECLARE
  wanted record;
  given bigint;
BEGIN
  FOR wanted IN SELECT c, p FROM unnest(p_counters, p_places) WITH ORDINALITY AS u (c, p, n) ORDER BY c, n LOOP
    INSERT INTO partners_counter (tenant_id, name, last, highest) VALUES (p_tenant, wanted.c, 0, 999999999)
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM partners_counter k WHERE k.tenant_id = p_tenant AND k.name = wanted.c FOR UPDATE;
    SELECT a.number INTO given FROM partners_allotment a
    WHERE a.tenant_id = p_tenant AND a.run_id = p_run AND a.counter = wanted.c AND a.place = wanted.p;
    IF NOT FOUND THEN
      UPDATE partners_counter k SET last = CASE WHEN k.last >= k.highest THEN 1 ELSE k.last + 1 END
      WHERE k.tenant_id = p_tenant AND k.name = wanted.c RETURNING k.last INTO given;
      INSERT INTO partners_allotment (tenant_id, run_id, counter, place, number, verdict, reason)
      VALUES (p_tenant, p_run, wanted.c, wanted.p, given, '', '');
    END IF;
    counter := wanted.c; place := wanted.p; number := given;
    RETURN NEXT;
  END LOOP;
END $$;

CREATE FUNCTION partners_settle(p_tenant uuid, p_run uuid, p_counter text, p_number bigint, p_verdict text, p_reason text)
RETURNS uuid
LANGUAGE sql SET search_path = public AS $$
-- Note what the receiver said of the latest sending under this number; give the run that sent it, null for none.
UPDATE partners_allotment a
SET verdict = p_verdict, reason = left(p_reason, 500), settled_by = p_run, settled_at = now()
WHERE a.tenant_id = p_tenant AND a.counter = p_counter AND a.number = p_number AND a.allotted_at = (
  SELECT max(b.allotted_at) FROM partners_allotment b
  WHERE b.tenant_id = p_tenant AND b.counter = p_counter AND b.number = p_number)
RETURNING a.run_id
$$;
