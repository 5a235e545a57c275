"""Values of a field in JSON: how defaults and examples are written, and read back as what they are."""

import base64
import binascii
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from integrations.schema.documents import Json
from integrations.schema.model import Type

AS_TEXT: Final = "text"
"""The notation of a number, date or bytes field whose value stands as text in the record."""


def to_json(value: object) -> Json:
    """Write a value as JSON can hold it: dates in ISO 8601, bytes in base64."""
    match value:
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case list() | tuple():
            return [to_json(member) for member in value]
        case dict():
            return {str(key): to_json(member) for key, member in value.items()}
        case _:
            return value


def from_json(value: Json, kind: Type, notation: str) -> Json:
    """Read a value back as the records hold it; what does not fit its type is left as it stands."""
    if not isinstance(value, str | int) or isinstance(value, bool) or notation == AS_TEXT:
        return value
    try:
        return _typed(value, kind)
    except (ValueError, InvalidOperation, binascii.Error):
        return value


def _typed(value: str | int, kind: Type) -> Json:
    if isinstance(value, int):
        return Decimal(value) if kind is Type.DECIMAL else value
    match kind:
        case Type.DATE:
            return date.fromisoformat(value)
        case Type.MOMENT:
            return datetime.fromisoformat(value)
        case Type.BYTES:
            return base64.b64decode(value, validate=True)
        case Type.DECIMAL:
            return Decimal(value)
        case _:
            return value
