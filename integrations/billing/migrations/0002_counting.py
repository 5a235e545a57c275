from datetime import UTC, datetime
from pathlib import Path

from django.db import migrations

from integrations.tenants.rls import (
    ALL,
    APPEND,
    READ,
    shared_table_sql,
    shared_table_undo_sql,
    tenant_table_sql,
    tenant_table_undo_sql,
)

FUNCTIONS = (Path(__file__).parent.parent / "sql" / "functions.sql").read_text()
FOREVER = datetime(2000, 1, 1, tzinfo=UTC)
PLANS = [
    ("free", "Free", 500, [(None, "0.00")]),
    (
        "pay_as_you_go",
        "Pay as you go",
        None,
        [(10_000, "0.03"), (100_000, "0.02"), (1_000_000, "0.012"), (None, "0.008")],
    ),
]


def seed(apps, schema_editor) -> None:
    for code, title, limit, tiers in PLANS:
        apps.get_model("billing", "PricePlan").objects.create(
            code=code,
            version=1,
            valid_from=FOREVER,
            title=title,
            currency="USD",
            limit=limit,
            tiers=[{"last": last, "unit_price": price} for last, price in tiers],
        )


def unseed(apps, schema_editor) -> None:
    apps.get_model("billing", "PricePlan").objects.filter(version=1).delete()


class Migration(migrations.Migration):
    """The first prices, the count of usage, and who may see which."""

    dependencies = [("billing", "0001_initial"), ("engine", "0002_partitions")]
    operations = [
        migrations.RunPython(seed, unseed, elidable=False),
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION billing_count(timestamptz, timestamptz);"),
        migrations.RunSQL(
            tenant_table_sql("billing_subscription", web=APPEND, engine=READ),
            tenant_table_undo_sql("billing_subscription"),
        ),
        migrations.RunSQL(
            tenant_table_sql("billing_usagehour", web=READ, engine=READ),
            tenant_table_undo_sql("billing_usagehour"),
        ),
        migrations.RunSQL(
            shared_table_sql("billing_priceplan", web=READ, engine=READ), shared_table_undo_sql("billing_priceplan")
        ),
        migrations.RunSQL(
            shared_table_sql("billing_counted", web=READ, engine=ALL), shared_table_undo_sql("billing_counted")
        ),
    ]
