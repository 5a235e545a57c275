"""Values of elements by the standard's types: text as it is written ↔ exact numbers and dates.

The functions are cached by their text, because a document repeats its quantities, prices and days: three
times faster than reading each one (``make bench``, x12).
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import TypeAlias

from integrations.formats.codec import Value, shape
from integrations.formats.segments.assemble import Fault

ToValue: TypeAlias = Callable[[str], Value]
ToText: TypeAlias = Callable[[Value], str]

_WHOLE = re.compile(r"[+-]?[0-9]{1,400}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})")
_DIGITS = re.compile(r"[0-9]{6}|[0-9]{8}")


@lru_cache(maxsize=8192)
def whole(text: str) -> int:
    """Read N0: a whole number. Raises Fault ``number``."""
    if not _WHOLE.fullmatch(text):
        raise _not("number", "a whole number", text)
    return int(text)


@lru_cache(maxsize=8192)
def implied(text: str, places: int) -> Decimal:
    """Read N1 to N9: digits with an implied point. Raises Fault ``number``."""
    if not _WHOLE.fullmatch(text):
        raise _not("number", f"digits with {places} implied places", text)
    return Decimal(text).scaleb(-places)


@lru_cache(maxsize=8192)
def number(text: str) -> Decimal:
    """Read R: a number with its point written. Raises Fault ``number``."""
    if not _NUMBER.fullmatch(text):
        raise _not("number", "a number", text)
    return Decimal(text)


@lru_cache(maxsize=8192)
def day(text: str) -> date:
    """Read DT: CCYYMMDD, or YYMMDD of the old releases (70 to 99 are 19xx). Raises Fault ``date``."""
    if not _DIGITS.fullmatch(text):
        raise _not("date", "a date CCYYMMDD", text)
    long = text if len(text) == 8 else ("19" if text >= "70" else "20") + text
    try:
        return date(int(long[:4]), int(long[4:6]), int(long[6:]))
    except ValueError:
        raise _not("date", "a day of the calendar", text) from None


def _not(code: str, what: str, text: str) -> Fault:
    return Fault(
        code,
        f"The element is not {what}; it has the form [{shape(text)}].",
        hint="Correct it at the sender, or read such values as text (option invalid or values).",
    )


def reader(kind: str) -> ToValue | None:
    """Give the function that reads an element of this type; None where it stays text."""
    if kind in ("N0", "N"):
        return whole
    if kind[0] == "N":
        return partial(implied, places=int(kind[1:]))
    if kind == "R":
        return number
    return day if kind == "DT" else None


def lenient(read: ToValue) -> ToValue:
    """Give a reader that gives as text what is not of its type."""

    def read_or_keep(text: str) -> Value:
        try:
            return read(text)
        except Fault:
            return text

    return read_or_keep


def writer(kind: str, longest: int = 8) -> ToText:
    """Give the function that writes a value of this type; ``longest`` 6 for dates of the old releases.

    Raises Fault ``number``, ``date`` or ``type``. Text is written as it is, if it reads as this type.
    """
    if kind[0] == "N":
        places = int(kind[1:] or 0)
        return partial(_write_whole, places=places)
    if kind == "R":
        return _write_number
    if kind == "DT":
        return partial(_write_day, is_short=longest == 6)
    return plain


def plain(value: Value) -> str:
    """Write a value into an element that is text in X12."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return "" if value is None else "Y" if value else "N"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value.year:04}{value.month:02}{value.day:02}"
    raise Fault("type", "The element cannot hold this kind of value.", hint="Give text, a number or a date.")


def _write_whole(value: Value, places: int) -> str:
    if isinstance(value, str):
        if places:
            raise Fault("type", "An amount with implied places must be a number here, not text.")
        whole(value)
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        raise Fault("number", "The element must be a number.")
    scaled = Decimal(value).scaleb(places) if places else Decimal(value)
    if scaled != scaled.to_integral_value():
        raise Fault("number", f"The number has more than {places} places after the point.")
    return format(scaled.to_integral_value(), "f")


def _write_number(value: Value) -> str:
    if value.__class__ is Decimal:
        # Written as it is shown, but for an exponent: half the time of format().
        text = str(value)
        if "E" not in text and value.is_finite():
            return text
    if isinstance(value, str):
        number(value)
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        raise Fault("number", "The element must be a number.")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _write_day(value: Value, *, is_short: bool) -> str:
    if value.__class__ is date:
        return value.isoformat().replace("-", "")[2 if is_short else 0 :]
    if isinstance(value, str):
        day(value)
        return value
    if not isinstance(value, date) or isinstance(value, datetime):
        raise Fault("date", "The element must be a date without a time.")
    return plain(value)[2 if is_short else 0 :]
