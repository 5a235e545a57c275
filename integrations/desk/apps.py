from django.apps import AppConfig
from typing_extensions import override

from integrations.vault.columns import EncryptedColumn, register
from integrations.vault.purposes import Purpose


class DeskConfig(AppConfig):
    """Runs, dead letters, replays, batches and alerts as people see and settle them."""

    name = "integrations.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        register(EncryptedColumn("desk_alertroute", "secret", Purpose.CRED))
