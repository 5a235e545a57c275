"""ISO 20022: payments, statements and their reports, in XML, by the schema of each message."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from integrations.errors import EncodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Record, Split
from integrations.formats.iso20022.envelope import reading_model
from integrations.formats.iso20022.messages import (
    ID,
    NAMESPACE,
    Message,
    inner_namespaces,
    message_of,
    model_of,
)
from integrations.formats.xml_text import document, outline, read
from integrations.formats.xml_text.fields import schema_of
from integrations.formats.xml_text.model import Model, untyped
from integrations.formats.xml_text.names import Names
from integrations.formats.xml_text.run import Shape
from integrations.formats.xml_text.sniff import root_of
from integrations.schema.model import Schema


class Iso20022Options(codec.Options):
    """Which message it is, and what becomes a record."""

    message: str = Field(
        default="",
        max_length=17,
        title="Message",
        description="Its id with version, such as camt.053.001.08; empty: as the document or record says.",
    )
    by: Literal["message", "entry"] = Field(
        default="message",
        title="A record is",
        description="A whole message; or one entry of a statement, one transaction of a payment, inside what "
        "stands before it, so that its fields have the same paths. Large files need the second.",
    )
    records: tuple[str, ...] = Field(
        default=(),
        max_length=16,
        title="Where the entries are",
        description="Names of the elements that lead to them, from the outermost, where they are not the "
        "usual ones of the message or the message stands in an envelope.",
    )
    pretty: bool = Field(
        default=False, title="Indented", description="Write with line breaks and indents, for people to read."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.message and not ID.fullmatch(self.message):
            raise ValueError("The id of a message is like camt.053.001.08.")
        if not all(self.records):
            raise ValueError("The name of an element is empty.")
        if self.by == "entry" and not self.path:
            raise ValueError("Choose the message, or say where the entries are.")
        return self

    @property
    def path(self) -> tuple[str, ...]:
        """Give the keys that lead to the records; none for whole messages."""
        if self.by == "message":
            return ()
        return self.records or Message(self.message, "").path


class Iso20022Codec(codec.Codec[Iso20022Options]):
    """ISO 20022 messages (pain, pacs, camt), every version whose schema is installed."""

    key = "iso20022"
    title = "ISO 20022"
    media_types = ("application/xml", "application/iso20022+xml")
    extensions = ("xml", "camt", "pain", "pacs")
    free = (
        "what XML leaves free (prefixes, quotes, comments, white space between elements, the encoding), Z or "
        "+00:00, zeros at the end of a fraction of a second, zeros before a number, true or 1; by entry also "
        "what follows the last of them"
    )
    Options = Iso20022Options

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look at the namespace of Document."""
        root = root_of(head)
        namespaces = [root.namespace, *root.declared.values(), *inner_namespaces(root.rest)] if root else []
        found = next((message for one in namespaces if (message := message_of(one))), None)
        if root is None or found is None:
            return None
        options = {"message": found.id} if root.local == "Document" else {}
        return codec.Guess(0.98, options, found.title, root.encoding)

    @override
    def reader(self, options: Iso20022Options, limits: Limits) -> codec.Reader:
        """Compile a reader: a record a message, or one an entry inside what stands before it."""
        shape = _shape(options)

        def records(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Record]:
            model = reading_model(options.message)
            return read.named(self.key, bad, lambda bad: read.records(model, shape, limits, chunks, bad))

        return records

    @override
    def split(self, options: Iso20022Options, limits: Limits) -> codec.Splitter:
        """Compile a cutter: entries are items, what stands before and behind them header and trailer."""
        shape = _shape(options)

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            model = reading_model(options.message)
            return read.named(self.key, bad, lambda bad: read.splits(model, shape, limits, chunks, bad))

        return split

    @override
    def writer(self, options: Iso20022Options) -> codec.Writer:
        """Compile a writer: in the order of the schema, by which every value is checked."""

        def write(records: Iterable[Record]) -> Iterator[bytes]:
            return read.named(self.key, None, lambda _: _write(records, options))

        return write

    @override
    def schema(self, options: Iso20022Options) -> Schema | None:
        """Describe the record of the chosen message; the same for whole messages and for entries."""
        model = model_of(NAMESPACE + options.message) if options.message else None
        return schema_of(model, Shape(), origin=options.message) if model else None

    @override
    def outline(
        self, options: Iso20022Options, limits: Limits
    ) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over the elements."""
        return lambda chunks: outline.outline(chunks, limits)


def _shape(options: Iso20022Options) -> Shape:
    return Shape(options.path, context=bool(options.path))


def _write(records: Iterable[Record], options: Iso20022Options) -> Iterator[bytes]:
    rest = iter(records)
    first = next(rest, None)
    if first is None:
        raise EncodeError(
            "xml.no_root", "A message is made from one record; there is none.", place="document"
        )
    namespace = _namespace(first, options)
    model = _model(namespace, is_document="Document" in first)
    return document.write(
        model,
        _shape(options),
        document.Layout(pretty=options.pretty),
        (_without(record, namespace) for record in chain((first,), rest)),
    )


def _namespace(record: Record, options: Iso20022Options) -> str:
    """Say which message a record is, by the option or by itself."""
    inside = record.get("Document")
    own = inside.get("@xmlns") if isinstance(inside, dict) else None
    if isinstance(own, str) and message_of(own):
        return own
    if not options.message and "Document" in record:
        raise EncodeError(
            "xml.message",
            "The record does not say which message it is.",
            hint="Choose the message in the options, or put its namespace into Document/@xmlns.",
            place="record 1",
        )
    return NAMESPACE + options.message


def _model(namespace: str, *, is_document: bool) -> Model:
    model = model_of(namespace) if is_document else None
    return model or untyped(Names({"": namespace} if is_document else {}))


def _without(record: Record, namespace: str) -> Record:
    """Leave out the namespace that the model writes itself. Raises EncodeError for another message."""
    inside = record.get("Document")
    if not isinstance(inside, dict) or "@xmlns" not in inside:
        return record
    if inside["@xmlns"] != namespace:
        raise EncodeError("xml.message", "The records are of different messages.", place="record")
    return {**record, "Document": {key: value for key, value in inside.items() if key != "@xmlns"}}


CODEC = Iso20022Codec()
