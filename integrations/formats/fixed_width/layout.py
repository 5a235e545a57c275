"""The options of a fixed-width format: record types, fields, marks and checks, all of it data."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, Self

import re2
from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from integrations.formats import codec
from integrations.formats.flat.layout import Check, FlatField, FlatRecord, structure_problems

Encoding = Literal[
    "ascii", "utf-8", "latin-1", "cp1252", "cp437", "cp850", "cp874", "cp037", "cp500", "cp1140"
]
EBCDIC = frozenset({"cp037", "cp500", "cp1140"})


class FieldLayout(FlatField):
    """One field: where it stands and how its characters are to be read."""

    start: int = Field(
        ge=1, le=1_000_000, title="Start", description="Column of the first character, from 1."
    )
    length: int = Field(ge=1, le=100_000, title="Length", description="Number of characters.")

    @property
    def end(self) -> int:
        """The column after the last one, counted from 0; of an open one, after the first time."""
        return self.start - 1 + self.length * max(self.times, 1)


class Mark(codec.Options):
    """What a record type is recognised by: a text at a position, or a pattern from there on."""

    start: int = Field(
        ge=1, le=1_000_000, title="Start", description="Column of the first character, from 1."
    )
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

    @property
    def end(self) -> int:
        """The column after its text, counted from 0."""
        return self.start - 1 + len(self.value)


class RecordLayout(FlatRecord):
    """One record type: its part in the file, what it is recognised by, and its fields."""

    marks: tuple[Mark, ...] = Field(
        default=(),
        max_length=8,
        title="Recognised by",
        description="Texts at positions, all of which must be there; one record type may go without.",
    )
    line_length: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        title="Recognised by its length",
        description="Only lines of exactly so many characters are of this type.",
    )
    fields: tuple[FieldLayout, ...] = Field(min_length=1, max_length=2_000, title="Fields")

    @property
    @override
    def all_fields(self) -> Sequence[FieldLayout]:
        return self.fields

    @property
    def is_marked(self) -> bool:
        """Whether there is something it is recognised by."""
        return bool(self.marks) or self.line_length is not None

    @property
    def end(self) -> int:
        """The column after its last field or mark, counted from 0."""
        return max([field.end for field in self.fields] + [mark.end for mark in self.marks])

    @property
    def is_open(self) -> bool:
        """Whether its last field goes on up to the end of the line."""
        return self.fields[-1].times == 0

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        in_order = sorted(self.fields, key=lambda field: field.start)
        for before, after in pairwise(in_order):
            if after.start - 1 < before.end:
                raise ValueError(f"The fields {before.name} and {after.name} overlap.")
        if self.is_open and self.fields[-1] is not in_order[-1]:
            raise ValueError("The field up to the end of the line must be the last one.")
        return self


class FixedWidthOptions(codec.Options):
    """The layout of a flat file with one or several record types."""

    encoding: Encoding = Field(default="ascii", title="Encoding")
    line_end: Literal["lf", "crlf", "none"] = Field(
        default="lf",
        title="Line end",
        description="Reading takes LF and CRLF alike. None: records of fixed length follow each other.",
    )
    record_length: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        title="Record length",
        description="Characters in each record; empty: up to the last field.",
    )
    short_lines: Literal["refuse", "pad", "cut"] = Field(
        default="refuse",
        title="Short lines",
        description="An error; or lines may end at their last character that is not blank (pad), and are "
        "written so (cut).",
    )
    records: tuple[RecordLayout, ...] = Field(min_length=1, max_length=200, title="Record types")
    several: bool = Field(
        default=False, title="Several in one", description="After the trailer a header may begin all anew."
    )
    checks: tuple[Check, ...] = Field(default=(), max_length=40, title="Checks of the trailer")

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*structure_problems(self.records, self.checks), *self._frame_problems()]
        if problems:
            raise ValueError(" ".join(problems))
        return self

    def _frame_problems(self) -> Iterator[str]:
        if sum(not record.is_marked for record in self.records) > 1:
            yield "Only one record type may go without something it is recognised by."
        longest = max(record.end for record in self.records)
        if self.record_length is not None and longest > self.record_length:
            yield "A field ends after the end of the record."
        if self.line_end == "none" and (self.record_length is None or self.encoding == "utf-8"):
            yield "Without line ends, a record length and an encoding of one byte each are needed."
        if self.encoding in EBCDIC and self.line_end != "none":
            yield "EBCDIC files have records of fixed length without line ends."
