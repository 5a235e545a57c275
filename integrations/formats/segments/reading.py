"""Batches of segments to records: the walk over messages that formats with interchanges share.

A format says what its envelope is made of, which message begins where, and what its trailer promises.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, NamedTuple, Protocol

from integrations.errors import DecodeError, InputError
from integrations.formats import codec
from integrations.formats.codec import Limits, Record
from integrations.formats.segments.assemble import Fault
from integrations.formats.segments.batches import Batch, Frames

SEGMENTS = "segments"


class Piece(NamedTuple):
    """A record and, where asked for, its bytes in the document."""

    record: Record
    raw: bytes = b""


class Message(Protocol):
    """A message that is being read: an Assembly, or a Flat where there is no tree."""

    record: Record
    count: int
    is_cut: bool
    cut: Callable[[str], list[Any]]

    def take(self, segments: list[str], start: int = 0) -> int:
        """Take segments from `start` up to the end of the message; gives how many."""
        ...

    def cut_part(self) -> Record:
        """Take out the part that is complete."""
        ...

    def finish(self) -> Record:
        """Give the record after its last segment."""
        ...


class Flat:
    """A message that the tables do not know: its segments as a list.

    cut: a segment's text to its id and elements. read_of: gives the function that reads a segment of this id.
    header, trailer: ids of its first and last segment. ends: ids that end it.
    """

    is_cut = False

    def __init__(
        self,
        cut: Callable[[str], list[Any]],
        read_of: Callable[[str], Callable[[list[Any]], Record]],
        header: str,
        trailer: str,
        ends: frozenset[str],
    ) -> None:
        self.record: Record = {}
        self.count = 0
        self.cut = cut
        self._read_of = read_of
        self._header = header
        self._trailer = trailer
        self._ends = ends
        self._segments: list[Any] = []

    def take(self, segments: list[str], start: int = 0) -> int:
        """Take segments from `start` up to the end of the message; gives how many."""
        for at in range(start, len(segments)):
            parts = self.cut(segments[at])
            name = parts.pop(0)
            if name in self._ends and (name != self._header or self.count):
                return at - start
            self.count += 1
            read = self._read_of(name)(parts)
            if name in (self._header, self._trailer):
                self.record[name] = read
            else:
                self._segments.append({"id": name, **read})
        return len(segments) - start

    def finish(self) -> Record:
        """Give the record, with the trailer at its end."""
        end = self.record.pop(self._trailer)
        return {**self.record, SEGMENTS: self._segments, self._trailer: end}

    def cut_part(self) -> Record:
        """Give the record; such messages are not cut."""
        return self.finish()


class MessageReading(ABC):
    """The state of reading one document.

    key: of the format. header, trailer: ids of a message's first and last segment. ends: ids that end a
    message which has no trailer. may_stand_alone: whether a message may be the last thing in a document,
    without an interchange around it. encoding: what the segments are read as, in words.
    """

    key: ClassVar[str]
    header: ClassVar[str]
    trailer: ClassVar[str]
    ends: ClassVar[frozenset[str]]
    may_stand_alone: ClassVar[bool]
    encoding: str = "the encoding of its interchange"

    def __init__(
        self, frames: Frames[Any], limits: Limits, bad: codec.Bad | None, *, wants_raw: bool
    ) -> None:
        self.frames = frames
        self.limits = limits
        self.bad = bad
        self.wants_raw = wants_raw
        self.items = self.messages = 0
        self.message: Message | None = None
        self.is_skipping = False
        self.size = 0
        self.raw: list[bytes] = []
        self.raw_from = self.counted = 0
        self.begun = -1

    def pieces(self, chunks: Iterable[bytes]) -> Iterator[Piece]:
        """Yield the records of a document."""
        last: Batch | None = None
        for batch in self.frames.batches(chunks):
            if self.frames.begun != self.begun:
                yield from self._last(last)
                self._open(batch)
            yield from self._take(batch)
            last = batch
        yield from self._last(last)
        self.finish(f"offset {last.offset + len(last.data) if last else 0}")

    @abstractmethod
    def cut(self, text: str) -> tuple[str, list[str]]:
        """Cut a segment outside of messages into its id and elements."""

    @abstractmethod
    def is_outside(self, name: str, batch: Batch, at: int) -> bool:
        """Whether a segment stands in no interchange, so that the next one has to be looked for there."""

    @abstractmethod
    def begin(self, parts: list[str]) -> Message:
        """Begin a message at its first segment. Raises Fault; it costs the message."""

    @abstractmethod
    def envelope(self, name: str, parts: list[str]) -> Record | None:
        """Take a segment of the envelope; give the record it makes, if any. Raises Fault."""

    @abstractmethod
    def check_trailer(self, message: Message) -> None:
        """Compare the trailer of a message with it. Raises Fault."""

    def finished(self, message: Message, batch: Batch, at: int) -> Record:  # noqa: ARG002  for an error
        """Give the record of a message that is complete and agrees. at: the segment behind it."""
        return message.finish()

    @abstractmethod
    def finish(self, place: str) -> None:
        """Check that the document is whole. Raises DecodeError."""

    @abstractmethod
    def opened(self) -> None:
        """Take note that another interchange begins. Raises Fault where the one before is still open."""

    @abstractmethod
    def prepare(self, batch: Batch) -> None:
        """Choose how the segments of a batch are cut."""

    def _last(self, batch: Batch | None) -> Iterator[Piece]:
        """End the message whose trailer was the last segment of a batch, where nothing follows in it."""
        if not self.may_stand_alone or batch is None or self.message is None:
            return
        if self.trailer in self.message.record:
            del self.raw[-1:]
            piece = self._end(self.message, batch, len(batch.segments))
            if piece is not None:
                yield piece

    def _open(self, batch: Batch) -> None:
        self.begun = self.frames.begun
        try:
            self.opened()
        except Fault as fault:
            self.fail(self.error(fault, batch, 0))
        self.is_skipping = False

    def _take(self, batch: Batch) -> Iterator[Piece]:
        at, segments = 0, batch.segments
        self.raw_from = 0
        self.prepare(batch)
        while at < len(segments):
            if self.message is not None:
                at, piece = self._go_on(self.message, batch, at)
                if piece is not None:
                    yield piece
                continue
            name, parts = self.cut(segments[at])
            if self.is_skipping and name not in self.ends:
                at += 1
                continue
            self.is_skipping = False
            if self.is_outside(name, batch, at):
                self.frames.leave(batch, at)
                return
            try:
                if name == self.header:
                    self.messages += 1
                    self._begin(parts, batch, at)
                    continue
                record = self.envelope(name, parts)
            except Fault as fault:
                record = None
                self.fail(self.error(fault, batch, at, name))
            at += 1
            if record is not None:
                self.raw, self.raw_from = [], batch.spans[at - 1][0] if self.wants_raw else 0
                yield self._piece(record, batch, at)
        if self.message is not None:
            self._keep_raw(batch, len(batch.data))

    def _begin(self, parts: list[str], batch: Batch, at: int) -> None:
        self.message = self.begin(parts)
        self.counted = self.size = 0
        self.raw_from = batch.spans[at][0] if self.wants_raw else 0
        self.raw = []

    def _go_on(self, message: Message, batch: Batch, at: int) -> tuple[int, Piece | None]:
        """Take segments of the open message: (index of the next segment, what is complete)."""
        segments, start = batch.segments, at
        if batch.is_dirty:
            # One by one, so that what is wrong with a segment costs its own message only.
            segments, start = segments[at : at + 1], 0
        try:
            if batch.is_dirty:
                self.inspect(segments[0])
            taken = message.take(segments, start)
        except Fault as fault:
            # A segment that was not let in has not been counted.
            failed = max(message.count, self.counted + 1)
            self.fail(self.error(fault, batch, at + failed - self.counted - 1, number=failed))
            return at + failed - self.counted, None
        self.size += sum(map(len, segments[start : start + taken]))
        if self.size > self.limits.max_record_bytes:
            raise codec.record_too_large(self.key, self.limits, self.place(batch, at + taken))
        self.counted = message.count
        at, start = at + taken, start + taken
        if message.is_cut:
            return at, self._piece(message.cut_part(), batch, at)
        if start < len(segments):
            return at, self._end(message, batch, at)
        return at, None

    def inspect(self, text: str) -> None:
        """Look at a segment that may hold bytes that are no text, NUL, or be very long. Raises Fault."""
        if "\0" in text:
            raise Fault("nul", "The segment holds the character NUL.")
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise Fault(
                "encoding",
                f"The segment is not text in {self.encoding}.",
                hint="Choose the encoding that the sender writes.",
            )
        name, parts = self.cut(text)
        if max(map(len, (name, *parts))) > self.limits.max_field_bytes:
            raise Fault("field_too_large", "An element is larger than allowed here.")

    def _end(self, message: Message, batch: Batch, at: int) -> Piece | None:
        """Finish the open message: its trailer has to be there and to agree."""
        try:
            if not isinstance(message.record.get(self.trailer), dict):
                raise Fault(
                    "no_trailer",
                    f"The message ends without its trailer {self.trailer}.",
                    hint="It may have been cut on its way: ask for it again.",
                )
            self.check_trailer(message)
        except Fault as fault:
            self.fail(self.error(fault, batch, at - 1))
            return None
        piece = self._piece(self.finished(message, batch, at), batch, at)
        self.message = None
        return piece

    def _piece(self, record: Record, batch: Batch, at: int) -> Piece:
        self.items += 1
        if self.items > self.limits.max_records:
            raise codec.too_many_records(self.key, self.limits, self.place(batch, at))
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

    def fail(self, error: InputError) -> None:
        """Give up the open message: raise, or hand the error over and go on with the next message."""
        self.message = None
        self.is_skipping = True
        if self.bad is None:
            raise error
        self.bad(error)

    def place(self, batch: Batch, at: int) -> str:
        """Give the place of a segment in words."""
        return f"offset {batch.offset_of(at)}, message {self.messages}"

    def error(self, fault: Fault, batch: Batch, at: int, name: str = "", number: int = 0) -> DecodeError:
        """Make the error of a fault. number: of the segment in its message."""
        if not number and self.message is not None:
            number = self.message.count
        place = f"offset {batch.offset_of(at)}"
        if self.messages:
            place += f", message {self.messages}"
        if number:
            place += f", segment {number}"
        if segment := fault.segment or name:
            place += f" {segment[:8]}" if number else f", segment {segment[:8]}"
        if fault.element:
            place += f", element {fault.element}"
        return DecodeError(f"{self.key}.{fault.code}", fault.message, place=place, hint=fault.hint)
