"""What the codecs of interchanges share: they read and write through one state object a document."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from typing_extensions import override

from integrations.formats import codec
from integrations.formats.codec import Limits, Numbers, O, Record, Split, Value
from integrations.formats.segments.reading import MessageReading


class MessageWriting(Protocol):
    """The state of writing one document."""

    def write(self, records: Iterable[Record]) -> Iterator[bytes]:
        """Yield the document, at least one piece for each record. Raises EncodeError."""
        ...


class InterchangeCodec(codec.Codec[O]):
    """A format of messages in interchanges: a record for each, with the heads of its envelopes beside it.

    Where the options cut large messages, a record is a part of one.
    """

    @abstractmethod
    def reading(
        self, options: O, limits: Limits, bad: codec.Bad | None, *, wants_raw: bool
    ) -> MessageReading:
        """Begin to read a document."""

    @abstractmethod
    def writing(
        self, options: O, numbers: Numbers | None = None, now: datetime | None = None
    ) -> MessageWriting:
        """Begin to write a document. What the records leave open of their envelopes comes from the options.

        numbers: gives control numbers; without it they count from 1. now: when it is made, where the records
        do not say; without it they must.
        """

    @override
    def reader(self, options: O, limits: Limits) -> codec.Reader:
        def read(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Record]:
            pieces = self.reading(options, limits, bad, wants_raw=False).pieces(chunks)
            return (piece.record for piece in pieces)

        return read

    @override
    def split(self, options: O, limits: Limits) -> codec.Splitter:
        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            pieces = self.reading(options, limits, bad, wants_raw=True).pieces(chunks)
            return (Split("item", number, piece.record, piece.raw) for number, piece in enumerate(pieces, 1))

        return split

    @override
    def writer(self, options: O) -> codec.Writer:
        return lambda records: self.writing(options).write(records)

    @override
    def enveloped(self, options: O) -> codec.Enveloped:
        def dump(value: Value, numbers: Numbers, now: datetime) -> bytes:
            records = codec.records_of(value, self.key, self.title)
            return b"".join(self.writing(options, numbers, now).write(records))

        return dump


def counting() -> Numbers:
    """Give numbers that count from 1, for each kind by itself."""
    given: dict[str, int] = {}

    def number(kind: str) -> int:
        given[kind] = given.get(kind, 0) + 1
        return given[kind]

    return number
