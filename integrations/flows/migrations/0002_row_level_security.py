from django.db import migrations

from integrations.tenants.rls import APPEND, READ, WRITE, lookup_sql, tenant_table_sql, tenant_table_undo_sql

OWNED = [
    ("flows_flow", {"web": WRITE, "engine": READ}),
    ("flows_version", {"web": APPEND, "engine": READ}),
    ("flows_hook", {"web": WRITE, "engine": READ}),
]

# A foreign key that names the tenant as well cannot point at another tenant's row.
SAME_TENANT = [
    ("flows_version", "flow_id", "flows_flow"),
    ("flows_hook", "flow_id", "flows_flow"),
    ("flows_flow", "current_version_id", "flows_version"),
]

HOOK = lookup_sql(
    "flows_hook_lookup(hook_token text)",
    "TABLE (hook_id uuid, tenant_id uuid, flow_id uuid, version_id uuid, step_key text, live boolean, verifier bytea)",
    """SELECT h.id, h.tenant_id, h.flow_id, f.current_version_id, h.step_key,
              h.enabled AND f.enabled AND t.status = 'active', h.verifier
       FROM public.flows_hook h JOIN public.flows_flow f ON f.id = h.flow_id
       JOIN public.tenants_tenant t ON t.id = h.tenant_id WHERE h.token = hook_token""",
    engine=True,
)
SCHEDULED = lookup_sql(
    "flows_scheduled()",
    "TABLE (tenant_id uuid, flow_id uuid, version_id uuid)",
    """SELECT f.tenant_id, f.id, f.current_version_id
       FROM public.flows_flow f JOIN public.flows_version v ON v.id = f.current_version_id
       JOIN public.tenants_tenant t ON t.id = f.tenant_id
       WHERE f.enabled AND t.status = 'active' AND v.trigger = 'schedule_trigger' ORDER BY f.id""",
    web=False,
    engine=True,
)


def constraint(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column.removesuffix('_id')}_same_tenant"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (tenant_id, {column}) "
        f"REFERENCES {target} (tenant_id, id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    """Row-level security, foreign keys within a tenant, and look-ups before the tenant is known."""

    dependencies = [("flows", "0001_initial"), ("tenants", "0002_row_level_security")]
    operations = [
        *(constraint(*link) for link in SAME_TENANT),
        *(
            migrations.RunSQL(tenant_table_sql(table, **rights), tenant_table_undo_sql(table))
            for table, rights in OWNED
        ),
        migrations.RunSQL(
            HOOK + SCHEDULED, "DROP FUNCTION flows_hook_lookup(text); DROP FUNCTION flows_scheduled();"
        ),
    ]
