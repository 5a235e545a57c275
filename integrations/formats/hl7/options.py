"""How HL7 v2 documents are read and written."""

from typing import Literal

from pydantic import Field

from integrations.formats import codec


class Hl7Options(codec.Options):
    """What the messages themselves do not say."""

    values: Literal["typed", "text"] = Field(
        default="typed",
        title="Values",
        description="Numbers, dates and escapes are read; or every text stays as it is written.",
    )
    grouping: Literal["structure", "flat"] = Field(
        default="structure",
        title="Grouping",
        description="Segments in the groups of the message structure; or one list of segments.",
    )
    unknown: Literal["keep", "refuse"] = Field(
        default="keep",
        title="Segments without a place",
        description="Z segments and others that the message structure has no place for.",
    )
    message: str = Field(
        default="",
        pattern=r"^([A-Z]{3}(_[A-Z0-9]{3})?)?$",
        title="Message structure",
        description="Such as ADT_A01; read from MSH-9 if empty.",
    )
    version: Literal[
        "",
        "2.1",
        "2.2",
        "2.3",
        "2.3.1",
        "2.4",
        "2.5",
        "2.5.1",
        "2.6",
        "2.7",
        "2.7.1",
        "2.8",
        "2.8.1",
        "2.8.2",
    ] = Field(default="", title="Version", description="Read from MSH-12 if empty.")
    encoding: Literal[
        "utf-8", "latin-1", "cp1252", "iso8859-2", "iso8859-15", "gb18030", "shift_jis", "euc_kr", "big5"
    ] = Field(default="utf-8", title="Encoding", description="Of messages that do not say it in MSH-18.")
    answers: Literal["lenient", "strict"] = Field(
        default="lenient",
        title="Acknowledgements",
        description="What breaks the tables of the standard is accepted with a warning, or refused.",
    )
    line_end: Literal["cr", "lf", "crlf"] = Field(
        default="cr", title="Line ends", description="In writing; the standard wants CR, reading takes all."
    )
