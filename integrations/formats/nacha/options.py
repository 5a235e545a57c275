"""The options of a Nacha file."""

from typing import Literal

from pydantic import Field

from integrations.formats import codec


class NachaOptions(codec.Options):
    """How to read and write a Nacha file."""

    per: Literal["batch", "entry"] = Field(
        default="batch",
        title="One record is",
        description="A batch with all its entries, or one entry with the header of its batch beside it "
        "(for files with very large batches).",
    )
    checks: Literal["all", "totals", "none"] = Field(
        default="all",
        title="Checks",
        description="All: counts, hash and totals, mandatory fields, check digits of routing numbers, known "
        "codes. Totals: only counts, hash and totals. None: the layout only.",
    )
    custom_codes: tuple[str, ...] = Field(
        default=(),
        title="Codes beyond the list",
        description="Return, change, class or transaction codes that you agreed on with your bank.",
    )
    envelope: Literal["required", "optional"] = Field(
        default="required",
        title="Headers and controls",
        description="Optional reads parts of files: returns that come without file header, or batches "
        "without control record.",
    )
    encoding: Literal["utf-8", "latin-1", "cp1252"] = Field(
        default="utf-8", title="Encoding", description="The standard allows ASCII only; names may hold more."
    )
    count: Literal["characters", "bytes"] = Field(
        default="characters",
        title="A record has 94",
        description="What the sender counts where a name holds letters of two bytes in UTF-8.",
    )
    line_end: Literal["lf", "crlf", "none"] = Field(
        default="lf", title="Line end", description="For writing; reading takes all three."
    )
    fill: bool = Field(
        default=True,
        title="Fill the last block",
        description="Write records of nines until the file has a multiple of ten records.",
    )
