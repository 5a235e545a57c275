"""The options of ISO 8583 messages: what two partners agree on."""

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from integrations.formats import codec

FORMAT = re.compile(r"(x\+n|[ansbpz]+) ?(?: (\d{1,4})|(\.{2,4})(\d{1,4}))")

Numbers = Literal["ascii", "bcd", "ebcdic"]
Lengths = Literal["ascii", "bcd", "bcd_left", "binary", "ebcdic"]


class FieldRule(codec.Options):
    """How one field differs from the table of the standard."""

    number: int = Field(ge=2, le=128, title="Field", description="Number of the field, 2 to 128.")
    format: str = Field(
        default="",
        pattern=r"^$|^(x\+n|[ansbpz]+)( \d{1,4}|\.{2,4}\d{1,4})$",
        title="Format",
        description="As the standard writes it: n 6, n..19, ans...999, b 64; empty: as in the table.",
    )
    encoding: Literal["", "ascii", "bcd", "ebcdic", "binary", "hex"] = Field(
        default="", title="Encoding", description="Of its data; empty: as for all fields of its kind."
    )
    length: Literal["", "ascii", "bcd", "bcd_left", "binary", "ebcdic"] = Field(
        default="", title="Length", description="How its length is written; empty: as for all fields."
    )
    title: str = Field(default="", max_length=80, title="Title")


class Iso8583Options(codec.Options):
    """How messages are written. The defaults are those of plain ASCII."""

    version: Literal["1987", "1993"] = Field(default="1987", title="Edition")
    frame: Literal["none", "2", "4", "ascii"] = Field(
        default="none",
        title="Length before each message",
        description="None: the document is one message. 2 or 4: a binary number of so many bytes. Ascii: "
        "four digits.",
    )
    frame_counts_itself: bool = Field(
        default=False, title="Length counts itself", description="The number includes its own bytes."
    )
    header_bytes: int = Field(
        default=0,
        ge=0,
        le=100,
        title="Header",
        description="Bytes before the message type (TPDU and the like).",
    )
    mti: Numbers = Field(default="ascii", title="Message type")
    bitmap: Literal["hex", "binary", "ebcdic"] = Field(
        default="hex",
        title="Bitmaps",
        description="Eight bytes, or 16 hexadecimal letters in ASCII or EBCDIC.",
    )
    numbers: Numbers = Field(
        default="ascii", title="Numbers", description="Fields of the kinds n, x+n and z."
    )
    texts: Literal["ascii", "ebcdic"] = Field(default="ascii", title="Texts")
    bits: Literal["binary", "hex"] = Field(
        default="binary", title="Bits", description="Fields of the kind b."
    )
    lengths: Lengths = Field(
        default="ascii",
        title="Lengths of fields",
        description="BCD with an odd number of digits has its filler in front, bcd_left behind.",
    )
    odd_digits: Literal["left", "right"] = Field(
        default="left",
        title="Odd numbers in BCD",
        description="Where the filler of an odd number of digits stands.",
    )
    code_page: Literal["cp037", "cp500"] = Field(default="cp500", title="EBCDIC code page")
    fields: tuple[FieldRule, ...] = Field(
        default=(), max_length=127, title="Fields", description="Where a field differs from the standard."
    )
    complete: bool = Field(
        default=False,
        title="Complete messages only",
        description="Refuse requests and advices that lack a field which all of their class must have.",
    )
    checks: Literal["all", "none"] = Field(
        default="all",
        title="Checks",
        description="All: digits in numbers, days and times that exist. None: the layout only.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len({rule.number for rule in self.fields}) != len(self.fields):
            raise ValueError("A field has two rules.")
        return self
