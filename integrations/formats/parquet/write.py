"""Records → a Parquet file, by the columns of the options or by those found in the records."""

import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from integrations.errors import EncodeError
from integrations.formats.codec import BLOCK_BYTES, Record
from integrations.formats.parquet.library import Arrow, arrow
from integrations.formats.parquet.options import ParquetOptions

_GROUP_ROWS: Final = 20_000
_MAX_DIGITS: Final = 76
_MAX_DEPTH: Final = 60


def write_file(records: Iterable[Record], options: ParquetOptions) -> Iterator[bytes]:
    """Yield the file. Raises EncodeError with the record and the column."""
    pa = arrow()
    kept = list(records)
    if options.fields:
        schema = pa.schema(
            [(field.name, _declared(pa, field.type, field.digits, field.scale)) for field in options.fields]
        )
    else:
        names = list(dict.fromkeys(name for record in kept for name in record))
        columns = [(name, _found(pa, [record.get(name) for record in kept], name, 0)) for name in names]
        schema = pa.schema(columns)
    known = set(schema.names)
    for number, record in enumerate(kept, 1):
        if not record.keys() <= known:
            raise EncodeError(
                "parquet.extra_field", "A record has a field that is no column.", place=f"record {number}"
            )
    sink = io.BytesIO()
    with pa.parquet.ParquetWriter(sink, schema, compression=options.compression) as writer:
        for start in range(0, len(kept), _GROUP_ROWS):
            group = kept[start : start + _GROUP_ROWS]
            arrays = [_array(pa, group, field, start) for field in schema]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    data = sink.getbuffer()
    for start in range(0, len(data), BLOCK_BYTES):
        yield bytes(data[start : start + BLOCK_BYTES])


def _array(pa: Arrow, group: list[Record], field: Arrow, start: int) -> Arrow:
    values = [_exact(pa, record.get(field.name), field.type) for record in group]
    try:
        return pa.array(values, type=field.type)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        number = next(n for n, value in enumerate(values) if not _fits(pa, value, field.type))
        raise EncodeError(
            "parquet.no_fit",
            "A value does not fit into its column.",
            place=f"record {start + number + 1}, {field.name}",
        ) from None


def _fits(pa: Arrow, value: Any, kind: Arrow) -> bool:  # noqa: ANN401  any value of a record
    try:
        pa.array([value], type=kind)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        return False
    return True


def _exact(pa: Arrow, value: Any, kind: Arrow) -> Any:  # noqa: ANN401  any value of a record
    """Prepare a value: whole numbers for decimals; what the library would change silently is made to fail."""
    types = pa.types
    if value is None:
        return None
    if types.is_decimal(kind):
        return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if types.is_list(kind) and isinstance(value, list):
        return [_exact(pa, one, kind.value_type) for one in value]
    if types.is_struct(kind) and isinstance(value, dict):
        return {field.name: _exact(pa, value.get(field.name), field.type) for field in kind}
    if isinstance(value, datetime):
        # A moment is no day, and one without a zone no moment in UTC.
        is_right = types.is_timestamp(kind) and (value.tzinfo is None) == (kind.tz is None)
        return value if is_right else _Misfit()
    is_wrong = isinstance(value, str) != types.is_string(kind) or isinstance(value, bool) != types.is_boolean(
        kind
    )
    return _Misfit() if is_wrong or isinstance(value, date) != types.is_date(kind) else value


class _Misfit:
    """A value that no column takes."""


def _declared(pa: Arrow, kind: str, digits: int = 0, scale: int = 0) -> Arrow:
    if kind == "decimal":
        return _decimal(pa, digits, scale)
    return {
        "text": pa.string,
        "integer": pa.int64,
        "boolean": pa.bool_,
        "date": pa.date32,
        "moment": lambda: pa.timestamp("us", "UTC"),
        "local moment": lambda: pa.timestamp("us"),
        "bytes": pa.binary,
    }[kind]()


def _decimal(pa: Arrow, digits: int, scale: int) -> Arrow:
    return pa.decimal128(digits, scale) if digits <= 38 else pa.decimal256(digits, scale)


def _found(pa: Arrow, values: list[Any], name: str, depth: int) -> Arrow:
    """Find the type of a column in its values."""
    kept = [value for value in values if value is not None]
    if not kept:
        return pa.null()
    if depth > _MAX_DEPTH:
        raise EncodeError("parquet.nested", "The records are nested too deeply.", place=name)
    kinds = {_kind(value) for value in kept}
    if kinds == {"list"}:
        return pa.list_(_found(pa, [one for value in kept for one in value], name, depth + 1))
    if kinds == {"object"}:
        keys = list(dict.fromkeys(key for value in kept for key in value))
        if not keys:
            raise EncodeError(
                "parquet.no_fields", "An object without any field cannot be written.", place=name
            )
        parts = [
            (key, _found(pa, [one.get(key) for one in kept], f"{name}.{key}", depth + 1)) for key in keys
        ]
        return pa.struct(parts)
    if kinds <= {"integer", "decimal"}:
        return _numbers(pa, kept, name)
    if len(kinds) > 1:
        raise EncodeError(
            "parquet.mixed",
            "A column holds values of several types.",
            place=name,
            hint="Make them one type in the mapping.",
        )
    return _declared(pa, kinds.pop())


def _kind(value: object) -> str:
    if isinstance(value, datetime):
        return "moment" if value.tzinfo else "local moment"
    kinds = {bool: "boolean", int: "integer", Decimal: "decimal", str: "text", bytes: "bytes", date: "date"}
    return kinds.get(type(value)) or ("list" if isinstance(value, list) else "object")


def _numbers(pa: Arrow, values: list[Any], name: str) -> Arrow:
    """Give whole numbers of 64 bits where all fit, or else a decimal with the digits of all."""
    if all(isinstance(value, int) and -(1 << 63) <= value < 1 << 63 for value in values):
        return pa.int64()
    scale = whole = 0
    for value in values:
        _, digits, exponent = Decimal(value).as_tuple()
        if not isinstance(exponent, int):
            raise EncodeError("parquet.number", "NaN and infinity are no numbers here.", place=name)
        scale, whole = max(scale, -exponent), max(whole, len(digits) + exponent)
    if scale + whole > _MAX_DIGITS:
        raise EncodeError(
            "parquet.number", f"A column's numbers have more than {_MAX_DIGITS} digits.", place=name
        )
    return _decimal(pa, max(1, scale + whole), scale)
