"""Dates, moments and numbers as HL7 writes them: typed only where the value is written back the same.

``20240229`` is a date, ``20240229120000.125+0100`` a moment; ``2024``, ``202402291200`` (no seconds), ``007``
and what is no date at all stay text, so that nothing is invented and nothing is lost.
"""

import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from integrations.formats.codec import Value
from integrations.formats.segments.assemble import Fault

_MOMENT = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:\.([0-9]{3}[1-9]?))?"
    r"(?:([+-])([0-9]{2})([0-9]{2}))?"
)
MAX_DIGITS = 400
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?")


def date_of(text: str) -> Value:
    """Read a DT: ``20240229``."""
    if len(text) == 8 and text.isascii() and text.isdigit():
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return text


def moment_of(text: str) -> Value:
    """Read a TS or DTM: a date of eight digits, or a moment to the second or finer."""
    if len(text) == 8:
        return date_of(text)
    if len(text) == 14 and text.isdigit() and text.isascii():
        try:
            return datetime.fromisoformat(f"{text[:8]}T{text[8:]}")
        except ValueError:
            return text
    found = _MOMENT.fullmatch(text)
    if found is None or not text.isascii():
        return text
    year, month, day, hour, minute, second, part, sign, hours, minutes = found.groups()
    if part == "000" or (sign == "-" and hours == minutes == "00") or int(minutes or 0) > 59:
        return text
    zone = None
    try:
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            zone = timezone(-offset if sign == "-" else offset)
        micro = int(part.ljust(6, "0")) if part else 0
        return datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), micro, zone)
    except ValueError:
        return text


def number_of(text: str) -> Value:
    """Read an NM or SI: whole numbers as int, others as Decimal."""
    if len(text) > MAX_DIGITS:
        return text
    if text.isdigit() and text.isascii() and (text[0] != "0" or text == "0"):
        return int(text)
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    if found[1]:
        return Decimal(text)
    return text if text == "-0" else int(text)


def date_text(value: date) -> str:
    """Write a date: ``20240229``."""
    return f"{value.year:04}{value.month:02}{value.day:02}"


def moment_text(value: datetime) -> str:
    """Write a moment to the second or finer. Raises Fault ``too_precise``."""
    text = f"{date_text(value)}{value.hour:02}{value.minute:02}{value.second:02}"
    if value.microsecond:
        if value.microsecond % 100:
            raise Fault("too_precise", "HL7 writes moments to a ten-thousandth of a second.")
        text += f".{value.microsecond:06}"[:4] + str(value.microsecond // 100 % 10).replace("0", "")
    offset = value.utcoffset()
    if offset is None:
        return text
    minutes, rest = divmod(int(offset.total_seconds()), 60)
    if rest or offset.microseconds:
        raise Fault("zone", "HL7 writes time zones to the minute.")
    return f"{text}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"


def number_text(value: int | Decimal) -> str:
    """Write a number with a point and without exponent. Raises Fault ``number_range``."""
    if isinstance(value, int):
        if abs(value) >= 10**MAX_DIGITS:
            raise Fault("number_range", f"A number has more than {MAX_DIGITS} digits.")
        return str(value)
    if value.is_finite() and abs(value.adjusted()) <= MAX_DIGITS:
        text = format(value, "f")
        if len(text) <= MAX_DIGITS:
            return text
    raise Fault("number_range", "A number cannot be written in HL7.")
