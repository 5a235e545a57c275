"""Flat files of fixed-width records: header, data (also nested in groups) and trailer."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from typing_extensions import override

from integrations.errors import DecodeError, EncodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Record, Split
from integrations.formats.fixed_width.infer import guess
from integrations.formats.fixed_width.layout import FixedWidthOptions
from integrations.formats.fixed_width.lines import cut_lines
from integrations.formats.fixed_width.positions import marks_of
from integrations.formats.fixed_width.records import RecordType, compile_finder, unknown_record
from integrations.formats.flat.describe import schema_of
from integrations.formats.flat.fields import FieldFault
from integrations.formats.flat.flatten import Single, flatten
from integrations.formats.flat.structure import Parsed, Structure, as_splits, pieces
from integrations.schema.model import Schema


class FixedWidthCodec(codec.Codec[FixedWidthOptions]):
    """Fixed width, one or several record types."""

    key = "fixed_width"
    title = "Fixed width"
    media_types = ("text/plain",)
    extensions = ("txt", "dat")
    free = "padding of a field, blanks at the end of a line, columns in no field, the line end, blank lines"
    Options = FixedWidthOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look at the first bytes: lines that are equally long, their record types and columns."""
        return guess(head)

    @override
    def reader(self, options: FixedWidthOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: header, data and trailer in order, each with its ``record`` name."""
        parser = _Parser(options, limits)
        structure = parser.structure
        if structure.is_plain:
            return parser.records
        return lambda chunks, bad=None: (
            record for _, record, _ in pieces(parser.batches(chunks), structure, limits, bad)
        )

    @override
    def split(self, options: FixedWidthOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: a record of data with all that belongs to it is one item."""
        parser = _Parser(options, limits)
        structure = parser.structure
        between = {"lf": b"\n", "crlf": b"\r\n", "none": b""}[options.line_end]

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            return as_splits(pieces(parser.batches(chunks), structure, limits, bad), between)

        return split

    @override
    def writer(self, options: FixedWidthOptions) -> codec.Writer:
        """Compile a writer. Checked fields of the trailer may be left out: they are filled in."""
        types = {layout.name: RecordType(layout, options) for layout in options.records}
        structure = _structure(options)

        def write(records: Iterable[Record]) -> Iterator[bytes]:
            for batch in flatten(records, structure):
                yield _encoded(batch, types, options)

        return write

    @override
    def schema(self, options: FixedWidthOptions) -> Schema:
        """Describe the records of all types."""
        return schema_of(_structure(options), "fixed-width layout")

    @override
    def outline(
        self, options: FixedWidthOptions, limits: Limits
    ) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over lines and their fields."""
        parser = _Parser(options, limits)
        return lambda chunks: marks_of(chunks, parser.types, options, limits)


def _structure(options: FixedWidthOptions) -> Structure:
    return Structure("fixed_width", options.records, options.checks, options.several)


class _Parser:
    """Reads lines: a block at a time, and line by line where something in the block is wrong."""

    def __init__(self, options: FixedWidthOptions, limits: Limits) -> None:
        self.options = options
        self.limits = limits
        self.structure = _structure(options)
        self.types = [RecordType(layout, options) for layout in options.records]
        self.kinds = {layout.name: self.structure.kind(layout) for layout in options.records}
        self.find = compile_finder(self.types)
        self.is_single = len(self.types) == 1 and not self.types[0].layout.is_marked
        self.pads_to = 0
        if options.short_lines != "refuse":
            self.pads_to = options.record_length or max(kind.least for kind in self.types)

    def batches(self, chunks: Iterable[bytes]) -> Iterator[list[Parsed]]:
        """Yield the lines of a file, read."""
        for numbers, raws in cut_lines(
            codec.blocks(chunks, self.limits, "fixed_width"), self.options, self.limits
        ):
            if raws:
                yield self._block(numbers, raws)

    def records(self, chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Record]:
        """Yield the records of a file in which nothing is to be watched but their number."""
        count, most = 0, self.limits.max_records
        is_empty = True
        for batch in self.batches(chunks):
            is_empty = False
            for line, _, record, _ in batch:
                if isinstance(record, DecodeError):
                    if bad is None:
                        raise record
                    bad(record)
                    continue
                count += 1
                if count > most:
                    raise codec.too_many_records("fixed_width", self.limits, f"line {line}")
                yield record
        if is_empty:
            raise DecodeError("fixed_width.empty", "The file has no records.", place="line 1")

    def _block(self, numbers: Sequence[int], raws: list[bytes]) -> list[Parsed]:
        try:
            texts = self._texts(raws)
            if self.is_single:
                kind = self.types[0]
                records = self._read(kind, texts)
                return list(zip(numbers, [self.kinds[kind.name]] * len(raws), records, raws, strict=True))
            return self._mixed(numbers, raws, texts)
        except (FieldFault, UnicodeDecodeError, DecodeError):
            return [self._line(line, raw) for line, raw in zip(numbers, raws, strict=True)]

    def _texts(self, raws: list[bytes]) -> list[str]:
        """Decode many lines at once. Raises UnicodeDecodeError, and FieldFault for NUL."""
        if self.options.line_end == "none":
            size = len(raws[0])
            whole = b"".join(raws).decode(self.options.encoding)
            texts = [whole[at : at + size] for at in range(0, len(whole), size)]
        else:
            whole = b"\n".join(raws).decode(self.options.encoding)
            texts = whole.split("\n")
        if "\0" in whole:
            raise FieldFault("nul", "")
        if self.pads_to:
            texts = [text.ljust(self.pads_to) for text in texts]
        return texts

    def _read(self, kind: RecordType, texts: list[str]) -> list[Record]:
        if set(map(len, texts)) != {kind.width} or kind.is_open:
            texts = [kind.fit(text, 0) for text in texts]
        return kind.read(texts)

    def _mixed(self, numbers: Sequence[int], raws: list[bytes], texts: list[str]) -> list[Parsed]:
        """Read the lines of each type together, and give all in their order."""
        kinds = list(map(self.find, texts))
        places: dict[str, tuple[RecordType, list[int]]] = {}
        for at, kind in enumerate(kinds):
            if kind is None:
                raise FieldFault("unknown_record", "")
            places.setdefault(kind.name, (kind, []))[1].append(at)
        records: list[Record] = [{}] * len(texts)
        for kind, found in places.values():
            for at, record in zip(found, self._read(kind, [texts[at] for at in found]), strict=True):
                records[at] = record
        found_kinds = [self.kinds[kind.name] if kind else None for kind in kinds]
        return list(zip(numbers, found_kinds, records, raws, strict=True))

    def _line(self, line: int, raw: bytes) -> Parsed:
        kind: RecordType | None = None
        try:
            text = decoded(raw, line, self.options.encoding)
            if self.pads_to:
                text = text.ljust(self.pads_to)
            kind = self.find(text)
            if kind is None:
                return line, None, unknown_record(text, line, self.types), raw
            return line, self.kinds[kind.name], kind.read_alone(kind.fit(text, line), line), raw
        except DecodeError as failure:
            return line, self.kinds[kind.name] if kind else None, failure, raw


def decoded(raw: bytes, line: int, encoding: str) -> str:
    """Give the text of a line. Raises DecodeError ``encoding`` or ``nul``."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as failure:
        raise DecodeError(
            "fixed_width.encoding",
            f"The line is not text in {encoding}.",
            hint="Choose the encoding that the sender writes.",
            place=f"line {line}, column {failure.start + 1}",
        ) from None
    if "\0" in text:
        raise DecodeError(
            "fixed_width.nul",
            "The line holds the character NUL.",
            place=f"line {line}, column {text.index(chr(0)) + 1}",
        )
    return text


def _encoded(batch: list[Single], types: dict[str, RecordType], options: FixedWidthOptions) -> bytes:
    lines = _lines(batch, types)
    if options.short_lines == "cut":
        lines = [line.rstrip(" ") for line in lines]
    end = {"lf": "\n", "crlf": "\r\n", "none": ""}[options.line_end]
    try:
        return (end.join(lines) + end).encode(options.encoding)
    except UnicodeEncodeError:
        raise _not_encoded(batch, lines, options) from None


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


def _not_encoded(batch: list[Single], lines: list[str], options: FixedWidthOptions) -> EncodeError:
    def fits(line: str) -> bool:
        return line.encode(options.encoding, "replace").decode(options.encoding) == line

    at = next((at for at, line in enumerate(lines) if not fits(line)), 0)
    kind, _, number = batch[at]
    return EncodeError(
        "fixed_width.encoding",
        f"A field holds a character that {options.encoding} does not have.",
        place=f"record {number}, record {kind.name}",
    )


CODEC = FixedWidthCodec()
