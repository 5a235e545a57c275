"""Files of messages: batches with their headers and trailers (FHS, BHS … BTS, FTS), or messages alone.

A message of a batch has the headers beside it in ``_envelope``; the last one has the trailers too. A batch
without messages gives none. Source: HL7 v2.8.2, chapter 2, section 2.10.3.
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from integrations.errors import DecodeError, EncodeError
from integrations.formats.codec import Bad, Limits, Record, Value, record_too_large, too_many_records
from integrations.formats.hl7.fields import MAX_FIELDS, field_reader
from integrations.formats.hl7.framing import Piece, cut_messages, lines_of, text_of
from integrations.formats.hl7.messages import (
    ENVELOPE,
    encoded,
    header_separators,
    read_message,
    write_message,
)
from integrations.formats.hl7.options import Hl7Options
from integrations.formats.hl7.separators import HEADERS, USUAL, Separators, separators_of
from integrations.formats.hl7.tables import nearest, release
from integrations.formats.hl7.written import field_writer
from integrations.formats.segments.assemble import Fault

_Found: TypeAlias = tuple[Record, bytes]
_Envelope: TypeAlias = dict[str, Value]
TRAILER_OF = {"FHS": "FTS", "BHS": "BTS"}


class BatchReader:
    """The state of reading one document."""

    def __init__(self, options: Hl7Options, limits: Limits, bad: Bad | None) -> None:
        self.options = options
        self.limits = limits
        self.bad = bad
        self.count = 0
        self.in_batch = 0
        self.batches = 0
        self.separators: Separators = USUAL
        self.envelope: _Envelope = {}
        self.around: _Envelope = {}
        self.held: _Found | None = None

    def read(self, stream: Iterator[bytes]) -> Iterator[_Found]:
        """Yield every message with its bytes; what follows it in a batch is seen before it is yielded."""
        is_empty = True
        for piece in cut_messages(stream, self.limits):
            is_empty = False
            if piece.kind in ("BTS", "FTS"):
                trailer_fault = self._trailer(piece)
                if trailer_fault is not None:
                    yield from self._release()
                    self._report(trailer_fault)
                continue
            yield from self._release()
            try:
                if piece.kind == "MSH":
                    yield from self._message(piece)
                else:
                    self._header(piece)
            except DecodeError as failure:
                self._report(failure)
        yield from self._release()
        if is_empty:
            raise DecodeError("hl7.empty", "The document has no message.", place="offset 0")

    def _report(self, failure: DecodeError) -> None:
        if self.bad is None:
            raise failure
        self.bad(failure)

    def _release(self) -> Iterator[_Found]:
        if self.held is not None:
            done, self.held = self.held, None
            yield done

    def _message(self, piece: Piece) -> Iterator[_Found]:
        self.count += 1
        self.in_batch += 1
        if self.count > self.limits.max_records:
            raise too_many_records("hl7", self.limits, f"message {self.count}")
        if len(piece.raw) > self.limits.max_record_bytes:
            raise record_too_large("hl7", self.limits, f"message {self.count}")
        record = read_message(piece.raw, self.count, self.options, self.limits)
        if not self.envelope:
            yield record, piece.raw
            return
        self.around = record[ENVELOPE] = {**self.envelope}
        self.held = record, piece.raw

    def _header(self, piece: Piece) -> None:
        if piece.kind not in HEADERS:
            raise DecodeError(
                "hl7.no_header",
                "There is text before the first message."
                if not self.count
                else "There is text between messages.",
                hint="A message begins with MSH and its separators, such as MSH|^~\\&|.",
                place=f"offset {piece.offset}",
            )
        if piece.kind == "FHS":
            self.envelope, self.batches = {}, 0
        else:
            self.envelope = {key: held for key, held in self.envelope.items() if key == "FHS"}
            self.batches += 1
        self.in_batch = 0
        place = f"{piece.kind} at offset {piece.offset}"
        line = self._line(piece, place)
        self.separators = separators_of(line, place)
        self.envelope[piece.kind] = self._segment(line, place)

    def _trailer(self, piece: Piece) -> DecodeError | None:
        """Take a trailer and compare its count; gives the error instead of raising it."""
        place = f"{piece.kind} at offset {piece.offset}"
        try:
            found = self._segment(self._line(piece, place), place)
        except DecodeError as failure:
            return failure
        if self.held is not None:
            self.around[piece.kind] = found
        header = "BHS" if piece.kind == "BTS" else "FHS"
        if header not in self.envelope:
            return DecodeError(
                "hl7.trailer_alone",
                f"A trailer {piece.kind} stands here without its header {header}.",
                place=place,
            )
        self.envelope.pop(header)
        said = str(found.get("1", ""))
        if piece.kind == "BTS":
            return _count_fault(said, (self.in_batch,), "messages", place)
        return _count_fault(said, (max(self.batches, 1), self.count), "batches", place)

    def _line(self, piece: Piece, place: str) -> str:
        lines = lines_of(text_of(piece.raw, self.options.encoding, place))
        if len(lines) > 1:
            raise DecodeError(
                "hl7.no_header", "A segment stands outside of any message.", place=f"{place}, line 2 of it"
            )
        return lines[0]

    def _segment(self, line: str, place: str) -> Record:
        version = nearest(self.options.version)
        reader = field_reader(release(version), self.separators, typed=self.options.values == "typed")
        name, *parts = line.split(self.separators.field, MAX_FIELDS)
        try:
            return reader.segment(name)(parts)
        except Fault as fault:
            raise DecodeError(f"hl7.{fault.code}", fault.message, hint=fault.hint, place=place) from None


def _count_fault(said: str, counts: tuple[int, ...], what: str, place: str) -> DecodeError | None:
    if not said or (said.isascii() and said.isdigit() and len(said) < 20 and int(said) in counts):
        return None
    return DecodeError(
        "hl7.count_mismatch",
        f"The trailer promises another number of {what}; there are {counts[0]}.",
        hint="The file may have been cut on its way: ask for it again.",
        place=f"{place}, field 1",
    )


class _Writing:
    """The state of writing one document: the headers that are open, and what is in them."""

    def __init__(self, options: Hl7Options) -> None:
        self.options = options
        self.open: dict[str, Value] = {}
        self.counts = {"FHS": 0, "BHS": 0}
        self.trailers: dict[str, Value] = {}

    def enter(self, envelope: dict[str, Value], place: str) -> Iterator[bytes]:
        """Close what does not go on, open what is new."""
        headers = {key: envelope[key] for key in ("FHS", "BHS") if key in envelope}
        if headers.get("FHS") != self.open.get("FHS"):
            yield from self.close("BHS", place)
            yield from self.close("FHS", place)
        elif headers.get("BHS") != self.open.get("BHS"):
            yield from self.close("BHS", place)
        for name, header in headers.items():
            if name not in self.open:
                yield self._line(name, header, header, place)
                self.open[name] = header
                self.counts["FHS"] += name == "BHS"
                self.counts[name] = 0
        self.counts["BHS"] += 1
        self.trailers = {key: envelope[key] for key in ("BTS", "FTS") if key in envelope}

    def leave(self, place: str) -> Iterator[bytes]:
        """Close what the last message said it was the last of."""
        if "BTS" in self.trailers:
            yield from self.close("BHS", place)
        if "FTS" in self.trailers:
            yield from self.close("FHS", place)

    def close(self, name: str, place: str) -> Iterator[bytes]:
        """Write the trailer of a header that is open, with the true count."""
        header = self.open.pop(name, None)
        if header is None:
            return
        if name == "FHS":
            yield from self.close("BHS", place)
        count = str(max(self.counts[name], 1))
        trailer = self.trailers.pop(TRAILER_OF[name], None)
        if trailer is None:
            trailer = {"1": count}
        elif isinstance(trailer, dict) and "1" in trailer:
            trailer = {**trailer, "1": count}
        yield self._line(TRAILER_OF[name], trailer, header, place)

    def _line(self, name: str, segment: Value, header: Value, place: str) -> bytes:
        if not isinstance(header, dict):
            raise EncodeError(
                "hl7.segment_not_object", f"The {name} of a batch is not an object.", place=place
            )
        separators = header_separators(header, place)
        writer = field_writer(separators, typed=self.options.values == "typed")
        try:
            line = writer.segment(name, segment)
        except Fault as fault:
            raise EncodeError(
                f"hl7.{fault.code}", fault.message, hint=fault.hint, place=f"{place}, segment {name}"
            ) from None
        return encoded([line], line, place, self.options)


def write_batches(records: Iterable[Record], options: Hl7Options) -> Iterator[bytes]:
    """Write messages, in their batches where they have some; counts of trailers are computed."""
    writing = _Writing(options)
    place = "record 0"
    for number, record in enumerate(records, 1):
        place = f"record {number}"
        envelope = record.get(ENVELOPE, {})
        if not isinstance(envelope, dict):
            raise EncodeError("hl7.envelope", "What stands under '_envelope' is not an object.", place=place)
        yield from writing.enter(envelope, place)
        yield write_message(record, number, options)
        yield from writing.leave(place)
    yield from writing.close("BHS", place)
    yield from writing.close("FHS", place)
