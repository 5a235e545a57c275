"""The footer and the heads of all pages, read before the library reads them.

The library ends the process at a footer whose statistics have the wrong size, and unpacks what a page
promises: some bytes may become 2 GB, or one value repeated two thousand million times.

Source: the format's ``parquet.thrift`` (FileMetaData, PageHeader) and Thrift's compact protocol.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

_MAX_DEPTH: Final = 20
_MAX_ITEMS: Final = 1_000_000
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 11, 12
_PAGE_HEADS: Final = (5, 7, 8)


class Stretch(NamedTuple):
    """The bytes of one column in a row group."""

    offset: int
    length: int
    values: int


def stretches(data: bytes) -> list[list[Stretch]]:
    """Read the footer: the columns of each row group. Raises ValueError, IndexError where it is damaged."""
    size = int.from_bytes(data[-8:-4], "little")
    if not 0 < size <= len(data) - 12:
        raise ValueError
    footer, _ = _struct(data[len(data) - 8 - size : -8], 0, 0)
    return [[_stretch(part) for part in _list(_fields(group).get(1))] for group in _list(footer.get(4))]


def _stretch(part: object) -> Stretch:
    about = _fields(_fields(part).get(3))
    values, length, start, dictionary = (about.get(key) for key in (5, 7, 9, 11))
    if not (isinstance(values, int) and isinstance(length, int) and isinstance(start, int)):
        raise ValueError  # noqa: TRY004  damage, not a mistake of the caller
    if isinstance(dictionary, int) and 0 < dictionary < start:
        start = dictionary
    return Stretch(start, length, values)


def _fields(value: object) -> dict[int, object]:
    if not isinstance(value, dict):
        raise ValueError  # noqa: TRY004  as above
    return value


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


class Page(NamedTuple):
    """What a page says of itself."""

    unpacked_bytes: int
    values: int


def pages(data: bytes, start: int, length: int) -> Iterator[Page]:
    """Yield the pages of a stretch; it ends where no head can be read, as the library does."""
    at, end = start, min(len(data), start + length)
    while 0 <= at < end:
        try:
            head, at = _struct(data, at, 0)
        except (IndexError, ValueError):
            return
        packed, unpacked = head.get(3), head.get(2)
        if not isinstance(packed, int) or not isinstance(unpacked, int) or packed < 0:
            return
        inner = [head[key] for key in _PAGE_HEADS if key in head]
        counts = [one.get(1) for one in inner if isinstance(one, dict)]
        yield Page(unpacked, max((count for count in counts if isinstance(count, int)), default=0))
        at += packed


_Struct = dict[int, object]


def _struct(data: bytes, at: int, depth: int) -> tuple[_Struct, int]:
    """Read the numbers and structures of a structure. Raises ValueError, IndexError."""
    if depth > _MAX_DEPTH:
        raise ValueError
    found: _Struct = {}
    key = 0
    while True:
        head = data[at]
        at += 1
        kind = head & 0x0F
        if kind == _STOP:
            return found, at
        if head >> 4:
            key += head >> 4
        else:
            key, at = _number(data, at)
        if kind not in {_TRUE, _FALSE}:
            found[key], at = _value(data, at, kind, depth)


def _value(data: bytes, at: int, kind: int, depth: int) -> tuple[object, int]:
    if kind == _STRUCT:
        return _struct(data, at, depth + 1)
    if kind == _BINARY:
        size, at = _varint(data, at)
        return None, at + size
    if kind in {_BYTE, _DOUBLE}:
        return None, at + (1 if kind == _BYTE else 8)
    if kind in {_LIST, _SET}:
        return _items(data, at, depth)
    if kind == _MAP or kind > _STRUCT:
        # No head of a page has any.
        raise ValueError
    return _number(data, at)


def _items(data: bytes, at: int, depth: int) -> tuple[list[object], int]:
    count, kind = data[at] >> 4, data[at] & 0x0F
    at += 1
    if count == 15:
        count, at = _varint(data, at)
    if count > min(_MAX_ITEMS, len(data) - at) or depth >= _MAX_DEPTH:
        raise ValueError
    found: list[object] = []
    for _ in range(count):
        if kind in {_TRUE, _FALSE}:
            value, at = None, at + 1
        else:
            value, at = _value(data, at, kind, depth + 1)
        found.append(value)
    return found, at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError


def _number(data: bytes, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return (value >> 1) ^ -(value & 1), at
