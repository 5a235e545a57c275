"""Numbers, days and moments of Avro ↔ values. Source: Apache Avro 1.12, "Logical Types".

Each function takes what stands in the file; ValueError or OverflowError: no value can hold it.
"""

import struct
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  local moments have no zone
_US: Final = timedelta(microseconds=1)
_MAX_DECIMAL_BYTES: Final = 400


def of_double(value: float) -> Decimal:
    """Give the shortest decimal of a double. Raises ValueError for NaN and infinity."""
    if value - value != 0:
        raise ValueError
    return Decimal(repr(value))


def of_float(value: float) -> Decimal:
    """Give the shortest decimal of a single (32 bits)."""
    if value - value != 0:
        raise ValueError
    for digits in range(6, 9):
        text = f"{value:.{digits}g}"
        if struct.unpack("<f", struct.pack("<f", float(text)))[0] == value:
            return Decimal(text)
    return Decimal(f"{value:.9g}")


def of_unscaled(data: bytes, scale: int) -> Decimal:
    """Give the number of big-endian two's complement bytes."""
    if len(data) > _MAX_DECIMAL_BYTES:
        raise ValueError
    return Decimal(f"{int.from_bytes(data, 'big', signed=True)}E-{scale}")


def unscaled(value: Decimal | int, scale: int) -> int:
    """Give the whole number that stands for a decimal. Raises ValueError where digits would be lost."""
    sign, digits, exponent = Decimal(value).as_tuple()
    if not isinstance(exponent, int) or not -_MAX_DECIMAL_BYTES < exponent < _MAX_DECIMAL_BYTES:
        raise ValueError
    number: int = int("".join(map(str, digits)))
    shift = exponent + scale
    if shift >= 0:
        number *= int(10**shift)
    else:
        number, rest = divmod(number, int(10**-shift))
        if rest:
            raise ValueError
    return -number if sign else number


def of_day(days: int) -> date:
    """Give the day so many days after 1 January 1970."""
    return date.fromordinal(days + _EPOCH_DAY)


def of_moment(value: int, per_second: int, *, is_local: bool) -> datetime | str:
    """Give the moment; text where it has nanoseconds, which a moment cannot hold."""
    us, rest = divmod(value * 1_000_000, per_second)
    found = (_LOCAL_EPOCH if is_local else _EPOCH) + timedelta(microseconds=us)
    if not rest:
        return found
    text = f"{found:%Y-%m-%dT%H:%M:%S}.{value % 1_000_000_000:09}"
    return text.zfill(29) + ("" if is_local else "Z")


def moment(value: datetime, per_second: int) -> int:
    """Count a moment in parts of a second. Raises ValueError where finer parts would be lost."""
    us = (value - (_EPOCH if value.tzinfo else _LOCAL_EPOCH)) // _US
    number, rest = divmod(us * per_second, 1_000_000)
    if rest:
        raise ValueError
    return number


def day(value: date) -> int:
    """Count a day from 1 January 1970."""
    return value.toordinal() - _EPOCH_DAY


def of_time(value: int, per_second: int) -> str:
    """Write a time of day: ``08:30:00``, ``08:30:00.250``, ``08:30:00.000001``."""
    if not 0 <= value < 86_400 * per_second:
        raise ValueError
    seconds, part = divmod(value, per_second)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if not part:
        return text
    return f"{text}.{part:0{len(str(per_second)) - 1}}"


def time_of_day(text: str, per_second: int) -> int:
    """Read a time of day. Raises ValueError."""
    clock, _, part = text.partition(".")
    hours, minutes, seconds = clock.split(":")
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    digits = len(str(per_second)) - 1
    if len(part) > digits or not 0 <= whole < 86_400:
        raise ValueError
    return whole * per_second + int(part.ljust(digits, "0"))
