"""ASC X12: reading, writing, checking, acknowledging."""

from collections.abc import Iterable, Iterator

from typing_extensions import override

from integrations.formats import codec
from integrations.formats.codec import Limits, Record, Split
from integrations.formats.x12.options import X12Options
from integrations.formats.x12.reading import Reading


class X12Codec(codec.Codec[X12Options]):
    """Transaction sets of 004010 and 005010, and any other segment by segment."""

    key = "x12"
    title = "EDI X12"
    media_types = ("application/edi-x12", "application/x12")
    extensions = ("x12", "edi", "837", "835", "850")
    free = "x"
    Options = X12Options

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        return None

    @override
    def reader(self, options: X12Options, limits: Limits) -> codec.Reader:
        """Compile a reader: a record for each transaction set, with ISA and GS beside it."""

        def read(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Record]:
            reading = Reading(options, limits, bad, wants_raw=False)
            return (piece.record for piece in reading.pieces(chunks))

        return read

    @override
    def split(self, options: X12Options, limits: Limits) -> codec.Splitter:
        """Compile a cutter: an item for each transaction set, or for each loop where large ones are cut."""

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            pieces = Reading(options, limits, bad, wants_raw=True).pieces(chunks)
            return (Split("item", number, piece.record, piece.raw) for number, piece in enumerate(pieces, 1))

        return split

    @override
    def writer(self, options: X12Options) -> codec.Writer:
        raise NotImplementedError


CODEC = X12Codec()
