"""Write YAML in block style: quotes wherever a text could be taken for something else."""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, DecimalException

from integrations.errors import EncodeError
from integrations.formats.codec import Value
from integrations.formats.yaml.values import MAX_DIGITS, in_range, is_plain_text

_MAX_DEPTH = 200
_SAFE = re.compile(r"[A-Za-z_][A-Za-z0-9_./@+ -]*(?<! )")
_ESCAPED = re.compile('[\\\\"\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]')
_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LONG_KEY = 120


def block(value: Value, place: str) -> str:
    """Write one value as a block of lines. Raises EncodeError; place: of the value, for the error."""
    return "".join(_block(value, 0, place))


def _block(value: Value, depth: int, place: str) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        raise EncodeError("yaml.too_deep", "The record is nested too deep.", place=place)
    indent = "  " * depth
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            name = _text(key, place)
            where = f"{place}, {key}" if key.isidentifier() and len(key) <= 40 else f"{place}, *"
            opening = f"{indent}{name}:" if len(name) <= _LONG_KEY else f"{indent}? {name}\n{indent}:"
            yield from _entry(opening, inner, depth, where)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _entry(f"{indent}-", inner, depth, f"{place}[{index}]")
    else:
        yield f"{indent}{_scalar(value, place)}\n"


def _entry(opening: str, value: Value, depth: int, place: str) -> Iterator[str]:
    yield opening
    if isinstance(value, dict | list) and value:
        yield "\n"
        yield from _block(value, depth + 1, place)
    else:
        yield f" {_scalar(value, place)}\n"


def _scalar(value: Value, place: str) -> str:
    if isinstance(value, str):
        return _text(value, place)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return _number(value, place)
    if isinstance(value, bytes):
        return f'!!binary "{b64encode(value).decode()}"'
    if isinstance(value, date):
        return f'"{value.isoformat()}"'
    return "{}" if isinstance(value, dict) else "[]"


def _number(value: int | Decimal, place: str) -> str:
    try:
        fits = abs(value) < 10**MAX_DIGITS if isinstance(value, int) else in_range(value)
    except DecimalException:
        fits = False
    if not fits:
        raise EncodeError("yaml.number_range", "A number cannot be written in YAML.", place=place)
    return str(value)


def _text(text: str, place: str) -> str:
    if _SAFE.fullmatch(text) and is_plain_text(text):
        return text
    if "\0" in text:
        raise EncodeError("yaml.nul", "A text holds the character NUL.", place=place)
    quoted = _ESCAPED.sub(_escape, text)
    if "\\ud" in quoted and re.search(r"(?<!\\)(?:\\\\)*\\ud[89a-f]", quoted):
        raise EncodeError("yaml.surrogate", "A text holds half of a character.", place=place)
    return f'"{quoted}"'


def _escape(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}"
