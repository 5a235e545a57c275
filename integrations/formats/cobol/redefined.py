"""REDEFINES: items that share their bytes, and which of them is meant."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.formats.cobol.nodes import Leaf, Sub, Table, Watched
from integrations.formats.cobol.values import MISSING, FieldFault
from integrations.formats.codec import Record, Value


@dataclass(slots=True)
class View:
    """One of the items that share their bytes.

    rules: (field, values) that choose it. probes: where such a field lies inside the item itself.
    """

    part: Leaf | Sub | Table
    rules: tuple[tuple[str, frozenset[str]], ...] = ()
    probes: dict[str, tuple[int, Leaf]] = field(default_factory=dict)

    def is_meant(self, raw: bytes, seen: Watched, at: int) -> bool:
        """Whether a rule chooses it for this record."""
        for name, values in self.rules:
            if name in self.probes:
                start, leaf = self.probes[name]
                value = leaf.probe(raw[start : start + leaf.size])
            elif name in seen:
                value = seen[name][at]
            else:
                raise FieldFault("segment", "The field that tells the segment must stand before it.")
            if str("" if value is None else value).strip() in values:
                return True
        return False

    def fragments(self, values: list[Value]) -> list[Record]:
        """Give what each record gets of it: the item under its key, or the fields of an item without name."""
        key = self.part.key
        if key:
            return [{key: value} for value in values]
        return [value if isinstance(value, dict) else {} for value in values]

    def read(self, raws: Sequence[bytes], seen: Watched) -> list[Record]:
        """Read a column. Raises FieldFault."""
        size = self.part.size
        cut = raws if len(raws[0]) == size else [raw[:size] for raw in raws]
        if isinstance(self.part, Leaf) and not self.part.code.endswith("s"):
            cut = [value for raw in cut for value in struct.unpack(f">{self.part.code}", raw)]
        return self.fragments(self.part.read(cut, seen))


@dataclass(slots=True)
class Union:
    """REDEFINES: views of the same bytes.

    Where rules choose, the chosen view is read (and, if none is, those without a rule). Without rules all are
    read, and one that makes no sense of the bytes is left out.
    """

    views: tuple[View, ...]
    size: int
    blank: bytes

    @property
    def code(self) -> str:
        """How ``struct`` cuts it out."""
        return f"{self.size}s"

    @property
    def initial(self) -> bytes:
        """What stands in it at first."""
        first = self.views[0].part.initial
        return first + self.blank * (self.size - len(first))

    def names(self) -> tuple[str, ...]:
        """Give the keys under which it stands in a record."""
        return tuple(name for view in self.views for name in view.part.names())

    def read(self, raws: Sequence[bytes], seen: Watched) -> list[Record]:
        """Read a column. Raises FieldFault."""
        if not any(view.rules for view in self.views):
            return self._all(raws, seen, self.views)
        by_view: dict[int, list[int]] = {}
        for at, raw in enumerate(raws):
            chosen = next((n for n, view in enumerate(self.views) if view.is_meant(raw, seen, at)), -1)
            by_view.setdefault(chosen, []).append(at)
        made: list[Record] = [{} for _ in raws]
        for number, places in by_view.items():
            some = [raws[at] for at in places]
            inside = {name: [column[at] for at in places] for name, column in seen.items()}
            if number < 0:
                rest = tuple(view for view in self.views if not view.rules)
                found = self._all(some, inside, rest) if rest else [{} for _ in some]
            else:
                found = self._one(self.views[number], some, inside)
            for at, fragment in zip(places, found, strict=True):
                made[at] = fragment
        return made

    def _one(self, view: View, raws: Sequence[bytes], seen: Watched) -> list[Record]:
        try:
            return view.read(raws, seen)
        except FieldFault as fault:
            if view.part.key:
                fault.path.append(view.part.key)
            raise

    def _all(self, raws: Sequence[bytes], seen: Watched, views: tuple[View, ...]) -> list[Record]:
        made: list[Record] = [{} for _ in raws]
        first: FieldFault | None = None
        read = 0
        for view in views:
            try:
                fragments = self._one(view, raws, seen)
            except FieldFault as fault:
                if len(raws) > 1:
                    raise
                first = first or fault
                continue
            read += 1
            for record, fragment in zip(made, fragments, strict=True):
                record.update(fragment)
        if not read and first is not None:
            raise first
        return made

    def write(self, records: list[Any], seen: Watched) -> bytes:
        """Write a column. Raises FieldFault."""
        made: list[bytes] = [b""] * len(records)
        for view, places in self._by_view(records):
            part = view.part
            some = [records[at] for at in places]
            values = [record.get(part.key, MISSING) for record in some] if part.key else some
            if not part.key:
                values = [{k: v for k, v in record.items() if k in part.names()} for record in some]
            inside = {name: [column[at] for at in places] for name, column in seen.items()}
            try:
                blob = part.write(values, inside)
            except FieldFault as fault:
                if part.key:
                    fault.path.append(part.key)
                raise
            rest = self.blank * (self.size - part.size)
            for number, at in enumerate(places):
                made[at] = blob[number * part.size : (number + 1) * part.size] + rest
        return b"".join(made)

    def used(self, record: Record) -> View:
        """Give the view that a record holds: the first of which it has a key."""
        for view in self.views:
            if any(name in record for name in view.part.names()):
                return view
        return self.views[0]

    def _by_view(self, records: list[Any]) -> list[tuple[View, list[int]]]:
        places: dict[int, tuple[View, list[int]]] = {}
        for at, record in enumerate(records):
            view = self.used(record)
            places.setdefault(id(view), (view, []))[1].append(at)
        return list(places.values())
