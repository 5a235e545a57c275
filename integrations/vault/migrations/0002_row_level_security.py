from django.db import migrations

from integrations.tenants.rls import APPEND, WRITE, tenant_table_sql, tenant_table_undo_sql


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_initial"), ("tenants", "0002_row_level_security")]

    operations = [
        migrations.RunSQL(
            tenant_table_sql("vault_tenantkey", web=APPEND, engine=WRITE), tenant_table_undo_sql("vault_tenantkey")
        )
    ]
