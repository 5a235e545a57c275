"""The options of IDoc files: how lines are written, and segments that are not in the tables."""

from typing import Literal, Self

from pydantic import Field, model_validator

from integrations.formats import codec

SDATA_LENGTH = 1000


class SegmentField(codec.Options):
    """One field of a segment, at its place in the data of 1000 characters."""

    name: str = Field(min_length=1, max_length=60, title="Name")
    length: int = Field(ge=1, le=SDATA_LENGTH, title="Length")
    title: str = Field(default="", max_length=200, title="Label")


class SegmentTable(codec.Options):
    """A segment: its fields in order and the segment that it belongs to."""

    name: str = Field(
        min_length=1, max_length=30, title="Segment", description="Its type, like E1EDK01 or Z1EXTRA."
    )
    written: str = Field(
        default="",
        max_length=30,
        title="Name in files",
        description="Like E2EDK01005; empty: E2 and no version.",
    )
    parent: str = Field(
        default="", max_length=30, title="Belongs to", description="Empty: to the IDoc itself."
    )
    fields: tuple[SegmentField, ...] = Field(min_length=1, max_length=500, title="Fields")
    max_items: int | None = Field(default=None, ge=1, title="At most")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len({field.name for field in self.fields}) != len(self.fields):
            raise ValueError("Each field needs a name of its own.")
        if sum(field.length for field in self.fields) > SDATA_LENGTH:
            raise ValueError(f"The fields are longer than the {SDATA_LENGTH} characters of a segment.")
        return self


class IdocOptions(codec.Options):
    """How an IDoc file is written."""

    encoding: Literal["utf-8", "latin-1", "cp1252", "cp1250", "cp1251", "ascii"] = Field(
        default="utf-8", title="Encoding"
    )
    line_end: Literal["lf", "crlf", "none"] = Field(
        default="lf",
        title="Line end",
        description="Reading takes LF and CRLF alike. None: the control record has 524 characters, "
        "each segment 1063.",
    )
    padding: Literal["segment", "full", "none"] = Field(
        default="segment",
        title="Length of segments",
        description="For writing: as long as their fields, 1063 characters, or cut where only blanks follow.",
    )
    nesting: Literal["auto", "numbers", "structure"] = Field(
        default="auto",
        title="Nesting",
        description="By the numbers in the segments (PSGNUM), by the known structure of the message, or by "
        "the numbers where they make sense.",
    )
    message: str = Field(
        default="",
        max_length=30,
        title="Basic type",
        description="The tables to use (ORDERS05 …); empty: what each control record says.",
    )
    segments: tuple[SegmentTable, ...] = Field(
        default=(),
        max_length=1_000,
        title="Own segments",
        description="Extensions and message types that are not known here; they come before the known ones.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.line_end == "none" and self.encoding == "utf-8":
            raise ValueError("Without line ends an encoding of one byte each is needed.")
        if len({segment.name for segment in self.segments}) != len(self.segments):
            raise ValueError("Each segment is described once.")
        parents = {segment.name: segment.parent for segment in self.segments}
        for name in parents:
            seen, at = set[str](), name
            while at in parents and at not in seen:
                seen.add(at)
                at = parents[at]
            if at in seen:
                raise ValueError(f"The segment {name} belongs to itself.")
        return self
