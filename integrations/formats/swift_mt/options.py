"""The options of SWIFT MT messages."""

from typing import Literal

from pydantic import Field

from integrations.formats import codec


class SwiftMtOptions(codec.Options):
    """How to read and write SWIFT MT messages."""

    message: Literal[
        "",
        "101",
        "102",
        "103",
        "103_STP",
        "104",
        "110",
        "199",
        "202",
        "210",
        "299",
        "900",
        "910",
        "940",
        "941",
        "942",
        "950",
        "999",
    ] = Field(
        default="",
        title="Message type",
        description="Empty: as the header says, or what the fields look like.",
    )
    values: Literal["typed", "text"] = Field(
        default="typed",
        title="Values of fields",
        description="Typed: dates, amounts and sub-fields are taken apart. Text: every field as it stands.",
    )
    unknown: Literal["keep", "refuse"] = Field(
        default="keep",
        title="Fields without a place",
        description="What to do with fields that the message type does not have there.",
    )
    complete: bool = Field(
        default=False,
        title="Complete messages only",
        description="Refuse messages that lack a mandatory field, when reading and when writing.",
    )
    encoding: Literal["utf-8", "latin-1", "cp1252", "cp850"] = Field(
        default="utf-8", title="Encoding", description="SWIFT allows ASCII only; banks' files hold more."
    )
    line_end: Literal["crlf", "lf"] = Field(
        default="crlf", title="Line end", description="For writing; reading takes both."
    )
