"""What can be chosen for reading and writing EDIFACT. A partner's profile is a set of these options."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from integrations.formats.codec import Options

_Mark = Annotated[str, Field(min_length=1, max_length=1)]


class Separators(Options):
    """The characters that stand between the parts. A document that is read tells its own in its UNA."""

    component: _Mark = Field(":", title="Between components")
    element: _Mark = Field("+", title="Between elements")
    decimal: Literal[".", ","] = Field(".", title="Decimal mark")
    release: _Mark = Field("?", title="Release character", description="Before a separator that is text.")
    repetition: _Mark = Field("*", title="Between repetitions", description="Written from syntax 4 on.")
    segment: _Mark = Field("'", title="End of a segment")
    line_end: Literal["none", "lf", "crlf"] = Field("none", title="Line end after each segment")

    @model_validator(mode="after")
    def _differ(self) -> Self:
        marks = (self.component, self.element, self.release, self.repetition, self.segment)
        if len(set(marks)) < 5 or any(mark.isalnum() or mark == " " or mark > "~" for mark in marks):
            raise ValueError("five different ASCII characters that are neither letters, digits nor blanks")
        return self


class Envelope(Options):
    """What UNB, UNG and UNH say where the record does not: who sends to whom, in which version."""

    syntax: Literal["UNOA", "UNOB", "UNOC", "UNOD", "UNOE", "UNOF", "UNOL", "UNOW", "UNOY"] = Field(
        "UNOC", title="Character set (S001, 0001)", description="UNOC: Latin-1. UNOW, UNOY: UTF-8."
    )
    syntax_version: Literal["1", "2", "3", "4"] = Field("3", title="Version of the syntax (S001, 0002)")
    sender: str = Field("", title="Sender (S002, 0004)", max_length=35)
    sender_qualifier: str = Field("", title="Sender's qualifier (S002, 0007)", max_length=4)
    receiver: str = Field("", title="Receiver (S003, 0010)", max_length=35)
    receiver_qualifier: str = Field("", title="Receiver's qualifier (S003, 0007)", max_length=4)
    application: str = Field("", title="Application reference (0026)", max_length=14)
    agreement: str = Field("", title="Agreement (0032)", max_length=35)
    is_test: bool = Field(default=False, title="Test (0035)")
    wants_acknowledgement: bool = Field(default=False, title="Ask for a CONTRL (0031)")
    version: str = Field("D", title="Version of the messages (S009, 0052)", max_length=3)
    release: str = Field("96A", title="Release of the messages (S009, 0054)", max_length=3)
    agency: str = Field("UN", title="Agency (S009, 0051)", max_length=3)
    association: str = Field("", title="Association's code (S009, 0057)", max_length=6)


class EdifactOptions(Options):
    """How to read and write EDIFACT."""

    values: Literal["typed", "text"] = Field(
        "typed",
        title="Values",
        description="Typed: numbers as such, without release characters. Text: all as it is written.",
    )
    invalid: Literal["refuse", "text"] = Field(
        "refuse", title="Numbers that are none", description="Refuse the message, or give the value as text."
    )
    unknown: Literal["keep", "refuse"] = Field(
        "keep",
        title="Segments without a place",
        description="Keep them under _unexpected, or refuse the message.",
    )
    counts: Literal["check", "ignore"] = Field(
        "check", title="Counts and references", description="Whether UNT, UNE and UNZ must agree."
    )
    split_at: str = Field(
        "",
        title="Cut large messages at the group",
        description="A group (SG25), or the segment it begins with (LIN): a record for each of them.",
        max_length=6,
    )
    encoding: Literal["auto", "utf-8", "latin-1", "cp1252", "ascii"] = Field(
        "auto", title="Encoding", description="Auto: as the character set in UNB says."
    )
    wrapped: Literal["auto", "yes", "no"] = Field(
        "auto", title="Wrapped lines", description="Whether line ends inside segments are only wrapping."
    )
    message: str = Field(
        "",
        title="Message",
        pattern=r"^([A-Z]{6})?$",
        description="The type that is expected (ORDERS): for the schema, and refused if another comes.",
    )
    directory: Literal["", "d96a", "d01b", "d24a"] = Field(
        "", title="Directory", description="Read by this one whatever the message says."
    )
    una: Literal["always", "when needed", "never"] = Field(
        "always", title="Write UNA", description="Needed: where separators are not the usual ones."
    )
    interchange: Literal["with", "without"] = Field(
        "with", title="Write the interchange", description="Without: messages only, no UNB and UNZ."
    )
    groups: Literal["as given", "always"] = Field(
        "as given", title="Write groups (UNG)", description="As given: where the record has an UNG."
    )
    acknowledgement: Literal["auto", "errors"] = Field(
        "auto",
        title="Acknowledge",
        description="Auto: every interchange that holds more than CONTRL. Errors: only what is wrong.",
    )
    on_errors: Literal["reject", "note"] = Field(
        "reject",
        title="Acknowledge messages with errors as",
        description="Rejected, or acknowledged. Wrong counts and references always reject.",
    )
    separators: Separators = Field(default_factory=Separators, title="Separators to write")
    envelope: Envelope = Field(default_factory=Envelope, title="Envelope to write")
