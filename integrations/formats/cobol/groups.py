"""Groups of parts: rows of records out of columns of values, and back."""

import struct
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from integrations.formats.cobol.nodes import Leaf, Sub, Table, Watched, as_record
from integrations.formats.cobol.redefined import Union
from integrations.formats.cobol.values import MISSING, FieldFault
from integrations.formats.codec import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

Part = Leaf | Sub | Table | Union


@dataclass(slots=True)
class Skip:
    """Bytes that are in no field: FILLER and the slack before aligned numbers."""

    initial: bytes

    @property
    def size(self) -> int:
        """Bytes it takes."""
        return len(self.initial)


@dataclass(slots=True)
class Run:
    """Parts of fixed size one after the other.

    probes: fields in it (also inside its groups) by which later tables are counted, with their offset.
    """

    parts: tuple[tuple[int, Part], ...]
    size: int
    initial: bytes
    probes: tuple[tuple[str, int, Leaf], ...]
    cut_out: struct.Struct

    def columns(self, data: bytes, count: int, seen: Watched) -> list[tuple[Part, list[Any]]]:
        """Read all its parts: (part, column)."""
        raws: Sequence[Sequence[Any]] = tuple(zip(*self.cut_out.iter_unpack(data), strict=True))
        if not count:
            raws = [()] * len(self.parts)
        made: list[tuple[Part, list[Any]]] = []
        for (_, part), column in zip(self.parts, raws, strict=True):
            try:
                made.append((part, part.read(column, seen)))
            except FieldFault as fault:
                if not isinstance(part, Union) and part.key:
                    fault.path.append(part.key)
                raise
        return made

    def write(self, records: list[Record], seen: Watched) -> bytes:
        """Write a column. Raises FieldFault."""
        count = len(records)
        made = bytearray(self.initial * count)
        for at, part in self.parts:
            try:
                column = records if isinstance(part, Union) else column_of(records, part.key)
                blob = part.write(column, seen)
            except FieldFault as fault:
                if not isinstance(part, Union) and part.key:
                    fault.path.append(part.key)
                raise
            size = part.size
            if size <= count:
                # One strided copy for each byte of the field is quicker than one for each record.
                for byte in range(size):
                    made[at + byte :: self.size] = blob[byte::size]
            else:
                for number in range(count):
                    start = number * self.size + at
                    made[start : start + size] = blob[number * size : number * size + size]
        return bytes(made)


def column_of(records: list[Record], key: str) -> list[Any]:
    """Give the values of a key, MISSING where a record has none."""
    try:
        return list(map(itemgetter(key), records))
    except KeyError:
        return [record.get(key, MISSING) for record in records]


@dataclass(slots=True)
class Group:
    """A group: runs of fixed parts, and between them what can vary in size (filled tables, groups of them).

    counted: (name of a field, path to the table it counts), for writing; the steps of a path are keys.
    """

    runs: tuple["Run | Table | Sub", ...]
    keys: tuple[str, ...]
    counted: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def is_fixed(self) -> bool:
        """Whether it takes the same room in each record."""
        return all(isinstance(run, Run) for run in self.runs)

    @property
    def size(self) -> int:
        """Bytes it takes at most."""
        return sum(run.size for run in self.runs)

    @property
    def initial(self) -> bytes:
        """What stands in it at first."""
        return b"".join(run.initial for run in self.runs if isinstance(run, Run) or not is_varying(run))

    def read(self, data: bytes, count: int, seen: Watched) -> list[Record]:
        """Read a group of fixed size, `count` times."""
        columns = self.runs[0].columns(data, count, seen) if isinstance(self.runs[0], Run) else []
        return rows(columns, count)

    def write(self, records: list[Record], seen: Watched) -> list[bytes]:
        """Give the bytes of each record."""
        if not records:
            return []
        known = set(self.keys)
        for record in records:
            if not known.issuperset(record):
                raise FieldFault("extra_field", "The record has a field that the copybook does not.")
        if self.counted:
            seen = {**seen, **{name: [_length(r, path) for r in records] for name, path in self.counted}}
        columns = [self._written(run, records, seen) for run in self.runs]
        return columns[0] if len(columns) == 1 else [b"".join(row) for row in zip(*columns, strict=True)]

    def _written(self, run: "Run | Table | Sub", records: list[Record], seen: Watched) -> list[bytes]:
        if isinstance(run, Run):
            blob, size = run.write(records, seen), run.size
            return (
                [blob[at : at + size] for at in range(0, len(blob), size)] if size else [b""] * len(records)
            )
        column = column_of(records, run.key)
        try:
            if isinstance(run, Table):
                return run.parts(column)
            return run.group.write([as_record(value) for value in column], seen)
        except FieldFault as fault:
            fault.path.append(run.key)
            raise


def is_varying(part: "Part | Run") -> bool:
    """Whether the size of a part depends on what is in it."""
    if isinstance(part, Table):
        return part.is_filled or is_varying(part.element)
    return isinstance(part, Sub) and not part.group.is_fixed


def rows(columns: list[tuple[Part, list[Any]]], count: int) -> list[Record]:
    """Put columns together to records."""
    keys = [part.key for part, _ in columns if not isinstance(part, Union) and part.key]
    plain = [column for part, column in columns if not isinstance(part, Union) and part.key]
    made: list[Record] = (
        # All in C: a third quicker than a comprehension over rows.
        list(map(dict, map(zip, repeat(keys), zip(*plain, strict=True))))
        if plain
        else [{} for _ in range(count)]
    )
    for part, column in columns:
        if isinstance(part, Union) or not part.key:
            for record, fragment in zip(made, column, strict=True):
                record.update(fragment)
    return made


def _length(value: object, path: tuple[str, ...]) -> int | None:
    """Count the items of the table at the end of a path; None where there is no such list."""
    if not path:
        return len(value) if isinstance(value, list) else None
    if isinstance(value, list):
        found = {_length(item, path) for item in value} - {None}
        if len(found) > 1:
            raise FieldFault("count_mismatch", "Tables that one field counts have different lengths.")
        return found.pop() if found else None
    return _length(value.get(path[0]), path[1:]) if isinstance(value, dict) else None
