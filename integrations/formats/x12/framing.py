"""Bytes to segments: finds the interchanges of a document, learns their separators, cuts at segment ends.

What real files do and this bears: a byte order mark, blanks and junk before, between and after interchanges;
an ISA that was not filled to its fixed width or has no-break spaces in it; any separators, a line end as
segment end too; line ends, tabs and blanks between segments; segments wrapped at a line length; binary
segments (BIN, BDS), whose data is cut by its length.
"""

from dataclasses import dataclass
from functools import partial

from typing_extensions import override

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits
from integrations.formats.segments.batches import BLANK_TEXT, BLANKS, Batch, Frames

HEAD_BYTES = 1024
_LONGEST_PART = 64
_LENGTH_BYTES = 64


@dataclass(frozen=True, slots=True)
class Marks:
    """The separators of an interchange. repetition: empty up to version 00401."""

    element: str
    component: str
    repetition: str
    segment: str


class X12Frames(Frames[Marks]):
    """The batches of an X12 document."""

    key = "x12"

    def __init__(self, encoding: str, wrapped: str, limits: Limits) -> None:
        super().__init__(limits)
        self._encoding = encoding
        self._wrapped = wrapped
        self._unwraps = False

    @override
    def _seek(self) -> Marks | None:
        """Find the next interchange header and learn its separators; junk before it is skipped."""
        failed = -1
        at = self._pending.find(b"ISA")
        while at >= 0:
            if len(self._pending) - at < HEAD_BYTES and not self._is_last:
                break
            head = self._pending[at : at + HEAD_BYTES]
            self._unwraps = self._wrapped == "yes" or (self._wrapped == "auto" and _is_wrapped(head))
            self.marks = marks_of(head, unwraps=self._unwraps)
            if self.marks is not None:
                self._advance(at)
                self._begin()
                return self.marks
            failed = at if failed < 0 else failed
            at = self._pending.find(b"ISA", at + 3)
        if failed >= 0 and at < 0 and not self.is_found:
            raise DecodeError(
                "x12.isa",
                "The interchange header ISA cannot be read: it has sixteen elements, then the segment's end.",
                place=f"offset {self._offset + failed}, segment ISA",
                hint="The file may have been cut, or be no X12.",
            )
        keep = len(self._pending) - at if at >= 0 else 0 if self._is_last else 2
        self._advance(max(0, len(self._pending) - keep))
        return None

    @override
    def _next(self, marks: Marks) -> Batch | None:
        """Take whole segments off what is pending; None if there is not one."""
        end = marks.segment.encode("latin-1")
        mark = marks.element.encode("latin-1")
        if b"BIN" + mark in self._pending or b"BDS" + mark in self._pending:
            return self._next_binary(mark, end)
        stop = self._pending.rfind(end, 0, self._window)
        if stop < 0:
            stop = self._pending.find(end)
        self._window *= 2
        if stop < 0 and not self._is_last:
            return None
        start = self._offset
        data = self._advance(stop + 1 if stop >= 0 else len(self._pending))
        text, is_dirty = self._text(data)
        if self._unwraps:
            text = text.replace("\r", "").replace("\n", "")
        segments = _split(text, marks.segment)
        longest = max(map(len, segments), default=0)
        return Batch(
            data,
            start,
            segments,
            partial(bytes.split, sep=end),
            is_dirty=is_dirty or longest > self._limits.max_field_bytes,
        )

    def _text(self, data: bytes) -> tuple[str, bool]:
        """Decode; what is no text is marked so that it is found where it is used."""
        try:
            return data.decode(self._encoding), b"\0" in data
        except UnicodeDecodeError:
            return data.decode(self._encoding, "surrogateescape"), True

    def _next_binary(self, mark: bytes, end: bytes) -> Batch | None:
        """Take segments one by one, because the data of binary ones may hold what looks like their end."""
        pending, at = self._pending, 0
        spans: list[tuple[int, int]] = []
        while at < len(pending):
            at += len(pending[at : at + 4096]) - len(pending[at : at + 4096].lstrip(BLANKS))
            stop = self._segment_end(at, mark, end)
            if stop < 0:
                break
            if stop > at:
                spans.append((at, stop))
            at = stop + 1
        if not spans and not (self._is_last and pending):
            return None
        start = self._offset
        data = self._advance(min(at, len(pending)))
        segments = [data[low:high].decode(self._encoding, "surrogateescape") for low, high in spans]
        return Batch(data, start, segments, partial(bytes.split, sep=end), is_dirty=True, spans=spans)

    def _segment_end(self, at: int, mark: bytes, end: bytes) -> int:
        """Find the end of the segment at `at`; -1 where more must come first."""
        pending = self._pending
        stop = pending.find(end, at)
        if pending[at : at + 3] in (b"BIN", b"BDS") and pending[at + 3 : at + 4] == mark:
            before = 1 if pending[at : at + 3] == b"BIN" else 2
            head = pending[at : at + _LENGTH_BYTES].split(mark, before + 1)
            if len(head) < before + 2 and len(pending) - at < _LENGTH_BYTES and not self._is_last:
                return -1
            length = head[before] if len(head) == before + 2 else b""
            if not length.isdigit() or len(length) > 15:
                raise self._wrong_length(at)
            stop = at + sum(map(len, head[: before + 1])) + before + 1 + int(length)
            if int(length) > self._limits.max_record_bytes:
                raise codec.record_too_large("x12", self._limits, f"offset {self._offset + at}")
            if stop < len(pending) and pending[stop : stop + 1] != end:
                raise self._wrong_length(at)
            if stop >= len(pending) and self._is_last:
                raise self._wrong_length(at)
            return stop if stop < len(pending) else -1
        return len(pending) if stop < 0 and self._is_last else stop

    def _wrong_length(self, at: int) -> DecodeError:
        return DecodeError(
            "x12.binary_length",
            "The data of a binary segment does not end where its length says.",
            place=f"offset {self._offset + at}",
            hint="The file may have been changed on its way, by a conversion of line ends for instance.",
        )


def marks_of(head: bytes, *, unwraps: bool = False) -> Marks | None:
    """Learn the separators from the first bytes of an interchange; None where it has no complete header.

    Source: the header has sixteen elements; the last is the component separator, the next character ends
    the segment. The repetition separator is ISA11 from version 00402 on.
    """
    mark = head[3:4]
    if not mark or mark.isalnum() or mark in BLANKS:
        return None
    if unwraps:
        head = head.replace(b"\r", b"").replace(b"\n", b"")
    parts = head.split(mark, 16)
    if len(parts) < 17 or max(map(len, parts[:16])) > _LONGEST_PART or len(parts[16]) < 2:
        return None
    component, end = parts[16][:1], parts[16][1:2]
    if (
        end in b"".join(parts[:16])
        or component.isalnum()
        or end.isalnum()
        or end in (mark, component)
        or component in b" \r\n"
    ):
        return None
    repetition = parts[11].strip(BLANKS) if parts[12].strip(BLANKS) >= b"00402" else b""
    if len(repetition) != 1 or repetition.isalnum() or repetition in (mark, component, end):
        repetition = b""
    return Marks(*(part.decode("latin-1") for part in (mark, component, repetition, end)))


def _split(text: str, end: str) -> list[str]:
    """Cut a text at segment ends, without blanks before segments and without empty segments."""
    text = text.lstrip(BLANK_TEXT)
    first = text.find(end) + 1
    gap = text[first : first + 2] if text[first : first + 2] == "\r\n" else text[first : first + 1]
    if first and gap and not gap.strip(BLANK_TEXT) and text.endswith(end):
        # All segments are followed by the same line end, as in most files: one cut, no look at each.
        segments = text[:-1].split(end + gap)
        if len(segments) == text.count(end) and not any(f"{gap}{blank}" in text for blank in BLANK_TEXT):
            return segments if "" not in segments else [segment for segment in segments if segment]
    segments = text.split(end)
    if any(blank in text for blank in ("\n", "\r", "\t", f"{end} ")):
        segments = [segment.lstrip(BLANK_TEXT) for segment in segments]
    return [segment for segment in segments if segment] if "" in segments else segments


def _is_wrapped(head: bytes) -> bool:
    """See whether the lines are only wrapping: all equally long, and they do not end with a segment."""
    lines = [line.rstrip(b"\r") for line in head.split(b"\n")[:-1]]
    if len(lines) < 2 or len(lines[0]) < 20 or len({len(line) for line in lines}) != 1:
        return False
    marks = marks_of(head, unwraps=True)
    if marks is None or marks.segment in "\r\n":
        return False
    return not all(line.endswith(marks.segment.encode("latin-1")) for line in lines)
