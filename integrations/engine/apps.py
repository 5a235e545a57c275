from django.apps import AppConfig
from typing_extensions import override

from integrations.vault.columns import EncryptedColumn, register
from integrations.vault.purposes import Purpose

_DOCUMENT = ("run_id", "kind")
SEALED = (
    EncryptedColumn(
        "engine_document", "body", Purpose.DATA, "run_id", _DOCUMENT, sealed_as="input", where="kind = 1"
    ),
    EncryptedColumn(
        "engine_document", "body", Purpose.DATA, "run_id", _DOCUMENT, sealed_as="reply", where="kind = 2"
    ),
    EncryptedColumn(
        "engine_document",
        "body",
        Purpose.DATA,
        "run_id || '/' || kind",
        _DOCUMENT,
        sealed_as="edited",
        where="kind >= 10",
    ),
    EncryptedColumn(
        "engine_attempt", "exchange", Purpose.DATA, "run_id || '/' || ordinal", ("run_id", "ordinal")
    ),
    EncryptedColumn("engine_approval", "body", Purpose.DATA),
    EncryptedColumn("engine_approval", "comment", Purpose.DATA),
    EncryptedColumn(
        "engine_collected",
        "body",
        Purpose.DATA,
        "collection_id || '/' || number",
        ("collection_id", "number"),
    ),
    EncryptedColumn(
        "engine_batchchunk", "body", Purpose.DATA, "batch_id || '/' || number", ("batch_id", "number")
    ),
)


class EngineConfig(AppConfig):
    """Runs with their documents, attempts and notes; batches, replays, breakers, approvals, lists."""

    name = "integrations.engine"
    label = "engine"
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        for column in SEALED:
            register(column)
