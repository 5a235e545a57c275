"""How the rows of this package are sealed, and what their sealed values look like."""

from typing import Any
from uuid import UUID

from integrations.errors import InputError
from integrations.flows.exact_json import ExactDecoder, json_bytes
from integrations.flows.visits import Pin as PinnedOutput
from integrations.trials.models import Case, Pin, Sample, Shadow
from integrations.trials.values import as_json, from_json
from integrations.vault import services as vault
from integrations.vault.purposes import Purpose

COLUMN = "content"
Row = Sample | Pin | Case | Shadow
Kind = type[Sample] | type[Pin] | type[Case] | type[Shadow]


def sealed(kind: Kind, tenant_id: UUID, row_id: UUID, plaintext: bytes) -> bytes:
    """Encrypt the content of a row."""
    table = kind._meta.db_table  # noqa: SLF001  Django's documented name
    return vault.seal(tenant_id, Purpose.DATA, table, COLUMN, row_id, plaintext)


def opened(row: Row) -> bytes:
    """Decrypt the content of a row, inside `bind`; nothing where it has none."""
    if row.content is None:
        return b""
    table = row._meta.db_table  # noqa: SLF001  Django's documented name
    return vault.open_(row.tenant_id, Purpose.DATA, table, COLUMN, row.id, bytes(row.content))


def pin_bytes(pin: PinnedOutput) -> bytes:
    """Lay out a pin to be sealed."""
    return json_bytes({"value": as_json(pin.value), "port": pin.port})


def pin_of(plaintext: bytes) -> PinnedOutput:
    """Read what `pin_bytes` laid out."""
    said: dict[str, Any] = ExactDecoder().decode(plaintext.decode())
    return PinnedOutput(from_json(said["value"]), said["port"])


def pin_said(said: Any, place: str) -> PinnedOutput:  # noqa: ANN401  JSON
    """Read a pin from JSON: ``{"value": …, "port": "error"}``. Raises InputError."""
    if not isinstance(said, dict) or "value" not in said or set(said) - {"value", "port"}:
        raise InputError("pin.form", "A pin has a “value” and may have a “port”.", place=place)
    port = said.get("port")
    if port is not None and (not isinstance(port, str) or not 0 < len(port) <= 63):
        raise InputError("pin.form", "“port” is the name of a way out.", place=f"{place}.port")
    return PinnedOutput(from_json(said["value"], f"{place}.value"), port)
