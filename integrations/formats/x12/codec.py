"""ASC X12: reading, writing, checking, acknowledging."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from typing_extensions import override

from integrations.formats import codec
from integrations.formats.codec import Limits, Numbers, Record
from integrations.formats.segments.findings import Finding
from integrations.formats.segments.interchange import InterchangeCodec
from integrations.formats.x12 import acknowledging, describing, outlining, sniffing
from integrations.formats.x12.inspecting import Inspection, findings_of
from integrations.formats.x12.options import X12Options
from integrations.formats.x12.reading import Reading
from integrations.formats.x12.writing import Writing
from integrations.schema.model import Schema


class X12Codec(InterchangeCodec[X12Options]):
    """Transaction sets of 004010 and 005010, and any other segment by segment."""

    key = "x12"
    title = "EDI X12"
    media_types = ("application/edi-x12", "application/x12")
    extensions = ("x12", "edi", "837", "835", "850")
    free = (
        "line ends between segments, separators of an interchange, the padding of ISA; with typed values "
        "also empty elements at the end of a segment, zeros before a number and its plus sign"
    )
    Options = X12Options

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look for an interchange header and the first set after it."""
        return sniffing.sniff(head)

    @override
    def reading(
        self, options: X12Options, limits: Limits, bad: codec.Bad | None, *, wants_raw: bool
    ) -> Reading:
        return Reading(options, limits, bad, wants_raw=wants_raw)

    @override
    def writing(
        self, options: X12Options, numbers: Numbers | None = None, now: datetime | None = None
    ) -> Writing:
        return Writing(options, numbers, now)

    @override
    def acknowledge(self, options: X12Options, limits: Limits) -> codec.Acknowledge:
        """Compile the making of TA1, 997 and 999."""

        def make(document: bytes, numbers: Numbers, now: datetime) -> bytes:
            return acknowledging.acknowledge(document, numbers, now, options, limits)

        return make

    @override
    def outcomes(self, options: X12Options) -> Callable[[Record], list[codec.Outcome]]:
        """Compile the reading of a received TA1, 997 or 999."""
        return acknowledging.outcomes

    @override
    def schema(self, options: X12Options) -> Schema | None:
        """Describe the records of the set that the options name; None where they name none."""
        return describing.schema(options, options.transaction_set)

    @override
    def outline(
        self, options: X12Options, limits: Limits
    ) -> Callable[[Iterable[bytes]], Iterator[codec.Mark]]:
        """Compile the walk over segments, with their depth by loop."""
        return outlining.outline(options, limits)

    def validate(self, options: X12Options, limits: Limits) -> Callable[[bytes], list[Finding]]:
        """Compile the check of a document against the tables: every violation, in its order.

        The check raises InputError only where there is nothing to check, or a limit is passed.
        """
        return lambda document: list(findings_of(Inspection(options, limits).run((document,))))


CODEC = X12Codec()
