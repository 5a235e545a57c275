from django.db import migrations, models

from integrations.tenants.rls import lookup_sql

ALERTS = """SELECT t.id FROM public.tenants_tenant t WHERE t.status = 'active' AND (
         EXISTS (SELECT FROM public.engine_alert a WHERE a.tenant_id = t.id AND a.closed_at IS NULL)
         OR EXISTS (SELECT FROM public.desk_notice n WHERE n.tenant_id = t.id AND n.due_at IS NOT NULL){more}) ORDER BY t.id"""
QUESTIONS = """
         OR EXISTS (SELECT FROM public.engine_approval q WHERE q.tenant_id = t.id AND q.told_at IS NULL AND q.decision = '')"""


def alerted(more: str) -> str:
    return lookup_sql("desk_alerted()", "SETOF uuid", ALERTS.format(more=more), web=False, engine=True)


class Migration(migrations.Migration):
    """Those who are asked to decide are written to."""

    dependencies = [("desk", "0003_page_uploads"), ("engine", "0004_memory")]
    operations = [
        migrations.AlterField(
            "notice",
            "kind",
            models.CharField(
                max_length=8,
                choices=[
                    ("raised", "New alerts"),
                    ("digest", "Alerts that go on"),
                    ("expiring", "Dead letters that expire soon"),
                    ("approval", "A decision that a run waits for"),
                ],
            ),
        ),
        migrations.RunSQL(alerted(QUESTIONS), alerted("")),
    ]
