"""Cut a file into records: of one length, after descriptor words, by line ends, or by their own content."""

from collections.abc import Iterable, Iterator

from integrations.errors import DecodeError, InputError
from integrations.formats import codec
from integrations.formats.cobol.cutting import TooShort, record_end
from integrations.formats.cobol.layout import Layout
from integrations.formats.cobol.options import CobolOptions, Descriptor
from integrations.formats.cobol.values import FieldFault
from integrations.formats.codec import Limits

BATCH_BYTES = 64 << 10
BATCH_RECORDS = 2_000
_ENDINGS = b"\r\n\x1a"
Frame = tuple[int, bytes]
"""Where a record begins in the file, and its bytes without descriptor word or line end."""


class Source:
    """The bytes of a file between its header and its footer, taken as they are needed."""

    def __init__(self, chunks: Iterable[bytes], options: CobolOptions, limits: Limits) -> None:
        self.blocks = codec.blocks(chunks, limits, "cobol")
        self.footer = options.footer_bytes
        self.data = b""
        self.offset = 0
        self.has_ended = False
        self._skip(options.header_bytes)

    def _skip(self, count: int) -> None:
        self.more(count + self.footer)
        if len(self.data) < count + self.footer:
            raise DecodeError(
                "cobol.truncated",
                "The file is shorter than its header and footer.",
                place=f"offset {len(self.data)}",
            )
        self.drop(count)

    def more(self, wanted: int) -> None:
        """Take in blocks until there are `wanted` bytes, or no more come."""
        if len(self.data) >= wanted or self.has_ended:
            return
        parts, held = [self.data], len(self.data)
        while held < wanted:
            block = next(self.blocks, b"")
            if not block:
                self.has_ended = True
                break
            parts.append(block)
            held += len(block)
        self.data = b"".join(parts)

    def usable(self, wanted: int) -> bytes:
        """Give what there is before the footer, at least `wanted` bytes if the file has them."""
        self.more(wanted + self.footer)
        return self.data[: len(self.data) - self.footer] if self.footer else self.data

    def drop(self, count: int) -> None:
        """Leave bytes behind."""
        self.data = self.data[count:]
        self.offset += count


def frames(chunks: Iterable[bytes], options: CobolOptions, limits: Limits, layout: Layout) -> Iterator[Frame]:
    """Yield the records of a file. Raises DecodeError where their lengths make no sense, LimitError."""
    source = Source(chunks, options, limits)
    if options.framing == "rdw":
        yield from _described(source, options, limits)
    elif options.framing == "lines":
        yield from _lines(source, limits)
    elif options.framing == "content":
        yield from _by_content(source, layout, limits)
    else:
        yield from _fixed(source, options.record_length or layout.group.size, limits)


def batches(found: Iterator[Frame], limits: Limits) -> Iterator[list[Frame]]:
    """Yield records by the batch; what came before an error is given before it is raised."""
    batch: list[Frame] = []
    size = count = 0
    try:
        for frame in found:
            count += 1
            if count > limits.max_records:
                raise codec.too_many_records("cobol", limits, f"record {count}, offset {frame[0]}")
            batch.append(frame)
            size += len(frame[1])
            if size >= BATCH_BYTES or len(batch) >= BATCH_RECORDS:
                yield batch
                batch, size = [], 0
    except InputError as failure:
        if batch:
            yield batch
        raise failure from None
    if batch:
        yield batch


def _fixed(source: Source, length: int, limits: Limits) -> Iterator[Frame]:
    if length > limits.max_record_bytes:
        raise codec.record_too_large("cobol", limits, "offset 0")
    while True:
        data = source.usable(max(length, BATCH_BYTES))
        whole = len(data) - len(data) % length
        for at in range(0, whole, length):
            yield source.offset + at, data[at : at + length]
        source.drop(whole)
        if not source.has_ended:
            continue
        rest = data[whole:]
        if rest.strip(_ENDINGS + b"\0"):
            raise DecodeError(
                "cobol.truncated",
                f"The last record has {len(rest)} bytes instead of {length}.",
                hint="The file may have been cut, or the copybook or record length is another.",
                place=f"offset {source.offset}",
            )
        return


def _described(source: Source, options: CobolOptions, limits: Limits) -> Iterator[Frame]:
    """Yield what stands after record descriptor words. room: bytes left in a block, None without blocks."""
    data, at = source.usable(BATCH_BYTES), 0
    room = None if options.bdw is None else 0
    while True:
        if len(data) - at < 8:
            source.drop(at)
            data, at = source.usable(BATCH_BYTES), 0
            if not data and not room:
                return
        begins = source.offset + at
        if room == 0 and options.bdw is not None:
            room = _descriptor(data[at : at + 4], options.bdw, begins, "block")
            at += 4
            continue
        length = _descriptor(data[at : at + 4], options.rdw, begins, "record")
        if length > limits.max_record_bytes:
            raise codec.record_too_large("cobol", limits, f"offset {begins}")
        if len(data) - at < 4 + length:
            source.drop(at)
            data, at = source.usable(4 + length + BATCH_BYTES), 0
        raw = data[at + 4 : at + 4 + length]
        if len(raw) < length or (room is not None and 4 + length > room):
            raise DecodeError(
                "cobol.truncated",
                f"A record should have {length} bytes; its file or block ends after {len(raw)}.",
                hint="The file may have been cut, or the descriptor words are of another kind.",
                place=f"offset {begins}",
            )
        at += 4 + length
        room = None if room is None else room - 4 - length
        yield begins, raw


def _descriptor(raw: bytes, word: Descriptor, offset: int, what: str) -> int:
    """Take the length from a descriptor word, without the word itself."""
    if len(raw) < 4:
        raise DecodeError(
            "cobol.truncated",
            f"The file ends inside a descriptor word of a {what}.",
            place=f"offset {offset}",
        )
    is_long = what == "block" and word.order == "big" and word.length_at == 0 and raw[0] & 0x80
    if is_long:
        length = int.from_bytes(raw, "big") & 0x7FFFFFFF
    else:
        length = int.from_bytes(raw[word.length_at : word.length_at + 2], word.order)
    length += word.adjust - (4 if word.counts_itself else 0)
    if length <= 0:
        raise DecodeError(
            "cobol.descriptor",
            f"The descriptor word of a {what} gives no possible length.",
            hint="Check byte order, position and whether the length counts the word itself.",
            place=f"offset {offset}",
        )
    return length


def _lines(source: Source, limits: Limits) -> Iterator[Frame]:
    while True:
        data = source.usable(BATCH_BYTES)
        end = data.rfind(b"\n") + 1 if not source.has_ended else len(data)
        if not end and not source.has_ended:
            if len(data) > limits.max_record_bytes:
                raise codec.record_too_large("cobol", limits, f"offset {source.offset}")
            source.more(len(source.data) * 2)
            continue
        at = source.offset
        for line in _cut_lines(data[:end]):
            text = line.rstrip(b"\r\n")
            if text not in {b"", b"\x1a"}:
                yield at, text
            at += len(line)
        source.drop(end)
        if source.has_ended:
            return


def _cut_lines(data: bytes) -> list[bytes]:
    """Cut at line feeds only: a lone carriage return may be a byte of a number."""
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _by_content(source: Source, layout: Layout, limits: Limits) -> Iterator[Frame]:
    at = 0
    data = source.usable(BATCH_BYTES)
    while True:
        if source.has_ended and len(data) - at <= 3 and not data[at:].strip(_ENDINGS):
            return
        try:
            end = record_end(layout.group, data, at)
        except TooShort:
            source.drop(at)
            held, at = len(data) - at, 0
            if held > limits.max_record_bytes:
                raise codec.record_too_large("cobol", limits, f"offset {source.offset}") from None
            if source.has_ended:
                raise _ends_inside(source.offset) from None
            data = source.usable(max(2 * held, BATCH_BYTES))
            continue
        except FieldFault as fault:
            raise DecodeError(
                f"cobol.{fault.code}",
                fault.message,
                hint="Without its count the end of the record cannot be told.",
                place=f"offset {source.offset + at}{fault.where}",
            ) from None
        yield source.offset + at, data[at:end]
        at = end


def _ends_inside(offset: int) -> DecodeError:
    return DecodeError(
        "cobol.truncated",
        "The file ends inside a record.",
        hint="The file may have been cut, or the copybook is another.",
        place=f"offset {offset}",
    )
