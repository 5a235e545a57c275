"""The parts of a record, and how columns of them are read and written.

A part reads many records at once: it takes the bytes of the same part of each and gives a list of values.
What a later part must know (how often a table occurs, which of several redefined items is meant) is kept in
``Watched``: the name of a field → its column.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from integrations.formats.cobol.values import MISSING, Column, FieldFault
from integrations.formats.codec import Record, Value

if TYPE_CHECKING:
    from integrations.formats.cobol.groups import Group

Watched = dict[str, list[Any]]

_REMEMBERED = 1_000


@dataclass(slots=True)
class Leaf:
    """An elementary item. watch: the name under which others look at it. is_text: may be cut at its end."""

    key: str
    column: Column
    watch: str = ""
    is_text: bool = False
    probed: dict[bytes, Value] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes it takes."""
        return self.column.size

    @property
    def code(self) -> str:
        """How ``struct`` cuts it out."""
        return self.column.code

    @property
    def initial(self) -> bytes:
        """What stands in it at first."""
        return self.column.initial

    def probe(self, raw: bytes) -> Value:
        """Read it alone, from exactly its bytes. Counts and segments are few, so they are remembered."""
        if raw in self.probed:
            return self.probed[raw]
        value = self.column.read(struct.unpack(f">{self.code}", raw))[0]
        if len(self.probed) < _REMEMBERED:
            self.probed[raw] = value
        return value

    def read(self, raws: Sequence[Any], seen: Watched) -> list[Value]:
        """Read a column. Raises FieldFault."""
        values = self.column.read(raws)
        if self.watch:
            seen[self.watch] = values
        return values

    def write(self, values: list[Any], seen: Watched) -> bytes:
        """Write a column. Raises FieldFault."""
        expected = seen.get(self.watch) if self.watch else None
        if expected is not None:
            values = [_counted(value, count) for value, count in zip(values, expected, strict=True)]
        return self.column.write(values)

    def names(self) -> tuple[str, ...]:
        """Give the keys under which it stands in a record."""
        return (self.key,)


def _counted(value: object, count: int | None) -> object:
    """Give the count of a table: as the record says, or as long as the list is; they must agree."""
    if count is None or value == count:
        return value
    if value is MISSING or value is None:
        return count
    raise FieldFault("count_mismatch", f"The field says something else than the {count} items of its table.")


@dataclass(slots=True)
class Sub:
    """A group inside a group."""

    key: str
    group: "Group"

    @property
    def size(self) -> int:
        """Bytes it takes."""
        return self.group.size

    @property
    def code(self) -> str:
        """How ``struct`` cuts it out."""
        return f"{self.size}s"

    @property
    def initial(self) -> bytes:
        """What stands in it at first."""
        return self.group.initial

    def read(self, raws: Sequence[bytes], seen: Watched) -> list[Value]:
        """Read a column. Raises FieldFault."""
        return [*self.group.read(b"".join(raws), len(raws), seen)]

    def write(self, values: list[Any], seen: Watched) -> bytes:
        """Write a column. Raises FieldFault."""
        return b"".join(self.group.write([as_record(value) for value in values], seen))

    def names(self) -> tuple[str, ...]:
        """Give the keys under which it stands in a record."""
        return (self.key,) if self.key else self.group.keys


def as_record(value: object) -> Record:
    """Take a value as the fields of a group; none is an empty one. Raises FieldFault."""
    if value is MISSING or value is None:
        return {}
    if not isinstance(value, dict):
        raise FieldFault("not_an_object", "A group of fields was expected.")
    return value


@dataclass(slots=True)
class Table:
    """OCCURS: a list. is_filled: takes only the room of its items (OCCURS DEPENDING ON)."""

    key: str
    element: Leaf | Sub
    low: int
    high: int
    depending: str = ""
    is_filled: bool = False

    @property
    def size(self) -> int:
        """Bytes it takes at most."""
        return self.element.size * self.high

    @property
    def code(self) -> str:
        """How ``struct`` cuts it out."""
        return f"{self.size}s"

    @property
    def initial(self) -> bytes:
        """What stands in it at first."""
        return self.element.initial * self.high

    def count(self, value: object) -> int:
        """Take the number of items from the field that says it."""
        if not isinstance(value, int) or not 0 <= value <= self.high:
            raise FieldFault("count", f"The table has 0 to {self.high} items; its field says something else.")
        return value

    def read(self, raws: Sequence[bytes], seen: Watched) -> list[Value]:
        """Read a column. Raises FieldFault."""
        if not self.depending:
            return self.items(b"".join(raws), [self.high] * len(raws), seen)
        if self.depending not in seen:
            raise FieldFault("count", "The field that counts a table must stand before it.")
        counts = [self.count(value) for value in seen[self.depending]]
        size = self.element.size
        data = b"".join([raw[: count * size] for raw, count in zip(raws, counts, strict=True)])
        return self.items(data, counts, seen)

    def items(self, data: bytes, counts: list[int], seen: Watched) -> list[Value]:
        """Read all items of many records, and give each record its own."""
        raws: Sequence[Any] = [raw for (raw,) in struct.iter_unpack(f">{self.element.code}", data)]
        inside = {
            name: [value for value, count in zip(column, counts, strict=True) for _ in range(count)]
            for name, column in seen.items()
        }
        return regroup(self.found(raws, inside), counts)

    def found(self, raws: Sequence[Any], seen: Watched) -> list[Value]:
        """Read items; the path of a fault names the item."""
        try:
            return self.element.read(raws, seen)
        except FieldFault:
            for number, raw in enumerate(raws, 1):
                alone = {name: column[number - 1 : number] for name, column in seen.items()}
                locate(partial(self.element.read, [raw], alone), f"[{number}]")
            raise

    def write(self, values: list[Any], seen: Watched) -> bytes:
        """Write a column. Raises FieldFault."""
        del seen
        made = self.parts(values)
        size = self.size
        whole = self.initial
        return b"".join([part + whole[len(part) : size] for part in made])

    def parts(self, values: list[Any]) -> list[bytes]:
        """Give the bytes of the items of each record."""
        lists = [self._as_list(value) for value in values]
        flat = [item for items in lists for item in items]
        counts = list(map(len, lists))
        if isinstance(self.element, Sub):
            pieces = self._written(flat)
            return [b"".join(part) for part in cut_at(pieces, counts)]
        size = self.element.size
        blob = self.element.write(flat, {}) if flat else b""
        ends = [0]
        for count in counts:
            ends.append(ends[-1] + count * size)
        return [blob[start:end] for start, end in pairwise(ends)]

    def _written(self, items: list[Any]) -> list[bytes]:
        assert isinstance(self.element, Sub)  # noqa: S101  the caller asked
        group = self.element.group
        try:
            return group.write([as_record(item) for item in items], {})
        except FieldFault:
            for number, item in enumerate(items, 1):
                locate(partial(group.write, [as_record(item)], {}), f"[{number}]")
            raise

    def _as_list(self, value: object) -> list[Any]:
        if value is MISSING or value is None:
            return []
        if not isinstance(value, list):
            raise FieldFault("not_a_list", "A list was expected.")
        if len(value) > self.high:
            raise FieldFault("too_many", f"The table has room for {self.high} items.")
        return value

    def names(self) -> tuple[str, ...]:
        """Give the keys under which it stands in a record."""
        return (self.key,)


def locate(call: Callable[[], object], step: str) -> None:
    """Run again a part in which a fault is, to name its step in the path."""
    try:
        call()
    except FieldFault as fault:
        fault.path.append(step)
        raise


def cut_at(items: list[Any], counts: list[int]) -> list[list[Any]]:
    """Cut a list into lists of so many items."""
    made, at = [], 0
    for count in counts:
        made.append(items[at : at + count])
        at += count
    return made


def regroup(items: list[Value], counts: list[int]) -> list[Value]:
    """Give each record its items."""
    return [*cut_at(items, counts)]
