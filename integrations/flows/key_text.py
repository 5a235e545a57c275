"""One text for equal values: what keys are compared by."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from integrations.flows.exact_json import canonical
from integrations.formats.codec import Value


def key_text(value: Value) -> str:
    """Give one text for equal values: 7, 7.0 and 7.00 are one number, and no number is a text."""
    return canonical(_plain(value)).decode()


def _plain(value: object) -> object:
    match value:
        case bool() | str() | None:
            return value
        case bytes():
            return {"bytes": value.hex()}
        case datetime():
            return {"moment": value.isoformat()}
        case Mapping():
            return {"object": {str(key): _plain(inner) for key, inner in value.items()}}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case int():
            return {"number": str(value)}
        case Decimal():
            text = format(value, "f")
            return {"number": text.rstrip("0").rstrip(".") if "." in text else text}
        case _:
            return {"other": str(value)}
