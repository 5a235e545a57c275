from django.db import migrations, models


class Migration(migrations.Migration):
    """Flows can be put away."""

    dependencies = [("flows", "0004_templates")]
    operations = [
        migrations.AddField("flow", "archived_at", models.DateTimeField(null=True)),
        migrations.AddConstraint(
            "flow",
            models.CheckConstraint(
                condition=models.Q(archived_at__isnull=True) | models.Q(enabled=False),
                name="flows_flow_archived_is_off",
            ),
        ),
    ]
