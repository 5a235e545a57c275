"""Values of a trial as JSON and back, without losing what JSON does not know.

bytes    {"$bytes": "<base64>"}        date     {"$date": "2026-11-23"}
instant  {"$datetime": "2026-11-23T09:30:00+00:00"}
cut      {"cut": {"bytes": 183422, "start": "…"}}, in the place of a value that is too large to be shown
"""

import base64
import binascii
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, cast

import msgspec

from integrations.desk.redaction import redact
from integrations.errors import InputError
from integrations.flows.exact_json import json_bytes
from integrations.formats.codec import Value

BYTES, DATE, INSTANT, CUT = "$bytes", "$date", "$datetime", "cut"
SHOWN_BYTES: Final = 100_000
"""Of one value in an answer; a larger one is cut."""
START_CHARS: Final = 2_000
_MARKS: Final = frozenset({BYTES, DATE, INSTANT})
_decode: Final = msgspec.json.Decoder(float_hook=Decimal).decode


def as_json(value: Value) -> Any:  # noqa: ANN401  JSON
    """Give a value with marks for what JSON does not know."""
    match value:
        case dict():
            return {key: as_json(inner) for key, inner in value.items()}
        case list():
            return [as_json(inner) for inner in value]
        case bytes():
            return {BYTES: base64.b64encode(value).decode()}
        case datetime():
            return {INSTANT: value.isoformat()}
        case date():
            return {DATE: value.isoformat()}
        case _:
            return value


def from_json(value: object, place: str = "") -> Value:
    """Read what `as_json` wrote. Raises InputError for a mark that says nothing and for what was cut."""
    if isinstance(value, list):
        return [from_json(inner, f"{place}[{at}]") for at, inner in enumerate(value)]
    if not isinstance(value, dict):
        return cast("Value", value)
    if len(value) == 1:
        ((name, inner),) = value.items()
        if name in _MARKS and isinstance(inner, str):
            return _marked(name, inner, place)
        if name == CUT and isinstance(inner, dict) and set(inner) == {"bytes", "start"}:
            raise InputError(
                "trial.cut_value",
                "This value was cut, because it is large.",
                hint="Run up to the step instead, or choose a smaller sample.",
                place=place,
            )
    return {
        str(key): from_json(inner, f"{place}.{key}" if place else str(key)) for key, inner in value.items()
    }


def _marked(name: str, text: str, place: str) -> Value:
    try:
        if name == BYTES:
            return base64.b64decode(text, validate=True)
        return date.fromisoformat(text) if name == DATE else datetime.fromisoformat(text)
    except (ValueError, binascii.Error):
        raise InputError("trial.mark", f"What stands at “{name}” cannot be read.", place=place) from None


def shown(value: Value, *, is_plain: bool) -> Any:  # noqa: ANN401  JSON
    """Give a value for an answer: marked, masked unless `is_plain`, cut where it is large."""
    if not is_plain:
        return redact(value)
    marked = as_json(value)
    written = json_bytes(marked)
    if len(written) <= SHOWN_BYTES:
        return msgspec.Raw(written)
    start = written[: START_CHARS * 4].decode("utf-8", "ignore")[:START_CHARS]
    return {CUT: {"bytes": len(written), "start": start}}


def size_bytes(value: Value) -> int:
    """Give how long a value is as JSON."""
    return len(json_bytes(as_json(value)))


def body_value(headers: Mapping[str, str], body: bytes) -> Value:
    """Read bytes for people: JSON as its value, other text as text, the rest as bytes, nothing as None.

    headers: lower-case names.
    """
    if not body:
        return None
    if body.lstrip()[:1] in {b"{", b"["} or "json" in headers.get("content-type", ""):
        with suppress(msgspec.DecodeError, RecursionError):
            return cast("Value", _decode(body))
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body
