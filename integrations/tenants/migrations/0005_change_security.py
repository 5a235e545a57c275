from django.db import migrations

from integrations.tenants.rls import ALL, READ, tenant_table_sql, tenant_table_undo_sql


class Migration(migrations.Migration):
    """Row-level security. The engine sees the changes of all tenants: ids and times."""

    dependencies = [("tenants", "0004_change")]
    operations = [
        migrations.RunSQL(
            tenant_table_sql("tenants_change", web=ALL, engine=READ, claims=True),
            tenant_table_undo_sql("tenants_change"),
        ),
    ]
