"""The dialect of a CSV document."""

from typing import Literal, Self

from pydantic import Field, model_validator

from integrations.formats import codec
from integrations.formats.encoded_text.decode import Encoding


class CsvOptions(codec.Options):
    """What stands between, around and before the cells, and what is done with rows that do not fit."""

    delimiter: str = Field(
        default=",",
        min_length=1,
        max_length=1,
        title="Delimiter",
        description="What stands between two cells: a comma, a semicolon, a tab, a bar.",
    )
    quote: Literal['"', "'", "`", "~", "^", "|", ""] = Field(
        default='"',
        title="Quote",
        description="What encloses a cell that holds the delimiter; empty if cells are never quoted.",
    )
    escape: Literal["\\", "/", "^", ""] = Field(
        default="",
        title="Escape character",
        description="A character that makes the next one plain; empty if a quote in a cell is written twice.",
    )
    spaces: Literal["keep", "skip", "trim"] = Field(
        default="keep",
        title="Spaces around cells",
        description="Keep them, skip those after a delimiter, or take them away on both sides.",
    )
    header: bool = Field(default=True, title="Header row", description="The first row holds column names.")
    columns: tuple[str, ...] = Field(
        default=(),
        title="Columns",
        description="Their names where there is no header row; with one, the columns expected.",
    )
    duplicate_columns: Literal["refuse", "number"] = Field(
        default="refuse",
        title="Columns of one name",
        description="Refuse the document, or number them: price, price_2.",
    )
    skip_lines: int = Field(
        default=0,
        ge=0,
        le=1000,
        title="Lines before the table",
        description="Titles, dates, notes: not read.",
    )
    skip_after_header: int = Field(
        default=0, ge=0, le=100, title="Rows after the header", description="Units or captions: not read."
    )
    comment: str = Field(
        default="", max_length=4, title="Comment mark", description="Rows that begin with it are not read."
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
    long_rows: Literal["refuse", "keep", "cut"] = Field(
        default="refuse",
        title="Rows with more cells than columns",
        description="Refuse the document, keep the cells as column_5, column_6, or drop them.",
    )
    trailing_delimiter: bool = Field(
        default=False, title="Delimiter at the end", description="Each row ends with one more delimiter."
    )
    null: str | None = Field(
        default=None, max_length=20, title="Text for null", description="A cell of just this text is null."
    )
    line_end: Literal["crlf", "lf", "cr"] = Field(
        default="crlf",
        title="Line end",
        description="For writing; crlf and lf are both read either way, cr is a lone carriage return.",
    )
    quoting: Literal["needed", "all"] = Field(
        default="needed",
        title="Quotes when writing",
        description="Around cells that need them, or all cells.",
    )
    guard_formulas: bool = Field(
        default=True,
        title="Guard against formulas",
        description="Write an apostrophe before text that a spreadsheet would run as a formula (= + - @).",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        marks = [mark for mark in (self.delimiter, self.quote, self.escape) if mark]
        if self.delimiter in {"\n", "\r", "\0"} or len(set(marks)) != len(marks):
            raise ValueError("The delimiter cannot be a line end, the quote or the escape character.")
        if self.delimiter == " " and self.spaces != "keep":
            raise ValueError("Where a space is the delimiter, spaces have to be kept.")
        if len(set(self.columns)) != len(self.columns) or not all(self.columns):
            raise ValueError("Each column needs a name of its own.")
        if self.comment and (self.comment[0] in {*marks, " "} or not self.comment.isprintable()):
            raise ValueError("The comment mark cannot begin with the delimiter, the quote or a space.")
        if self.escape and self.null and self.escape in self.null:
            raise ValueError("The text for null cannot hold the escape character.")
        if self.quoting == "all" and not self.quote:
            raise ValueError("Without a quote, cells cannot be quoted.")
        return self
