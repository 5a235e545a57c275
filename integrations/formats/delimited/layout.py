"""The options of delimited records: how lines are cut into cells, and the record types."""

from collections.abc import Iterator, Sequence
from typing import Literal, Self

import re2
from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from integrations.formats import codec
from integrations.formats.flat.layout import Check, FlatField, FlatRecord, structure_problems

Encoding = Literal["utf-8", "utf-8-sig", "ascii", "latin-1", "cp1252", "cp1250", "cp437", "cp850", "cp874"]


class Cell(FlatField):
    """One field: how the text between two delimiters is to be read. Cells follow each other as listed."""

    length: int = Field(
        default=0,
        ge=0,
        le=100_000,
        title="Length",
        description="Characters that are written, filled up with the padding; 0: as many as there are.",
    )

    @property
    @override
    def keeps_blanks(self) -> bool:
        return not self.pad and not self.length and self.align == "auto"


class Mark(codec.Options):
    """What a record type is recognised by: the text of a cell, or a pattern for the whole of it."""

    cell: int = Field(default=1, ge=1, le=2_000, title="Cell", description="Its number, from 1.")
    value: str = Field(default="", max_length=80, title="Text")
    pattern: str = Field(
        default="",
        max_length=200,
        title="Pattern",
        description="Instead of a text: a regular expression (RE2).",
    )

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re2.compile(pattern)
        except re2.error:
            raise ValueError("This is no regular expression of the kind RE2.") from None
        return pattern

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.value) == bool(self.pattern):
            raise ValueError("A mark is a text or a pattern.")
        return self


class DelimitedRecord(FlatRecord):
    """One record type: its part in the file, what it is recognised by, and its cells."""

    marks: tuple[Mark, ...] = Field(
        default=(),
        max_length=8,
        title="Recognised by",
        description="All of them must be there; one record type may go without.",
    )
    fields: tuple[Cell, ...] = Field(
        default=(),
        max_length=2_000,
        title="Cells",
        description="In their order. A cell that only tells the record type needs no field: it is written "
        "from the mark, if it is the first.",
    )
    skip_first: bool = Field(
        default=True,
        title="First cell tells the type",
        description="The fields begin with the second cell.",
    )
    min_cells: int | None = Field(
        default=None,
        ge=0,
        title="Least cells",
        description="Cells at the end may be missing down to so many; empty: all must be there.",
    )

    @property
    @override
    def all_fields(self) -> Sequence[Cell]:
        return self.fields

    @property
    def first(self) -> int:
        """The number of cells before its fields: one if the first tells the type and is no field."""
        return int(self.skip_first and any(mark.cell == 1 and mark.value for mark in self.marks))

    @model_validator(mode="after")
    def _check_cells(self) -> Self:
        if not self.fields and not self.marks:
            raise ValueError("A record type needs fields, or something it is recognised by.")
        return self


class DelimitedOptions(codec.Options):
    """The dialect and the record types of a delimited file."""

    delimiter: str = Field(
        default=",",
        min_length=1,
        max_length=8,
        title="Delimiter",
        description="What stands between two cells.",
    )
    quote: Literal['"', "'", ""] = Field(
        default='"',
        title="Quote",
        description="What encloses a cell that holds the delimiter; empty if cells are never quoted.",
    )
    record_end: str = Field(
        default="\n",
        min_length=1,
        max_length=4,
        title="Record end",
        description="A line end (reading takes LF and CRLF alike), or a character like ~ or '.",
    )
    encoding: Encoding = Field(default="utf-8", title="Encoding")
    records: tuple[DelimitedRecord, ...] = Field(min_length=1, max_length=200, title="Record types")
    several: bool = Field(
        default=False, title="Several in one", description="After the trailer a header may begin all anew."
    )
    checks: tuple[Check, ...] = Field(default=(), max_length=40, title="Checks of the trailer")

    @property
    def has_lines(self) -> bool:
        """Whether records end with a line end."""
        return self.record_end in {"\n", "\r\n"}

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*structure_problems(self.records, self.checks), *self._dialect_problems()]
        if problems:
            raise ValueError(" ".join(problems))
        return self

    def _dialect_problems(self) -> Iterator[str]:
        if sum(not record.marks for record in self.records) > 1:
            yield "Only one record type may go without something it is recognised by."
        signs = {self.delimiter, self.record_end, *([self.quote] if self.quote else [])}
        if len(signs) < (3 if self.quote else 2) or self.delimiter in self.record_end:
            yield "Delimiter, quote and record end must differ."
        if "\n" in self.delimiter or "\r" in self.delimiter or "\0" in self.delimiter + self.record_end:
            yield "The delimiter cannot be a line end."
        if not self.has_lines and ("\n" in self.record_end or self.record_end.strip("\r \t") == ""):
            yield "The record end is a line end, or a character that is no blank."
        if not (self.delimiter + self.record_end).isascii():
            yield "Delimiter and record end are ASCII characters."
