"""What the web role may do with the tables of sign-in, which belong to Django and allauth."""

from django.db import migrations

from integrations.tenants.rls import ALL, NOTHING, READ, shared_table_sql, shared_table_undo_sql

TABLES = [
    ("django_session", ALL),
    ("django_content_type", READ),
    ("account_emailaddress", ALL),
    ("account_emailconfirmation", ALL),
    ("mfa_authenticator", ALL),
]


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0002_row_level_security"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.RunSQL(shared_table_sql(table, web=rights, engine=NOTHING), shared_table_undo_sql(table))
        for table, rights in TABLES
    ]
