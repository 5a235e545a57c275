"""The check of a whole document: envelopes, then each message by its tables."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Record
from integrations.formats.edifact import tables
from integrations.formats.edifact.checking import Check
from integrations.formats.edifact.elements import Dialect, cutter
from integrations.formats.edifact.envelope import Kind, as_number, kind_of_record
from integrations.formats.edifact.framing import EdifactFrames, Marks
from integrations.formats.edifact.options import EdifactOptions
from integrations.formats.edifact.reading import ENDS, dialect_of, name_of, read_any
from integrations.formats.segments.batches import Batch
from integrations.formats.segments.findings import Finding, Level

_MOST_REFERENCES = 100_000


@dataclass(slots=True)
class MessageReport:
    """A received message: its UNH as a record."""

    header: Record
    findings: list[Finding] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        """What it says it is."""
        return kind_of_record(self.header)

    @property
    def errors(self) -> list[Finding]:
        """The findings that are more than a warning."""
        return [found for found in self.findings if found.severity == "error"]


@dataclass(slots=True)
class GroupReport:
    """A received group: its UNG as a record; None for messages that stand in none."""

    header: Record | None
    messages: list[MessageReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class InterchangeReport:
    """A received interchange: its UNB as a record, empty where there is none."""

    header: Record
    marks: Marks
    groups: list[GroupReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def messages(self) -> list[MessageReport]:
        """All messages of all groups."""
        return [message for group in self.groups for message in group.messages]

    def all_findings(self) -> Iterator[Finding]:
        """Yield the findings of the interchange and of all in it."""
        yield from self.findings
        for group in self.groups:
            yield from group.findings
            for message in group.messages:
                yield from message.findings


@lru_cache(maxsize=32)
def check_of(message_name: str, dialect: Dialect) -> Check:
    """Compile the check of a message in a dialect."""
    return Check(tables.message_facts(message_name), dialect)


class Inspection:
    """The state of checking one document."""

    def __init__(self, options: EdifactOptions, limits: Limits) -> None:
        self.options = options
        self.limits = limits
        self.frames = EdifactFrames(options.encoding, options.wrapped, limits)
        self.interchange: InterchangeReport | None = None
        self.group: GroupReport | None = None
        self.segments: list[str] = []
        self.offsets: list[int] = []
        self.references: set[object] = set()
        self.size = self.number = 0
        self.begun = -1
        self.reports: list[InterchangeReport] = []

    def run(self, chunks: Iterable[bytes]) -> list[InterchangeReport]:
        """Check all. Raises DecodeError ``edifact.no_interchange`` where nothing can be checked."""
        for batch in self.frames.batches(chunks):
            self._open(batch)
            for at, text in enumerate(batch.segments):
                if self.interchange is None or (text.startswith("UNB") and not self._is_header(batch, at)):
                    self.frames.leave(batch, at)
                    break
                self._segment(text, batch, at)
        if not self.frames.is_found:
            raise DecodeError(
                "edifact.no_interchange",
                "The document has no interchange: nothing in it begins with UNA, UNB or UNH.",
                place="offset 0",
            )
        self._abandon("The document ends before its interchange does (UNZ).")
        return self.reports

    def _is_header(self, batch: Batch, at: int) -> bool:
        return batch.offset_of(at) == self.begun

    def _open(self, batch: Batch) -> None:
        """Begin the interchange that the batch begins, if it does."""
        if self.frames.begun == self.begun or self.frames.marks is None:
            return
        self._abandon("Another interchange begins before this one has ended (UNZ).")
        self.begun = self.frames.begun
        self.interchange = InterchangeReport({}, self.frames.marks)
        self.reports.append(self.interchange)
        self.references = set()
        if batch.offset_of(0) != self.begun:
            self._add("interchange", "18", "The interchange does not begin with its header.")

    def _abandon(self, message: str) -> None:
        self._close_message()
        if self.interchange is not None and not self.interchange.marks.is_bare:
            self._add("interchange", "13", message, segment="UNZ")
        self.interchange = self.group = None

    def _segment(self, text: str, batch: Batch, at: int) -> None:
        parts = cutter(self._marks)(text)
        name = parts.pop(0)
        if name in ENDS:
            self._close_message()
            if name == "UNH":
                self._keep(text, batch, at)
            else:
                self._envelope(name, read_any(name, self._plain)(parts), f"offset {batch.offset_of(at)}")
        elif self.segments:
            self._keep(text, batch, at)
            if name == "UNT":
                self._close_message()
        else:
            place = f"offset {batch.offset_of(at)}, segment {name[:8]}"
            self._add("interchange", "33", "A segment stands outside of a message.", place, segment=name[:3])

    @property
    def _marks(self) -> Marks:
        return self.interchange.marks if self.interchange else Marks(":", "+", ".", "?", "", "'")

    @property
    def _plain(self) -> Dialect:
        return Dialect("d96a", self._marks, is_typed=True, keeps_invalid=True)

    def _keep(self, text: str, batch: Batch, at: int) -> None:
        self.segments.append(text)
        self.offsets.append(batch.offset_of(at))
        self.size += len(text)
        if self.size > self.limits.max_record_bytes:
            raise codec.record_too_large("edifact", self.limits, f"offset {self.offsets[-1]}")

    def _envelope(self, name: str, segment: Record, place: str) -> None:
        interchange = self.interchange
        if interchange is None:
            return
        if name == "UNB":
            interchange.header = segment
        elif name == "UNG":
            if self.group is not None and self.group.header is not None:
                self._add("group", "13", "The group has no trailer UNE.", place, segment="UNE")
            elif self.group is not None:
                self._add(
                    "interchange", "30", "Groups and messages stand side by side.", place, segment="UNG"
                )
            self.group = GroupReport(segment)
            interchange.groups.append(self.group)
        elif name == "UNE":
            self._end_group(segment, place)
        elif name == "UNZ":
            self._end_interchange(interchange, segment, place)
        else:
            self._add("interchange", "47", "Packages (UNO, UNP) are not taken here.", place, segment=name)

    def _end_group(self, end: Record, place: str) -> None:
        group, header = self.group, self.group.header if self.group else None
        if group is None or header is None:
            self._add("interchange", "33", "A group ends that has not begun.", place, segment="UNE")
            return
        if end.get("0048") != header.get("0048"):
            self._add(
                "group",
                "28",
                "The references of UNG and UNE are not the same.",
                place,
                segment="UNE",
                element=2,
            )
        if as_number(end.get("0060")) != len(group.messages):
            self._add(
                "group",
                "29",
                "UNE does not count the messages that are there.",
                place,
                segment="UNE",
                element=1,
            )
        self.group = None

    def _end_interchange(self, interchange: InterchangeReport, end: Record, place: str) -> None:
        if self.group is not None and self.group.header is not None:
            self._add("group", "13", "The group has no trailer UNE.", place, segment="UNE")
        if end.get("0020") != interchange.header.get("0020"):
            self._add(
                "interchange",
                "28",
                "The references of UNB and UNZ are not the same.",
                place,
                segment="UNZ",
                element=2,
            )
        groups = [group for group in interchange.groups if group.header is not None]
        if as_number(end.get("0036")) != (len(groups) or len(interchange.messages)):
            what = "groups" if groups else "messages"
            self._add(
                "interchange",
                "29",
                f"UNZ does not count the {what} that are there.",
                place,
                segment="UNZ",
                element=1,
            )
        if not interchange.messages:
            self._add("interchange", "32", "The interchange is empty.", place)
        self.interchange = self.group = None

    def _close_message(self) -> None:
        """Check the message that was collected."""
        segments, offsets = self.segments, self.offsets
        if not segments or self.interchange is None:
            return
        self.segments, self.offsets, self.size = [], [], 0
        self.number += 1
        number = self.number
        marks = self._marks
        parts = cutter(marks)(segments[0])
        report = MessageReport(read_any(parts.pop(0), self._plain)(parts))
        if self.group is None:
            self.group = GroupReport(None)
            self.interchange.groups.append(self.group)
        self.group.messages.append(report)

        def place(at: int) -> str:
            return f"offset {offsets[min(at, len(offsets)) - 1]}, message {number}, segment {at}"

        self._trailer(report, segments, place(len(segments)))
        kind = report.kind
        name = name_of(kind, self.options)
        if name:
            check = check_of(name, dialect_of(marks, kind, name, self.options))
            report.findings += check(segments, place)
        else:
            report.findings.append(
                Finding(
                    "message", "14", "There are no tables for this message.", place(1), "UNH", 1, element=2
                )
            )

    def _trailer(self, report: MessageReport, segments: list[str], place: str) -> None:
        parts = cutter(self._marks)(segments[-1])
        name = parts.pop(0)
        count = len(segments)
        reference = report.header.get("0062")
        if name != "UNT":
            report.findings.append(
                Finding("message", "13", "The message has no trailer UNT.", place, "UNT", count + 1)
            )
            return
        end = read_any("UNT", self._plain)(parts)
        if as_number(end.get("0074")) != count:
            what = "UNT does not count the segments that are there."
            report.findings.append(Finding("message", "29", what, place, "UNT", count, element=1))
        if end.get("0062") != reference:
            what = "The references of UNH and UNT are not the same."
            report.findings.append(Finding("message", "28", what, place, "UNT", count, element=2))
        if reference in self.references:
            what = "The reference of the message stands twice in the interchange."
            report.findings.append(Finding("message", "26", what, place, "UNH", 1, element=1))
        if len(self.references) < _MOST_REFERENCES and isinstance(reference, str):
            self.references.add(reference)

    def _add(
        self, level: Level, code: str, message: str, place: str = "", *, segment: str = "", element: int = 0
    ) -> None:
        where = place or f"offset {max(self.begun, 0)}"
        found = Finding(level, code, message, where, segment, element=element)
        holder = self.group if level == "group" and self.group is not None else self.interchange
        if holder is not None:
            holder.findings.append(found)


def findings_of(reports: list[InterchangeReport]) -> Iterator[Finding]:
    """Yield all findings, of each interchange from the outside to the inside."""
    for report in reports:
        yield from report.all_findings()
