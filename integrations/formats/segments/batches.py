"""Bytes to batches of segments: what the formats with interchanges share of finding and cutting them.

A format says how an interchange is found and its separators are learned (``_seek``), and how whole segments
are taken off what has come in (``_next``).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar, Generic, TypeVar

from integrations.formats import codec
from integrations.formats.codec import Limits

FIRST_WINDOW = 4096
BLANKS = b" \t\r\n"
BLANK_TEXT = " \t\r\n"

M = TypeVar("M")


class Batch:
    """Segments that stand one after the other in one interchange.

    segments: without what stands between them. offset: of ``data`` in the document, in bytes. pieces: cuts
    ``data`` where segments end; each piece is followed by one byte of terminator. spans: where that is known
    already. is_dirty: look into each
    segment before use, one may hold bytes that are no text, NUL, or be very long.
    """

    def __init__(
        self,
        data: bytes,
        offset: int,
        segments: list[str],
        pieces: Callable[[bytes], list[bytes]],
        *,
        is_dirty: bool,
        spans: list[tuple[int, int]] | None = None,
    ) -> None:
        self.data = data
        self.offset = offset
        self.segments = segments
        self.is_dirty = is_dirty
        self._pieces = pieces
        self._spans = spans

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Give start and end of each segment in ``data``, without its terminator."""
        if self._spans is None:
            self._spans = []
            start = 0
            for piece in self._pieces(self.data):
                text = piece.lstrip(BLANKS)
                stop = start + len(piece)
                if text:
                    self._spans.append((stop - len(text), stop))
                start = stop + 1
        return self._spans

    def offset_of(self, index: int) -> int:
        """Give the place of a segment in the document, in bytes; its ends outside of it."""
        if index < 0:
            return self.offset
        return self.offset + (self.spans[index][0] if index < len(self.spans) else len(self.data))


class Frames(ABC, Generic[M]):
    """The batches of a document, and the place where the next interchange is looked for.

    marks: separators of the current interchange, None between two. is_found: whether there was one. begun:
    offset of the header that was found last.
    """

    key: ClassVar[str]

    def __init__(self, limits: Limits) -> None:
        self.marks: M | None = None
        self.is_found = False
        self.begun = -1
        self._limits = limits
        self._pending = b""
        self._offset = 0
        self._window = 0
        self._is_last = False
        self._resume: bytes | None = None

    def batches(self, chunks: Iterable[bytes]) -> Iterator[Batch]:
        """Yield the segments of the document."""
        for block in codec.blocks(chunks, self._limits, self.key):
            self._pending += block
            yield from self._cut()
        self._is_last = True
        yield from self._cut()

    def leave(self, batch: Batch, index: int) -> None:
        """Look for the next interchange from this segment of the batch on.

        Where the segment is the very header that was found there, it was none: the search goes on behind it.
        """
        start = batch.spans[index][0]
        if batch.offset + start == self.begun:
            start += 3
        self._resume = batch.data[start:] + (self._resume or b"")

    def _cut(self) -> Iterator[Batch]:
        while self._pending:
            marks = self.marks or self._seek()
            if marks is None:
                return
            batch = self._next(marks)
            if batch is None:
                if len(self._pending) > self._limits.max_record_bytes:
                    raise codec.record_too_large(self.key, self._limits, f"offset {self._offset}")
                return
            yield batch
            if self._resume is not None:
                self._offset -= len(self._resume)
                self._pending = self._resume + self._pending
                self._resume = self.marks = None

    def _advance(self, size: int) -> bytes:
        taken, self._pending = self._pending[:size], self._pending[size:]
        self._offset += size
        return taken

    def _begin(self) -> None:
        """Note that an interchange begins where what is pending begins."""
        self.is_found = True
        self.begun = self._offset
        self._window = FIRST_WINDOW

    @abstractmethod
    def _seek(self) -> M | None:
        """Find the next interchange, take what is before it and learn its separators; None: none yet."""

    @abstractmethod
    def _next(self, marks: M) -> Batch | None:
        """Take whole segments off what is pending; None if there is not one."""
