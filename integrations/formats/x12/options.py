"""What can be chosen for reading and writing X12. A partner's profile is a set of these options."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from integrations.formats.codec import Options

_Mark = Annotated[str, Field(min_length=1, max_length=1)]


class Separators(Options):
    """The characters that stand between the parts. A document that is read tells its own in its ISA."""

    element: _Mark = Field("*", title="Between elements")
    component: _Mark = Field(":", title="Between components")
    repetition: _Mark = Field("^", title="Between repetitions", description="Written from version 00402 on.")
    segment: _Mark = Field("~", title="End of a segment")
    line_end: Literal["none", "lf", "crlf"] = Field("none", title="Line end after each segment")

    @model_validator(mode="after")
    def _differ(self) -> Self:
        marks = (self.element, self.component, self.repetition, self.segment)
        if len(set(marks)) < 4 or any(mark.isalnum() or mark == " " for mark in marks):
            raise ValueError("four different characters that are neither letters, digits nor blanks")
        return self


class Envelope(Options):
    """What ISA and GS say where the record does not: who sends to whom, in which version."""

    sender_qualifier: str = Field("ZZ", title="Sender's qualifier (ISA05)", pattern=r"^[0-9A-Z]{2}$")
    sender: str = Field("", title="Sender (ISA06)", max_length=15)
    receiver_qualifier: str = Field("ZZ", title="Receiver's qualifier (ISA07)", pattern=r"^[0-9A-Z]{2}$")
    receiver: str = Field("", title="Receiver (ISA08)", max_length=15)
    sender_code: str = Field(
        "", title="Sender in the group (GS02)", max_length=15, description="Empty: ISA06."
    )
    receiver_code: str = Field(
        "", title="Receiver in the group (GS03)", max_length=15, description="Empty: ISA08."
    )
    interchange_version: str = Field(
        "00401", title="Version of the interchange (ISA12)", pattern=r"^[0-9]{5}$"
    )
    version: str = Field("004010", title="Version, release and guide (GS08)", max_length=12, min_length=6)
    usage: Literal["P", "T", "I"] = Field("P", title="Usage (ISA15)", description="P live, T test.")
    wants_acknowledgement: bool = Field(default=False, title="Ask for a TA1 (ISA14)")


class X12Options(Options):
    """How to read and write X12."""

    values: Literal["typed", "text"] = Field(
        "typed",
        title="Values",
        description="Typed: numbers and dates as such. Text: everything as it is written, byte for byte.",
    )
    invalid: Literal["refuse", "text"] = Field(
        "refuse",
        title="Numbers and dates that are none",
        description="Refuse the message, or give the value as text.",
    )
    unknown: Literal["keep", "refuse"] = Field(
        "keep",
        title="Segments without a place",
        description="Keep them under _unexpected, or refuse the message.",
    )
    counts: Literal["check", "ignore"] = Field(
        "check", title="Counts and control numbers", description="Whether SE, GE and IEA must agree."
    )
    split_at: str = Field(
        "",
        title="Cut large messages at the loop",
        description="A loop, or the segment it begins with (CLP): a record for each, with what is before it.",
        max_length=12,
    )
    hierarchy: Literal["flat", "nested"] = Field(
        "flat",
        title="HL loops",
        description="One after the other as they stand, or each inside its parent (HL02). Not for guides.",
    )
    encoding: Literal["utf-8", "latin-1", "cp1252", "ascii"] = Field("utf-8", title="Encoding")
    wrapped: Literal["auto", "yes", "no"] = Field(
        "auto", title="Wrapped lines", description="Whether line ends inside segments are only wrapping."
    )
    transaction_set: str = Field(
        "",
        title="Transaction set",
        pattern=r"^([0-9]{3})?$",
        description="The set that is expected (850): for the schema, and refused if another comes.",
    )
    guide: str = Field(
        "", title="Guide", max_length=12, description="Read by this guide whatever GS08 says: 005010X222A1."
    )
    in_text: Literal["refuse", "replace", "keep"] = Field(
        "refuse",
        title="Separators inside a text",
        description="When writing: refuse, replace by a blank, or keep those of components and repetitions.",
    )
    pads_isa: bool = Field(default=True, title="Fill ISA to its fixed width")
    acknowledgement: Literal["auto", "997", "999"] = Field(
        "auto", title="Acknowledge with", description="Auto: 999 for HIPAA guides of 005010, else 997."
    )
    on_errors: Literal["reject", "note"] = Field(
        "reject",
        title="Acknowledge messages with errors as",
        description="Rejected, or accepted with the errors noted. Wrong counts always reject.",
    )
    separators: Separators = Field(default_factory=Separators, title="Separators to write")
    envelope: Envelope = Field(default_factory=Envelope, title="Envelope to write")

    @field_validator("guide")
    @classmethod
    def _is_known(cls, guide: str) -> str:
        if guide and not guide.isalnum():
            raise ValueError("a guide is written like 005010X222A1")
        return guide
