"""The options of BAI2 reports."""

from typing import Literal

from pydantic import Field

from integrations.formats import codec


class Bai2Options(codec.Options):
    """How to read and write a BAI2 report."""

    checks: Literal["all", "none"] = Field(
        default="all",
        title="Checks",
        description="All: control totals and counts of accounts, groups and file. None: the layout only.",
    )
    encoding: Literal["utf-8", "latin-1", "cp1252"] = Field(
        default="utf-8", title="Encoding", description="The standard allows ASCII only; texts may hold more."
    )
    line_end: Literal["lf", "crlf"] = Field(
        default="lf", title="Line end", description="For writing; reading takes both."
    )
