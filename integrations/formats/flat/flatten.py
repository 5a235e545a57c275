"""Items → single records in the order of the file, with what the trailer promises filled in."""

from collections.abc import Iterable, Iterator
from itertools import count, islice, repeat

from integrations.errors import EncodeError
from integrations.formats.codec import Record
from integrations.formats.flat.structure import Kind, Structure
from integrations.formats.flat.totals import Totals

_BATCH = 500

Single = tuple[Kind, Record, int]
"""A record type, a record of it, and the number of the item it belongs to."""


def flatten(records: Iterable[Record], structure: Structure) -> Iterator[list[Single]]:
    """Yield batches of single records. Raises EncodeError where a record has no place in the structure."""
    if structure.is_plain:
        yield from _plain(records, structure)
        return
    walk = _Walk(structure)
    numbered = enumerate(records, 1)
    while batch := list(islice(numbered, _BATCH)):
        singles: list[Single] = []
        for number, record in batch:
            walk.item(record, number, singles)
        yield singles


def _plain(records: Iterable[Record], structure: Structure) -> Iterator[list[Single]]:
    """Do the same where there is one record type and nothing to be counted."""
    kind = structure.kind(structure.records[0])
    source, start = iter(records), 1
    while batch := list(islice(source, _BATCH)):
        for number, record in enumerate(batch, start):
            if record.get("record") != kind.name:
                raise _unknown(structure.key, number)
        yield list(zip(repeat(kind), batch, count(start), strict=False))
        start += len(batch)


class _Walk:
    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.key = structure.key
        self.kinds = {layout.name: structure.kind(layout) for layout in structure.records}
        self.totals = self._totals()

    def _totals(self) -> Totals:
        return Totals(self.key, self.structure.records, self.structure.checks)

    def item(self, record: Record, number: int, singles: list[Single]) -> None:
        name = record.get("record")
        kind = self.kinds.get(name) if isinstance(name, str) else None
        if kind is None or kind.within:
            raise _unknown(self.key, number)
        if kind.role == "header":
            self.totals = self._totals()
        filled = self.totals.fill(record, number) if kind.role == "trailer" else record
        self._add(kind, filled, number, singles)

    def _add(self, kind: Kind, record: Record, number: int, singles: list[Single]) -> None:
        self.totals.add(kind.name, record)
        singles.append((kind, record, number))
        for child in kind.children:
            listed = record.get(child.key)
            if not listed:
                continue
            if not isinstance(listed, list):
                raise EncodeError(
                    f"{self.key}.not_a_list", "Nested records must be a list.", place=f"record {number}"
                )
            for inner in listed:
                if not isinstance(inner, dict):
                    raise EncodeError(
                        f"{self.key}.record_not_object",
                        "A record is not an object.",
                        place=f"record {number}",
                    )
                self._add(child, inner, number, singles)


def _unknown(key: str, number: int) -> EncodeError:
    return EncodeError(
        f"{key}.unknown_record",
        "The field 'record' does not name a record type of the layout.",
        place=f"record {number}",
    )
