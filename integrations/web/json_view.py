"""Shows a value as coloured JSON, escaped, with marks where something was taken out."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

INDENT: Final = "  "
MOST_CHARS: Final = 60_000
MOST_TEXT: Final = 10_000
REDACTED_KEY: Final = "$redacted"


@dataclass(frozen=True, slots=True)
class Redacted:
    """Stands in a value where a secret or personal data was. In JSON: ``{"$redacted": "<reason>"}``."""

    reason: str


@dataclass(frozen=True, slots=True)
class Shown:
    """html: escaped and marked. text: the same, plain, for copying. is_cut: the end is missing."""

    html: SafeString
    text: str
    is_cut: bool
    redactions: int


def show(value: object) -> Shown:
    """Write `value` in lines of JSON. It is cut at a line after about sixty thousand characters."""
    html: list[str] = []
    text: list[str] = []
    size = redactions = 0
    is_cut = False
    for plain, css in _pieces(value, 0):
        size += len(plain)
        if size > MOST_CHARS and plain.startswith("\n"):
            is_cut = True
            break
        redactions += css == "x-redacted"
        text.append(plain)
        html.append(format_html('<span class="{}">{}</span>', css, plain) if css else escape(plain))
    return Shown(mark_safe("".join(html)), "".join(text), is_cut, redactions)  # noqa: S308  escaped piece by piece


def _pieces(value: object, depth: int) -> Iterator[tuple[str, str]]:
    reason = redaction(value)
    if reason is not None:
        yield (f"redacted: {reason}" if reason else "redacted"), "x-redacted"
    elif isinstance(value, dict):
        yield from _block("{", "}", [(str(key), inner) for key, inner in value.items()], depth)
    elif isinstance(value, list | tuple):
        yield from _block("[", "]", [(None, inner) for inner in value], depth)
    else:
        yield _scalar(value)


def _block(
    opening: str, closing: str, items: list[tuple[str | None, object]], depth: int
) -> Iterator[tuple[str, str]]:
    yield opening, ""
    for number, (key, inner) in enumerate(items):
        yield f"\n{INDENT * (depth + 1)}", ""
        if key is not None:
            yield json.dumps(key, ensure_ascii=False), "x-j-key"
            yield ": ", ""
        yield from _pieces(inner, depth + 1)
        if number < len(items) - 1:
            yield ",", ""
    yield (f"\n{INDENT * depth}{closing}" if items else closing), ""


def redaction(value: object) -> str | None:
    """Give the reason when `value` marks something taken out, None when it is data."""
    if isinstance(value, Redacted):
        return value.reason
    if isinstance(value, dict) and set(value) == {REDACTED_KEY}:
        return str(value[REDACTED_KEY])
    return None


def _scalar(value: object) -> tuple[str, str]:
    if value is None or isinstance(value, bool):
        return json.dumps(value), "x-j-lit"
    if isinstance(value, int | float | Decimal):
        return str(value), "x-j-num"
    if isinstance(value, bytes):
        return f"{len(value)} bytes", "x-redacted"
    if isinstance(value, datetime | date):
        return json.dumps(value.isoformat()), "x-j-str"
    text = str(value)
    more = f" … {len(text) - MOST_TEXT} more characters" if len(text) > MOST_TEXT else ""
    return json.dumps(text[:MOST_TEXT], ensure_ascii=False) + more, "x-j-str"
