"""Bytes to segments: finds the interchanges of a document, learns their separators, cuts at segment ends.

What real files do and this bears: a byte order mark, blanks and junk before, between and after interchanges;
no UNA, or one with other separators and a decimal comma; the control characters of level B; a line end as
segment end; line ends, tabs and blanks between segments; segments wrapped at a line length, even between the
release character and what it releases; messages without an interchange around them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from typing_extensions import override

from integrations.errors import DecodeError
from integrations.formats.codec import Limits
from integrations.formats.edifact.charsets import encoding_of
from integrations.formats.segments.batches import BLANK_TEXT, BLANKS, Batch, Frames

HEAD_BYTES = 1024
BOM = b"\xef\xbb\xbf"

_STARTS = re.compile(rb"(?:UN[ABGH]|UIB)(?=[^A-Za-z0-9 \t\r\n])")
_HEADS = (b"UNB", b"UNG", b"UNH", b"UIB")
_USUAL = ":+.?*'"
_LEVEL_B = "\x1f\x1d.  \x1c"
_LINE_ENDED = re.compile(rb"UN[BGH]\+[^'\r\n]*(\r\n?|\n)[ \t\r\n]*[A-Z]{3}[+\r\n]")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"U\0N\0", b"\0U\0N")
_STEPS_BACK = 64


@dataclass(frozen=True, slots=True)
class Marks:
    """The separators of an interchange, and what its header says of its syntax.

    release: empty where there is none; repetition: empty up to version 3. version: of the syntax. is_bare:
    messages without UNB. has_una: whether the separators were told.
    """

    component: str
    element: str
    decimal: str
    release: str
    repetition: str
    segment: str
    syntax: str = ""
    version: str = "3"
    is_bare: bool = False
    has_una: bool = False


def split_at(text: str, mark: str, release: str) -> list[str]:
    """Cut a text at a separator, but not where the release character stands before it; that stays."""
    pieces = text.split(mark)
    if not release or release + mark not in text:
        return pieces
    whole: list[str] = []
    held: list[str] = []
    for piece in pieces:
        held.append(piece)
        if not (len(piece) - len(piece.rstrip(release))) % 2:
            whole.append(mark.join(held))
            held = []
    return [*whole, mark.join(held)] if held else whole


class EdifactFrames(Frames[Marks]):
    """The batches of an EDIFACT document."""

    key = "edifact"

    def __init__(self, encoding: str, wrapped: str, limits: Limits) -> None:
        super().__init__(limits)
        self.encoding = self._chosen = encoding
        self._wrapped = wrapped
        self._unwraps = False
        self._searched = 0
        self._has_junk = False

    @override
    def _seek(self) -> Marks | None:
        self._start()
        at, begin = 0, len(self._pending) - len(self._pending.lstrip(BLANKS))
        while found := _STARTS.search(self._pending, at):
            at = found.start()
            head = self._pending[at : at + HEAD_BYTES]
            if len(head) < HEAD_BYTES and not self._is_last:
                break
            self._unwraps = self._wrapped == "yes" or (self._wrapped == "auto" and _is_wrapped(head))
            marks = marks_of(head, unwraps=self._unwraps)
            if marks is not None and (not marks.is_bare or (at == begin and not self._has_junk)):
                return self._found(marks, at)
            at += 3
        keep = len(self._pending) - at if found else 0 if self._is_last else 3
        skipped = self._advance(max(0, len(self._pending) - keep))
        self._has_junk = self._has_junk or bool(skipped.strip(BLANKS))
        return None

    def _start(self) -> None:
        """Look at the first bytes of the document."""
        if self._offset == 0 and self._pending.startswith(_UTF_16):
            raise DecodeError(
                "edifact.charset",
                "The document is written in UTF-16, which is not read here.",
                place="offset 0",
                hint="Have it sent in UTF-8 (UNOW).",
            )
        if self._offset == 0 and self._pending.startswith(BOM):
            self._advance(len(BOM))
            self._chosen = "utf-8" if self._chosen == "auto" else self._chosen

    def _found(self, marks: Marks, at: int) -> Marks:
        self._advance(at)
        if marks.has_una:
            rest = self._pending[9:]
            self._advance(9 + len(rest) - len(rest.lstrip(BLANKS)))
        if self._pending.startswith(b"UIB"):
            raise DecodeError(
                "edifact.interactive",
                "This is an interactive interchange (UIB), which is not read here.",
                place=f"offset {self._offset}, segment UIB",
                hint="Only batch interchanges (UNB) are.",
            )
        self.encoding = encoding_of(marks.syntax, self._chosen)
        self.marks = marks
        self._searched, self._has_junk = 0, False
        self._begin()
        return marks

    @override
    def _next(self, marks: Marks) -> Batch | None:
        end, release = marks.segment.encode(), marks.release.encode()
        stop = self._last_end(end, release)
        if stop < 0:
            stop = self._first_end(end, release)
        self._window *= 2
        if stop < 0 and not self._is_last:
            return None
        start = self._offset
        data = self._advance(stop + 1 if stop >= 0 else len(self._pending))
        self._searched = 0
        data = self._before_una(data, end)
        text, is_dirty = self._text(data)
        if self._unwraps:
            text = text.replace("\r", "").replace("\n", "")
        segments = split_at(text, marks.segment, marks.release)
        if text[:1] in BLANK_TEXT or any(blank in text for blank in ("\n", "\r", "\t", f"{marks.segment} ")):
            segments = [segment.lstrip(BLANK_TEXT) for segment in segments]
            if marks.segment == "\n":
                segments = [segment.rstrip("\r") for segment in segments]
        if "" in segments:
            segments = [segment for segment in segments if segment]
        longest = max(map(len, segments), default=0)
        return Batch(
            data,
            start,
            segments,
            self._pieces(end, release),
            is_dirty=is_dirty or longest > self._limits.max_field_bytes,
        )

    def _before_una(self, data: bytes, end: bytes) -> bytes:
        """Cut off what follows where a UNA begins another interchange, and have it looked for there."""
        if b"UNA" not in data:
            return data
        found = re.search(re.escape(end) + rb"[ \t\r\n]*(?=UNA[^A-Za-z0-9])", data)
        if found:
            self._resume = data[found.end() :]
            data = data[: found.end()]
        return data

    def _text(self, data: bytes) -> tuple[str, bool]:
        """Decode; what is no text is marked so that it is found where it is used."""
        try:
            return data.decode(self.encoding), b"\0" in data
        except UnicodeDecodeError:
            return data.decode(self.encoding, "surrogateescape"), True

    def _last_end(self, end: bytes, release: bytes) -> int:
        """Find the last segment end in the window; -1 where the last few are all released."""
        stop = self._window
        for _ in range(_STEPS_BACK):
            stop = self._pending.rfind(end, 0, stop)
            if stop < 0 or not self._is_released(self._pending, stop, release):
                return stop
        return -1

    def _first_end(self, end: bytes, release: bytes) -> int:
        """Find the first segment end; what was searched before is not searched again."""
        stop = self._pending.find(end, self._searched)
        while stop >= 0 and self._is_released(self._pending, stop, release):
            stop = self._pending.find(end, stop + 1)
        self._searched = len(self._pending)
        return stop

    def _is_released(self, data: bytes, at: int, release: bytes) -> bool:
        if not release:
            return False
        count, at = 0, at - 1
        while at >= 0 and (data[at : at + 1] == release or (self._unwraps and data[at] in b"\r\n")):
            count += data[at : at + 1] == release
            at -= 1
        return count % 2 == 1

    def _pieces(self, end: bytes, release: bytes) -> Callable[[bytes], list[bytes]]:
        if not release:
            return lambda data: data.split(end)
        return partial(self._released_pieces, end, release)

    def _released_pieces(self, end: bytes, release: bytes, data: bytes) -> list[bytes]:
        if release not in data:
            return data.split(end)
        pieces: list[bytes] = []
        start, stop = 0, data.find(end)
        while stop >= 0:
            if not self._is_released(data, stop, release):
                pieces.append(data[start:stop])
                start = stop + 1
            stop = data.find(end, stop + 1)
        return [*pieces, data[start:]]


def marks_of(head: bytes, *, unwraps: bool = False) -> Marks | None:
    """Learn the separators from the first bytes of an interchange; None where none begins here.

    Source: ISO 9735-1, service string advice. Without it ``:+.?*'`` hold, or the control characters of level
    B; a line end ends the segments where no other mark does.
    """
    if unwraps:
        head = head.replace(b"\r", b"").replace(b"\n", b"")
    told = head[3:9].decode("latin-1") if head.startswith(b"UNA") else ""
    if told:
        head = head[9:].lstrip(BLANKS)
    if not head.startswith(_HEADS) or (told and not (len(told) == 6 and _are_marks(told))):
        return None
    component, element, decimal, release, repetition, segment = tuple(told or _usual(head))
    if head[3:4] != element.encode("latin-1"):
        return None
    is_bare = head[:3] in (b"UNG", b"UNH")
    syntax, version = ("", "3") if is_bare else _syntax(head, component, element, segment)
    return Marks(
        component,
        element,
        decimal,
        release.strip(),
        repetition.strip() if version >= "4" else "",
        segment,
        syntax,
        version,
        is_bare,
        bool(told),
    )


def _are_marks(told: str) -> bool:
    component, element, decimal, release, repetition, segment = tuple(told)
    marks = [mark for mark in (component, element, release.strip(), segment) if mark]
    return (
        len(set(marks)) == len(marks)
        and not any(mark.isalnum() or mark == " " or mark > "~" for mark in marks)
        and decimal in ".,"
        and repetition not in marks
    )


def _usual(head: bytes) -> str:
    """Give the separators of an interchange without UNA."""
    if head[3:4] == b"\x1d":
        return _LEVEL_B
    ended = _LINE_ENDED.match(head)
    return _USUAL if ended is None else _USUAL[:5] + ("\r" if ended[1] == b"\r" else "\n")


def _syntax(head: bytes, component: str, element: str, segment: str) -> tuple[str, str]:
    """Read the syntax identifier (S001): ``UNOC:3`` is UNOC, 3. Without a version it is 3."""
    text = head[4:64].decode("latin-1").split(segment, 1)[0].split(element, 1)[0]
    name, _, rest = text.partition(component)
    version = rest.strip()[:1]
    return name.strip()[:4], version if version.isascii() and version.isdigit() else "3"


def _is_wrapped(head: bytes) -> bool:
    """See whether the lines are only wrapping: all equally long, and they do not end with a segment."""
    lines = [line.rstrip(b"\r") for line in head.split(b"\n")[:-1]]
    if len(lines) < 2 or len(lines[0]) < 20 or len({len(line) for line in lines}) != 1:
        return False
    marks = marks_of(head, unwraps=True)
    if marks is None or marks.segment in "\r\n":
        return False
    return not all(line.endswith(marks.segment.encode()) for line in lines)
