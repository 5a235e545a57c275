"""Records → a workbook of one sheet, by XlsxWriter, row by row.

What a cell cannot hold exactly is written as text: an 18-digit number, a moment with a zone or microseconds.
No time of making is kept, so the same records give the same bytes.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

import xlsxwriter
from typing_extensions import override

from integrations.errors import EncodeError
from integrations.formats.codec import BLOCK_BYTES, Record, Value
from integrations.formats.xlsx.options import MAX_COLUMNS, MAX_ROWS, XlsxOptions
from integrations.formats.xlsx.values import told

_MOST_CHARACTERS: Final = 32_767
_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001  a workbook must say when it was made
_FIRST_DAY: Final = date(1900, 3, 1)
_DAY = "yyyy-mm-dd"
_MOMENT = "yyyy-mm-dd hh:mm:ss.000"
Cells: TypeAlias = Any  # XlsxWriter has no types
Put: TypeAlias = Callable[[int, int, Value, str], None]


def write_book(records: Iterable[Record], options: XlsxOptions) -> Iterator[bytes]:
    """Yield the workbook. Columns are those of the options, or else the keys of the first record.

    Raises EncodeError ``xlsx.nested``, ``xlsx.extra_field``, ``xlsx.text_too_long``, ``xlsx.too_many_rows``,
    ``xlsx.too_many_columns``, ``xlsx.sheet_name``.
    """
    sink = io.BytesIO()
    settings = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(sink, settings)
    book.set_properties({"created": _MADE})
    try:
        sheet = book.add_worksheet(options.sheet or "Sheet1")
    except xlsxwriter.exceptions.XlsxWriterException:
        book.close()
        raise EncodeError(
            "xlsx.sheet_name", "A sheet cannot have this name.", place="sheet", hint="Leave out []:*?/\\."
        ) from None
    try:
        _fill(book, sheet, records, options)
    finally:
        # Its rows lie in a temporary file until then.
        book.close()
    data = sink.getbuffer()
    for start in range(0, len(data), BLOCK_BYTES):
        yield bytes(data[start : start + BLOCK_BYTES])


def _fill(book: Cells, sheet: Cells, records: Iterable[Record], options: XlsxOptions) -> None:
    put = _putter(book, sheet, is_text=options.values == "text")
    row, left = options.area.top - 1 + options.skip_rows, options.area.left - 1
    columns: dict[str, int] = {}
    for number, record in enumerate(records, 1):
        if number == 1:
            columns = _columns(options.columns or tuple(record), left)
            row = _header(put, columns, row) if options.header else row
        if row >= MAX_ROWS:
            raise EncodeError(
                "xlsx.too_many_rows", f"A sheet has at most {MAX_ROWS:,} rows.", place=f"record {number}"
            )
        for name, value in record.items():
            column = columns.get(name)
            if column is None:
                raise EncodeError(
                    "xlsx.extra_field",
                    "The record has a field that the first record or the options do not name.",
                    place=f"record {number}",
                    hint="Name all columns in the options.",
                )
            put(row, column, value, f"record {number}, {name}")
        row += 1
    if not columns and options.header:
        _header(put, _columns(options.columns, left), row)


class _Number(float):
    """A double that is written with all its digits; XlsxWriter formats to 16, and some need 17."""

    @override
    def __format__(self, spec: str) -> str:
        return repr(float(self))


def _columns(names: tuple[str, ...], left: int) -> dict[str, int]:
    if left + len(names) > MAX_COLUMNS:
        raise EncodeError(
            "xlsx.too_many_columns", f"A sheet has at most {MAX_COLUMNS:,} columns.", place="record 1"
        )
    return {name: left + at for at, name in enumerate(names)}


def _header(put: Put, columns: dict[str, int], row: int) -> int:
    for name, column in columns.items():
        put(row, column, name, "header")
    return row + 1


def _putter(book: Cells, sheet: Cells, *, is_text: bool) -> Put:
    """Compile the writing of one cell."""
    formats: dict[str, Cells] = {}

    def formatted(code: str) -> Cells:
        if code not in formats:
            formats[code] = book.add_format({"num_format": code})
        return formats[code]

    def put(row: int, column: int, value: Value, place: str) -> None:
        if value is None:
            return
        _check(value, place)
        if is_text or isinstance(value, str):
            _text(sheet, row, column, told(value), place)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, int | Decimal) and is_exact(value):
            code = fixed_format(value)
            sheet.write_number(row, column, _Number(value), formatted(code) if code else None)
        elif isinstance(value, date) and is_cell_moment(value):
            code = _MOMENT if isinstance(value, datetime) else _DAY
            sheet.write_datetime(row, column, value, formatted(code))
        else:
            _text(sheet, row, column, told(value), place)

    return put


def _check(value: Value, place: str) -> None:
    if isinstance(value, list | dict | bytes) or (isinstance(value, Decimal) and not value.is_finite()):
        raise EncodeError("xlsx.nested", "A cell holds one text, number, date or yes/no.", place=place)


def _text(sheet: Cells, row: int, column: int, text: str, place: str) -> None:
    if len(text) > _MOST_CHARACTERS:
        raise EncodeError(
            "xlsx.text_too_long", f"A cell holds at most {_MOST_CHARACTERS:,} characters.", place=place
        )
    if "\0" in text or (not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)):
        raise EncodeError("xlsx.character", "A cell cannot hold NUL or half of a character.", place=place)
    sheet.write_string(row, column, text)


def is_exact(value: int | Decimal) -> bool:
    """Whether a cell can hold the number: the shortest text of its double is the number."""
    if not value:
        return not Decimal(value).is_signed()
    if isinstance(value, int):
        return abs(value) < 1 << 53
    # Beyond that, spreadsheets and people lose count of the zeros.
    return abs(value.adjusted()) <= 20 and Decimal(repr(float(value))) == value


def fixed_format(value: int | Decimal) -> str:
    """Give the format that shows as many digits as 1.10 has; none if the number alone says it."""
    if isinstance(value, int):
        return ""
    exponent = int(value.as_tuple().exponent)
    is_padded = exponent < 0 and value.as_tuple().digits[-1] == 0
    return "0." + "0" * -exponent if is_padded and exponent >= -15 else ""


def is_cell_moment(value: date) -> bool:
    """Whether a cell can hold the day or the moment: no zone, whole milliseconds, from March 1900 on."""
    if isinstance(value, datetime):
        return value.tzinfo is None and value.microsecond % 1000 == 0 and value.date() >= _FIRST_DAY
    return value >= _FIRST_DAY
