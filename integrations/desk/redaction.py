"""Showing how a document is built without showing what it says.

What stands for a value depends on its type and length alone, so two documents of one shape look the same. The
marks have the form that pages and the API know: ``{"$redacted": "text, 12 characters"}``.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

REDACTED: Final = "$redacted"
MOST_ITEMS: Final = 50
MOST_KEYS: Final = 500
MOST_DEPTH: Final = 64
_FIELD: Final = re.compile(r"[A-Za-z_$@][A-Za-z_.:/$ -]{0,59}[0-9]{0,3}[A-Za-z_]{0,20}")
PLAIN_HEADERS: Final = frozenset(
    {"content-type", "content-length", "content-encoding", "date", "retry-after"}
)

Masked = dict[str, object] | list[object] | None


def redact(value: object) -> Masked:
    """Give the structure of a decoded document: fields keep their names, values become kind and length.

    A field's name that may itself be a value (an e-mail address, a number) is replaced by its place.
    """
    return _redact(value, 0)


def redact_headers(headers: Mapping[str, object]) -> dict[str, object]:
    """Keep the names of headers, and the values of the few that describe the message itself."""
    return {
        name: text if name.lower() in PLAIN_HEADERS and len(str(text)) <= 100 else mask(text)
        for name, text in headers.items()
    }


def mask(value: object) -> dict[str, object]:
    """Give the mark that stands for one value."""
    return {REDACTED: _kind(value)}


def _redact(value: object, depth: int) -> Masked:
    if value is None:
        return None
    if depth >= MOST_DEPTH:
        return mask(value)
    if isinstance(value, Mapping):
        shown: dict[str, object] = {}
        for place, (name, inner) in enumerate(value.items()):
            if place >= MOST_KEYS:
                shown["…"] = {REDACTED: f"{len(value) - MOST_KEYS} more fields"}
                break
            shown[_field(str(name), place)] = _redact(inner, depth + 1)
        return shown
    if isinstance(value, list | tuple):
        items: list[object] = [_redact(inner, depth + 1) for inner in value[:MOST_ITEMS]]
        if len(value) > MOST_ITEMS:
            items.append({REDACTED: f"{len(value) - MOST_ITEMS} more"})
        return items
    return mask(value)


def _field(name: str, place: int) -> str:
    return name if _FIELD.fullmatch(name) else f"field {place + 1}"


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, int | float | Decimal):
        digits = sum(character.isdigit() for character in str(value))
        return f"number, {digits} digits"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, str):
        return f"text, {len(value)} characters"
    return type(value).__name__ if isinstance(value, Mapping | list | tuple) else "value"
