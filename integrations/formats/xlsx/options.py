"""Which cells of a workbook are the table, and what is made of them."""

import re
from typing import Final, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from integrations.formats import codec

MAX_ROWS: Final = 1_048_576
MAX_COLUMNS: Final = 16_384
_RANGE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})?(?::([A-Z]{1,3})([1-9][0-9]{0,6})?)?")


class Area(NamedTuple):
    """Rows and columns from 1, both ends inside."""

    top: int
    left: int
    bottom: int
    right: int


class XlsxOptions(codec.Options):
    """Where the table is, and how its cells are read and written."""

    sheet: str = Field(
        default="",
        max_length=31,
        title="Sheet",
        description="Its name; empty for the sheet of the number below.",
    )
    sheet_number: int = Field(
        default=0,
        ge=0,
        le=10_000,
        title="Number of the sheet",
        description="Counted from 1 with hidden sheets; 0 is the first sheet that is not hidden.",
    )
    range: str = Field(
        default="",
        max_length=21,
        title="Range",
        description="Only these cells: B3:F200, or the columns B:F; empty for the whole sheet.",
    )
    skip_rows: int = Field(
        default=0,
        ge=0,
        le=100_000,
        title="Rows before the table",
        description="Titles, dates, notes: not read. Empty rows count.",
    )
    header: bool = Field(default=True, title="Header row", description="The first row holds column names.")
    columns: tuple[str, ...] = Field(
        default=(),
        max_length=MAX_COLUMNS,
        title="Columns",
        description="Their names where there is no header row; with one, the columns expected.",
    )
    duplicate_columns: Literal["refuse", "number"] = Field(
        default="refuse",
        title="Columns of one name",
        description="Refuse the document, or number them: price, price_2.",
    )
    values: Literal["typed", "text"] = Field(
        default="typed",
        title="Values",
        description="Numbers, dates and yes/no as such, or every cell as text.",
    )
    merged: Literal["first", "fill"] = Field(
        default="first",
        title="Merged cells",
        description="The value stands in the first of them only, or in all of them.",
    )
    errors: Literal["refuse", "null"] = Field(
        default="refuse",
        title="Error cells",
        description="Cells such as #DIV/0!: refuse the row, or take them as null.",
    )
    uncalculated: Literal["refuse", "null"] = Field(
        default="refuse",
        title="Formulas without a result",
        description="Files that no spreadsheet has calculated: refuse the row, or take such cells as null.",
    )

    @property
    def area(self) -> Area:
        """Give the range; the whole sheet if none is set."""
        return _area(self.range) if self.range else Area(1, 1, MAX_ROWS, MAX_COLUMNS)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.sheet and self.sheet_number:
            raise ValueError("A sheet is chosen by its name or by its number, not both.")
        if self.range:
            _area(self.range)
        if len(set(self.columns)) != len(self.columns) or not all(self.columns):
            raise ValueError("Each column needs a name of its own.")
        return self


def column_number(letters: str) -> int:
    """Count a column: A is 1, XFD 16384."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Name a column: 1 is A."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _area(text: str) -> Area:
    found = _RANGE.fullmatch(text.replace("$", "").upper())
    if not found:
        raise ValueError("A range is written like B3:F200 or B:F.")
    first, top, last, bottom = found.groups()
    area = Area(
        int(top or 1),
        column_number(first),
        int(bottom or (top if top and not last else MAX_ROWS)),
        column_number(last or first),
    )
    if area.bottom < area.top or area.right < area.left or area.right > MAX_COLUMNS or area.bottom > MAX_ROWS:
        raise ValueError("The range ends before it begins, or outside the sheet.")
    return area
