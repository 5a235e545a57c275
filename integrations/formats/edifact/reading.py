"""Segments to records: one for each message, with its interchange and group beside it.

The checks of the envelope (UNT, UNE, UNZ) are made here, as they are what tells a complete document from a
cut one. What the tables say of elements and groups is for ``checking.py``.
"""

from collections.abc import Callable
from functools import lru_cache

from typing_extensions import override

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Record, Value
from integrations.formats.edifact import tables, values
from integrations.formats.edifact.elements import Dialect, compile_read, cutter
from integrations.formats.edifact.envelope import Kind, check_count, check_reference, check_trailer, kind_of
from integrations.formats.edifact.framing import EdifactFrames, Marks, split_at
from integrations.formats.edifact.options import EdifactOptions
from integrations.formats.segments.assemble import Assembly, Fault
from integrations.formats.segments.batches import Batch
from integrations.formats.segments.parts import find_group
from integrations.formats.segments.plan import Plan, Read
from integrations.formats.segments.reading import Flat, Message, MessageReading

ENDS = frozenset({"UNH", "UNG", "UNE", "UNZ", "UNB", "UNO", "UNP"})

_USUAL_MARKS = Marks(":", "+", ".", "?", "", "'")


@lru_cache(maxsize=32)
def plan_of(message_name: str, dialect: Dialect, part: str) -> Plan:
    """Compile a message for reading in a dialect. part: the group at which it is cut."""
    tree = tables.message_facts(message_name).tree
    read_of = lru_cache(maxsize=None)(lambda name: compile_read(name, dialect))
    group = find_group(tree, part)
    return Plan(tree, read_of, part=group.key if group else "")


@lru_cache(maxsize=2048)
def read_any(name: str, dialect: Dialect) -> Read:
    """Compile the reading of a segment outside of a tree."""
    return compile_read(name, dialect)


def name_of(kind: Kind, options: EdifactOptions) -> str:
    """Find the table of a message; empty for none."""
    return tables.message_name(kind.message, kind.version, kind.release, options.directory)


def dialect_of(marks: Marks, kind: Kind, message_name: str, options: EdifactOptions) -> Dialect:
    """Put together what reading or writing of a segment depends on."""
    directory = message_name.partition("-")[0] or options.directory
    near = directory or tables.near_directories(kind.version, kind.release)[0]
    return Dialect(near, marks, is_typed=options.values == "typed", keeps_invalid=options.invalid == "text")


class Reading(MessageReading):
    """The state of reading one document."""

    key = "edifact"
    header = "UNH"
    trailer = "UNT"
    ends = ENDS
    may_stand_alone = True
    frames: EdifactFrames

    def __init__(
        self, options: EdifactOptions, limits: Limits, bad: codec.Bad | None, *, wants_raw: bool
    ) -> None:
        frames = EdifactFrames(options.encoding, options.wrapped, limits)
        super().__init__(frames, limits, bad, wants_raw=wants_raw)
        self.options = options
        self.cut_segment = cutter(_USUAL_MARKS)
        self.unb: Record | None = None
        self.ung: Record | None = None
        self.groups = self.before_group = self.before_interchange = 0

    @property
    def marks(self) -> Marks:
        """The separators of the interchange."""
        return self.frames.marks or _USUAL_MARKS

    @override
    def cut(self, text: str) -> tuple[str, list[str]]:
        parts = self.cut_segment(text)
        return parts.pop(0), parts

    @override
    def prepare(self, batch: Batch) -> None:
        self.cut_segment = cutter(self.marks, batch.data)
        if self.message is not None:
            self.message.cut = self.cut_segment

    @override
    def opened(self) -> None:
        unb, is_open = self.unb, self.message is not None
        self.unb = self.ung = None
        self.message = None
        if (unb is not None or is_open) and self.options.counts == "check":
            raise Fault(
                "no_interchange_end" if unb is not None else "no_trailer",
                "Another interchange begins before this one has ended (UNZ).",
                hint="A part may have been lost on its way.",
            )

    @override
    def is_outside(self, name: str, batch: Batch, at: int) -> bool:
        if self.marks.is_bare:
            return name not in ("UNH", "UNG", "UNE")
        if name == "UNB":
            return batch.offset_of(at) != self.begun or self.unb is not None
        return self.unb is None

    @override
    def begin(self, parts: list[str]) -> Message:
        kind = kind_of(parts, self.marks)
        expected = self.options.message
        if expected and kind.message not in (expected, "CONTRL", "APERAK"):
            raise Fault(
                "other_message", f"The message is not {expected}.", segment="UNH", element="S009/0065"
            )
        name = name_of(kind, self.options)
        dialect = dialect_of(self.marks, kind, name, self.options)
        message: Message
        if name:
            plan = plan_of(name, dialect, self.options.split_at)
            keeps = self.options.unknown == "keep"
            message = Assembly(plan, self.cut_segment, ENDS, keeps=keeps, kept=keeper(dialect))
        elif self.options.unknown == "refuse":
            raise Fault("unknown_message", "There are no tables for this message.", segment="UNH")
        else:
            message = Flat(
                self.cut_segment, lambda name: read_any(name, dialect), self.header, self.trailer, ENDS
            )
        if self.unb is not None:
            message.record["UNB"] = dict(self.unb)
        if self.ung is not None:
            message.record["UNG"] = dict(self.ung)
        return message

    @override
    def check_trailer(self, message: Message) -> None:
        if self.options.counts == "check":
            end = message.record[self.trailer]
            check_trailer(
                message.record.get(self.header), end if isinstance(end, dict) else {}, message.count
            )

    @override
    def envelope(self, name: str, parts: list[str]) -> None:
        if name == "UNB":
            self.unb, self.ung, self.groups = self._plain(name, parts), None, 0
            self.before_interchange = self.messages
        elif name == "UNG":
            if self.ung is not None and self.options.counts == "check":
                self._open_group(name, parts)
                raise Fault("no_group_end", "The group before this one has no end (UNE).")
            self._open_group(name, parts)
        elif name == "UNE":
            self._end_group(self._plain(name, parts))
        elif name == "UNZ":
            self._end_interchange(self._plain(name, parts))
        elif name in ("UNO", "UNP"):
            raise Fault("package", "Packages of other data (UNO, UNP) are not read here.")
        else:
            raise Fault(
                "order",
                "A segment stands outside of a message (UNH to UNT).",
                segment=name,
                hint="Between messages there are only UNG, UNE and UNZ.",
            )

    def _open_group(self, name: str, parts: list[str]) -> None:
        self.ung = self._plain(name, parts)
        self.groups += 1
        self.before_group = self.messages

    def _end_group(self, end: Record) -> None:
        group, self.ung = self.ung, None
        if self.options.counts == "check":
            check_count("messages", end, "0060", self.messages - self.before_group)
            check_reference("group", group or {}, end, "0048")

    def _end_interchange(self, end: Record) -> None:
        interchange, groups = self.unb, self.groups
        self.unb, self.ung = None, None
        if self.options.counts == "check":
            what = "groups" if groups else "messages"
            check_count(what, end, "0036", groups or self.messages - self.before_interchange)
            check_reference("interchange", interchange or {}, end, "0020")

    def _plain(self, name: str, parts: list[str]) -> Record:
        """Read a segment of the envelope."""
        typed = self.options.values == "typed"
        return read_any(name, Dialect("d96a", self.marks, is_typed=typed, keeps_invalid=True))(parts)

    @override
    def finish(self, place: str) -> None:
        if not self.frames.is_found:
            raise DecodeError(
                "edifact.no_interchange",
                "The document has no interchange: nothing in it begins with UNA, UNB or UNH.",
                place="offset 0",
            )
        if self.message is not None or (self.unb is not None and self.options.counts == "check"):
            raise DecodeError(
                "edifact.truncated",
                "The document ends before its message or interchange does (UNT, UNZ).",
                place=place,
                hint="It may have been cut on its way: ask for it again.",
            )


def keeper(dialect: Dialect) -> Callable[[str, list[str]], list[Value]]:
    """Give the function that keeps the elements of a segment without a place.

    An element is a text, or the list of its components; repetitions are a list of such lists.
    """
    marks = dialect.marks
    leaf = values.releaser(marks.release) if dialect.is_typed else str

    def components(text: str) -> list[Value]:
        return [leaf(part) for part in split_at(text, marks.component, marks.release)]

    def keep(text: str) -> Value:
        items = split_at(text, marks.repetition, marks.release) if marks.repetition else [text]
        if len(items) > 1:
            return [components(item) for item in items]
        parts = components(text)
        return parts if len(parts) > 1 else parts[0]

    return lambda _, parts: [keep(text) for text in parts]
