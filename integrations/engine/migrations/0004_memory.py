from pathlib import Path

from django.db import migrations

from integrations.tenants.rls import READ, partition_sql, tenant_table_sql, tenant_table_undo_sql

SQL = Path(__file__).parent.parent / "sql"
SCHEMA = (SQL / "memory_schema.sql").read_text()
PARTITIONS = (SQL / "note_partitions.sql").read_text()
BEFORE = (SQL / "partitions.sql").read_text()
GUARDED = {
    "engine_note": {"web": "SELECT, UPDATE", "claims": True},
    "engine_seen": {"web": ""},
    "engine_approval": {"web": "SELECT, UPDATE"},
    "engine_collection": {"web": READ, "claims": True},
    "engine_collected": {"web": ""},
}
UNDO = """
DROP TABLE engine_collected, engine_collection, engine_approval, engine_seen, engine_note CASCADE;
ALTER TABLE engine_run DROP CONSTRAINT engine_run_origin_check;
ALTER TABLE engine_run ADD CONSTRAINT engine_run_origin_check CHECK (origin BETWEEN 1 AND 4);
"""

def _functions(sql: str) -> str:
    start = sql.index("-- Months of runs")
    end = sql.index("REVOKE ALL ON FUNCTION engine_make_partition(")
    return sql[start:end].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    """What steps wait for and remember: notes, keys that were seen, approvals, lists that are being collected."""

    dependencies = [("engine", "0003_open_batches")]
    operations = [
        migrations.RunSQL(SCHEMA, UNDO),
        *(
            migrations.RunSQL(tenant_table_sql(table, **rights), tenant_table_undo_sql(table))
            for table, rights in GUARDED.items()
        ),
        migrations.RunSQL(partition_sql("engine_note_default"), migrations.RunSQL.noop),
        migrations.RunSQL(PARTITIONS, _functions(BEFORE)),
    ]
