"""Numbers of EDIFACT: text as it is written ↔ exact values; release characters.

Either decimal mark is read, whatever UNA says: real senders mix them, and no mark stands between thousands.
Numbers are cached by their text, because a document repeats its quantities and prices.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from integrations.formats.codec import Value, shape
from integrations.formats.segments.assemble import Fault

ToValue: TypeAlias = Callable[[str], Value]

_WHOLE = re.compile(r"-?[0-9]{1,400}")
_DECIMAL = re.compile(r"[+-]?([0-9]{1,400}([.,][0-9]{0,400})?|[.,][0-9]{1,400})")


@lru_cache(maxsize=8192)
def number(text: str) -> Value:
    """Read a number: int without a decimal mark, else Decimal. Raises Fault ``number``.

    >>> number("12"), number("19,90")
    (12, Decimal('19.90'))
    """
    if _WHOLE.fullmatch(text):
        return int(text)
    if not _DECIMAL.fullmatch(text):
        raise Fault(
            "number",
            f"The element is not a number; it has the form [{shape(text)}].",
            hint="Correct it at the sender, or read such values as text (option invalid or values).",
        )
    return Decimal(text.replace(",", "."))


def number_or_text(text: str) -> Value:
    """Read a number, and give as text what is none."""
    try:
        return number(text)
    except Fault:
        return text


def write_number(value: Value, mark: str) -> str:
    """Write a number with this decimal mark. Text is written as it is if it reads as a number.

    Raises Fault ``number``.
    """
    if value.__class__ is int:
        return str(value)
    if isinstance(value, str):
        number(value)
        return value
    if not isinstance(value, Decimal) or not value.is_finite():
        raise Fault("number", "The element must be a number.")
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    return text.replace(".", mark) if mark != "." else text


def plain(value: Value) -> str:
    """Write a value into an element that is text in EDIFACT. Raises Fault ``type``."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value.year:04}{value.month:02}{value.day:02}"
    raise Fault("type", "The element cannot hold this kind of value.", hint="Give text or a number.")


@lru_cache(maxsize=32)
def releaser(release: str) -> ToValue:
    """Give the function that takes release characters away: what follows one is text."""
    if not release:
        return lambda text: text
    pattern = re.compile(re.escape(release) + "(.?)", re.DOTALL)
    double = release * 2

    def take_away(text: str) -> str:
        # The replacement is five times as fast, and nearly always enough.
        return pattern.sub(r"\1", text) if double in text else text.replace(release, "")

    return take_away


@lru_cache(maxsize=32)
def escaper(marks: str, release: str) -> Callable[[str], str]:
    """Give the function that puts the release character before every separator in a text.

    Raises Fault ``separator`` where the interchange has none.
    """
    pattern = re.compile(f"[{re.escape(marks + release)}]")

    def escape(text: str) -> str:
        if not pattern.search(text):
            return text
        if not release:
            raise Fault(
                "separator",
                "The text holds a character that is a separator in this interchange.",
                hint="Choose other separators, or a release character.",
            )
        return pattern.sub(lambda found: release + found[0], text)

    return escape
