from django.db import migrations

from integrations.tenants.rls import ALL, WRITE, tenant_table_sql, tenant_table_undo_sql


class Migration(migrations.Migration):
    """Row-level security. The engine updates: it re-wraps secrets and notes how a test went."""

    dependencies = [("connectors", "0001_initial"), ("tenants", "0002_row_level_security")]
    operations = [
        migrations.RunSQL(
            tenant_table_sql("connectors_connection", web=ALL, engine=WRITE),
            tenant_table_undo_sql("connectors_connection"),
        ),
    ]
