"""Operations, targets and values in a merchant's words."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from integrations.mapping.ops.registry import OPS
from integrations.mapping.values import MISSING, Kind, Result, kind_of, words_for

MAX_WORDS: Final = 240
SHOWN: Final = 16
MASK: Final = str.maketrans(
    {
        chr(code): mark
        for first, last, mark in (("a", "z", "a"), ("A", "Z", "A"), ("0", "9", "9"))
        for code in range(ord(first), ord(last) + 1)
    }
)
INFIX: Final = {
    "add": "+",
    "subtract": "-",
    "multiply": "×",  # noqa: RUF001  the sign of a multiplication
    "divide": "÷",
    "eq": "=",
    "ne": "≠",
    "lt": "<",
    "le": "≤",
    "gt": ">",
    "ge": "≥",
    "and": "and",
    "or": "or",
}


def say(op: object) -> str:
    """Describe an operation of a plan document: ``Trim (order / name)``; at most 240 characters."""
    text = _say(op, 0)
    return text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 1] + "…"


def _say(op: object, depth: int) -> str:
    if not isinstance(op, list | tuple):
        return _constant(op)
    if depth > 8 or not op or not isinstance(op[0], str):
        return "…"
    key, args = op[0], op[1:]
    write = SOURCES.get(key)
    if write is not None:
        return write(args)
    parts = [_say(arg, depth + 1) for arg in args]
    if key in INFIX and len(parts) > 1:
        joined = f" {INFIX[key]} ".join(parts)
        return f"({joined})" if depth else joined
    title = OPS[key].title if key in OPS else key
    return f"{title} ({', '.join(parts)})" if parts else title


def _constant(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "yes" if value else "no"
        case str():
            return f"“{value}”"
        case _:
            return json.dumps(value, default=str, ensure_ascii=False)


def _path(keys: Sequence[object], start: str = "") -> str:
    return " / ".join([*([start] if start else []), *map(str, keys)]) or "the document"


SOURCES: Final[dict[str, Callable[[Sequence[Any]], str]]] = {
    "get": _path,
    "it": lambda args: _path(args, "item"),
    "item": _path,
    "let": _path,
    "lit": lambda args: _constant(args[0]) if args else "…",
}


def target(keys: object) -> str:
    """Name a target: ``customer / name``, or the document for none."""
    listed = [keys] if isinstance(keys, str) else keys if isinstance(keys, list | tuple) else []
    return _path(listed)


def shape(value: Result) -> str:
    """Say what a value looks like without showing it: ``text AA-9999``, ``a list of 3``."""
    match value:
        case str():
            masked = "".join(
                letter if letter.isascii() and letter.isprintable() else "*"
                for letter in value[:SHOWN].translate(MASK)
            )
            return f"text {masked}{'…' if len(value) > SHOWN else ''}" if value else "empty text"
        case bool() | None:
            return words_for(kind_of(value))
        case int() | Decimal():
            return f"{words_for(kind_of(value))} {str(value)[:SHOWN].translate(MASK)}"
        case list():
            return f"a list of {len(value)}"
        case dict():
            return f"an object of {len(value)}"
        case _:
            return "missing" if value is MISSING else words_for(kind_of(value))


def shown(value: Result) -> str:
    """Write a value for someone who may see it; long ones cut."""
    if value is MISSING:
        return "missing"
    if kind_of(value) in Kind.MOMENT | Kind.DECIMAL:
        return str(value)
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 1] + "…"
