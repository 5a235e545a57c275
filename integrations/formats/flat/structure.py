"""The order and nesting of record types: single records in, whole items out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Bad, Limits, Record, Split
from integrations.formats.flat.layout import Check, FlatRecord
from integrations.formats.flat.totals import Totals

PieceKind = Literal["item", "header", "trailer"]
Piece = tuple[PieceKind, Record, list[bytes]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A record type as the structure sees it.

    children: the types that belong to it. is_watched: whether it matters where and how often it stands.
    """

    name: str
    role: Literal["header", "item", "trailer"]
    within: str
    key: str
    order: int
    min_items: int
    max_items: int | None
    children: tuple["Kind", ...]
    is_watched: bool


Parsed = tuple[int, Kind | None, Record | DecodeError, bytes]
"""One record read alone: line, type (None if it could not be told), the record or its fault, bytes."""


@dataclass(frozen=True, slots=True)
class Structure:
    """What the options say of the record types. several: after the trailer a header may begin anew."""

    key: str
    records: Sequence[FlatRecord]
    checks: Sequence[Check] = ()
    several: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether there is one record type and nothing to watch."""
        first = self.records[0]
        is_free = not first.min_items and first.max_items is None
        return len(self.records) == 1 and first.role == "item" and is_free and not self.checks

    def children(self, name: str) -> tuple[Kind, ...]:
        """Give the record types that belong to one, or (named "") to the file."""
        return tuple(
            self.kind(record) for record in self.records if record.within == name and record.role == "item"
        )

    def kind(self, record: FlatRecord) -> Kind:
        """Compile a record type with those that belong to it."""
        return Kind(
            record.name,
            record.role,
            record.within,
            record.key,
            record.order,
            record.min_items,
            record.max_items,
            self.children(record.name),
            bool(record.order or record.min_items or record.max_items is not None),
        )


@dataclass(slots=True)
class _Scope:
    """A record that others may still join, or the file. counts: of each type in it; order: the last one."""

    name: str
    record: Record
    children: tuple[Kind, ...]
    counts: dict[str, int] = field(default_factory=dict)
    order: int = 0


@dataclass(slots=True)
class _Open:
    """The item that is being put together: its lines, and the records that may still grow."""

    record: Record
    lines: list[bytes]
    chain: list[_Scope]
    size: int


class Assembly:
    """The state of reading one file: where in it we are, and the item that is not complete yet."""

    def __init__(self, structure: Structure, limits: Limits) -> None:
        self.structure = structure
        self.key = structure.key
        self.limits = limits
        self.totals = Totals(structure.key, structure.records, structure.checks)
        self.has_header = any(layout.role == "header" for layout in structure.records)
        self.has_trailer = any(layout.role == "trailer" for layout in structure.records)
        self.top = structure.children("")
        self.file = _Scope("", {}, self.top)
        self.line = 0
        self.is_first = True
        self.is_empty = True
        self.items = 0
        self.ended = False
        self.is_skipping = False
        self.has_lost = False
        self.open: _Open | None = None

    def add(self, kind: Kind, record: Record, raw: bytes) -> Iterator[Piece]:
        """Take the next record of the file itself; yields it if nothing can belong to it."""
        self._check_order(kind)
        self.is_skipping = False
        if kind.role == "trailer":
            self.ended = True
            self._check_least(self.file)
            if not self.has_lost:
                self.totals.verify(record, self.line, kind.name)
            yield "trailer", record, [raw]
            return
        self.totals.add(kind.name, record)
        if kind.role == "header":
            yield "header", record, [raw]
            return
        self._enter(self.file, kind)
        self.items += 1
        if self.items > self.limits.max_records:
            raise codec.too_many_records(self.key, self.limits, f"line {self.line}")
        if kind.children:
            self.open = _Open(record, [raw], [_Scope(kind.name, record, kind.children)], len(raw))
        else:
            yield "item", record, [raw]

    def close(self) -> Iterator[Piece]:
        """Yield the item that was open, if there is one."""
        if self.open is None:
            return
        done, self.open = self.open, None
        while done.chain:
            self._check_least(done.chain.pop())
        yield "item", done.record, done.lines

    def lose(self, kind: Kind | None) -> bool:
        """Give up the item that a bad record belongs to, up to the next item; tells whether that is new."""
        was_skipping = self.is_skipping
        self.has_lost = True
        self.is_empty = False
        if kind is None or kind.within:
            self.is_skipping = was_skipping or self.open is not None
            self.open = None
            return not was_skipping
        self.is_first = False
        self.is_skipping = bool(kind.children)
        return True

    def finish(self) -> None:
        """Take the end of the file, after what was open is closed."""
        if self.is_empty:
            raise DecodeError(f"{self.key}.empty", "The file has no records.", place="line 1")
        if self.has_trailer and not self.ended:
            raise DecodeError(
                f"{self.key}.no_trailer",
                "The file ends without its trailer record.",
                hint="It may have been cut on its way: ask for it again.",
                place=f"line {self.line}",
            )
        if not self.ended:
            self._check_least(self.file)

    def _check_order(self, kind: Kind) -> None:
        self.is_empty = False
        if self.ended and self.structure.several:
            self._begin_again()
        if self.ended:
            raise DecodeError(
                f"{self.key}.after_trailer", "A record follows the trailer.", place=f"line {self.line}"
            )
        was_first, self.is_first = self.is_first, False
        if self.has_header and (kind.role == "header") != was_first:
            if was_first:
                raise DecodeError(
                    f"{self.key}.no_header",
                    "The file does not begin with its header record.",
                    place=f"line {self.line}",
                )
            raise DecodeError(
                f"{self.key}.second_header", "A second header record stands here.", place=f"line {self.line}"
            )

    def _begin_again(self) -> None:
        self.totals = Totals(self.key, self.structure.records, self.structure.checks)
        self.file = _Scope("", {}, self.top)
        self.is_first, self.ended, self.has_lost = True, False, False

    def nest(self, kind: Kind, record: Record, raw: bytes) -> None:
        """Take the next record that belongs to another."""
        if self.is_first or self.ended:
            self._check_order(kind)
        opened = self.open
        chain = opened.chain if opened else []
        while chain and chain[-1].name != kind.within:
            self._check_least(chain.pop())
        if opened is None or not chain:
            self.open = None
            raise DecodeError(
                f"{self.key}.orphan",
                f"The record belongs to a record {kind.within}, and there is none before it.",
                place=f"line {self.line}, record {kind.name}",
            )
        opened.size += len(raw)
        if opened.size > self.limits.max_record_bytes:
            raise codec.record_too_large(self.key, self.limits, f"line {self.line}, record {kind.name}")
        if kind.is_watched:
            self._enter(chain[-1], kind)
        opened.lines.append(raw)
        siblings = chain[-1].record[kind.key]
        if isinstance(siblings, list):
            siblings.append(record)
        if kind.children:
            chain.append(_Scope(kind.name, record, kind.children))
        self.totals.add(kind.name, record)

    def _enter(self, scope: _Scope, kind: Kind) -> None:
        count = scope.counts[kind.name] = scope.counts.get(kind.name, 0) + 1
        place = f"line {self.line}, record {kind.name}"
        if kind.max_items is not None and count > kind.max_items:
            raise DecodeError(
                f"{self.key}.too_many",
                f"The record stands here more than {kind.max_items} times.",
                place=place,
            )
        if kind.order:
            if kind.order < scope.order:
                raise DecodeError(
                    f"{self.key}.out_of_order",
                    "The record stands behind one that must follow it.",
                    place=place,
                )
            scope.order = kind.order

    def _check_least(self, scope: _Scope) -> None:
        for kind in scope.children:
            if scope.counts.get(kind.name, 0) < kind.min_items:
                where = f"record {scope.name}" if scope.name else "the file"
                raise DecodeError(
                    f"{self.key}.too_few",
                    f"There should be {kind.min_items} records {kind.name} or more in {where}.",
                    hint="The file may be incomplete: ask the sender for it again.",
                    place=f"line {self.line}",
                )


def pieces(
    batches: Iterable[list[Parsed]], structure: Structure, limits: Limits, bad: Bad | None
) -> Iterator[Piece]:
    """Put records together. With `bad`, the fault of an item is handed over and the next item is read."""
    assembly = Assembly(structure, limits)
    for batch in batches:
        for line, kind, record, raw in batch:
            assembly.line = line
            if assembly.open is not None and kind is not None and not kind.within:
                yield from _closed(assembly, bad)
            try:
                if isinstance(record, DecodeError):
                    raise record
                if kind is not None and not kind.within:
                    yield from assembly.add(kind, record, raw)
                elif kind is not None and not assembly.is_skipping:
                    assembly.nest(kind, record, raw)
            except DecodeError as failure:
                if bad is None:
                    raise
                if assembly.lose(kind):
                    bad(failure)
    yield from _closed(assembly, bad)
    assembly.finish()


def _closed(assembly: Assembly, bad: Bad | None) -> Iterator[Piece]:
    """Close the open item when the next one, or the end of the file, comes."""
    try:
        yield from assembly.close()
    except DecodeError as failure:
        if bad is None:
            raise
        assembly.has_lost = True
        bad(failure)


def as_splits(found: Iterator[Piece], between: bytes) -> Iterator[Split]:
    """Give the pieces their numbers, and their lines as they stood."""
    items = 0
    for kind, record, lines in found:
        items += kind == "item"
        yield Split(kind, items if kind == "item" else 1, record, between.join(lines))
