"""Fields, record types and checks as data: what fixed-width and delimited files share."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from integrations.formats import codec


class FlatField(codec.Options):
    """One field: how its characters are to be read. A format adds where it stands."""

    name: str = Field(min_length=1, max_length=80, title="Name")
    length: int = Field(default=0, ge=0, le=100_000, title="Length", description="Number of characters.")
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
    times: int = Field(
        default=1,
        ge=0,
        le=10_000,
        title="Times",
        description="How often it stands there; more than once makes a list, 0: up to the end of the record.",
    )
    required: bool = Field(default=False, title="Required", description="A blank field is an error.")
    title: str = Field(default="", max_length=200, title="Label", description="For people; not in the data.")

    @property
    def is_number(self) -> bool:
        """Whether its values can be counted and summed."""
        return self.has_digits and self.times == 1

    @property
    def has_digits(self) -> bool:
        """Whether it holds a number, or a list of them."""
        return self.type in {"integer", "decimal"}

    @property
    def keeps_blanks(self) -> bool:
        """Whether blanks around a text belong to it."""
        return False

    @model_validator(mode="after")
    def _check_type(self) -> Self:
        if self.name == "record":
            raise ValueError("The name 'record' is taken by the record type.")
        if self.type in {"date", "datetime"} and len(self.pattern) != (self.length or len(self.pattern)):
            raise ValueError("A date needs a pattern that is as long as the field.")
        if self.type in {"date", "datetime"} and "YY" not in self.pattern:
            raise ValueError("A date needs a pattern with a year (YYYY or YY).")
        if self.type in {"integer", "decimal"} and self.length > 100:
            raise ValueError("A number has at most 100 characters.")
        if self.type == "boolean":
            self._check_boolean()
        if self.type == "decimal" and self.point == "implied" and self.scale > (self.length or self.scale):
            raise ValueError("There are more decimals than digits.")
        return self

    def _check_boolean(self) -> None:
        texts = self.pattern.split("/")
        if len(texts) != 2 or len(set(texts)) != 2:
            raise ValueError("A yes/no field needs a pattern of two different texts, like Y/N.")
        if self.length and max(map(len, texts)) > self.length:
            raise ValueError("The texts of the pattern are longer than the field.")


class FlatRecord(codec.Options):
    """One record type: its part in the file and what belongs to what. A format adds marks and fields."""

    name: str = Field(min_length=1, max_length=80, title="Name")
    role: Literal["header", "item", "trailer"] = Field(
        default="item", title="Part", description="The first record, a record of data, or the last record."
    )
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
    order: int = Field(
        default=0,
        ge=0,
        le=1_000,
        title="Order",
        description="Records of a lower number do not follow those of a higher one; 0: anywhere.",
    )
    min_items: int = Field(
        default=0, ge=0, title="At least", description="In the file, or in each record it belongs to."
    )
    max_items: int | None = Field(
        default=None, ge=1, title="At most", description="In the file, or in each record it belongs to."
    )

    @property
    def key(self) -> str:
        """The field under which the outer record lists it."""
        return self.list_name or self.name

    @property
    def all_fields(self) -> Sequence[FlatField]:
        """Its fields, whatever the format adds to them."""
        return ()

    @model_validator(mode="after")
    def _check_record(self) -> Self:
        names = [field.name for field in self.all_fields]
        if len(set(names)) != len(names):
            raise ValueError("Each field needs a name of its own.")
        if self.within and self.role != "item":
            raise ValueError("A header or trailer cannot belong to another record.")
        if self.max_items is not None and self.max_items < self.min_items:
            raise ValueError("It cannot stand more often at least than at most.")
        if any(field.times == 0 for field in self.all_fields[:-1]):
            raise ValueError("Only the last field can stand there up to the end of the record.")
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


def structure_problems(records: Sequence[FlatRecord], checks: Sequence[Check]) -> Iterator[str]:
    """Say what is wrong with record types taken together, and with the checks."""
    names = Counter(record.name for record in records)
    yield from (f"Two record types are called {name}." for name, count in names.items() if count > 1)
    for role in ("header", "trailer"):
        if sum(record.role == role for record in records) > 1:
            yield f"There can be one {role} record type."
    if not any(record.role == "item" and not record.within for record in records):
        yield "There is no record type for the data."
    layouts = {record.name: record for record in records}
    for record in records:
        outer = layouts.get(record.within)
        if record.within and (outer is None or outer.role != "item"):
            yield f"{record.name} belongs to {record.within}, which is no record type of data."
        elif outer and any(field.name == record.key for field in outer.all_fields):
            yield f"{outer.name} has a field called {record.key} already."
    yield from (f"{name} belongs to itself." for name in layouts if _is_circular(layouts, name))
    yield from _check_problems(layouts, checks)


def _check_problems(layouts: dict[str, FlatRecord], checks: Sequence[Check]) -> Iterator[str]:
    trailer = next((record for record in layouts.values() if record.role == "trailer"), None)
    if trailer is None:
        if checks:
            yield "The checks need a trailer record type."
        return
    promised = {field.name: field for field in trailer.all_fields}
    for check in checks:
        if check.field not in promised or not promised[check.field].is_number:
            yield f"The trailer has no number called {check.field}."
        unknown = [name for name in check.records if name not in layouts]
        if unknown:
            yield f"There is no record type {unknown[0]} to check."
        elif check.kind == "sum" and not any(
            field.name == check.of and field.is_number
            for record in layouts.values()
            if record.name in (check.records or layouts)
            for field in record.all_fields
        ):
            yield f"There is no number called {check.of} to add up."


def _is_circular(layouts: dict[str, FlatRecord], name: str) -> bool:
    seen = set()
    while name in layouts and layouts[name].within:
        if name in seen:
            return True
        seen.add(name)
        name = layouts[name].within
    return False
