from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent.parent / "sql" / "partitions.sql").read_text()
UNDO = """
DROP FUNCTION engine_drop_partitions(integer, integer);
DROP FUNCTION engine_make_partitions(integer);
DROP FUNCTION engine_make_partition(text, text, timestamptz, timestamptz);
DROP FUNCTION engine_id_at(timestamptz);
"""


class Migration(migrations.Migration):
    """Functions that make and drop partitions; the first ones are made here."""

    dependencies = [("engine", "0001_initial")]
    operations = [migrations.RunSQL(SQL, UNDO)]
