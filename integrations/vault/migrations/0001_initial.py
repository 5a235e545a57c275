
import django.db.models.functions.datetime
import integrations.tenants.ids
import integrations.vault.purposes
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='TenantKey',
            fields=[
                ('id', models.UUIDField(default=integrations.tenants.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField()),
                ('purpose', models.CharField(max_length=12)),
                ('version', models.PositiveIntegerField()),
                ('root_version', models.PositiveIntegerField()),
                ('wrapped', models.BinaryField(max_length=60)),
                ('state', models.CharField(choices=[('current', 'Current'), ('readable', 'Readable, values are being re-wrapped'), ('retired', 'Retired, no value uses it'), ('destroyed', 'Destroyed')], default='current', max_length=10)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'purpose', 'version'), name='vault_key_version_once'), models.UniqueConstraint(condition=models.Q(('state', 'current')), fields=('tenant_id', 'purpose'), name='vault_key_one_current'), models.CheckConstraint(condition=models.Q(('purpose__in', integrations.vault.purposes.Purpose)), name='vault_key_purpose'), models.CheckConstraint(condition=models.Q(('state__in', ['current', 'readable', 'retired', 'destroyed'])), name='vault_key_state'), models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='vault_key_from_one')],
            },
        ),
    ]
