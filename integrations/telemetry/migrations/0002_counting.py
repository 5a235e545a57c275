from pathlib import Path

from django.db import migrations

from integrations.tenants.rls import ALL, READ, shared_table_sql, shared_table_undo_sql

FUNCTIONS = (Path(__file__).parent.parent / "sql" / "functions.sql").read_text()
UNDO = """
DROP FUNCTION telemetry_own(timestamptz, timestamptz);
DROP FUNCTION telemetry_attempts(timestamptz, timestamptz);
DROP FUNCTION telemetry_index_new_attempts();
DROP FUNCTION telemetry_quantile(smallint[], bigint[], float8);
DROP FUNCTION telemetry_bucket(bigint);
"""
TABLES = ("telemetry_sketch", "telemetry_rolled", "telemetry_board", "telemetry_published")


class Migration(migrations.Migration):
    """Aggregates of the installation: the engine counts them, everybody may read them."""

    dependencies = [("telemetry", "0001_initial"), ("engine", "0002_partitions")]
    operations = [
        migrations.RunSQL(FUNCTIONS, UNDO),
        *(
            migrations.RunSQL(shared_table_sql(table, web=READ, engine=ALL), shared_table_undo_sql(table))
            for table in TABLES
        ),
    ]
