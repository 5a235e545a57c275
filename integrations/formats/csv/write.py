"""Write rows of cells. Records go through in batches: plain texts cost no look at each cell."""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from itertools import chain, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Literal

from integrations.errors import EncodeError
from integrations.formats.codec import Record, Value
from integrations.formats.csv.options import CsvOptions
from integrations.formats.csv.rows import physical_lines

if TYPE_CHECKING:
    from _csv import Writer

_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+)%?")
_FORMULA = frozenset("=+-@\t\r")
_BATCH = 256
_ENDS: dict[str, Literal["\r\n", "\n", "\r"]] = {"crlf": "\r\n", "lf": "\n", "cr": "\r"}


def write_rows(records: Iterable[Record], options: CsvOptions) -> Iterator[bytes]:
    """Yield encoded blocks of rows. Raises EncodeError with the number of the record and the column."""
    out = _Out(options)
    stream = iter(records)
    columns = options.columns
    number = 0
    if columns and options.header:
        out.put([*columns], 0)
    while batch := list(islice(stream, _BATCH)):
        if not columns:
            columns = tuple(batch[0])
            if options.header:
                out.put([*columns], 0)
        rows = _plain_rows(batch, columns, options)
        if rows is not None:
            out.put_plain(rows, number)
        else:
            for at, record in enumerate(batch, number + 1):
                out.put(_cells(record, columns, at, options), at)
        number += len(batch)
        yield out.flush(number)
    yield out.flush(number)


def _plain_rows(
    batch: list[Record], columns: tuple[str, ...], options: CsvOptions
) -> list[Sequence[str]] | None:
    """Give the cells of a batch if all are texts in which nothing needs a closer look; None otherwise."""
    if len(columns) < 2 or options.comment or options.spaces != "keep" or options.trailing_delimiter:
        return None
    try:
        rows = list(map(itemgetter(*columns), batch))
        # An empty text between two makes sure that each cell begins after a line feed.
        text = "\n" + "\n".join(chain.from_iterable(rows))
    except (KeyError, TypeError):
        return None
    if sum(map(len, batch)) != len(batch) * len(columns) or "\r" in text or "\0" in text:
        return None
    if options.guard_formulas and any(mark in text for mark in ("\n=", "\n+", "\n-", "\n@", "\n\t")):
        return None
    if options.null and f"\n{options.null}" in text:
        return None
    return rows


def _cells(record: Record, columns: tuple[str, ...], number: int, options: CsvOptions) -> list[str]:
    if not record.keys() <= set(columns):
        raise EncodeError(
            "csv.extra_field", "A record has a field that is no column.", place=f"record {number}"
        )
    return [_cell(record.get(name), number, name, options) for name in columns]


class _Out:
    """Rows in, encoded blocks out."""

    def __init__(self, options: CsvOptions) -> None:
        self.options = options
        self.buffer = StringIO(newline="")
        # One encoder for the whole document, so that a byte order mark stands at its beginning only.
        self.encode = codecs.getincrementalencoder(options.encoding)().encode
        self.plain = self._writer(csv.QUOTE_ALL if options.quoting == "all" else csv.QUOTE_MINIMAL)
        self.quoted = self._writer(csv.QUOTE_ALL)

    def _writer(self, quoting: Literal[0, 1]) -> "Writer":
        options = self.options
        return csv.writer(
            self.buffer,
            delimiter=options.delimiter,
            quotechar=options.quote or None,
            escapechar=options.escape or None,
            doublequote=not options.escape,
            quoting=quoting if options.quote else csv.QUOTE_NONE,
            lineterminator=_ENDS[options.line_end],
        )

    def put_plain(self, rows: list[Sequence[str]], before: int) -> None:
        start = self.buffer.tell()
        try:
            self.plain.writerows(rows)
        except csv.Error:
            self.buffer.seek(start)
            self.buffer.truncate()
            for number, row in enumerate(rows, before + 1):
                self.put([*row], number)

    def put(self, cells: list[str], number: int) -> None:
        place = f"record {number}" if number else "header"
        if self.options.trailing_delimiter:
            cells = [*cells, ""]
        needs_quotes = self._needs_quotes(cells)
        try:
            if needs_quotes and not self.options.quote and not self.options.escape:
                raise csv.Error
            (self.quoted if needs_quotes and self.options.quote else self.plain).writerow(cells)
        except csv.Error:
            raise EncodeError(
                "csv.needs_quote",
                "A cell holds the delimiter or a line end, and the dialect has no quote.",
                place=place,
            ) from None

    def _needs_quotes(self, cells: list[str]) -> bool:
        """Whether the library would leave something bare that our reader does not take as part of a cell."""
        options = self.options
        if "\r" in "".join(cells):
            return True
        if options.comment and cells and cells[0].startswith(options.comment):
            return True
        if options.spaces == "skip" and any(cell.startswith(" ") for cell in cells):
            return True
        return options.line_end == "cr" and "\n" in "".join(cells)

    def flush(self, number: int) -> bytes:
        text = self.buffer.getvalue()
        self.buffer.seek(0)
        self.buffer.truncate()
        try:
            return self.encode(text)
        except UnicodeEncodeError as failure:
            at = number - self._count_rows(text) + self._count_rows(text[: failure.start + 1])
            raise EncodeError(
                "csv.encoding",
                f"A cell holds a character that {self.options.encoding} does not have.",
                place=f"record {at}" if at > 0 else "header",
            ) from None

    def _count_rows(self, text: str) -> int:
        options = self.options
        reader = csv.reader(
            physical_lines(text, "\r" if options.line_end == "cr" else "\n"),
            delimiter=options.delimiter,
            quotechar=options.quote or None,
            escapechar=options.escape or None,
            doublequote=not options.escape,
            quoting=csv.QUOTE_MINIMAL if options.quote else csv.QUOTE_NONE,
        )
        return sum(1 for _ in reader)


def _cell(value: Value, number: int, column: str, options: CsvOptions) -> str:
    if isinstance(value, str):
        return _text_cell(value, number, column, options)
    if value is None:
        return options.null or ""
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


def _text_cell(value: str, number: int, column: str, options: CsvOptions) -> str:
    if "\0" in value:
        raise EncodeError("csv.nul", "A text holds the character NUL.", place=f"record {number}, {column}")
    if value and value == options.null:
        raise EncodeError(
            "csv.null_text",
            "A text is the one that means null in this dialect.",
            place=f"record {number}, {column}",
        )
    if options.guard_formulas and value and value[0] in _FORMULA and not _NUMBER.fullmatch(value):
        return "'" + value
    return value
