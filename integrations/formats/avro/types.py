"""An Avro schema compiled to functions that read and write its values.

Reading: ``(bytes, offset) → (value, offset)``. IndexError: the data ends too early. LostError: what follows
cannot be read. ValueError, OverflowError: the bytes are in order, but no value can hold what they say; then
``skip``, which reads without making values of days and the like, finds the end of the record.

Source: Apache Avro 1.12 specification, "Schema Declaration", "Data Serialization and Deserialization".
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID

from integrations.errors import LimitError
from integrations.formats.avro import numbers
from integrations.formats.codec import Limits, Value
from integrations.schema.documents import Json

Given: TypeAlias = Any
"""A value that somebody wants to write: anything, until it was looked at."""

Read: TypeAlias = Callable[[bytes, int], tuple[Any, int]]
Write: TypeAlias = Callable[[Any, bytearray], None]
Fits: TypeAlias = Callable[[Any], bool]

_MAX_DEPTH: Final = 64
_MAX_TYPES: Final = 50_000
# Items that take no bytes (nulls) could be promised without end.
_MAX_EMPTY_ITEMS: Final = 100_000
_DOUBLE, _FLOAT = struct.Struct("<d"), struct.Struct("<f")
_PER_SECOND: Final = {"millis": 1_000, "micros": 1_000_000, "nanos": 1_000_000_000}


class LostError(Exception):
    """What follows cannot be read: a length or a choice that cannot be."""


class NoFitError(ValueError):
    """A value that the schema does not allow. The message is for people."""


class BadSchemaError(Exception):
    """A schema that is none, or too large. The message is for people."""


@dataclass(slots=True)
class Kind:
    """One type: how it is read, read over, written; whether a value may be one; the least bytes it takes."""

    read: Read
    skip: Read
    write: Write
    fits: Fits
    least: int = 1


@dataclass(slots=True)
class Compiler:
    """Compiles the types of one schema, for one document at a time.

    trail: names of fields from the inside out, left by the last error.
    """

    limits: Limits
    is_nan_null: bool = False
    named: dict[str, Kind] = field(default_factory=dict)
    trail: list[str] = field(default_factory=list)
    depth: int = 0
    count: int = 0

    def compile(self, node: Json, space: str = "", depth: int = 0) -> Kind:
        """Compile a type. Raises BadSchemaError."""
        self.count += 1
        if depth > _MAX_DEPTH or self.count > _MAX_TYPES:
            raise BadSchemaError("The schema of the file is nested too deeply, or too large.")
        if isinstance(node, str):
            return self._by_name(node, space)
        if isinstance(node, list):
            return self._union([self.compile(part, space, depth + 1) for part in node])
        if not isinstance(node, Mapping):
            raise BadSchemaError("The schema of the file is no Avro schema.")
        kind = node.get("type")
        if kind in {"record", "error"}:
            return self._record(node, space, depth)
        if kind == "array":
            return self._array(self.compile(node.get("items"), space, depth + 1))
        if kind == "map":
            return self._map(self.compile(node.get("values"), space, depth + 1))
        if kind == "enum":
            return self._name(node, space, _enum(node))
        if kind == "fixed":
            plain = self._fixed(node)
            return self._name(node, space, self._logical(node, plain, _size(node)))
        plain = self.compile(kind, space, depth + 1)
        return self._logical(node, plain, None) if isinstance(kind, str) else plain

    def _by_name(self, name: str, space: str) -> Kind:
        if name in _PLAIN:
            return _PLAIN[name]
        if name in {"string", "bytes"}:
            return self._bytes(is_text=name == "string")
        if name in {"float", "double"}:
            return self._binary(name)
        for full in (f"{space}.{name}", name) if space else (name,):
            if full in self.named:
                return self.named[full]
        raise BadSchemaError("The schema of the file uses a type that it does not define.")

    def _name(self, node: Mapping[str, Json], space: str, kind: Kind) -> Kind:
        self.named[_full(node, space)] = kind
        return kind

    def _record(self, node: Mapping[str, Json], space: str, depth: int) -> Kind:
        full = _full(node, space)
        inner = full.rpartition(".")[0]
        fields = node.get("fields")
        if not isinstance(fields, list) or not all(
            isinstance(one, Mapping) and isinstance(one.get("name"), str) for one in fields
        ):
            raise BadSchemaError("A record in the schema of the file has no fields.")
        made = Kind(_nothing, _nothing, _write_nothing, lambda value: isinstance(value, dict))
        # While its fields are compiled, the name stands for a step down that is counted.
        self.named[full] = Kind(
            lambda data, at: self._down(made.read, data, at),
            lambda data, at: self._down(made.skip, data, at),
            lambda value, out: self._down_write(made.write, value, out),
            lambda value: made.fits(value),  # noqa: PLW0108  it is set later
        )
        parts = [(one["name"], self.compile(one.get("type"), inner, depth + 1), one) for one in fields]
        if len({name for name, _, _ in parts}) < len(parts):
            raise BadSchemaError("A record in the schema of the file has two fields of one name.")
        _fill_record(made, parts, self.trail)
        return made

    def _down(self, read: Read, data: bytes, at: int) -> tuple[Any, int]:
        if self.depth >= self.limits.max_depth:
            raise too_deep(self.limits)
        self.depth += 1
        try:
            return read(data, at)
        finally:
            self.depth -= 1

    def _down_write(self, write: Write, value: Given, out: bytearray) -> None:
        if self.depth >= _MAX_DEPTH:
            raise NoFitError("It is nested too deeply.")
        self.depth += 1
        try:
            write(value, out)
        finally:
            self.depth -= 1

    def _union(self, kinds: list[Kind]) -> Kind:
        reads, skips = [kind.read for kind in kinds], [kind.skip for kind in kinds]

        def choose(choices: list[Read], data: bytes, at: int) -> tuple[Any, int]:
            index, at = read_long(data, at)
            if not 0 <= index < len(choices):
                raise LostError("A union chooses a type that it does not have.")
            return choices[index](data, at)

        def write(value: Given, out: bytearray) -> None:
            for index, kind in enumerate(kinds):
                if kind.fits(value):
                    write_long(index, out)
                    kind.write(value, out)
                    return
            raise NoFitError("It is none of the types that the schema allows.")

        return Kind(
            lambda data, at: choose(reads, data, at),
            lambda data, at: choose(skips, data, at),
            write,
            lambda value: any(kind.fits(value) for kind in kinds),
        )

    def _counted(self, data: bytes, at: int, least: int, held: int) -> tuple[int, int]:
        """Read the count of a run of items, which has to be possible."""
        count, at = read_long(data, at)
        if count < 0:
            size, at = read_long(data, at)
            count = -count
            if size < 0:
                raise LostError("A list has a size that cannot be.")
        if count * least > len(data) - at:
            raise IndexError
        if not least and held + count > _MAX_EMPTY_ITEMS:
            raise LimitError(
                "avro.empty_items", "A list has too many items that take no bytes.", place="document"
            )
        return count, at

    def _array(self, item: Kind) -> Kind:
        least = item.least

        def run(one: Read, data: bytes, at: int) -> tuple[list[Any], int]:
            values: list[Any] = []
            while True:
                count, at = self._counted(data, at, least, len(values))
                if not count:
                    return values, at
                for _ in range(count):
                    value, at = one(data, at)
                    values.append(value)

        def write(value: Given, out: bytearray) -> None:
            if value:
                write_long(len(value), out)
                for one in value:
                    item.write(one, out)
            out.append(0)

        return Kind(
            lambda data, at: run(item.read, data, at),
            lambda data, at: run(item.skip, data, at),
            _guarded(write, lambda value: isinstance(value, list), "It is no list."),
            lambda value: isinstance(value, list),
        )

    def _map(self, item: Kind) -> Kind:
        key = self._bytes(is_text=True)

        def run(name_of: Read, one: Read, data: bytes, at: int) -> tuple[dict[str, Any], int]:
            values: dict[str, Any] = {}
            while True:
                count, at = self._counted(data, at, 1 + item.least, 0)
                if not count:
                    return values, at
                for _ in range(count):
                    name, at = name_of(data, at)
                    value, at = one(data, at)
                    values[name] = value

        def write(value: Given, out: bytearray) -> None:
            if value:
                write_long(len(value), out)
                for name, one in value.items():
                    key.write(name, out)
                    item.write(one, out)
            out.append(0)

        return Kind(
            lambda data, at: run(key.read, item.read, data, at),
            lambda data, at: run(key.skip, item.skip, data, at),
            _guarded(write, lambda value: isinstance(value, dict), "It is no object."),
            lambda value: isinstance(value, dict),
        )

    def _bytes(self, *, is_text: bool) -> Kind:
        most = self.limits.max_field_bytes

        def take(data: bytes, at: int) -> tuple[bytes, int]:
            size, at = read_long(data, at)
            end = at + size
            if size < 0:
                raise LostError("A text has a length that cannot be.")
            if size > most:
                raise LimitError(
                    "avro.field_too_long",
                    f"A text is longer than the {most:,} bytes allowed here.",
                    place="document",
                )
            if end > len(data):
                raise IndexError
            return data[at:end], end

        def read(data: bytes, at: int) -> tuple[str, int]:
            found, at = take(data, at)
            return found.decode(), at

        def write(value: Given, out: bytearray) -> None:
            packed = value.encode() if is_text else value
            write_long(len(packed), out)
            out += packed

        fits: Fits = (lambda value: isinstance(value, str)) if is_text else _is_bytes
        message = "It is no text." if is_text else "It is not bytes."
        return Kind(read if is_text else take, take, _guarded(write, fits, message), fits)

    def _binary(self, name: str) -> Kind:
        layout = _DOUBLE if name == "double" else _FLOAT
        value_of = numbers.of_double if name == "double" else numbers.of_float
        size, is_nan_null = layout.size, self.is_nan_null

        def read(data: bytes, at: int) -> tuple[Decimal | None, int]:
            (found,) = layout.unpack_from(data, at)
            if is_nan_null and found - found != 0:
                return None, at + size
            return value_of(found), at + size

        def skip(data: bytes, at: int) -> tuple[None, int]:
            layout.unpack_from(data, at)
            return None, at + size

        def write(value: Given, out: bytearray) -> None:
            try:
                packed = layout.pack(float(value))
            except OverflowError:
                raise NoFitError("The number is too large for its type.") from None
            if value_of(layout.unpack(packed)[0]) != value:
                raise NoFitError("The number has more digits than its type can hold.")
            out += packed

        return Kind(read, skip, _guarded(write, _is_number, "It is no number."), _is_number, size)

    def _fixed(self, node: Mapping[str, Json]) -> Kind:
        size = _size(node)

        def read(data: bytes, at: int) -> tuple[bytes, int]:
            if at + size > len(data):
                raise IndexError
            return data[at : at + size], at + size

        def write(value: Given, out: bytearray) -> None:
            out += value

        fits: Fits = lambda value: isinstance(value, bytes) and len(value) == size  # noqa: E731
        return Kind(read, read, _guarded(write, fits, f"It is not {size} bytes."), fits, size)

    def _logical(self, node: Mapping[str, Json], plain: Kind, size: int | None) -> Kind:
        """Make a type of days, moments and the like of the plain one; an unknown one changes nothing."""
        logical, base = node.get("logicalType"), node.get("type")
        if logical == "decimal" and base in {"bytes", "fixed"}:
            return _decimal(node, plain, size)
        if logical == "date" and base == "int":
            return _with(plain, numbers.of_day, numbers.day, _is_day, "It is no day.")
        if logical == "uuid" and base == "fixed" and size == 16:
            return _with(
                plain,
                lambda data: str(UUID(bytes=data)),
                lambda text: UUID(text).bytes,
                lambda value: isinstance(value, str),
                "It is no UUID.",
            )
        if logical == "duration" and size == 12:
            return _with(
                plain, _duration, _packed_duration, lambda v: isinstance(v, dict), "It is no duration."
            )
        name, _, unit = logical.rpartition("-") if isinstance(logical, str) else ("", "", "")
        if base in {"int", "long"} and unit in _PER_SECOND:
            return _moments(plain, name, _PER_SECOND[unit])
        return plain


def too_deep(limits: Limits) -> LimitError:
    """Give the error for records nested beyond ``limits.max_depth``."""
    return LimitError(
        "avro.too_deep", f"The records are nested more than {limits.max_depth} deep.", place="document"
    )


def read_long(data: bytes, at: int) -> tuple[int, int]:
    """Read a zigzag number of at most 64 bits."""
    byte = data[at]
    at += 1
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), at
    value, shift = byte & 0x7F, 7
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
        shift += 7
        if shift > 63:
            raise LostError("A number is longer than 64 bits.")


def write_long(value: int, out: bytearray) -> None:
    """Write a zigzag number."""
    value = value << 1 if value >= 0 else (-value << 1) - 1
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _full(node: Mapping[str, Json], space: str) -> str:
    name, given = node.get("name"), node.get("namespace")
    if not isinstance(name, str) or not name:
        raise BadSchemaError("A named type in the schema of the file has no name.")
    inner = given if isinstance(given, str) else space
    return name if "." in name or not inner else f"{inner}.{name}"


def _size(node: Mapping[str, Json]) -> int:
    size = node.get("size")
    if not isinstance(size, int) or not 0 <= size < 1 << 24:
        raise BadSchemaError("A fixed type in the schema of the file has no possible size.")
    return size


def _nothing(data: bytes, at: int) -> tuple[None, int]:  # noqa: ARG001  as all readers
    return None, at


def _write_nothing(value: Given, out: bytearray) -> None:
    """Write a null."""


def _guarded(write: Write, fits: Fits, message: str) -> Write:
    def checked(value: Given, out: bytearray) -> None:
        if not fits(value):
            raise NoFitError(message)
        write(value, out)

    return checked


def _with(
    plain: Kind, value_of: Callable[[Any], Value], plain_of: Callable[[Any], Any], fits: Fits, message: str
) -> Kind:
    """Give a type that makes something else of the plain one's values."""
    inner = plain.skip

    def read(data: bytes, at: int) -> tuple[Value, int]:
        found, at = inner(data, at)
        return value_of(found), at

    def write(value: Given, out: bytearray) -> None:
        try:
            found = plain_of(value)
        except (ValueError, OverflowError):
            raise NoFitError(f"{message} Or it is more exact than its type.") from None
        plain.write(found, out)

    return Kind(read, inner, _guarded(write, fits, message), fits, plain.least)


def _fill_record(made: Kind, parts: list[tuple[str, Kind, Mapping[str, Json]]], trail: list[str]) -> None:
    reads = [(name, kind.read) for name, kind, _ in parts]
    skips = [kind.skip for _, kind, _ in parts]
    names = {name for name, _, _ in parts}
    needed = {name for name, kind, one in parts if "default" not in one and not kind.fits(None)}

    def read(data: bytes, at: int) -> tuple[dict[str, Any], int]:
        record: dict[str, Any] = {}
        name = ""
        try:
            for name, one in reads:
                record[name], at = one(data, at)
        except Exception:
            trail.append(name)
            raise
        return record, at

    def skip(data: bytes, at: int) -> tuple[None, int]:
        for one in skips:
            _, at = one(data, at)
        return None, at

    def write(value: Given, out: bytearray) -> None:
        if not (isinstance(value, dict) and value.keys() <= names):
            raise NoFitError("It is no object, or has a field that the schema does not have.")
        for name, kind, one in parts:
            try:
                kind.write(value[name] if name in value else default_of(one), out)
            except NoFitError:
                trail.append(name)
                raise

    made.read, made.skip, made.write = read, skip, write
    made.fits = lambda value: isinstance(value, dict) and needed <= value.keys() <= names
    made.least = sum(kind.least for _, kind, _ in parts)


def default_of(field_: Mapping[str, Json]) -> Given:
    """Give what is written for a missing field: its default, or null where that is allowed."""
    found = field_.get("default")
    kind = field_.get("type")
    return found.encode("latin-1") if kind == "bytes" and isinstance(found, str) else found


def _enum(node: Mapping[str, Json]) -> Kind:
    symbols = node.get("symbols")
    if not isinstance(symbols, list) or not all(isinstance(one, str) for one in symbols):
        raise BadSchemaError("An enum in the schema of the file has no symbols.")
    places = {symbol: index for index, symbol in enumerate(symbols)}

    def read(data: bytes, at: int) -> tuple[str, int]:
        index, at = read_long(data, at)
        if not 0 <= index < len(symbols):
            raise ValueError
        return symbols[index], at

    def write(value: Given, out: bytearray) -> None:
        write_long(places[value], out)

    fits: Fits = lambda value: isinstance(value, str) and value in places  # noqa: E731
    return Kind(read, read_long, _guarded(write, fits, "It is none of the symbols that are allowed."), fits)


def _decimal(node: Mapping[str, Json], plain: Kind, size: int | None) -> Kind:
    scale, digits = node.get("scale", 0), node.get("precision")
    if not isinstance(scale, int) or not isinstance(digits, int) or not 0 <= scale <= digits <= 400:
        return plain

    def packed(value: Given) -> bytes:
        number = numbers.unscaled(value, scale)
        if abs(number) >= 10**digits:
            raise ValueError
        width = size if size is not None else number.bit_length() // 8 + 1
        return number.to_bytes(width, "big", signed=True)

    return _with(plain, lambda data: numbers.of_unscaled(data, scale), packed, _is_number, "It is no number.")


def _moments(plain: Kind, name: str, per_second: int) -> Kind:
    if name == "time":
        return _with(
            plain,
            lambda value: numbers.of_time(value, per_second),
            lambda text: numbers.time_of_day(text, per_second),
            lambda value: isinstance(value, str),
            "It is no time of day.",
        )
    if name not in {"timestamp", "local-timestamp"}:
        return plain
    is_local = name == "local-timestamp"
    return _with(
        plain,
        lambda value: numbers.of_moment(value, per_second, is_local=is_local),
        lambda value: numbers.moment(value, per_second),
        lambda value: isinstance(value, datetime) and (value.tzinfo is None) == is_local,
        "It is no moment without a zone." if is_local else "It is no moment with a zone.",
    )


def _duration(data: bytes) -> Value:
    months, days, ms = struct.unpack("<3I", data)
    return {"months": months, "days": days, "milliseconds": ms}


def _packed_duration(value: dict[str, Any]) -> bytes:
    try:
        return struct.pack("<3I", value["months"], value["days"], value["milliseconds"])
    except (KeyError, struct.error):
        raise ValueError from None


def _is_bytes(value: Given) -> bool:
    return isinstance(value, bytes)


def _is_number(value: Given) -> bool:
    return isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool))


def _is_day(value: Given) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _whole(bits: int) -> Kind:
    most = 1 << bits - 1
    fits: Fits = lambda value: (  # noqa: E731
        isinstance(value, int) and not isinstance(value, bool) and -most <= value < most
    )
    message = f"It is no whole number of {bits} bits."
    return Kind(read_long, read_long, _guarded(write_long, fits, message), fits)


def _read_boolean(data: bytes, at: int) -> tuple[bool, int]:
    if data[at] > 1:
        raise LostError("A yes/no is neither.")
    return data[at] == 1, at + 1


def _write_boolean(value: Given, out: bytearray) -> None:
    out.append(value)


_BOOLEAN: Fits = lambda value: isinstance(value, bool)  # noqa: E731
_NULL: Fits = lambda value: value is None  # noqa: E731
_PLAIN: Final[Mapping[str, Kind]] = {
    "null": Kind(_nothing, _nothing, _guarded(_write_nothing, _NULL, "It is not null."), _NULL, 0),
    "boolean": Kind(
        _read_boolean, _read_boolean, _guarded(_write_boolean, _BOOLEAN, "It is no yes/no."), _BOOLEAN
    ),
    "int": _whole(32),
    "long": _whole(64),
}
