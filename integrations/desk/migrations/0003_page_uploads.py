from django.db import migrations


class Migration(migrations.Migration):
    """Let pages take files in: the web role may add a batch and its sealed pieces, of its tenant only."""

    dependencies = [("desk", "0002_row_level_security"), ("engine", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "GRANT INSERT ON engine_batch, engine_batchchunk TO sevenm_web;",
            "REVOKE INSERT ON engine_batch, engine_batchchunk FROM sevenm_web;",
        )
    ]
