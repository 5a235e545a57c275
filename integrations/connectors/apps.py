from django.apps import AppConfig
from typing_extensions import override

from integrations.vault.columns import EncryptedColumn, register
from integrations.vault.purposes import Purpose


class ConnectorsConfig(AppConfig):
    name = "integrations.connectors"
    label = "connectors"
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        register(EncryptedColumn("connectors_connection", "secret", Purpose.CRED))
