"""A cell's characters → its value, exactly.

Spreadsheets keep numbers as doubles and write them with up to 17 digits; what a person typed is the shortest
text that gives the same double. A day is a whole number, counted from 1900 (with a 29 February 1900 that
never was) or from 1904.
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from integrations.formats.codec import Value
from integrations.formats.xlsx.number_formats import Kind, Look

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"-?[0-9]{1,400}")
_ESCAPED = re.compile(r"(?:_x[dD][89abAB][0-9a-fA-F]{2}_)?_x[0-9a-fA-F]{4}_")
_MOST_DIGITS: Final = 400
_DAY_MS: Final = 86_400_000
# The last day that Excel knows: 31 December 9999.
_LAST_DAY: Final = 2_958_465
_DAYS_TO_1904: Final = 1_462


def number(text: str, scale: int | None = None) -> int | Decimal | None:
    """Read a number; None if it is none. scale: the digits that the cell's format shows."""
    if scale is None and _WHOLE.fullmatch(text):
        return int(text)
    if len(text) > _MOST_DIGITS or not _NUMBER.fullmatch(text):
        return None
    found = Decimal(text)
    if abs(found.adjusted()) > 308 and found:
        return None
    digits = len(found.as_tuple().digits)
    if digits in {16, 17}:
        found = Decimal(repr(float(text)))
    if scale is not None and int(found.as_tuple().exponent) > -scale and found.adjusted() + scale < 27:
        return found.quantize(Decimal(1).scaleb(-scale))
    return int(found) if scale is None and found == found.to_integral_value() else found


def dated(text: str, look: Look, *, from_1904: bool) -> Value:
    """Read a number whose format says that it is a day, a moment or a time; None if it cannot be one.

    A time of day and a duration are text: ``08:30:00``, ``27:15:00``.
    """
    plain = number(text)
    if plain is None or not 0 <= plain <= _LAST_DAY - from_1904 * _DAYS_TO_1904:
        return None
    day, rest = divmod(plain, 1)
    ms = int((Decimal(rest) * _DAY_MS).to_integral_value())
    if look.kind is Kind.TIME:
        return clock(int(day) * _DAY_MS + ms)
    if from_1904:
        moment = datetime(1904, 1, 1) + timedelta(days=int(day), milliseconds=ms)  # noqa: DTZ001
    elif day == 0:
        # Day 0 is a time of day shown with a date.
        return clock(ms)
    elif int(day) == 60:
        return None
    else:
        base = datetime(1899, 12, 30 if day > 60 else 31)  # noqa: DTZ001  cells know no zone
        moment = base + timedelta(days=int(day), milliseconds=ms)
    return moment.date() if look.kind is Kind.DATE and not ms else moment


def clock(ms: int) -> str:
    """Write milliseconds as a time: ``08:30:00``, ``08:30:00.250``."""
    seconds, part = divmod(ms, 1000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{part:03}" if part else text


def iso(text: str) -> Value:
    """Read a cell that holds a date as text (type ``d``); None if it is none."""
    try:
        if len(text) <= 10 and "T" not in text and ":" not in text:
            return date.fromisoformat(text)
        if ":" in text and "T" not in text.upper() and "-" not in text:
            return text
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def unescaped(text: str) -> str:
    """Undo ``_x000D_``: how characters are written that XML has none for. NUL and half characters stay so."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(found: re.Match[str]) -> str:
    codes = [int(part, 16) for part in found[0].strip("_").replace("x", "").split("__")]
    made = b"".join(code.to_bytes(2, "little") for code in codes).decode("utf-16-le", "replace")
    return found[0] if "\ufffd" in made or "\0" in made else made


def told(value: Value) -> str:
    """Write a cell's value as text, where every cell is asked for as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
