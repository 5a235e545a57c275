import django.db.models.deletion
from django.db import migrations, models

from integrations.tenants.rls import ALL, READ, lookup_sql, tenant_table_sql, tenant_table_undo_sql

LISTENING = lookup_sql(
    "flows_listening()",
    "TABLE (port integer, tenant_id uuid, flow_id uuid, version_id uuid)",
    """SELECT p.port, f.tenant_id, f.id, f.current_version_id
       FROM public.flows_listeningport p JOIN public.flows_flow f ON f.id = p.flow_id
       JOIN public.tenants_tenant t ON t.id = f.tenant_id
       WHERE f.enabled AND t.status = 'active' AND f.current_version_id IS NOT NULL ORDER BY p.port""",
    web=False,
    engine=True,
)


class Migration(migrations.Migration):
    """Ports that flows listen on: each is one flow's, whichever tenant it is of."""

    dependencies = [("flows", "0002_row_level_security"), ("tenants", "0002_row_level_security")]
    operations = [
        migrations.CreateModel(
            name="ListeningPort",
            fields=[
                ("port", models.PositiveIntegerField(primary_key=True, serialize=False)),
                (
                    "flow",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="listening_port",
                        to="flows.flow",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("port__gte", 1), ("port__lte", 65535)),
                        name="flows_listening_port_exists",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE flows_listeningport ADD CONSTRAINT flows_listeningport_flow_same_tenant "
            "FOREIGN KEY (tenant_id, flow_id) REFERENCES flows_flow (tenant_id, id) DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE flows_listeningport DROP CONSTRAINT flows_listeningport_flow_same_tenant",
        ),
        migrations.RunSQL(
            tenant_table_sql("flows_listeningport", web=ALL, engine=READ),
            tenant_table_undo_sql("flows_listeningport"),
        ),
        migrations.RunSQL(LISTENING, "DROP FUNCTION flows_listening();"),
    ]
