"""UN/EDIFACT: reading, writing, checking, acknowledging."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from typing_extensions import override

from integrations.formats import codec
from integrations.formats.codec import Limits, Numbers, Record
from integrations.formats.edifact import acknowledging, describing, outlining, sniffing
from integrations.formats.edifact.inspecting import Inspection, findings_of
from integrations.formats.edifact.options import EdifactOptions
from integrations.formats.edifact.reading import Reading
from integrations.formats.edifact.writing import Writing
from integrations.formats.segments.findings import Finding
from integrations.formats.segments.interchange import InterchangeCodec
from integrations.schema.model import Schema


class EdifactCodec(InterchangeCodec[EdifactOptions]):
    """Messages of D.96A, D.01B and D.24A, of others by the nearest, and any other segment by segment."""

    key = "edifact"
    title = "UN/EDIFACT"
    media_types = ("application/edifact",)
    extensions = ("edi", "edifact")
    free = (
        "line ends between segments, UNA, separators of an interchange, counts; with typed values "
        "also empty elements at the end of a segment, needless release characters, zeros before a number and "
        "its plus sign"
    )
    Options = EdifactOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look for the head of an interchange and the first message after it."""
        return sniffing.sniff(head)

    @override
    def reading(
        self, options: EdifactOptions, limits: Limits, bad: codec.Bad | None, *, wants_raw: bool
    ) -> Reading:
        return Reading(options, limits, bad, wants_raw=wants_raw)

    @override
    def writing(
        self, options: EdifactOptions, numbers: Numbers | None = None, now: datetime | None = None
    ) -> Writing:
        return Writing(options, numbers, now)

    @override
    def acknowledge(self, options: EdifactOptions, limits: Limits) -> codec.Acknowledge:
        """Compile the making of CONTRL."""

        def make(document: bytes, numbers: Numbers, now: datetime) -> bytes:
            return acknowledging.acknowledge(document, numbers, now, options, limits)

        return make

    @override
    def outcomes(self, options: EdifactOptions) -> Callable[[Record], list[codec.Outcome]]:
        """Compile the reading of a received CONTRL."""
        return acknowledging.outcomes

    @override
    def schema(self, options: EdifactOptions) -> Schema | None:
        """Describe the records of the message that the options name; None where they name none."""
        return describing.schema(options)

    @override
    def outline(
        self, options: EdifactOptions, limits: Limits
    ) -> Callable[[Iterable[bytes]], Iterator[codec.Mark]]:
        """Compile the walk over segments, with their depth by group."""
        return outlining.outline(options, limits)

    def validate(self, options: EdifactOptions, limits: Limits) -> Callable[[bytes], list[Finding]]:
        """Compile the check of a document against the tables: every violation.

        The check raises InputError only where there is nothing to check, or a limit is passed.
        """
        return lambda document: list(findings_of(Inspection(options, limits).run((document,))))


CODEC = EdifactCodec()
