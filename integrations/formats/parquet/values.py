"""Arrow's values → ours, exactly.

Columns are first made plain (moments as whole numbers, texts as bytes), so that one value that cannot be held
costs its record and not the whole batch. Then a converter, compiled for the type, makes the value.
"""

import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias

from integrations.formats.codec import Value
from integrations.formats.parquet.library import Arrow

Convert: TypeAlias = Callable[[Any], Value]
_PER_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  local moments have no zone
_DAY_MS: Final = 86_400_000


class UnknownTypeError(Exception):
    """A type that we do not know."""


def plain(pa: Arrow, kind: Arrow) -> Arrow:  # noqa: PLR0911  a table
    """Give the type that a column is cast to before it is taken apart."""
    types = pa.types
    if types.is_dictionary(kind):
        return plain(pa, kind.value_type)
    if types.is_string(kind):
        return pa.binary()
    if types.is_large_string(kind):
        return pa.large_binary()
    if types.is_date32(kind) or types.is_time32(kind):
        return pa.int32()
    if types.is_temporal(kind):
        return pa.int64()
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return pa.large_list(plain(pa, kind.value_type))
    if types.is_struct(kind):
        return pa.struct([(field.name, plain(pa, field.type)) for field in kind])
    if types.is_map(kind):
        return pa.map_(plain(pa, kind.key_type), plain(pa, kind.item_type))
    return kind


def converter(pa: Arrow, kind: Arrow, *, is_nan_null: bool) -> Convert:  # noqa: C901, PLR0911  a table
    """Compile the making of values of a type; null stays null. Raises UnknownTypeError.

    What it gives raises ValueError or OverflowError for a value that cannot be held.
    """
    types = pa.types
    if types.is_dictionary(kind):
        return converter(pa, kind.value_type, is_nan_null=is_nan_null)
    if types.is_string(kind) or types.is_large_string(kind):
        return lambda value: value if value is None else value.decode()
    if types.is_floating(kind):
        return _floating(kind.bit_width, is_nan_null=is_nan_null)
    if types.is_date32(kind):
        return lambda value: value if value is None else date.fromordinal(value + _EPOCH_DAY)
    if types.is_date64(kind):
        return lambda value: value if value is None else date.fromordinal(value // _DAY_MS + _EPOCH_DAY)
    if types.is_timestamp(kind):
        return _moments(_PER_SECOND[kind.unit], is_local=kind.tz is None)
    if types.is_time(kind):
        per_second = _PER_SECOND[kind.unit]
        return lambda value: value if value is None else _clock(value, per_second)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        item = converter(pa, kind.value_type, is_nan_null=is_nan_null)
        return lambda value: value if value is None else [item(one) for one in value]
    if types.is_struct(kind):
        parts = [(field.name, converter(pa, field.type, is_nan_null=is_nan_null)) for field in kind]
        return lambda value: value if value is None else {name: one(value[name]) for name, one in parts}
    if types.is_map(kind):
        key = converter(pa, kind.key_type, is_nan_null=is_nan_null)
        item = converter(pa, kind.item_type, is_nan_null=is_nan_null)
        is_text = types.is_string(kind.key_type) or types.is_large_string(kind.key_type)
        return lambda value: value if value is None else _mapping(value, key, item, is_text=is_text)
    known = (types.is_integer, types.is_boolean, types.is_decimal, types.is_null)
    if any(one(kind) for one in known) or types.is_binary(kind) or types.is_large_binary(kind):
        return _same
    if types.is_fixed_size_binary(kind):
        return _same
    raise UnknownTypeError


def _same(value: Value) -> Value:
    return value


def _mapping(pairs: list[tuple[Any, Any]], key: Convert, item: Convert, *, is_text: bool) -> Value:
    """Give an object where keys are texts, or else a list of keys and values."""
    made = [(key(name), item(value)) for name, value in pairs]
    if not is_text:
        return [{"key": name, "value": value} for name, value in made]
    found = {str(name): value for name, value in made}
    if len(found) < len(made):
        raise ValueError
    return found


def _floating(bits: int, *, is_nan_null: bool) -> Convert:
    layout, first = {16: ("<e", 3), 32: ("<f", 6), 64: ("", 0)}[bits]

    def convert(value: float | None) -> Value:
        if value is None:
            return None
        if value - value != 0:
            if is_nan_null:
                return None
            raise ValueError
        return _shortest(value, layout, first) if layout else Decimal(repr(value))

    return convert


def _shortest(value: float, layout: str, first: int) -> Decimal:
    """Give the shortest decimal that is the same number in fewer bits."""
    for digits in range(first, 9):
        text = f"{value:.{digits}g}"
        if struct.unpack(layout, struct.pack(layout, float(text)))[0] == value:
            return Decimal(text)
    return Decimal(f"{value:.9g}")


def _moments(per_second: int, *, is_local: bool) -> Convert:
    epoch = _LOCAL_EPOCH if is_local else _EPOCH

    def convert(value: int | None) -> Value:
        if value is None:
            return None
        us, rest = divmod(value * 1_000_000, per_second)
        found = epoch + timedelta(microseconds=us)
        if not rest:
            return found
        # Nanoseconds, which a moment cannot hold.
        return f"{found:%Y-%m-%dT%H:%M:%S}.{value % per_second:09}" + ("" if is_local else "Z")

    return convert


def _clock(value: int, per_second: int) -> str:
    seconds, part = divmod(value, per_second)
    if not 0 <= seconds < 86_400:
        raise ValueError
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{part:0{len(str(per_second)) - 1}}" if part else text
