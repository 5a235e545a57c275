"""The check of a whole document: envelopes, then each message by its tables."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits
from integrations.formats.segments.batches import Batch
from integrations.formats.segments.findings import Finding, Level
from integrations.formats.x12 import tables
from integrations.formats.x12.checking import Check
from integrations.formats.x12.envelope import as_number, marks_of_parts
from integrations.formats.x12.findings import GroupReport, InterchangeReport, MessageReport
from integrations.formats.x12.framing import X12Frames
from integrations.formats.x12.options import X12Options
from integrations.formats.x12.reading import ENDS, dialect_of
from integrations.formats.x12.segments import Dialect


@lru_cache(maxsize=32)
def check_of(set_name: str, dialect: Dialect) -> Check:
    """Compile the check of a set in a dialect."""
    return Check(tables.set_facts(set_name), dialect)


class Inspection:
    """The state of checking one document."""

    def __init__(self, options: X12Options, limits: Limits) -> None:
        self.options = options
        self.limits = limits
        self.frames = X12Frames(options.encoding, options.wrapped, limits)
        self.interchange: InterchangeReport | None = None
        self.group: GroupReport | None = None
        self.segments: list[str] = []
        self.offsets: list[int] = []
        self.size = 0
        self.reports: list[InterchangeReport] = []

    def run(self, chunks: Iterable[bytes]) -> list[InterchangeReport]:
        """Check all. Raises DecodeError ``x12.no_interchange`` or ``x12.isa``: nothing can be checked."""
        for batch in self.frames.batches(chunks):
            for at, text in enumerate(batch.segments):
                if self.interchange is None and not text.startswith("ISA"):
                    self.frames.leave(batch, at)
                    break
                self._segment(text, batch, at)
        if not self.frames.is_found:
            raise DecodeError(
                "x12.no_interchange",
                "The document has no interchange: nothing in it begins with ISA.",
                place="offset 0",
            )
        if self.interchange is not None:
            self._close_message()
            self._close_group()
            self._add(
                self.interchange.findings, "interchange", "023", "The document ends before the interchange."
            )
        return self.reports

    def _segment(self, text: str, batch: Batch, at: int) -> None:
        mark = self.frames.marks.element if self.frames.marks else "*"
        name, _, rest = text.partition(mark)
        if name in ENDS:
            self._close_message()
            self._envelope(name, rest.split(mark), text, batch, at)
        elif self.segments:
            self._keep(text, batch, at)
            if name == "SE":
                self._close_message()
        elif name != "TA1" and self.interchange is not None:
            place = f"offset {batch.offset_of(at)}"
            found = Finding("interchange", "022", "A segment stands outside of a message.", place, name[:8])
            self.interchange.findings.append(found)

    def _keep(self, text: str, batch: Batch, at: int) -> None:
        self.segments.append(text)
        self.offsets.append(batch.offset + batch.spans[at][0])
        self.size += len(text)
        if self.size > self.limits.max_record_bytes:
            raise codec.record_too_large("x12", self.limits, f"offset {self.offsets[-1]}")

    def _envelope(self, name: str, parts: list[str], text: str, batch: Batch, at: int) -> None:
        if name == "ISA":
            if self.interchange is not None:
                self._close_group()
                self._add(
                    self.interchange.findings, "interchange", "023", "The interchange has no trailer IEA."
                )
            self.frames.marks = marks_of_parts(parts, self.frames.marks) or self.frames.marks
            self.interchange = InterchangeReport(parts)
            self.reports.append(self.interchange)
        elif name == "GS" and self.interchange is not None:
            self._close_group()
            self.group = GroupReport(parts)
            self.interchange.groups.append(self.group)
        elif name == "ST":
            self._keep(text, batch, at)
        elif name == "GE":
            self._end_group(parts)
        elif name == "IEA" and self.interchange is not None:
            self._close_group()
            self._end_interchange(self.interchange, parts)

    def _end_group(self, parts: list[str]) -> None:
        group, self.group = self.group, None
        if group is None:
            return
        group.promised = _at(parts, 1)
        if as_number(_at(parts, 2)) != as_number(_at(group.header, 6)):
            self._add(group.findings, "group", "4", "The control numbers of GS and GE are not the same.")
        if as_number(_at(parts, 1)) != len(group.messages):
            self._add(group.findings, "group", "5", "GE does not count the messages that are there.")

    def _close_group(self) -> None:
        group, self.group = self.group, None
        if group is not None:
            self._add(group.findings, "group", "3", "The group has no trailer GE.")

    def _end_interchange(self, interchange: InterchangeReport, parts: list[str]) -> None:
        self.interchange = None
        if as_number(_at(parts, 2)) != as_number(_at(interchange.header, 13)):
            self._add(
                interchange.findings,
                "interchange",
                "001",
                "The control numbers of ISA and IEA are not the same.",
            )
        if as_number(_at(parts, 1)) != len(interchange.groups):
            self._add(
                interchange.findings, "interchange", "021", "IEA does not count the groups that are there."
            )

    def _close_message(self) -> None:
        """Check the message that was collected."""
        segments, offsets = self.segments, self.offsets
        if not segments or self.frames.marks is None:
            return
        self.segments, self.offsets, self.size = [], [], 0
        mark = self.frames.marks.element
        start = segments[0].split(mark)
        group = self.group or GroupReport([])
        version = _at(start[1:], 3) or _at(group.header, 8)
        report = MessageReport(_at(start[1:], 1), _at(start[1:], 2), _at(start[1:], 3))
        if self.group is None and self.interchange is not None:
            self.interchange.groups.append(group)
            self.group = group
            self._add(group.findings, "group", "6", "The message stands in no group (GS).")
        group.messages.append(report)

        def place(number: int) -> str:
            offset = offsets[min(number, len(offsets)) - 1]
            return f"offset {offset}, message {len(group.messages)}, segment {number}"

        self._trailer(report, segments, mark, place(len(segments)), group)
        name = tables.set_name(report.set, self.options.guide or version)
        if name:
            dialect = dialect_of(self.frames.marks, version, self.options)
            report.findings += check_of(name, dialect)(segments, place)
        else:
            self._add(
                report.findings, "message", "1", "There are no tables for this transaction set.", place(1)
            )

    def _trailer(
        self, report: MessageReport, segments: list[str], mark: str, place: str, group: GroupReport
    ) -> None:
        name, *end = segments[-1].split(mark)
        if name != "SE":
            self._add(report.findings, "message", "2", "The message has no trailer SE.", place)
            return
        if as_number(_at(end, 1)) != len(segments):
            self._add(
                report.findings, "message", "4", "SE does not count the segments that are there.", place
            )
        if _at(end, 2) != report.number:
            self._add(
                report.findings, "message", "3", "The control numbers of ST and SE are not the same.", place
            )
        if not report.number:
            self._add(report.findings, "message", "7", "The message has no control number.", place)
        if any(other.number == report.number for other in group.messages[:-1][-1000:]):
            self._add(report.findings, "message", "23", "The control number comes twice in the group.", place)

    @staticmethod
    def _add(findings: list[Finding], level: Level, code: str, message: str, place: str = "") -> None:
        findings.append(Finding(level, code, message, place))


def _at(parts: list[Any], number: int) -> str:
    return str(parts[number - 1]) if number <= len(parts) else ""


def findings_of(reports: list[InterchangeReport]) -> Iterator[Finding]:
    """Yield all findings in the order of the document."""
    for report in reports:
        yield from report.all_findings()
