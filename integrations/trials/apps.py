from django.apps import AppConfig
from typing_extensions import override

from integrations.vault.columns import EncryptedColumn, register
from integrations.vault.purposes import Purpose

SEALED = ("trials_sample", "trials_pin", "trials_case", "trials_shadow")


class TrialsConfig(AppConfig):
    """Samples, pins, trials, cases and shadow runs."""

    name = "integrations.trials"
    label = "trials"
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        for table in SEALED:
            register(EncryptedColumn(table, "content", Purpose.DATA))
        # There are models only now.
        from integrations.flows.services.versions import check_before_publishing  # noqa: PLC0415
        from integrations.trials.services.cases import failed_cases  # noqa: PLC0415

        check_before_publishing(failed_cases)
