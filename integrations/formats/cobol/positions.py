"""The places of a record's fields: what a page shows as a tree."""

from collections.abc import Iterator

from integrations.formats.cobol.groups import Group, Part, Run
from integrations.formats.cobol.layout import Layout
from integrations.formats.cobol.nodes import Leaf, Sub, Table
from integrations.formats.cobol.redefined import Union
from integrations.formats.cobol.values import FieldFault
from integrations.formats.codec import Mark

_MAX_TEXT = 200


def marks_of(layout: Layout, number: int, offset: int, raw: bytes) -> Iterator[Mark]:
    """Yield the record and its fields as far as its bytes go; redefined items one after the other."""
    walk = _Walk(layout, offset, raw)
    yield Mark(0, f"record {number}", offset, len(raw), walk.text(raw))
    yield from walk.group(layout.group, 0, 1)


class _Walk:
    def __init__(self, layout: Layout, offset: int, raw: bytes) -> None:
        self.page = layout.page
        self.offset = offset
        self.raw = raw
        self.counts: dict[str, int] = {}
        self.end = 0

    def text(self, raw: bytes) -> str:
        return raw[:_MAX_TEXT].decode(self.page.name, "replace").replace("\0", " ").strip()

    def group(self, group: Group, at: int, depth: int) -> Iterator[Mark]:
        """Yield what is in a group; `end` is then where it ends."""
        for run in group.runs:
            if isinstance(run, Run):
                for name, start, leaf in run.probes:
                    self._count(name, leaf, at + start)
                for start, part in run.parts:
                    yield from self.part(part, at + start, depth)
                at += run.size
            else:
                yield from self.part(run, at, depth)
                at = self.end
        self.end = at

    def _count(self, name: str, leaf: Leaf, at: int) -> None:
        raw = self.raw[at : at + leaf.size]
        try:
            value = leaf.probe(raw) if len(raw) == leaf.size else None
        except FieldFault:
            value = None
        if isinstance(value, int):
            self.counts[name] = value

    def part(self, part: Part, at: int, depth: int) -> Iterator[Mark]:
        self.end = at + part.size
        if at >= len(self.raw):
            return
        if isinstance(part, Union):
            for view in part.views:
                yield from self.part(view.part, at, depth)
        elif isinstance(part, Table):
            yield from self._table(part, at, depth)
        elif isinstance(part, Sub) and not part.key:
            yield from self.group(part.group, at, depth)
        else:
            yield self._mark(part, part.key, at, depth)
            if isinstance(part, Sub):
                yield from self.group(part.group, at, depth + 1)

    def _table(self, table: Table, at: int, depth: int) -> Iterator[Mark]:
        count = self.counts.get(table.depending, 0) if table.depending else table.high
        start = at
        for number in range(1, min(count, table.high) + 1):
            if at >= len(self.raw):
                break
            yield self._mark(table.element, f"{table.key}[{number}]", at, depth)
            self.end = at + table.element.size
            if isinstance(table.element, Sub):
                yield from self.group(table.element.group, at, depth + 1)
            at = self.end
        self.end = at if table.is_filled else start + table.size

    def _mark(self, part: Leaf | Sub, label: str, at: int, depth: int) -> Mark:
        raw = self.raw[at : at + part.size]
        is_text = isinstance(part, Sub) or part.code.endswith("s")
        return Mark(depth, label, self.offset + at, len(raw), self.text(raw) if is_text else raw.hex())
