"""The cells of one sheet, row by row, as the part is unpacked. Source: ECMA-376-1, 18.3.1."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from typing_extensions import override

from integrations.errors import DecodeError, InputError
from integrations.formats import codec
from integrations.formats.codec import Value
from integrations.formats.xlsx.book import (
    Book,
    Sheet,
    is_dated,
    keeps_spaces,
    merged_cells,
    too_long,
    trimmed,
)
from integrations.formats.xlsx.markup import Events, parse
from integrations.formats.xlsx.options import (
    MAX_COLUMNS,
    MAX_ROWS,
    Area,
    XlsxOptions,
    column_letters,
    column_number,
)
from integrations.formats.xlsx.values import dated, iso, number, unescaped

_Spot: TypeAlias = tuple[int, int]
_Copies: TypeAlias = dict[int, list[tuple[int, _Spot]]]

_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_MAX_MERGED_CELLS: Final = 1_000_000
_ERROR_CELLS: Final = {
    *(
        "#DIV/0!",
        "#N/A",
        "#NAME?",
        "#NULL!",
        "#NUM!",
        "#REF!",
        "#VALUE!",
        "#GETTING_DATA",
        "#SPILL!",
        "#CALC!",
    ),
    *("#FIELD!", "#BLOCKED!", "#UNKNOWN!", "#CONNECT!", "#BUSY!", "#EXTERNAL!", "#PYTHON!"),
}


@dataclass(slots=True)
class Row:
    """One row that holds something. cells: by column number. wrong: what is the matter with it."""

    number: int
    cells: dict[int, Value]
    wrong: InputError | None = None


def read_rows(book: Book, sheet: Sheet, options: XlsxOptions) -> Iterator[Row]:
    """Yield the rows of the range that hold a value; a row is as large as its cells, not as the sheet."""
    title = f"sheet {sheet.number}"
    events = _Cells(book, title, options)
    copies = _merged(book, sheet) if options.merged == "fill" else {}
    firsts = {first for line in copies.values() for _, first in line}
    values: dict[_Spot, Value] = {}
    for _ in parse(book.package.blocks(sheet.part, title), events, book.limits, title):
        found, events.rows = events.rows, []
        for row in found:
            if copies:
                _fill(row, copies, firsts, values, events.area)
            if row.cells or row.wrong:
                yield row


def _merged(book: Book, sheet: Sheet) -> _Copies:
    """Give row → (column, the merged cell's first) of all merged cells but the first ones."""
    copies: _Copies = {}
    count = 0
    for first, last in merged_cells(book, sheet):
        begin, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
        if not begin or not end:
            continue
        left, right = column_number(begin[1]), column_number(end[1])
        top, bottom = int(begin[2]), min(int(end[2]), MAX_ROWS)
        count += max(0, right - left + 1) * max(0, bottom - top + 1)
        if count > _MAX_MERGED_CELLS:
            raise DecodeError("xlsx.merged", "Too many cells are merged.", place=f"sheet {sheet.number}")
        for line in range(top, bottom + 1):
            for column in range(left, right + 1):
                if (line, column) != (top, left):
                    copies.setdefault(line, []).append((column, (top, left)))
    return copies


def _fill(row: Row, copies: _Copies, firsts: set[_Spot], values: dict[_Spot, Value], area: Area) -> None:
    """Give merged cells the value of the first of them, as far as they are in the range."""
    for column, value in row.cells.items():
        if (row.number, column) in firsts:
            values[row.number, column] = value
    for column, first in copies.get(row.number, ()):
        if first in values and area.left <= column <= area.right:
            row.cells[column] = values[first]


class _Cells(Events):
    """Hears the cells; ``rows`` are those complete since it was last emptied."""

    def __init__(self, book: Book, title: str, options: XlsxOptions) -> None:
        self.book, self.title, self.options, self.area = book, title, options, options.area
        self.rows: list[Row] = []
        self.row = Row(0, {})
        self.is_in_row = self.is_heard = self.is_reading = self.has_formula = self.keeps_spaces = False
        self.column = self.size = self.heard = 0
        self.kind = self.style = ""
        self.parts: list[str] = []
        self.runs: list[str] = []
        self.value: str | None = None
        self.columns: dict[str, int] = {}

    @override
    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c" and self.is_in_row:
            self._place(attributes.get("r"))
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "")
            self.runs = []
            self.value = None
            self.has_formula = False
            self.heard = 0
        elif name in {"v", "t"}:
            self.is_heard = self.is_in_row and not self.is_reading
            self.parts = []
            self.keeps_spaces = keeps_spaces(attributes)
        elif name == "f":
            self.has_formula = True
        elif name == "row":
            self._begin(attributes.get("r"))
        elif name == "rPh":
            self.is_reading = True

    @override
    def text(self, text: str) -> None:
        if self.is_heard:
            self.parts.append(text)
            self.heard += len(text)
            if self.heard > self.book.limits.max_field_bytes:
                raise too_long(self.book.limits, self._spot())

    @override
    def end(self, name: str) -> None:
        if name == "v" and self.is_heard:
            self.is_heard = False
            self.value = self.parts[0] if len(self.parts) == 1 else "".join(self.parts)
        elif name == "t" and self.is_heard:
            self.is_heard = False
            self.runs.append(trimmed("".join(self.parts), keeps=self.keeps_spaces))
        elif name == "c" and self.is_in_row:
            self._finish()
        elif name == "row" and self.is_in_row:
            self.rows.append(self.row)
            self.is_in_row = False
        elif name == "rPh":
            self.is_reading = False

    def _begin(self, given: str | None) -> None:
        last = self.row.number
        found = last + 1
        if given is not None:
            found = int(given) if given.isascii() and given.isdigit() and len(given) < 8 else 0
        if not last < found <= MAX_ROWS:
            raise self._error("row_number", "A row has no number, or one that does not follow.", last + 1)
        self.row = Row(found, {})
        self.is_in_row = self.area.top <= found <= self.area.bottom
        self.column = self.size = 0

    def _place(self, given: str | None) -> None:
        """Find the column of a cell: ``r`` names it, or it is the one after the last."""
        if given is None:
            self.column += 1
        else:
            letters = given.rstrip("0123456789")
            found = self.columns.get(letters)
            if found is None:
                match = _REFERENCE.fullmatch(given)
                found = column_number(match[1]) if match else MAX_COLUMNS + 1
                if match:
                    self.columns[letters] = found
            self.column = found
        if self.column > MAX_COLUMNS:
            raise self._error("cell_reference", "A cell is outside of any sheet.", self.row.number)

    def _finish(self) -> None:
        column = self.column
        if not self.area.left <= column <= self.area.right:
            return
        text = "".join(self.runs) if self.runs else self.value
        if text is None:
            if self.has_formula:
                self._uncalculated()
            return
        self.size += len(text)
        if self.size > self.book.limits.max_record_bytes:
            raise codec.record_too_large("xlsx", self.book.limits, f"{self.title}, row {self.row.number}")
        value = self._value(text)
        if value not in {None, ""}:
            self.row.cells[column] = value

    def _value(self, text: str) -> Value:
        """Make the value; None: the cell is empty, or `row.wrong` says what is the matter."""
        kind = self.kind
        if kind == "s":
            return self._shared(text) if text else None
        if kind in {"str", "inlineStr"}:
            return unescaped(text)
        text = text.strip()
        if kind == "n":
            return self._number(text) if text else None
        if kind == "b" and text in {"0", "1", "true", "false"}:
            return text in {"1", "true"}
        if kind == "d" and (found := iso(text)) is not None:
            return found
        if kind == "e":
            self._error_cell(text)
        else:
            self._wrong("value", "A cell does not hold what its type says.")
        return None

    def _shared(self, text: str) -> str | None:
        index = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if 0 <= index < len(self.book.texts):
            return self.book.texts[index]
        self._wrong("shared_text", "A cell refers to a text that the workbook does not hold.")
        return None

    def _number(self, text: str) -> Value:
        found = (
            self.book.looks.get(int(self.style)) if self.style.isascii() and self.style.isdigit() else None
        )
        if found is not None and is_dated(found):
            value = dated(text, found, from_1904=self.book.from_1904)
            # Before the first day that a spreadsheet knows, or after the last, it shows ####: a number stays.
            if value is None:
                value = number(text)
        else:
            value = number(text, found.scale if found else None)
        if value is None:
            self._wrong("number", "A cell's number is none, or out of the range of numbers.")
        return value

    def _error_cell(self, text: str) -> None:
        if self.options.errors == "null":
            self.row.cells[self.column] = None
            return
        shown = text if text in _ERROR_CELLS else "an error"
        self._wrong("cell_error", f"A cell holds {shown}.", "Mend its formula, or take errors as null.")

    def _uncalculated(self) -> None:
        if self.options.uncalculated == "null":
            self.row.cells[self.column] = None
            return
        self._wrong(
            "uncalculated",
            "A cell holds a formula that was never calculated.",
            "Open the file in a spreadsheet program and save it.",
        )

    def _wrong(self, what: str, message: str, hint: str = "") -> None:
        if self.row.wrong is None:
            self.row.wrong = DecodeError(f"xlsx.{what}", message, place=self._spot(), hint=hint)

    def _error(self, what: str, message: str, row: int) -> DecodeError:
        return DecodeError(f"xlsx.{what}", message, place=f"{self.title}, row {row}")

    def _spot(self) -> str:
        return f"{self.title}, row {self.row.number}, column {column_letters(self.column)}"
