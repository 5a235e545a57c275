"""The options of a COBOL data file: its copybook, how values are stored, and how records are cut."""

from typing import Literal, Self

from pydantic import Field, model_validator

from integrations.formats import codec

EbcdicPage = Literal[
    "cp037", "cp273", "cp277", "cp278", "cp280", "cp284", "cp285", "cp290", "cp297", "cp420", "cp424",
    "cp500", "cp833", "cp838", "cp870", "cp871", "cp875", "cp1025", "cp1026", "cp1047", "cp1097",
    "cp1112", "cp1122", "cp1123", "cp1140", "cp1141", "cp1142", "cp1143", "cp1144", "cp1145", "cp1146",
    "cp1147", "cp1148", "cp1149",
]  # fmt: skip
AsciiPage = Literal["ascii", "latin-1", "cp1252", "cp437", "cp850", "cp874"]


class Segment(codec.Options):
    """Which of the items that redefine each other is meant, told by a field."""

    field: str = Field(
        min_length=1, max_length=80, title="Field", description="It stands before the redefined item."
    )
    values: tuple[str, ...] = Field(
        min_length=1,
        max_length=200,
        title="Values",
        description="Any of them; blanks around it do not count.",
    )
    use: str = Field(min_length=1, max_length=80, title="Item", description="The item to be read then.")


class Descriptor(codec.Options):
    """The descriptor word before each record or block: its length."""

    order: Literal["big", "little"] = Field(default="big", title="Byte order of the length")
    length_at: Literal[0, 2] = Field(
        default=0, title="Position of the length", description="In the first or last two of the four bytes."
    )
    counts_itself: bool = Field(
        default=True,
        title="Counts itself",
        description="Whether the length counts the four bytes of the word.",
    )
    adjust: int = Field(
        default=0, ge=-1000, le=1000, title="Adjustment", description="Added to the length that stands there."
    )


class CobolOptions(codec.Options):
    """How a file was written by a COBOL program or a mainframe."""

    copybook: str = Field(
        min_length=1,
        max_length=2 << 20,
        title="Copybook",
        description="The declaration of the record (01 … 05 … PIC …), as it stands in the program.",
    )
    source: Literal["auto", "fixed", "free"] = Field(
        default="auto",
        title="Form of the copybook",
        description="Fixed: columns 1-6 and 73-80 hold no code and a * in column 7 begins a comment.",
    )
    record: str = Field(
        default="",
        max_length=80,
        title="Record",
        description="The item of level 01 to use, where the copybook declares several. "
        "Empty: all; they redefine each other.",
    )
    names: Literal["written", "snake"] = Field(
        default="written", title="Names", description="SHORT-NAME as written, or short_name."
    )
    encoding: EbcdicPage | AsciiPage = Field(default="cp037", title="Encoding")
    framing: Literal["fixed", "rdw", "lines", "content"] = Field(
        default="fixed",
        title="Records",
        description="All of one length; after a record descriptor word (RDW); ended by line ends; or one "
        "after the other, each as long as its tables are filled.",
    )
    record_length: int | None = Field(
        default=None,
        ge=1,
        le=10 << 20,
        title="Record length",
        description="For records of one length, if they are longer than the copybook says.",
    )
    rdw: Descriptor = Field(default=Descriptor(), title="Record descriptor word")
    bdw: Descriptor | None = Field(
        default=None, title="Block descriptor word", description="If blocks of records have one, too."
    )
    header_bytes: int = Field(default=0, ge=0, le=1 << 20, title="Bytes before the first record")
    footer_bytes: int = Field(default=0, ge=0, le=1 << 20, title="Bytes after the last record")
    segments: tuple[Segment, ...] = Field(default=(), max_length=500, title="Segments")
    tables: Literal["auto", "full", "filled"] = Field(
        default="auto",
        title="Tables (OCCURS DEPENDING ON)",
        description="Full: they take their most room whatever is in them. Filled: the record is shorter by "
        "what is empty. Automatic: full in records of one length, else filled.",
    )
    as_text: tuple[str, ...] = Field(
        default=(),
        max_length=200,
        title="Groups as text",
        description="Groups that are also read as one text, called NAME-TEXT.",
    )
    fillers: Literal["drop", "keep"] = Field(
        default="drop", title="FILLER", description="Left out, or kept as bytes (FILLER-1 …)."
    )
    trim: Literal["right", "both", "none"] = Field(
        default="right", title="Blanks around text", description="Which of them are taken away."
    )
    binary_sizes: Literal["2-4-8", "1-2-4-8", "1--8"] = Field(
        default="2-4-8",
        title="Bytes of binary numbers",
        description="IBM: 2, 4 or 8. Micro Focus and GnuCOBOL can also take 1, or as few as the digits need.",
    )
    native_order: Literal["big", "little"] = Field(
        default="big", title="Byte order of COMP-5", description="Little on PCs."
    )
    floats: Literal["ieee", "ibm"] = Field(
        default="ieee", title="COMP-1 and COMP-2", description="IEEE 754, or IBM hexadecimal floating point."
    )
    overpunch: Literal["letters", "p-y"] = Field(
        default="letters",
        title="Signs in ASCII digits",
        description="For writing: {, A to I and }, J to R as on mainframes, or p to y for minus.",
    )
    decimal_point: Literal[".", ","] = Field(
        default=".", title="Decimal point", description="A comma with DECIMAL-POINT IS COMMA."
    )

    @property
    def is_ebcdic(self) -> bool:
        """Whether text is in an EBCDIC code page."""
        return self.encoding.startswith("cp") and self.encoding not in {"cp1252", "cp437", "cp850", "cp874"}

    @property
    def is_filled(self) -> bool:
        """Whether a table takes only the room of what is in it."""
        if self.tables == "auto":
            return self.framing != "fixed"
        return self.tables == "filled"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.framing == "lines" and self.is_ebcdic:
            raise ValueError("EBCDIC files have no line ends: choose another kind of records.")
        if self.framing == "content" and self.tables == "full":
            raise ValueError("Records without a length of their own are those whose tables are filled.")
        if self.bdw is not None and self.framing != "rdw":
            raise ValueError("Blocks hold records that have a record descriptor word.")
        return self
