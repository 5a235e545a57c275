"""The options of a fixed-width format: record types, fields, marks and checks, all of it data."""

from collections import Counter
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from integrations.formats import codec

Encoding = Literal[
    "ascii", "utf-8", "latin-1", "cp1252", "cp437", "cp850", "cp874", "cp037", "cp500", "cp1140"
]
EBCDIC = frozenset({"cp037", "cp500", "cp1140"})


class FieldLayout(codec.Options):
    """One field: where it stands and how its characters are to be read."""

    name: str = Field(min_length=1, max_length=80, title="Name")
    start: int = Field(
        ge=1, le=1_000_000, title="Start", description="Column of the first character, from 1."
    )
    length: int = Field(ge=1, le=100_000, title="Length", description="Number of characters.")
    type: Literal["text", "integer", "decimal", "date", "datetime", "boolean"] = Field(
        default="text", title="Type"
    )
    scale: int = Field(
        default=0, ge=0, le=18, title="Decimals", description="Digits after the point of a decimal number."
    )
    point: Literal["implied", ".", ","] = Field(
        default="implied",
        title="Decimal point",
        description="Implied (1050 is 10.50) or written.",
    )
    sign: Literal["none", "leading", "trailing"] = Field(
        default="none", title="Sign", description="Where a minus may stand: before the digits or after them."
    )
    align: Literal["auto", "left", "right"] = Field(
        default="auto", title="Alignment", description="Automatic: text to the left, numbers to the right."
    )
    pad: str = Field(
        default="",
        max_length=1,
        title="Padding",
        description="What fills the rest; empty: spaces after text, zeros before numbers.",
    )
    pattern: str = Field(
        default="",
        max_length=40,
        title="Pattern",
        description="Dates: YYYYMMDD, DD.MM.YY, YYYYDDD, YYYY-MM-DD HH:mm:SS. Yes/no: two texts, like Y/N.",
    )
    required: bool = Field(default=False, title="Required", description="A blank field is an error.")
    title: str = Field(default="", max_length=200, title="Label", description="For people; not in the data.")

    @property
    def end(self) -> int:
        """The column after the last one, counted from 0."""
        return self.start - 1 + self.length

    @property
    def is_number(self) -> bool:
        """Whether its values can be counted and summed."""
        return self.type in {"integer", "decimal"}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.name == "record":
            raise ValueError("The name 'record' is taken by the record type.")
        if self.type in {"date", "datetime"} and len(self.pattern) != self.length:
            raise ValueError("A date needs a pattern that is as long as the field.")
        if self.type in {"date", "datetime"} and "YY" not in self.pattern:
            raise ValueError("A date needs a pattern with a year (YYYY or YY).")
        if self.is_number and self.length > 100:
            raise ValueError("A number has at most 100 characters.")
        if self.type == "boolean" and (
            self.pattern.count("/") != 1 or len(set(self.pattern.split("/"))) != 2
        ):
            raise ValueError("A yes/no field needs a pattern of two different texts, like Y/N.")
        if self.type == "boolean" and max(map(len, self.pattern.split("/"))) > self.length:
            raise ValueError("The texts of the pattern are longer than the field.")
        if self.type == "decimal" and self.point == "implied" and self.scale > self.length:
            raise ValueError("There are more decimals than digits.")
        return self


class Mark(codec.Options):
    """What a record type is recognised by: a text at a position."""

    start: int = Field(
        ge=1, le=1_000_000, title="Start", description="Column of the first character, from 1."
    )
    value: str = Field(min_length=1, max_length=80, title="Text")


class RecordLayout(codec.Options):
    """One record type: its part in the file, what it is recognised by, and its fields."""

    name: str = Field(min_length=1, max_length=80, title="Name")
    role: Literal["header", "item", "trailer"] = Field(
        default="item", title="Part", description="The first record, a record of data, or the last record."
    )
    marks: tuple[Mark, ...] = Field(
        default=(),
        max_length=8,
        title="Recognised by",
        description="Texts at positions, all of which must be there; one record type may go without.",
    )
    fields: tuple[FieldLayout, ...] = Field(min_length=1, max_length=2_000, title="Fields")
    within: str = Field(
        default="",
        title="Belongs to",
        description="The record type it belongs to: it becomes part of the last such record before it.",
    )
    list_name: str = Field(
        default="",
        title="Listed as",
        description="The field of the outer record that lists it; else its name.",
    )

    @property
    def key(self) -> str:
        """The field under which the outer record lists it."""
        return self.list_name or self.name

    @property
    def end(self) -> int:
        """The column after its last field or mark, counted from 0."""
        ends = [field.end for field in self.fields]
        return max(ends + [mark.start - 1 + len(mark.value) for mark in self.marks])

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [field.name for field in self.fields]
        if len(set(names)) != len(names):
            raise ValueError("Each field needs a name of its own.")
        in_order = sorted(self.fields, key=lambda field: field.start)
        for before, after in pairwise(in_order):
            if after.start - 1 < before.end:
                raise ValueError(f"The fields {before.name} and {after.name} overlap.")
        if self.within and self.role != "item":
            raise ValueError("A header or trailer cannot belong to another record.")
        return self


class Check(codec.Options):
    """What a field of the trailer promises about the records before it."""

    field: str = Field(min_length=1, title="Field of the trailer")
    kind: Literal["count", "sum"] = Field(
        default="count", title="Check", description="The number of records, or the total of a field."
    )
    records: tuple[str, ...] = Field(
        default=(),
        title="Record types",
        description="Those that count; none: all but header and trailer.",
    )
    of: str = Field(default="", title="Field to add up", description="For a total.")
    overflow: Literal["refuse", "cut"] = Field(
        default="refuse",
        title="Totals that are too long",
        description="An error, or only the last digits count (hash totals).",
    )


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
    short_lines: Literal["refuse", "pad"] = Field(
        default="refuse",
        title="Short lines",
        description="An error, or lines were cut at their last character that is not blank.",
    )
    records: tuple[RecordLayout, ...] = Field(min_length=1, max_length=200, title="Record types")
    checks: tuple[Check, ...] = Field(default=(), max_length=40, title="Checks of the trailer")

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*self._record_problems(), *self._frame_problems(), *self._check_problems()]
        if problems:
            raise ValueError(" ".join(problems))
        return self

    def _record_problems(self) -> list[str]:
        names = Counter(record.name for record in self.records)
        problems = [f"Two record types are called {name}." for name, count in names.items() if count > 1]
        problems += [
            f"There can be one {role} record type."
            for role in ("header", "trailer")
            if sum(record.role == role for record in self.records) > 1
        ]
        if sum(not record.marks for record in self.records) > 1:
            problems.append("Only one record type may go without something it is recognised by.")
        if not any(record.role == "item" and not record.within for record in self.records):
            problems.append("There is no record type for the data.")
        layouts = {record.name: record for record in self.records}
        for record in self.records:
            outer = layouts.get(record.within)
            if record.within and (outer is None or outer.role != "item"):
                problems.append(f"{record.name} belongs to {record.within}, which is no record type of data.")
            elif outer and any(field.name == record.key for field in outer.fields):
                problems.append(f"{outer.name} has a field called {record.key} already.")
        return problems + [f"{name} belongs to itself." for name in layouts if _is_circular(layouts, name)]

    def _frame_problems(self) -> list[str]:
        problems = []
        longest = max(record.end for record in self.records)
        if self.record_length is not None and longest > self.record_length:
            problems.append("A field ends after the end of the record.")
        if self.line_end == "none" and (self.record_length is None or self.encoding == "utf-8"):
            problems.append("Without line ends, a record length and an encoding of one byte each are needed.")
        if self.encoding in EBCDIC and self.line_end != "none":
            problems.append("EBCDIC files have records of fixed length without line ends.")
        return problems

    def _check_problems(self) -> list[str]:
        trailer = next((record for record in self.records if record.role == "trailer"), None)
        if trailer is None:
            return ["The checks need a trailer record type."] if self.checks else []
        promised = {field.name: field for field in trailer.fields}
        layouts = {record.name: record for record in self.records}
        problems = []
        for check in self.checks:
            if check.field not in promised or not promised[check.field].is_number:
                problems.append(f"The trailer has no number called {check.field}.")
            unknown = [name for name in check.records if name not in layouts]
            if unknown:
                problems.append(f"There is no record type {unknown[0]} to check.")
            elif check.kind == "sum" and not any(
                field.name == check.of and field.is_number
                for record in self.records
                if record.name in (check.records or layouts)
                for field in record.fields
            ):
                problems.append(f"There is no number called {check.of} to add up.")
        return problems


def _is_circular(layouts: dict[str, RecordLayout], name: str) -> bool:
    seen = set()
    while name in layouts and layouts[name].within:
        if name in seen:
            return True
        seen.add(name)
        name = layouts[name].within
    return False
