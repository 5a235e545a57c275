from django.apps import AppConfig
from typing_extensions import override

from integrations.vault.columns import EncryptedColumn, register
from integrations.vault.purposes import Purpose


class FlowsConfig(AppConfig):
    name = "integrations.flows"
    label = "flows"
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        register(EncryptedColumn("flows_hook", "verifier", Purpose.INGRESS))
