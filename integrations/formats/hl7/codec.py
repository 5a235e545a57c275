"""HL7 v2.1 to 2.8: a record is one message, with the headers of its batch beside it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from typing_extensions import override

from integrations.formats import codec
from integrations.formats.codec import Acknowledge, Limits, Mark, Numbers, Outcome, Record, Split, Value
from integrations.formats.hl7.ack import acknowledger, outcome_reader
from integrations.formats.hl7.batches import BatchReader, write_batches
from integrations.formats.hl7.describe import schema_of
from integrations.formats.hl7.guess import guess
from integrations.formats.hl7.messages import with_header
from integrations.formats.hl7.options import Hl7Options
from integrations.formats.hl7.outline import outliner
from integrations.schema.model import Schema


class Hl7Codec(codec.Codec[Hl7Options]):
    """HL7 v2 in its classic encoding (vertical bars)."""

    key = "hl7"
    title = "HL7 v2"
    media_types = ("x-application/hl7-v2+er7", "application/hl7-v2")
    extensions = ("hl7", "hl7v2")
    free = (
        "line ends, blank lines and a byte order mark; a backslash that begins no escape is written as one; "
        "a missing batch trailer and its count"
    )
    Options = Hl7Options

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look for a header and what it says of its message."""
        return guess(head)

    @override
    def reader(self, options: Hl7Options, limits: Limits) -> codec.Reader:
        """Compile a reader of messages, those of batches too."""
        split = self.split(options, limits)
        return lambda chunks, bad=None: (piece.record for piece in split(chunks, bad))

    @override
    def split(self, options: Hl7Options, limits: Limits) -> codec.Splitter:
        """Compile a cutter: every message is an item."""

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            stream = codec.blocks(chunks, limits, "hl7")
            for number, (record, raw) in enumerate(BatchReader(options, limits, bad).read(stream), 1):
                yield Split("item", number, record, raw)

        return split

    @override
    def writer(self, options: Hl7Options) -> codec.Writer:
        """Compile a writer of messages; those that share a batch in ``_envelope`` are put into one."""
        return lambda records: write_batches(records, options)

    @override
    def enveloped(self, options: Hl7Options) -> codec.Enveloped:
        """Compile the writing of messages that get a time (MSH-7) and an id (MSH-10) where they have none."""
        write = self.writer(options)

        def dump(value: Value, numbers: Numbers, now: datetime) -> bytes:
            records = codec.records_of(value, self.key, self.title)
            return b"".join(write(with_header(record, numbers, now) for record in records))

        return dump

    @override
    def acknowledge(self, options: Hl7Options, limits: Limits) -> Acknowledge:
        """Compile the answering of received messages with ACK messages."""
        return acknowledger(options, limits)

    @override
    def outcomes(self, options: Hl7Options) -> Callable[[Record], list[Outcome]]:
        """Compile the reading of received ACK messages."""
        return outcome_reader()

    @override
    def schema(self, options: Hl7Options) -> Schema | None:
        """Describe the records of the message structure that the options name."""
        return schema_of(options)

    @override
    def outline(self, options: Hl7Options, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over messages, segments and fields."""
        return outliner(options, limits)


CODEC = Hl7Codec()
