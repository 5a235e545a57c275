"""PostgreSQL arrays in their binary form, packed a column at a time.

psycopg makes an array element by element with a dumper each; for a group of 20 runs with 14 columns that was
a fifth of the ingress' CPU (bench case ``async_throughput``; docs/decisions has the figures). Source of the
layout: PostgreSQL, src/backend/utils/adt/arrayfuncs.c, array_recv: dimensions, null flag, element type, then
length and lower bound of the one dimension, then each element after its size; size -1 is NULL.
"""

from collections.abc import Iterable, Sequence
from struct import Struct, pack
from typing import Final
from uuid import UUID

from psycopg.adapt import AdaptersMap, Dumper
from psycopg.pq import Format
from typing_extensions import override

_HEAD: Final = Struct(">iiIii")
_NULL: Final = b"\xff\xff\xff\xff"
_SIZE: Final = Struct(">i").pack
_UUID_SIZE: Final = _SIZE(16)
_BIGINT_SIZE: Final = _SIZE(8)
_BOOLEANS: Final = {True: b"\0\0\0\1\1", False: b"\0\0\0\1\0"}


class Packed:
    """The bytes of a one-dimensional array."""

    __slots__ = ("data",)
    element_oid = 0

    def __init__(self, elements: Sequence[bytes]) -> None:
        has_null = 1 if _NULL in elements else 0
        head = _HEAD.pack(1 if elements else 0, has_null, self.element_oid, len(elements), 1)
        self.data = head + b"".join(elements) if elements else head[:12]


class Uuids(Packed):
    """A ``uuid[]``."""

    __slots__ = ()
    element_oid = 2950


class Byteas(Packed):
    """A ``bytea[]``."""

    __slots__ = ()
    element_oid = 17


class Texts(Packed):
    """A ``text[]``."""

    __slots__ = ()
    element_oid = 25


class Smallints(Packed):
    """A ``smallint[]``."""

    __slots__ = ()
    element_oid = 21


class Integers(Packed):
    """An ``integer[]``."""

    __slots__ = ()
    element_oid = 23


class Bigints(Packed):
    """A ``bigint[]``."""

    __slots__ = ()
    element_oid = 20


class Floats(Packed):
    """A ``double precision[]``."""

    __slots__ = ()
    element_oid = 701


class Booleans(Packed):
    """A ``boolean[]``."""

    __slots__ = ()
    element_oid = 16


ARRAY_OIDS: Final[dict[type[Packed], int]] = {
    Uuids: 2951,
    Byteas: 1001,
    Texts: 1009,
    Smallints: 1005,
    Integers: 1007,
    Bigints: 1016,
    Floats: 1022,
    Booleans: 1000,
}


def uuids(values: Iterable[UUID | None]) -> Uuids:
    """Pack identifiers."""
    return Uuids([_NULL if value is None else _UUID_SIZE + value.int.to_bytes(16, "big") for value in values])


def byteas(values: Iterable[bytes | None]) -> Byteas:
    """Pack bytes."""
    return Byteas([_NULL if value is None else _SIZE(len(value)) + value for value in values])


def texts(values: Iterable[str]) -> Texts:
    """Pack texts; a NUL in one is refused by PostgreSQL."""
    return Texts([_SIZE(len(raw)) + raw for raw in [value.encode() for value in values]])


def smallints(values: Iterable[int]) -> Smallints:
    """Pack numbers of 16 bits."""
    return Smallints([b"\0\0\0\2" + value.to_bytes(2, "big", signed=True) for value in values])


def integers(values: Iterable[int | None]) -> Integers:
    """Pack numbers of 32 bits."""
    return Integers(
        [_NULL if value is None else b"\0\0\0\4" + value.to_bytes(4, "big", signed=True) for value in values]
    )


def bigints(values: Iterable[int | None]) -> Bigints:
    """Pack numbers of 64 bits."""
    return Bigints(
        [
            _NULL if value is None else b"\0\0\0\x08" + value.to_bytes(8, "big", signed=True)
            for value in values
        ]
    )


def floats(values: Iterable[float]) -> Floats:
    """Pack floating-point numbers."""
    return Floats([b"\0\0\0\x08" + pack(">d", value) for value in values])


def booleans(values: Iterable[bool]) -> Booleans:
    """Pack truth values."""
    return Booleans([_BOOLEANS[value] for value in values])


class _PackedDumper(Dumper):
    """Hands the packed bytes to libpq as they are."""

    format = Format.BINARY

    @override
    def dump(self, obj: Packed) -> bytes:
        return obj.data


def register(adapters: AdaptersMap) -> None:
    """Teach a connection's adapters the packed arrays."""
    for kind, oid in ARRAY_OIDS.items():
        dumper = type(f"{kind.__name__}Dumper", (_PackedDumper,), {"oid": oid})
        adapters.register_dumper(kind, dumper)
