from django.db import migrations

from integrations.tenants.rls import lookup_sql

OPEN = lookup_sql(
    "engine_open_batches(grace_s double precision)",
    "TABLE (batch_id uuid, tenant_id uuid)",
    """SELECT b.id, b.tenant_id FROM public.engine_batch b
       WHERE b.state IN ('received', 'splitting')
         AND coalesce(b.lease_until, b.received_at) < now() - make_interval(secs => grace_s)
       ORDER BY b.received_at LIMIT 10""",
    web=False,
    engine=True,
)


class Migration(migrations.Migration):
    """Which files wait to be split: ids only, for a worker that does not know the tenant yet."""

    dependencies = [("engine", "0002_partitions")]
    operations = [migrations.RunSQL(OPEN, "DROP FUNCTION engine_open_batches(double precision)")]
