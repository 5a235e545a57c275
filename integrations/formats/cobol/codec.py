"""COBOL data files: EBCDIC or ASCII records as a copybook declares them."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from typing_extensions import override

from integrations.errors import DecodeError, EncodeError
from integrations.formats import codec
from integrations.formats.cobol.cutting import TooShort, read_varying
from integrations.formats.cobol.framing import Frame, batches, frames
from integrations.formats.cobol.groups import Run
from integrations.formats.cobol.guess import guess
from integrations.formats.cobol.importer import schema_of
from integrations.formats.cobol.layout import Layout, compile_layout
from integrations.formats.cobol.options import CobolOptions, Descriptor
from integrations.formats.cobol.positions import marks_of
from integrations.formats.cobol.redefined import Union
from integrations.formats.cobol.shortened import prune
from integrations.formats.cobol.values import FieldFault
from integrations.formats.codec import Limits, Mark, Record, Split
from integrations.schema.model import Schema

_BATCH = 500


class CobolCodec(codec.Codec[CobolOptions]):
    """COBOL copybook."""

    key = "cobol"
    title = "COBOL"
    media_types = ("application/octet-stream",)
    extensions = ("dat", "bin", "ebc", "ebcdic")
    free = (
        "what stands in FILLER, slack, unused table items and behind the end of a short record; blanks and "
        "low values around text; the sign of zero and the form of a plus; descriptor bytes without a length; "
        "file headers and footers (written as low values); line ends"
    )
    Options = CobolOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look at the first bytes: EBCDIC text, records after descriptor words."""
        return guess(head)

    @override
    def reader(self, options: CobolOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: one record each, keyed by the names of the copybook."""
        read = _pieces(options, limits)
        return lambda chunks, bad=None: (record for record, _ in read(chunks, bad))

    @override
    def split(self, options: CobolOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: every record is an item."""
        read = _pieces(options, limits)

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            for number, (record, raw) in enumerate(read(chunks, bad), 1):
                yield Split("item", number, record, raw)

        return split

    @override
    def writer(self, options: CobolOptions) -> codec.Writer:
        """Compile a writer. Fields that a record does not have get their VALUE, blanks or zero."""
        layout = compile_layout(options)
        return lambda records: _write(records, options, layout)

    @override
    def schema(self, options: CobolOptions) -> Schema:
        """Describe the record as the copybook declares it."""
        return schema_of(options)

    @override
    def outline(self, options: CobolOptions, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over records and their fields, with the place of each."""
        layout = compile_layout(options)

        def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
            for number, (offset, raw) in enumerate(frames(chunks, options, limits, layout), 1):
                yield from marks_of(layout, number, offset, raw)

        return walk


_Pieces = Callable[[Iterable[bytes], codec.Bad | None], Iterator[tuple[Record, bytes]]]


def _pieces(options: CobolOptions, limits: Limits) -> _Pieces:
    layout = compile_layout(options)

    def pieces(chunks: Iterable[bytes], bad: codec.Bad | None) -> Iterator[tuple[Record, bytes]]:
        count = 0
        for batch in batches(frames(chunks, options, limits, layout), limits):
            raws = [raw for _, raw in batch]
            try:
                found = _read(raws, layout, options)
            except (FieldFault, TooShort):
                yield from _one_by_one(batch, count, layout, options, bad)
            else:
                yield from zip(found, raws, strict=True)
            count += len(batch)
        if not count:
            raise DecodeError("cobol.empty", "The file has no records.", place="offset 0")

    return pieces


def _one_by_one(
    batch: list[Frame], count: int, layout: Layout, options: CobolOptions, bad: codec.Bad | None
) -> Iterator[tuple[Record, bytes]]:
    """Read a batch in which a record is wrong, to tell which and why."""
    for number, (offset, raw) in enumerate(batch, count + 1):
        place = f"record {number}, offset {offset}"
        try:
            (record,) = _read([raw], layout, options)
        except FieldFault as fault:
            failure = DecodeError(f"cobol.{fault.code}", fault.message, place=place + fault.where)
        except TooShort:
            failure = DecodeError("cobol.record_short", "The record ends before its fields do.", place=place)
        else:
            yield record, raw
            continue
        if bad is None:
            raise failure
        bad(failure)


def _read(raws: list[bytes], layout: Layout, options: CobolOptions) -> list[Record]:
    """Read records that were cut. Raises FieldFault and TooShort."""
    group = layout.group
    if not group.is_fixed:
        return read_varying(group, raws)
    size = group.size
    lengths = set(map(len, raws))
    if lengths == {size}:
        return group.read(b"".join(raws), len(raws), {})
    if max(lengths) > size and options.framing != "fixed":
        raise FieldFault("record_long", f"The record is longer than the {size} bytes of the copybook.")
    blank = bytes([layout.page.blank]) if options.framing == "lines" else b"\0"
    data = b"".join([raw[:size].ljust(size, blank) for raw in raws])
    records = group.read(data, len(raws), {})
    if options.framing == "rdw":
        for record, raw in zip(records, raws, strict=True):
            if len(raw) < size:
                prune(group, record, len(raw))
    return records


def _write(records: Iterable[Record], options: CobolOptions, layout: Layout) -> Iterator[bytes]:
    source = iter(records)
    number = 0
    if options.header_bytes:
        yield bytes(options.header_bytes)
    while batch := list(islice(source, _BATCH)):
        try:
            made = layout.group.write(batch, {})
        except FieldFault:
            made = _written_one_by_one(batch, number, layout)
        yield _framed(made, batch, options, layout)
        number += len(batch)
    if options.footer_bytes:
        yield bytes(options.footer_bytes)


def _written_one_by_one(batch: list[Record], count: int, layout: Layout) -> list[bytes]:
    made: list[bytes] = []
    for number, record in enumerate(batch, count + 1):
        try:
            made.extend(layout.group.write([record], {}))
        except FieldFault as fault:
            raise EncodeError(
                f"cobol.{fault.code}", fault.message, place=f"record {number}{fault.where}"
            ) from None
    return made


def _framed(made: list[bytes], batch: list[Record], options: CobolOptions, layout: Layout) -> bytes:
    if options.framing == "fixed":
        blank = bytes([layout.page.blank])
        length = options.record_length or layout.group.size
        return b"".join(made if length == layout.group.size else [raw.ljust(length, blank) for raw in made])
    if options.framing == "lines":
        return b"".join([raw + b"\n" for raw in made])
    if options.framing == "content":
        return b"".join(made)
    last = _last_union(layout)
    if last is not None:
        made = [
            raw[: len(raw) - last.size + last.used(record).part.size]
            for raw, record in zip(made, batch, strict=True)
        ]
    described = [_word(len(raw), options.rdw) + raw for raw in made]
    if options.bdw is None:
        return b"".join(described)
    return b"".join([_word(len(raw), options.bdw) + raw for raw in described])


def _last_union(layout: Layout) -> Union | None:
    """Give what is redefined at the end of the record: a segment, which ends its record where it ends."""
    run = layout.group.runs[-1]
    if isinstance(run, Run) and run.parts and layout.group.is_fixed:
        at, part = run.parts[-1]
        if isinstance(part, Union) and at + part.size == run.size:
            return part
    return None


def _word(length: int, word: Descriptor) -> bytes:
    said = length - word.adjust + (4 if word.counts_itself else 0)
    if not 0 < said <= 0xFFFF:
        raise EncodeError(
            "cobol.too_long",
            "A record is too long for its descriptor word.",
            place=f"record of {length} bytes",
        )
    raw = said.to_bytes(2, word.order)
    return raw + b"\0\0" if word.length_at == 0 else b"\0\0" + raw


CODEC = CobolCodec()
