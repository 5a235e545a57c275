"""Delimited records of several types, each with its own cells: header, data (also nested) and trailer."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from typing_extensions import override

from integrations.errors import DecodeError, EncodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Record, Split
from integrations.formats.delimited.cells import (
    cut_records,
    decoded,
    numbered,
    placed,
    split_cells,
    split_plain,
)
from integrations.formats.delimited.guess import guess
from integrations.formats.delimited.layout import DelimitedOptions
from integrations.formats.delimited.records import RecordType, compile_finder, unknown_record
from integrations.formats.flat.describe import schema_of
from integrations.formats.flat.fields import FieldFault
from integrations.formats.flat.flatten import Single, flatten
from integrations.formats.flat.structure import Parsed, Structure, as_splits, pieces
from integrations.schema.model import Schema


class DelimitedCodec(codec.Codec[DelimitedOptions]):
    """Delimited records."""

    key = "delimited"
    title = "Delimited records"
    media_types = ("text/plain", "text/csv")
    extensions = ("txt", "dat", "csv")
    free = "quotes around cells that need none, blank records, the line end, a byte order mark"
    Options = DelimitedOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look at the first bytes: lines whose first cell is one of a few codes, each with its own cells."""
        return guess(head)

    @override
    def reader(self, options: DelimitedOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: header, data and trailer in order, each with its ``record`` name."""
        parser = _Parser(options, limits)
        return lambda chunks, bad=None: (
            record for _, record, _ in pieces(parser.batches(chunks), parser.structure, limits, bad)
        )

    @override
    def split(self, options: DelimitedOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: a record of data with all that belongs to it is one item."""
        parser = _Parser(options, limits)
        between = options.record_end.encode("ascii")

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            return as_splits(pieces(parser.batches(chunks), parser.structure, limits, bad), between)

        return split

    @override
    def writer(self, options: DelimitedOptions) -> codec.Writer:
        """Compile a writer. Checked fields of the trailer may be left out: they are filled in."""
        structure = _structure(options)
        types = {layout.name: RecordType(layout, options, structure) for layout in options.records}

        def write(records: Iterable[Record]) -> Iterator[bytes]:
            encoding = options.encoding
            for batch in flatten(records, structure):
                yield _encoded(batch, types, options, encoding)
                encoding = "utf-8" if encoding == "utf-8-sig" else encoding

        return write

    @override
    def schema(self, options: DelimitedOptions) -> Schema:
        """Describe the records of all types."""
        return schema_of(_structure(options), "layout of delimited records")

    @override
    def outline(
        self, options: DelimitedOptions, limits: Limits
    ) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over records and their cells."""
        parser = _Parser(options, limits)
        return parser.marks


def _structure(options: DelimitedOptions) -> Structure:
    return Structure("delimited", options.records, options.checks, options.several)


class _Parser:
    """Reads records: a block at a time, and one by one where something in the block is wrong."""

    def __init__(self, options: DelimitedOptions, limits: Limits) -> None:
        self.options = options
        self.limits = limits
        self.structure = _structure(options)
        self.types = [RecordType(layout, options, self.structure) for layout in options.records]
        self.find = compile_finder(self.types)

    def batches(self, chunks: Iterable[bytes]) -> Iterator[list[Parsed]]:
        """Yield the records of a file, read."""
        blocks = codec.blocks(chunks, self.limits, "delimited")
        for block in cut_records(blocks, self.options, self.limits):
            numbers, raws = numbered(block, self.options)
            if not raws:
                continue
            try:
                yield self._together(numbers, raws)
            except (FieldFault, DecodeError):
                yield [self._alone(line, raw) for line, raw in zip(numbers, raws, strict=True)]

    def _together(self, lines: Sequence[int], raws: list[bytes]) -> list[Parsed]:
        """Read the records of each type together, and give all in their order."""
        options = self.options
        rows = split_plain(raws, options)
        if rows is None:
            rows = [
                split_cells(decoded(raw, line, options), line, options)
                for line, raw in zip(lines, raws, strict=True)
            ]
        types = list(map(self.find, rows))
        records: list[Record] = [{}] * len(rows)
        for kind in set(types):
            numbers = [at for at, other in enumerate(types) if other is kind]
            some = [rows[at] for at in numbers]
            if kind is None or not all(map(kind.is_whole, some)):
                raise FieldFault("unknown_record", "")
            for at, record in zip(numbers, kind.read(some), strict=True):
                records[at] = record
        kinds = [kind.kind if kind else None for kind in types]
        return list(zip(lines, kinds, records, raws, strict=True))

    def _alone(self, line: int, raw: bytes) -> Parsed:
        kind: RecordType | None = None
        try:
            cells = split_cells(decoded(raw, line, self.options), line, self.options)
            kind = self.find(cells)
            if kind is None:
                return line, None, unknown_record(cells, line), raw
            return line, kind.kind, kind.read_alone(cells, line), raw
        except DecodeError as failure:
            return line, kind.kind if kind else None, failure, raw

    def marks(self, chunks: Iterable[bytes]) -> Iterator[Mark]:
        """Yield records and their cells with their places."""
        blocks = codec.blocks(chunks, self.limits, "delimited")
        for block in cut_records(blocks, self.options, self.limits):
            for line, offset, raw in placed(block, self.options):
                text = raw.decode(self.options.encoding, "replace")
                cells = text.split(self.options.delimiter)
                kind = self.find(cells)
                depth = self._depth(kind)
                yield Mark(depth, kind.name if kind else f"line {line}", offset, len(raw), text[:200])
                if kind is not None:
                    yield from self._cells(kind, cells, offset, depth + 1)

    def _depth(self, kind: RecordType | None) -> int:
        outer = {other.name: other.layout.within for other in self.types}
        depth, name = 0, kind.layout.within if kind else ""
        while name and depth < len(outer):
            depth, name = depth + 1, outer[name]
        return depth

    def _cells(self, kind: RecordType, cells: Sequence[str], offset: int, depth: int) -> Iterator[Mark]:
        """Yield cells as they stand; one in quotes that holds a delimiter is shown in parts."""
        titles: dict[int, tuple[str, str]] = {}
        for at, field, _, _ in kind.fields:
            for number in range(field.times or max(0, len(cells) - at)):
                label = field.name if field.times == 1 else f"{field.name}[{number + 1}]"
                titles[at + number] = (label, field.title)
        encoding = "utf-8" if self.options.encoding == "utf-8-sig" else self.options.encoding
        for at, cell in enumerate(cells):
            size = len(cell.encode(encoding, "replace"))
            if at in titles:
                yield Mark(depth, titles[at][0], offset, size, cell[:200], titles[at][1])
            offset += size + len(self.options.delimiter)


def _encoded(
    batch: list[Single], types: dict[str, RecordType], options: DelimitedOptions, encoding: str
) -> bytes:
    lines = _lines(batch, types)
    end = options.record_end
    try:
        return (end.join(lines) + end).encode(encoding)
    except UnicodeEncodeError as failure:
        at = (end.join(lines) + end)[: failure.start].count(end)
        kind, _, number = batch[min(at, len(batch) - 1)]
        raise EncodeError(
            "delimited.encoding",
            f"A field holds a character that {options.encoding} does not have.",
            place=f"record {number}, record {kind.name}",
        ) from None


def _lines(batch: list[Single], types: dict[str, RecordType]) -> list[str]:
    """Write the records of each type together, and give all in their order."""
    places: dict[str, list[int]] = {}
    for at, (kind, _, _) in enumerate(batch):
        places.setdefault(kind.name, []).append(at)
    lines = [""] * len(batch)
    try:
        for name, found in places.items():
            for at, line in zip(found, types[name].write([batch[at][1] for at in found]), strict=True):
                lines[at] = line
    except FieldFault:
        lines = [types[kind.name].write_alone(record, number) for kind, record, number in batch]
    return lines


CODEC = DelimitedCodec()
