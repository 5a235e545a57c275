from django.db import migrations

from integrations.tenants.rls import ALL, NOTHING, lookup_sql, tenant_table_sql, tenant_table_undo_sql

OWNED = [
    ("trials_sample", {"web": ALL, "engine": NOTHING}),
    ("trials_capture", {"web": ALL, "engine": NOTHING}),
    ("trials_pin", {"web": ALL, "engine": NOTHING}),
    ("trials_case", {"web": ALL, "engine": NOTHING}),
    ("trials_shadow", {"web": ALL, "engine": "SELECT, UPDATE, DELETE"}),
]

# Whose reports are old: the tenants that the beat then works for one by one.
AGED = lookup_sql(
    "trials_aged()",
    "SETOF uuid",
    """SELECT DISTINCT s.tenant_id FROM public.trials_shadow s
       WHERE s.created_at < now() - interval '1 day' ORDER BY 1""",
    web=False,
    engine=True,
)


def constraint(table: str) -> migrations.RunSQL:
    name = f"{table}_flow_same_tenant"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (tenant_id, flow_id) "
        "REFERENCES flows_flow (tenant_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    """Row-level security, foreign keys within a tenant, and who has old reports."""

    dependencies = [
        ("trials", "0001_initial"),
        ("flows", "0002_row_level_security"),
        ("tenants", "0005_change_security"),
    ]
    operations = [
        *(constraint(table) for table, _ in OWNED),
        *(
            migrations.RunSQL(tenant_table_sql(table, **rights), tenant_table_undo_sql(table))
            for table, rights in OWNED
        ),
        migrations.RunSQL(AGED, "DROP FUNCTION trials_aged();"),
    ]
