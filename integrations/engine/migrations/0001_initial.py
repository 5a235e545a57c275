from pathlib import Path

from django.db import migrations

from integrations.tenants.rls import (
    READ,
    WRITE,
    partition_sql,
    shared_table_sql,
    shared_table_undo_sql,
    tenant_table_sql,
    tenant_table_undo_sql,
)

SCHEMA = (Path(__file__).parent.parent / "sql" / "schema.sql").read_text()
GUARDED = {
    "engine_run": {"web": "SELECT, UPDATE", "engine": WRITE, "claims": True},
    "engine_document": {"web": "SELECT, INSERT"},
    "engine_attempt": {"web": READ},
    "engine_idempotency": {"web": READ},
    "engine_batch": {"web": READ},
    "engine_batchchunk": {"web": READ},
    "engine_breaker": {"web": READ, "claims": True},
    "engine_replay": {"web": WRITE, "claims": True},
    "engine_alert": {"web": "SELECT, UPDATE"},
    "engine_schedule": {"web": "SELECT, INSERT, UPDATE, DELETE", "claims": True},
}
PARTITIONED = ("engine_run", "engine_document", "engine_attempt")


class Migration(migrations.Migration):
    """Tables, partitions' parents, row-level security and rights of the engine."""

    dependencies = [("tenants", "0001_initial")]
    operations = [
        migrations.RunSQL(SCHEMA, "\n".join(f"DROP TABLE {t} CASCADE;" for t in
                                            ("engine_batchchunk", "engine_worker", *(g for g in GUARDED if g != "engine_batchchunk")))),
        *(
            migrations.RunSQL(tenant_table_sql(table, **rights), tenant_table_undo_sql(table))
            for table, rights in GUARDED.items()
        ),
        *(migrations.RunSQL(partition_sql(f"{table}_default"), migrations.RunSQL.noop) for table in PARTITIONED),
        migrations.RunSQL(
            shared_table_sql("engine_worker", web=READ, engine="SELECT, INSERT, UPDATE, DELETE"),
            shared_table_undo_sql("engine_worker"),
        ),
    ]
