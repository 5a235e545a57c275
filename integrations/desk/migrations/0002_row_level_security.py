from django.db import migrations

from integrations.tenants.rls import ALL, READ, WRITE, lookup_sql, tenant_table_sql, tenant_table_undo_sql

OWNED = [
    ("desk_alertroute", {"web": ALL, "engine": "SELECT, UPDATE"}),
    ("desk_followup", {"web": WRITE, "engine": WRITE}),
    ("desk_notice", {"web": READ, "engine": ALL}),
]

# Who has something to be told: the tenants that the beat then works for one by one.
ALERTED = lookup_sql(
    "desk_alerted()",
    "SETOF uuid",
    """SELECT t.id FROM public.tenants_tenant t WHERE t.status = 'active' AND (
         EXISTS (SELECT FROM public.engine_alert a WHERE a.tenant_id = t.id AND a.closed_at IS NULL)
         OR EXISTS (SELECT FROM public.desk_notice n WHERE n.tenant_id = t.id AND n.due_at IS NOT NULL)) ORDER BY t.id""",
    web=False,
    engine=True,
)

# Who settles a run in doubt writes into its ledger that the call did not act; no other row is ever added by the web.
SETTLE = "GRANT INSERT ON engine_attempt TO sevenm_web;"


class Migration(migrations.Migration):
    """Row-level security, and the rights that settling a run takes."""

    dependencies = [
        ("desk", "0001_initial"),
        ("engine", "0002_partitions"),
        ("tenants", "0002_row_level_security"),
    ]
    operations = [
        *(
            migrations.RunSQL(tenant_table_sql(table, **rights), tenant_table_undo_sql(table))
            for table, rights in OWNED
        ),
        migrations.RunSQL(ALERTED, "DROP FUNCTION desk_alerted();"),
        migrations.RunSQL(SETTLE, "REVOKE INSERT ON engine_attempt FROM sevenm_web;"),
    ]
