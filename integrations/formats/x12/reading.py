"""Segments to records: one for each transaction set, with its envelope beside it.

The checks of the envelope (SE, GE, IEA) are made here, as they are what tells a complete document from a cut
one. What the tables say of elements and loops is for ``checking.py``.
"""

from functools import lru_cache

from typing_extensions import override

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Record
from integrations.formats.segments.assemble import Assembly, Fault
from integrations.formats.segments.batches import Batch
from integrations.formats.segments.parts import find_group
from integrations.formats.segments.plan import Plan, Read
from integrations.formats.segments.reading import Flat, Message, MessageReading
from integrations.formats.x12 import tables
from integrations.formats.x12.envelope import check_count, check_number, check_trailer, marks_of_parts
from integrations.formats.x12.framing import Marks, X12Frames
from integrations.formats.x12.hierarchy import loop_key, nest
from integrations.formats.x12.options import X12Options
from integrations.formats.x12.segments import BINARY, KEYS, Dialect, compile_read, cutter

ENDS = frozenset({"ST", "GS", "GE", "IEA", "ISA"})

_ISA_BYTES = 106

_BLANKS = " \t\r\n\u00a0\u2007\u202f"


@lru_cache(maxsize=32)
def plan_of(set_name: str, dialect: Dialect, split_at: str) -> Plan:
    """Compile a set for reading in a dialect."""
    tree = tables.set_facts(set_name).tree
    read_of = lru_cache(maxsize=None)(lambda name: compile_read(name, dialect))
    group = find_group(tree, split_at)
    return Plan(tree, read_of, part=group.key if group else "")


@lru_cache(maxsize=2048)
def read_any(name: str, dialect: Dialect) -> Read:
    """Compile the reading of a segment outside of a tree."""
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


class Reading(MessageReading):
    """The state of reading one document."""

    key = "x12"
    header = "ST"
    trailer = "SE"
    ends = ENDS
    may_stand_alone = False
    frames: X12Frames

    def __init__(
        self, options: X12Options, limits: Limits, bad: codec.Bad | None, *, wants_raw: bool
    ) -> None:
        frames = X12Frames(options.encoding, options.wrapped, limits)
        super().__init__(frames, limits, bad, wants_raw=wants_raw)
        self.options = options
        self.encoding = options.encoding
        self.isa: Record | None = None
        self.gs: Record | None = None
        self.groups = 0
        self.repeats = False
        self.dialect: Dialect | None = None

    @property
    def mark(self) -> str:
        """What stands between elements."""
        return self.frames.marks.element if self.frames.marks else "*"

    @override
    def cut(self, text: str) -> tuple[str, list[str]]:
        name, *parts = text.split(self.mark)
        return name, parts

    @override
    def prepare(self, batch: Batch) -> None:
        mark = self.frames.marks.repetition if self.frames.marks else ""
        # Most documents repeat no element: then segments are cut by one call without looking for it.
        sign = mark.encode(self.options.encoding, "surrogateescape")
        self.repeats = bool(mark) and batch.data.find(sign, _ISA_BYTES if batch.offset == 0 else 0) >= 0
        if self.message is not None and self.dialect is not None:
            self.message.cut = cutter(self.dialect, repeats=self.repeats)

    @override
    def opened(self) -> None:
        """Nothing: the ISA itself is taken as a segment of the envelope."""

    @override
    def is_outside(self, name: str, batch: Batch, at: int) -> bool:
        if self.isa is not None:
            return False
        _, parts = self.cut(batch.segments[at])
        return not (name == "ISA" and len(parts) == 16 and len(parts[15]) == 1)

    @override
    def inspect(self, text: str) -> None:
        if text[:3] not in BINARY:
            super().inspect(text)

    @override
    def begin(self, parts: list[str]) -> Message:
        marks = self.frames.marks
        if self.isa is None or marks is None:
            raise Fault("order", "A message begins outside of an interchange.", segment="ST")
        version = (parts[2] if len(parts) > 2 else "") or str((self.gs or {}).get("08", ""))
        dialect = dialect_of(marks, version, self.options)
        expected = self.options.transaction_set
        if expected and parts[:1] != [expected] and parts[:1] not in (["997"], ["999"]):
            raise Fault("other_set", f"The message is not of the set {expected}.", element="01")
        name = tables.set_name(parts[0] if parts else "", self.options.guide or version)
        message: Message
        if name:
            plan = plan_of(name, dialect, self.options.split_at)
            keeps = self.options.unknown == "keep"
            message = Assembly(plan, cutter(dialect, repeats=self.repeats), ENDS, keeps=keeps)
        elif self.options.unknown == "refuse":
            raise Fault("unknown_set", "There are no tables for this transaction set.")
        else:
            message = Flat(
                cutter(dialect, repeats=True),
                lambda name: read_any(name, dialect),
                self.header,
                self.trailer,
                ENDS,
            )
        self.dialect = dialect
        message.record["ISA"] = dict(self.isa)
        if self.gs is not None:
            message.record["GS"] = dict(self.gs)
        return message

    @override
    def check_trailer(self, message: Message) -> None:
        if self.options.counts == "check":
            end = message.record[self.trailer]
            check_trailer(message.record.get("ST"), end if isinstance(end, dict) else {}, message.count)

    @override
    def finished(self, message: Message, batch: Batch, at: int) -> Record:
        record = message.finish()
        if self.options.hierarchy == "nested" and isinstance(message, Assembly) and not self.options.split_at:
            nest(record, loop_key(message.plan.tree), self.limits, self.place(batch, at - 1))
        return record

    @override
    def envelope(self, name: str, parts: list[str]) -> Record | None:
        if name == "TA1":
            return {"ISA": dict(self.isa or {}), "TA1": self._plain(parts)}
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
        return None

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

    @override
    def finish(self, place: str) -> None:
        if not self.frames.is_found:
            raise DecodeError(
                "x12.no_interchange",
                "The document has no interchange: nothing in it begins with ISA.",
                place="offset 0",
            )
        if self.isa is not None or self.message is not None:
            raise DecodeError(
                "x12.truncated",
                "The document ends before its interchange does (IEA).",
                place=place,
                hint="It may have been cut on its way: ask for it again.",
            )
