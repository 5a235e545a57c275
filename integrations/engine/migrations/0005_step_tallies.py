from django.db import migrations

from integrations.tenants.rls import READ, tenant_table_sql, tenant_table_undo_sql

TABLES = """
CREATE TABLE engine_steptally (
  tenant_id uuid NOT NULL,
  flow_id uuid NOT NULL,
  version_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  count bigint NOT NULL,
  slot_s smallint NOT NULL CHECK (slot_s IN (60, 3600)),
  bucket smallint NOT NULL,
  step text NOT NULL,
  port text NOT NULL,
  PRIMARY KEY (version_id, slot_s, starts_at, step, port, bucket)
) WITH (fillfactor = 70);
CREATE INDEX engine_steptally_old ON engine_steptally (starts_at);

CREATE TABLE engine_steperror (
  tenant_id uuid NOT NULL,
  flow_id uuid NOT NULL,
  version_id uuid NOT NULL,
  at timestamptz NOT NULL,
  step text NOT NULL,
  code text NOT NULL,
  message text NOT NULL,
  PRIMARY KEY (version_id, step)
) WITH (fillfactor = 70);

-- walked: how many steps this run has passed and had counted; waits_at: the step at which it waits.
ALTER TABLE engine_run ADD COLUMN walked integer NOT NULL DEFAULT 0, ADD COLUMN waits_at text NOT NULL DEFAULT '';
-- What stands still in one flow, step by step. Named by their steps too, so that no search for what is due takes them.
CREATE INDEX engine_run_stuck ON engine_run (tenant_id, flow_id, error_step) WHERE state IN (4, 6) AND error_step <> '';
CREATE INDEX engine_run_waits ON engine_run (tenant_id, flow_id, waits_at) WHERE state = 3 AND waits_at <> '';
"""
UNDO = """
DROP INDEX engine_run_waits;
DROP INDEX engine_run_stuck;
ALTER TABLE engine_run DROP COLUMN waits_at, DROP COLUMN walked;
DROP TABLE engine_steperror;
DROP TABLE engine_steptally;
"""
GUARDED = ("engine_steptally", "engine_steperror")


class Migration(migrations.Migration):
    """Counts of steps with their times and last errors, and where runs wait."""

    dependencies = [("engine", "0004_memory")]
    operations = [
        migrations.RunSQL(TABLES, UNDO),
        *(
            migrations.RunSQL(tenant_table_sql(table, web=READ), tenant_table_undo_sql(table))
            for table in GUARDED
        ),
    ]
