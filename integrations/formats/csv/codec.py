"""CSV and its relatives: rows of cells with any delimiter, quote and encoding. Every cell stays text.

Types are the mapping's business: a reader that guesses turns the article number 007 into 7.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from integrations.errors import DecodeError, EncodeError, LimitError
from integrations.formats import codec
from integrations.formats.codec import BLOCK_BYTES, Limits, Record, Split, Value

# The library's own limit is one for the process, 131,072 characters. Ours are per codec and kept by the line
# source below, which stops an unclosed quote before it has swallowed the document.
csv.field_size_limit(1 << 30)

_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+)%?")
_FORMULA = frozenset("=+-@\t\r")


Encoding = Literal["utf-8", "utf-8-sig", "cp1252", "latin-1", "cp874", "cp437", "cp850", "utf-16"]


class CsvOptions(codec.Options):
    """The dialect of a CSV document."""

    delimiter: str = Field(
        default=",",
        min_length=1,
        max_length=1,
        title="Delimiter",
        description="What stands between two cells: a comma, a semicolon, a tab, a bar.",
    )
    quote: Literal['"', "'", ""] = Field(
        default='"',
        title="Quote",
        description="What encloses a cell that holds the delimiter; empty if cells are never quoted.",
    )
    header: bool = Field(default=True, title="Header row", description="The first row holds column names.")
    columns: tuple[str, ...] = Field(
        default=(),
        title="Columns",
        description="Their names where there is no header row; with one, the columns expected.",
    )
    encoding: Encoding = Field(
        default="utf-8",
        title="Encoding",
        description="UTF-8 is read with or without a byte order mark; utf-8-sig writes one, for Excel.",
    )
    short_rows: Literal["refuse", "fill"] = Field(
        default="refuse",
        title="Rows with missing cells",
        description="Refuse the document, or take missing cells at the end of a row as empty.",
    )
    line_end: Literal["crlf", "lf"] = Field(default="crlf", title="Line end", description="For writing.")
    guard_formulas: bool = Field(
        default=True,
        title="Guard against formulas",
        description="Write an apostrophe before text that a spreadsheet would run as a formula (= + - @).",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.delimiter in {"\n", "\r", "\0", " "} or self.delimiter == self.quote:
            raise ValueError("The delimiter cannot be a line end, a space or the quote.")
        if len(set(self.columns)) != len(self.columns) or not all(self.columns):
            raise ValueError("Each column needs a name of its own.")
        return self


class CsvCodec(codec.Codec[CsvOptions]):
    """CSV (RFC 4180 and what real systems send)."""

    key = "csv"
    title = "CSV"
    media_types = ("text/csv", "text/tab-separated-values")
    extensions = ("csv", "tsv", "tab")
    free = "quotes around cells that need none, the line end, a byte order mark"
    Options = CsvOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look at the first bytes: lines of text in which one delimiter stands equally often."""
        lines = [line for line in head.removeprefix(codecs.BOM_UTF8).splitlines()[:6] if line.strip()]
        if not lines or b"\0" in head or lines[0].lstrip()[:1] in (b"{", b"[", b"<"):
            return None
        whole = lines[:-1] if len(lines) > 2 else lines
        for delimiter in (b",", b";", b"\t", b"|"):
            counts = {line.count(delimiter) for line in whole}
            if counts != {0} and len(counts) == 1:
                return codec.Guess(0.8 if len(whole) > 1 else 0.4, {"delimiter": delimiter.decode()})
        return codec.Guess(0.4 if any(mark in whole[0] for mark in (b",", b";", b"\t", b"|")) else 0.1)

    @override
    def reader(self, options: CsvOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: a dict a row, keyed by column; blank lines are skipped."""
        rows = _row_reader(options, limits)
        return lambda chunks, bad=None: (record for kind, _, record, _ in rows(chunks, bad) if kind == "item")

    @override
    def split(self, options: CsvOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: the header row is the header, every other row an item."""
        rows = _row_reader(options, limits)
        encoding = "utf-8" if options.encoding == "utf-8-sig" else options.encoding

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            for kind, number, record, text in rows(chunks, bad):
                yield Split(kind, number, record, text.rstrip("\r\n").encode(encoding))

        return split

    @override
    def writer(self, options: CsvOptions) -> codec.Writer:
        """Compile a writer. Columns are those of the options, or else the keys of the first record."""
        return lambda records: _write(records, options)


class _Lines:
    """The physical lines of a stream, and the text of the row that is being read."""

    def __init__(self, chunks: Iterable[bytes], options: CsvOptions, limits: Limits) -> None:
        self.stream = codec.blocks(chunks, limits, "csv")
        self.encoding = "utf-8-sig" if options.encoding == "utf-8" else options.encoding
        self.limits = limits
        self.row: list[str] = []
        self.row_size = 0
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        rest = ""
        for text in self._texts():
            *whole, rest = (rest + text).split("\n")
            for line in whole:
                yield self._take(line + "\n")
            self._check_size(len(rest))
        if rest:
            yield self._take(rest)

    def _texts(self) -> Iterator[str]:
        decode = codecs.getincrementaldecoder(self.encoding)().decode
        breaks = 0
        ended = False
        while not ended:
            block = next(self.stream, b"")
            ended = not block
            try:
                text = decode(block, ended)
            except UnicodeError as failure:
                if isinstance(failure, UnicodeDecodeError):
                    breaks += failure.object[: failure.start].count(b"\n")
                raise DecodeError(
                    "csv.encoding",
                    f"The document is not text in {self.encoding.removesuffix('-sig')}.",
                    hint="Choose the encoding that the sender writes.",
                    place=f"line {breaks + 1}",
                ) from None
            if "\0" in text:
                line = breaks + text[: text.index("\0")].count("\n") + 1
                raise DecodeError("csv.nul", "The document holds the character NUL.", place=f"line {line}")
            breaks += text.count("\n")
            yield text

    def _take(self, line: str) -> str:
        self.count += 1
        self.row.append(line)
        self._check_size(len(line))
        self.row_size += len(line)
        return line

    def _check_size(self, more: int) -> None:
        if self.row_size + more > self.limits.max_record_bytes:
            raise codec.record_too_large("csv", self.limits, f"line {self.count - len(self.row) + 1}")

    def next_row(self) -> str:
        """Give the text of the row just read, and begin the next."""
        text = "".join(self.row)
        self.row.clear()
        self.row_size = 0
        return text


_Row = tuple[Literal["header", "item"], int, Record, str]


def _row_reader(
    options: CsvOptions, limits: Limits
) -> Callable[[Iterable[bytes], codec.Bad | None], Iterator[_Row]]:
    def read(chunks: Iterable[bytes], bad: codec.Bad | None) -> Iterator[_Row]:
        columns: list[str] | None = None if options.header else list(options.columns) or None
        number = 0
        for line, cells, text in _rows(chunks, options, limits):
            if columns is None:
                columns = _columns(cells, line, options)
                if options.header:
                    names: list[Value] = [*columns]
                    yield "header", 1, {"columns": names}, text
                    continue
            number += 1
            if number > limits.max_records:
                raise codec.too_many_records("csv", limits, f"line {line}")
            if len(cells) != len(columns):
                try:
                    cells = _level(cells, columns, line, options)  # noqa: PLW2901  the row made good
                except DecodeError as failure:
                    if bad is None:
                        raise
                    bad(failure)
                    continue
            yield "item", number, dict(zip(columns, cells, strict=True)), text
        if columns is None and (options.header or not options.columns):
            raise DecodeError("csv.empty", "The document has no rows.", place="line 1")

    return read


def _rows(
    chunks: Iterable[bytes], options: CsvOptions, limits: Limits
) -> Iterator[tuple[int, list[str], str]]:
    """Yield (line it starts on, cells, text) of each row that is not blank."""
    lines = _Lines(chunks, options, limits)
    reader = csv.reader(
        lines,
        delimiter=options.delimiter,
        quotechar=options.quote or None,
        quoting=csv.QUOTE_MINIMAL if options.quote else csv.QUOTE_NONE,
        strict=True,
    )
    while True:
        started = lines.count - len(lines.row) + 1
        try:
            cells = next(reader, None)
        except csv.Error as failure:
            raise _syntax(str(failure), started, lines.count) from None
        if cells is None:
            return
        text = lines.next_row()
        if len(text) > limits.max_field_bytes:
            _check_cells(cells, started, limits)
        if cells:
            yield started, cells, text


def _syntax(reason: str, started: int, line: int) -> DecodeError:
    if "unexpected end" in reason:
        return DecodeError(
            "csv.open_quote",
            "A quoted cell is never closed: a quote is missing, or the document was cut.",
            place=f"line {started}",
        )
    if "new-line" in reason:
        return DecodeError("csv.line_end", "A carriage return stands inside a cell.", place=f"line {line}")
    return DecodeError(
        "csv.quote",
        "After the closing quote of a cell the delimiter must follow.",
        hint="A quote inside a quoted cell is written twice.",
        place=f"line {line}",
    )


def _check_cells(cells: list[str], line: int, limits: Limits) -> None:
    for column, cell in enumerate(cells, 1):
        if len(cell.encode()) > limits.max_field_bytes:
            raise LimitError(
                "csv.field_too_long",
                f"A cell is longer than the {limits.max_field_bytes:,} bytes allowed here.",
                place=f"line {line}, column {column}",
            )


def _columns(cells: list[str], line: int, options: CsvOptions) -> list[str]:
    """Take the column names of the first row; empty ones are named by their number."""
    if not options.header:
        return [f"column_{number}" for number in range(1, len(cells) + 1)]
    names = [cell.strip() or f"column_{number}" for number, cell in enumerate(cells, 1)]
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            raise DecodeError(
                "csv.duplicate_column",
                "Two columns have the same name.",
                place=f"line {line}, column {number}",
            )
    missing = [name for name in options.columns if name not in names]
    if missing:
        raise DecodeError(
            "csv.missing_column",
            f"{len(missing)} of the expected columns are missing, first: {missing[0]}.",
            hint="Check the delimiter and the header row.",
            place=f"line {line}",
        )
    return names


def _level(cells: list[str], columns: list[str], line: int, options: CsvOptions) -> list[str]:
    missing = len(columns) - len(cells)
    if missing > 0 and options.short_rows == "fill":
        return cells + [""] * missing
    raise DecodeError(
        "csv.column_count",
        f"The row has {len(cells)} cells where {len(columns)} columns are.",
        hint="A delimiter inside a cell needs quotes around the cell.",
        place=f"line {line}, column {min(len(cells), len(columns)) + 1}",
    )


class _RowWriter:
    """Rows in, encoded blocks out."""

    def __init__(self, options: CsvOptions) -> None:
        self.options = options
        self.lines: list[str] = []
        self.size = 0
        self.number = 0
        # One encoder for the whole document, so that a byte order mark stands at its beginning only.
        self.encode = codecs.getincrementalencoder(options.encoding)().encode
        end: Literal["\r\n", "\n"] = "\r\n" if options.line_end == "crlf" else "\n"
        quote = options.quote or None
        kind: Literal[0, 3] = csv.QUOTE_MINIMAL if options.quote else csv.QUOTE_NONE
        self.plain = csv.writer(
            self, delimiter=options.delimiter, quotechar=quote, quoting=kind, lineterminator=end
        ).writerow
        self.quoted = csv.writer(
            self,
            delimiter=options.delimiter,
            quotechar=quote or '"',
            quoting=csv.QUOTE_ALL,
            lineterminator=end,
        ).writerow

    def write(self, line: str) -> None:
        """Take a line from csv.writer."""
        self.lines.append(line)
        self.size += len(line)

    def put(self, cells: list[str]) -> None:
        try:
            # The library leaves a lone carriage return bare.
            if self.options.quote and "\r" in "".join(cells):
                self.quoted(cells)
            else:
                self.plain(cells)
        except csv.Error:
            raise EncodeError(
                "csv.needs_quote",
                "A cell holds the delimiter or a line end, and the dialect has no quote.",
                place=f"record {self.number}",
            ) from None

    def flush(self) -> bytes:
        text = "".join(self.lines)
        self.lines.clear()
        self.size = 0
        try:
            return self.encode(text)
        except UnicodeEncodeError:
            raise EncodeError(
                "csv.encoding",
                f"A cell holds a character that {self.options.encoding} does not have.",
                place=f"record {self.number} or shortly before",
            ) from None


def _write(records: Iterable[Record], options: CsvOptions) -> Iterator[bytes]:
    out = _RowWriter(options)
    columns: tuple[str, ...] = options.columns
    if columns and options.header:
        out.put([*columns])
    for out.number, record in enumerate(records, 1):
        if not columns:
            columns = tuple(record)
            if options.header:
                out.put([*columns])
        if not record.keys() <= set(columns):
            raise EncodeError(
                "csv.extra_field", "A record has a field that is no column.", place=f"record {out.number}"
            )
        out.put([_cell(record.get(name), out.number, name, options) for name in columns])
        if out.size >= BLOCK_BYTES:
            yield out.flush()
    yield out.flush()


def _cell(value: Value, number: int, column: str, options: CsvOptions) -> str:
    if isinstance(value, str):
        if "\0" in value:
            raise EncodeError(
                "csv.nul", "A text holds the character NUL.", place=f"record {number}, {column}"
            )
        if options.guard_formulas and value and value[0] in _FORMULA and not _NUMBER.fullmatch(value):
            return "'" + value
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise EncodeError(
        "csv.nested",
        "A cell can hold text, a number, a date or yes/no only.",
        hint="Map the fields of the inner object to columns of their own.",
        place=f"record {number}, {column}",
    )


CODEC = CsvCodec()
