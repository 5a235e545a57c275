from pathlib import Path

from django.db import migrations

from integrations.tenants.rls import ALL, READ, WRITE, tenant_table_sql, tenant_table_undo_sql

BOOKS = (Path(__file__).parent.parent / "sql" / "books.sql").read_text()
SIGNATURES = (
    "partners_allot(uuid, uuid, text[], text[])",
    "partners_settle(uuid, uuid, text, bigint, text, text)",
)
RIGHTS = "\n".join(
    f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC;\nGRANT EXECUTE ON FUNCTION {name} TO sevenm_engine;"
    for name in SIGNATURES
)
UNDO = "\n".join(f"DROP FUNCTION {name};" for name in SIGNATURES)
GUARDED = {
    "partners_partner": {"web": ALL, "engine": READ},
    "partners_table": {"web": ALL, "engine": READ},
    "partners_counter": {"web": ALL, "engine": WRITE},
    "partners_allotment": {"web": READ, "engine": ALL},
}


class Migration(migrations.Migration):
    """Row-level security, and the functions by which runs take numbers."""

    dependencies = [("partners", "0001_initial"), ("tenants", "0005_change_security")]
    operations = [
        *(
            migrations.RunSQL(tenant_table_sql(table, **rights), tenant_table_undo_sql(table))
            for table, rights in GUARDED.items()
        ),
        migrations.RunSQL(f"{BOOKS}\n{RIGHTS}", UNDO),
    ]
