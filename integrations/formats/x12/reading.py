"""Segments to records: one for each transaction set, with its envelope beside it.

The checks of the envelope (SE, GE, IEA) are made here, as they are what tells a complete document from a cut
one. What the tables say of elements and loops is for ``check.py``.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from integrations.errors import DecodeError, InputError
from integrations.formats import codec
from integrations.formats.codec import Limits, Record
from integrations.formats.segments.assemble import Assembly, Fault
from integrations.formats.segments.batches import Batch
from integrations.formats.segments.plan import Plan, Read
from integrations.formats.segments.tree import Group
from integrations.formats.x12 import tables
from integrations.formats.x12.envelope import check_count, check_number, check_trailer, marks_of_parts
from integrations.formats.x12.framing import Marks, X12Frames
from integrations.formats.x12.hierarchy import loop_key, nest
from integrations.formats.x12.options import X12Options
from integrations.formats.x12.segments import BINARY, KEYS, Dialect, compile_read, cutter

ENDS = frozenset({"ST", "GS", "GE", "IEA", "ISA"})
SEGMENTS = "segments"

_ISA_BYTES = 106

_BLANKS = " \t\r\n\u00a0\u2007\u202f"


class Piece(NamedTuple):
    """A record and, where asked for, its bytes in the document."""

    record: Record
    raw: bytes = b""


def part_key(tree: Group, name: str) -> str:
    """Find the loop at which to cut: by its name or the segment it begins with; empty if it has none."""
    if not name:
        return ""
    for _, node in tree.walk():
        if isinstance(node, Group) and name in (node.name, node.key, node.first.id) and node.repeats:
            return node.key
    return ""


@lru_cache(maxsize=32)
def plan_of(set_name: str, dialect: Dialect, split_at: str) -> Plan:
    """Compile a set for reading in a dialect."""
    tree = tables.set_facts(set_name).tree
    read_of = lru_cache(maxsize=None)(lambda name: compile_read(name, dialect))
    return Plan(tree, read_of, part=part_key(tree, split_at))


class Flat:
    """A transaction set that the tables do not know: its segments as a list. Looks like an Assembly."""

    is_cut = False

    def __init__(self, dialect: Dialect) -> None:
        self.record: Record = {}
        self.count = 0
        self.cut = cutter(dialect, repeats=True)
        self._dialect = dialect
        self._segments: list[Any] = []

    def take(self, segments: list[str], start: int = 0) -> int:
        """Take segments up to the end of the set."""
        for at in range(start, len(segments)):
            name, *parts = self.cut(segments[at])
            if name in ENDS and (name != "ST" or self.count):
                return at - start
            self.count += 1
            read = _read_any(name, self._dialect)(parts)
            if name in ("ST", "SE"):
                self.record[name] = read
            else:
                self._segments.append({"id": name, **read})
        return len(segments) - start

    def finish(self) -> Record:
        """Give the record, with SE at its end."""
        end = self.record.pop("SE")
        return {**self.record, SEGMENTS: self._segments, "SE": end}

    def cut_part(self) -> Record:
        """Give the record; such sets are not cut."""
        return self.finish()


@lru_cache(maxsize=2048)
def _read_any(name: str, dialect: Dialect) -> Read:
    return compile_read(name, dialect)


def dialect_of(marks: Marks, version: str, options: X12Options) -> Dialect:
    """Put together what reading or writing of a segment depends on."""
    return Dialect(
        tables.near_release(version),
        marks.element,
        marks.component,
        marks.repetition,
        marks.segment,
        is_typed=options.values == "typed",
        keeps_invalid=options.invalid == "text",
        encoding=options.encoding,
        in_text=options.in_text,
    )


class Reading:
    """The state of reading one document."""

    def __init__(
        self, options: X12Options, limits: Limits, bad: codec.Bad | None, *, wants_raw: bool
    ) -> None:
        self.options = options
        self.limits = limits
        self.bad = bad
        self.wants_raw = wants_raw
        self.frames = X12Frames(options.encoding, options.wrapped, limits)
        self.isa: Record | None = None
        self.gs: Record | None = None
        self.items = self.groups = self.messages = 0
        self.assembly: Assembly | Flat | None = None
        self.is_skipping = self.repeats = False
        self.dialect: Dialect | None = None
        self.size = 0
        self.raw: list[bytes] = []
        self.raw_from = self.counted = self.end_offset = 0

    def pieces(self, chunks: Iterable[bytes]) -> Iterator[Piece]:
        """Yield the records of a document."""
        for batch in self.frames.batches(chunks):
            yield from self._take(batch)
            self.end_offset = batch.offset + len(batch.data)
        self._finish()

    def _take(self, batch: Batch) -> Iterator[Piece]:
        at, segments = 0, batch.segments
        self._prepare(batch)
        while at < len(segments):
            if self.assembly is not None:
                at, piece = self._message(self.assembly, batch, at)
                if piece is not None:
                    yield piece
                continue
            name, *parts = segments[at].split(self._mark)
            if self.is_skipping and name not in ENDS:
                at += 1
                continue
            self.is_skipping = False
            if self.isa is None and not self._is_header(name, parts):
                self.frames.leave(batch, at)
                return
            if name == "ST":
                self._begin(parts, batch, at)
                at += self.assembly is None  # else the message takes its ST itself
                continue
            try:
                if name == "TA1":
                    yield self._answer(parts, batch, at)
                else:
                    self._envelope(name, parts)
            except Fault as fault:
                self._fail(self._error(fault, batch, at, name))
            at += 1
        if self.assembly is not None:
            self._keep_raw(batch, len(batch.data))

    def _prepare(self, batch: Batch) -> None:
        self.raw_from = 0
        mark = self.frames.marks.repetition if self.frames.marks else ""
        # Most documents repeat no element: then segments are cut by one call without looking for it.
        sign = mark.encode(self.options.encoding, "surrogateescape")
        self.repeats = bool(mark) and batch.data.find(sign, _ISA_BYTES if batch.offset == 0 else 0) >= 0
        if self.assembly is not None and self.dialect is not None:
            self.assembly.cut = cutter(self.dialect, repeats=self.repeats)

    @property
    def _mark(self) -> str:
        return self.frames.marks.element if self.frames.marks else "*"

    @staticmethod
    def _is_header(name: str, parts: list[str]) -> bool:
        return name == "ISA" and len(parts) == 16 and len(parts[15]) == 1

    def _message(self, assembly: Assembly | Flat, batch: Batch, at: int) -> tuple[int, Piece | None]:
        """Take segments of the open message: (index of the next segment, what is complete)."""
        segments, start = batch.segments, at
        if batch.is_dirty:
            # One by one, so that what is wrong with a segment costs its own message only.
            segments, start = segments[at : at + 1], 0
        try:
            if batch.is_dirty:
                self._inspect(segments[0])
            taken = assembly.take(segments, start)
        except Fault as fault:
            # A segment that was not let in has not been counted.
            failed = max(assembly.count, self.counted + 1)
            self._fail(self._error(fault, batch, at + failed - self.counted - 1, number=failed))
            return at + failed - self.counted, None
        self.size += sum(map(len, segments[start : start + taken]))
        if self.size > self.limits.max_record_bytes:
            raise codec.record_too_large("x12", self.limits, self._place(batch, at + taken))
        self.counted = assembly.count
        at, start = at + taken, start + taken
        if assembly.is_cut:
            return at, self._piece(assembly.cut_part(), batch, at)
        if start < len(segments):
            return at, self._end(assembly, batch, at)
        return at, None

    def _inspect(self, text: str) -> None:
        if text[:3] in BINARY:
            return
        if "\0" in text:
            raise Fault("nul", "The segment holds the character NUL.")
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise Fault(
                "encoding",
                f"The segment is not text in {self.options.encoding}.",
                hint="Choose the encoding that the sender writes.",
            )
        if max(map(len, text.split(self._mark))) > self.limits.max_field_bytes:
            raise Fault("field_too_large", "An element is larger than allowed here.")

    def _begin(self, parts: list[str], batch: Batch, at: int) -> None:
        """Begin a message at its ST."""
        if self.isa is None or self.frames.marks is None:
            return
        version = (parts[2] if len(parts) > 2 else "") or str((self.gs or {}).get("08", ""))
        dialect = dialect_of(self.frames.marks, version, self.options)
        expected = self.options.transaction_set
        if expected and parts[:1] != [expected] and parts[:1] not in (["997"], ["999"]):
            fault = Fault("other_set", f"The message is not of the set {expected}.", element="01")
            self.messages += 1
            self._fail(self._error(fault, batch, at, "ST"))
            return
        name = tables.set_name(parts[0] if parts else "", self.options.guide or version)
        assembly: Assembly | Flat
        if name:
            plan = plan_of(name, dialect, self.options.split_at)
            assembly = Assembly(
                plan, cutter(dialect, repeats=self.repeats), ENDS, keeps=self.options.unknown == "keep"
            )
        elif self.options.unknown == "refuse":
            fault = Fault("unknown_set", "There are no tables for this transaction set.")
            self._fail(self._error(fault, batch, at, "ST"))
            self.is_skipping = True
            return
        else:
            assembly = Flat(dialect)
        self.dialect = dialect
        assembly.record["ISA"] = dict(self.isa)
        if self.gs is not None:
            assembly.record["GS"] = dict(self.gs)
        self.assembly = assembly
        self.messages += 1
        self.counted = self.size = 0
        self.raw_from = batch.spans[at][0] if self.wants_raw else 0
        self.raw = []

    def _end(self, assembly: Assembly | Flat, batch: Batch, at: int) -> Piece | None:
        """Finish the open message: its trailer has to be there and to agree."""
        record, count = assembly.record, assembly.count
        end = record.get("SE")
        try:
            if not isinstance(end, dict):
                raise Fault(
                    "no_trailer",
                    "The message ends without its trailer SE.",
                    hint="It may have been cut on its way: ask for it again.",
                )
            if self.options.counts == "check":
                check_trailer(record.get("ST"), end, count)
        except Fault as fault:
            self._fail(self._error(fault, batch, at - 1))
            return None
        record = assembly.finish()
        if (
            self.options.hierarchy == "nested"
            and isinstance(assembly, Assembly)
            and not self.options.split_at
        ):
            nest(record, loop_key(assembly.plan.tree), self.limits, self._place(batch, at - 1))
        piece = self._piece(record, batch, at)
        self.assembly = None
        return piece

    def _piece(self, record: Record, batch: Batch, at: int) -> Piece:
        self.items += 1
        if self.items > self.limits.max_records:
            raise codec.too_many_records("x12", self.limits, self._place(batch, at))
        self.size = 0
        raw = b""
        if self.wants_raw:
            stop = batch.spans[at - 1][1] + 1 if at else 0
            self._keep_raw(batch, stop)
            raw = b"".join(self.raw)
            self.raw = []
            self.raw_from = stop
        return Piece(record, raw)

    def _keep_raw(self, batch: Batch, stop: int) -> None:
        if self.wants_raw:
            self.raw.append(batch.data[self.raw_from : stop])

    def _envelope(self, name: str, parts: list[str]) -> None:
        """Take a segment of the envelope."""
        if name == "ISA":
            self._open_interchange(parts)
        elif name == "GS":
            self.gs = self._plain(parts)
            self.groups += 1
            self.messages = 0
        elif name == "GE":
            group, self.gs = self.gs or {}, None
            if self.options.counts == "check":
                check_count("group_count", "messages", parts, self.messages)
                check_number("group_number", "group", parts, group.get("06", ""))
            self.messages = 0
        elif name == "IEA":
            interchange, groups = self.isa or {}, self.groups
            self.isa, self.gs, self.groups = None, None, 0
            if self.options.counts == "check":
                check_count("interchange_count", "groups", parts, groups)
                check_number("interchange_number", "interchange", parts, interchange.get("13", ""))
        else:
            raise Fault(
                "order",
                "A segment stands outside of a message (ST to SE).",
                segment=name,
                hint="Between messages there are only GS, GE, TA1 and IEA.",
            )

    def _open_interchange(self, parts: list[str]) -> None:
        if self.isa is not None and self.options.counts == "check":
            self.isa = None
            self._remember(parts)
            raise Fault("no_interchange_end", "The interchange before this one has no end (IEA).")
        self._remember(parts)

    def _remember(self, parts: list[str]) -> None:
        marks = marks_of_parts(parts, self.frames.marks)
        if marks is not None:
            self.frames.marks = marks
        isa = dict(zip(KEYS, parts, strict=False))
        if self.options.values == "typed":
            isa = {key: text.strip(_BLANKS) for key, text in isa.items()}
        self.isa, self.gs, self.groups = {**isa}, None, 0

    def _plain(self, parts: list[str]) -> Record:
        record: Record = {key: part for key, part in zip(KEYS, parts, strict=False) if part}
        if self.options.values == "text" and parts and not parts[-1]:
            record[KEYS[min(len(parts), len(KEYS)) - 1]] = ""
        return record

    def _answer(self, parts: list[str], batch: Batch, at: int) -> Piece:
        record: Record = {"ISA": dict(self.isa or {}), "TA1": self._plain(parts)}
        self.raw, self.raw_from = [], batch.spans[at][0] if self.wants_raw else 0
        return self._piece(record, batch, at + 1)

    def _finish(self) -> None:
        place = f"offset {self.end_offset}"
        if not self.frames.is_found:
            raise DecodeError(
                "x12.no_interchange",
                "The document has no interchange: nothing in it begins with ISA.",
                place="offset 0",
            )
        if self.isa is not None or self.assembly is not None:
            raise DecodeError(
                "x12.truncated",
                "The document ends before its interchange does (IEA).",
                place=place,
                hint="It may have been cut on its way: ask for it again.",
            )

    def _fail(self, error: InputError) -> None:
        self.assembly = None
        self.is_skipping = True
        if self.bad is None:
            raise error
        self.bad(error)

    def _place(self, batch: Batch, at: int) -> str:
        return f"offset {batch.offset_of(at)}, message {self.messages}"

    def _error(self, fault: Fault, batch: Batch, at: int, name: str = "", number: int = 0) -> DecodeError:
        if not number and self.assembly is not None:
            number = self.assembly.count
        segment = fault.segment or name
        place = f"offset {batch.offset_of(at)}"
        if self.messages:
            place += f", message {self.messages}"
        if number:
            place += f", segment {number}"
        if segment:
            place += f" {segment[:8]}" if number else f", segment {segment[:8]}"
        if fault.element:
            place += f", element {fault.element}"
        return DecodeError(f"x12.{fault.code}", fault.message, place=place, hint=fault.hint)
