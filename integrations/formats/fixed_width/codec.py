"""Flat files of fixed-width records: header, data (also nested in groups) and trailer."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from typing_extensions import override

from integrations.errors import DecodeError, EncodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Record, Split, Value
from integrations.formats.fixed_width.fields import FieldFault, Read, Write, compile_read, compile_write
from integrations.formats.fixed_width.layout import FixedWidthOptions, RecordLayout
from integrations.formats.fixed_width.lines import cut_lines
from integrations.formats.fixed_width.totals import Totals


class FixedWidthCodec(codec.Codec[FixedWidthOptions]):
    """Fixed width, one or several record types."""

    key = "fixed_width"
    title = "Fixed width"
    media_types = ("text/plain",)
    extensions = ("txt", "dat")
    free = "padding of a field, the line end"
    Options = FixedWidthOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look at the first bytes: lines of text that are all equally long."""
        lines = head.splitlines()[:6]
        whole = lines[:-1] if len(lines) > 1 else []
        if not whole or b"\0" in head or len({len(line) for line in whole}) != 1 or len(whole[0]) < 20:
            return codec.Guess(0.05) if head else None
        return codec.Guess(0.6 if b"  " in head or b"000" in head else 0.3)

    @override
    def reader(self, options: FixedWidthOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: header, data and trailer in order, each with its ``record`` name."""
        pieces = _piece_reader(options, limits)
        return lambda chunks, bad=None: (record for _, record, _ in pieces(chunks, bad))

    @override
    def split(self, options: FixedWidthOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: a record of data with all that belongs to it is one item."""
        pieces = _piece_reader(options, limits)
        between = {"lf": b"\n", "crlf": b"\r\n", "none": b""}[options.line_end]

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            items = 0
            for kind, record, lines in pieces(chunks, bad):
                items += kind == "item"
                yield Split(kind, items if kind == "item" else 1, record, between.join(lines))

        return split

    @override
    def writer(self, options: FixedWidthOptions) -> codec.Writer:
        """Compile a writer. Checked fields of the trailer may be left out: they are filled in."""
        types = {layout.name: _Type(layout, options) for layout in options.records}
        inner = _inner_types(options, types)
        return lambda records: _write(records, options, types, inner)


class _Type:
    """A record type, compiled."""

    def __init__(self, layout: RecordLayout, options: FixedWidthOptions) -> None:
        self.layout = layout
        self.name = layout.name
        self.role = layout.role
        self.end = layout.end
        self.width = options.record_length or layout.end
        self.marks = tuple((slice(m.start - 1, m.start - 1 + len(m.value)), m.value) for m in layout.marks)
        self.reads: list[tuple[str, slice, Read]] = [
            (field.name, slice(field.start - 1, field.end), compile_read(field)) for field in layout.fields
        ]
        self.writes: list[tuple[str, slice, Write]] = [
            (field.name, slice(field.start - 1, field.end), compile_write(field)) for field in layout.fields
        ]
        self.names = {field.name for field in layout.fields}
        self.lists = tuple(other.key for other in options.records if other.within == layout.name)

    def read(self, text: str, line: int, *, named: bool) -> Record:
        record: Record = {"record": self.name} if named else {}
        name, cut = "", slice(0)
        try:
            for name, cut, read in self.reads:
                record[name] = read(text[cut])
        except FieldFault as fault:
            raise DecodeError(
                f"fixed_width.{fault.code}", fault.message, place=self.place(line, name, cut.start)
            ) from None
        for key in self.lists:
            record[key] = []
        return record

    def place(self, line: int, field: str, start: int) -> str:
        return f"line {line}, record {self.name}, field {field}, column {start + 1}"

    def write(self, record: Record, number: int) -> str:
        place = f"record {number}, record {self.name}"
        unknown = record.keys() - self.names - {"record", *self.lists}
        if unknown:
            raise EncodeError(
                "fixed_width.extra_field", "A record has a field that has no place.", place=place
            )
        characters = [" "] * self.width
        name = ""
        try:
            for name, cut, write in self.writes:
                characters[cut] = write(record.get(name))
        except FieldFault as fault:
            raise EncodeError(
                f"fixed_width.{fault.code}", fault.message, place=f"{place}, field {name}"
            ) from None
        for cut, value in self.marks:
            if characters[cut] != list(value) and not all(letter == " " for letter in characters[cut]):
                raise EncodeError(
                    "fixed_width.mark", f"A field stands in the way of the text '{value}'.", place=place
                )
            characters[cut] = value
        return "".join(characters)


def _inner_types(options: FixedWidthOptions, types: dict[str, _Type]) -> dict[str, list[_Type]]:
    return {
        name: [types[layout.name] for layout in options.records if layout.within == name] for name in types
    }


def _finder(types: list[_Type]) -> Callable[[str, int], _Type]:
    """Give the function that tells the type of a line; by one lookup where all marks stand at one place."""
    marked = [kind for kind in types if kind.marks]
    fallback = next((kind for kind in types if not kind.marks), None)
    cuts = {(cut.start, cut.stop) for kind in marked for cut, _ in kind.marks}
    widest = max((cut.stop for kind in marked for cut, _ in kind.marks), default=0)
    by_value = {kind.marks[0][1]: kind for kind in marked}
    if len(cuts) == 1 and len(by_value) == len(marked):
        cut = slice(*next(iter(cuts)))

        def find(text: str) -> _Type | None:
            return by_value.get(text[cut], fallback)
    else:

        def find(text: str) -> _Type | None:
            for kind in marked:
                if all(text[cut] == value for cut, value in kind.marks):
                    return kind
            return fallback

    def find_or_refuse(text: str, line: int) -> _Type:
        kind = find(text)
        if kind is not None:
            return kind
        start = min((low for low, _ in cuts), default=0)
        if len(text) < widest:
            raise DecodeError(
                "fixed_width.line_short",
                f"The line has {len(text)} characters; it ends before the record type can be told.",
                hint="The file may have been cut.",
                place=f"line {line}, column {len(text) + 1}",
            )
        raise DecodeError(
            "fixed_width.unknown_record",
            f"No record type matches this line, which has [{codec.shape(text[start:widest])}] there.",
            hint="Add the record type to the layout, or check where the types are told apart.",
            place=f"line {line}, column {start + 1}",
        )

    return find_or_refuse


_Kind = Literal["item", "header", "trailer"]
_Piece = tuple[_Kind, Record, list[bytes]]


@dataclass(slots=True)
class _Open:
    """The item that is being put together: its record, its lines, and the records that may still grow."""

    record: Record
    lines: list[bytes]
    chain: list[tuple[str, Record]]
    size: int


class _Assembly:
    """The state of reading one file: where in it we are, and the item that is not complete yet."""

    def __init__(self, options: FixedWidthOptions, limits: Limits) -> None:
        self.limits = limits
        self.totals = Totals(options)
        self.has_header = any(layout.role == "header" for layout in options.records)
        self.has_trailer = any(layout.role == "trailer" for layout in options.records)
        self.line = 0
        self.is_first = True
        self.items = 0
        self.ended = False
        self.open: _Open | None = None

    def add(self, kind: _Type, text: str, raw: bytes) -> Iterator[_Piece]:
        """Take the next line; yields what it completes."""
        self._check_order(kind)
        self.is_first = False
        record = kind.read(text, self.line, named=not kind.layout.within)
        if kind.layout.within:
            self._nest(kind, record, raw)
            self.totals.add(kind.name, record)
            return
        yield from self.close()
        if kind.role == "trailer":
            self.ended = True
            self.totals.verify(record, self.line, kind.name)
            yield "trailer", record, [raw]
            return
        self.totals.add(kind.name, record)
        if kind.role == "header":
            yield "header", record, [raw]
            return
        self.items += 1
        if self.items > self.limits.max_records:
            raise codec.too_many_records("fixed_width", self.limits, f"line {self.line}")
        if kind.lists:
            self.open = _Open(record, [raw], [(kind.name, record)], len(raw))
        else:
            yield "item", record, [raw]

    def close(self) -> Iterator[_Piece]:
        """Yield the item that was open, if there is one."""
        if self.open is not None:
            done, self.open = self.open, None
            yield "item", done.record, done.lines

    def finish(self) -> Iterator[_Piece]:
        """Take the end of the file."""
        if self.is_first:
            raise DecodeError("fixed_width.empty", "The file has no records.", place="line 1")
        yield from self.close()
        if self.has_trailer and not self.ended:
            raise DecodeError(
                "fixed_width.no_trailer",
                "The file ends without its trailer record.",
                hint="It may have been cut on its way: ask for it again.",
                place=f"line {self.line}",
            )

    def _check_order(self, kind: _Type) -> None:
        if self.ended:
            raise DecodeError(
                "fixed_width.after_trailer", "A record follows the trailer.", place=f"line {self.line}"
            )
        if self.has_header and (kind.role == "header") != self.is_first:
            if self.is_first:
                raise DecodeError(
                    "fixed_width.no_header",
                    "The file does not begin with its header record.",
                    place=f"line {self.line}",
                )
            raise DecodeError(
                "fixed_width.second_header", "A second header record stands here.", place=f"line {self.line}"
            )

    def _nest(self, kind: _Type, record: Record, raw: bytes) -> None:
        chain = self.open.chain if self.open else []
        while chain and chain[-1][0] != kind.layout.within:
            chain.pop()
        if not chain or self.open is None:
            raise DecodeError(
                "fixed_width.orphan",
                f"The record belongs to a record {kind.layout.within}, and there is none before it.",
                place=f"line {self.line}, record {kind.name}",
            )
        self.open.size += len(raw)
        if self.open.size > self.limits.max_record_bytes:
            raise codec.record_too_large("fixed_width", self.limits, f"line {self.line}, record {kind.name}")
        self.open.lines.append(raw)
        siblings = chain[-1][1][kind.layout.key]
        if isinstance(siblings, list):
            siblings.append(record)
        chain.append((kind.name, record))


def _piece_reader(
    options: FixedWidthOptions, limits: Limits
) -> Callable[[Iterable[bytes], codec.Bad | None], Iterator[_Piece]]:
    find = _finder([_Type(layout, options) for layout in options.records])
    pads = options.short_lines == "pad"
    longest = options.record_length or max(layout.end for layout in options.records)

    def pieces(chunks: Iterable[bytes], bad: codec.Bad | None) -> Iterator[_Piece]:
        assembly = _Assembly(options, limits)
        for line, raw in cut_lines(codec.blocks(chunks, limits, "fixed_width"), options, limits):
            assembly.line = line
            try:
                text = _text(raw, line, options.encoding)
                if pads:
                    text = text.ljust(longest)
                kind = find(text, line)
                if len(text) != kind.width:
                    text = _fit(text, kind, line)
                yield from assembly.add(kind, text, raw)
            except DecodeError as failure:
                if bad is None:
                    raise
                bad(failure)
        yield from assembly.finish()

    return pieces


def _text(raw: bytes, line: int, encoding: str) -> str:
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


def _fit(text: str, kind: _Type, line: int) -> str:
    """Make a line as long as its record type; only blanks may be cut off."""
    if len(text) < kind.width:
        raise DecodeError(
            "fixed_width.line_short",
            f"The line has {len(text)} characters, its record {kind.width}.",
            hint="The file may have been cut; or allow short lines in the layout.",
            place=f"line {line}, record {kind.name}, column {len(text) + 1}",
        )
    if text[kind.width :].strip(" "):
        raise DecodeError(
            "fixed_width.line_long",
            f"The line has {len(text)} characters, its record {kind.width}.",
            place=f"line {line}, record {kind.name}, column {kind.width + 1}",
        )
    return text


def _write(
    records: Iterable[Record],
    options: FixedWidthOptions,
    types: dict[str, _Type],
    inner: dict[str, list[_Type]],
) -> Iterator[bytes]:
    totals = Totals(options)
    end = {"lf": "\n", "crlf": "\r\n", "none": ""}[options.line_end]

    def lines(kind: _Type, record: Record, number: int) -> Iterator[str]:
        totals.add(kind.name, record)
        yield kind.write(record, number) + end
        for child in inner[kind.name]:
            listed = record.get(child.layout.key)
            if listed is not None and not isinstance(listed, list):
                raise EncodeError(
                    "fixed_width.not_a_list", "Nested records must be a list.", place=f"record {number}"
                )
            for item in listed or ():
                yield from lines(child, _expect_record(item, number), number)

    for number, record in enumerate(records, 1):
        name = record.get("record")
        kind = types.get(name) if isinstance(name, str) else None
        if kind is None or kind.layout.within:
            raise EncodeError(
                "fixed_width.unknown_record",
                "The field 'record' does not name a record type of the layout.",
                place=f"record {number}",
            )
        filled = totals.fill(record, number) if kind.role == "trailer" else record
        try:
            yield "".join(lines(kind, filled, number)).encode(options.encoding)
        except UnicodeEncodeError:
            raise EncodeError(
                "fixed_width.encoding",
                f"A field holds a character that {options.encoding} does not have.",
                place=f"record {number}, record {kind.name}",
            ) from None


CODEC = FixedWidthCodec()


def _expect_record(value: Value, number: int) -> Record:
    if not isinstance(value, dict):
        raise EncodeError(
            "fixed_width.record_not_object", "A record is not an object.", place=f"record {number}"
        )
    return value
