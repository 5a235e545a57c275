"""SOAP 1.1 and 1.2: the envelope taken off, header, body and fault as a record."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from integrations.errors import DecodeError, EncodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Record, Split
from integrations.formats.soap.envelope import (
    BODY,
    ENVELOPE,
    FAULT,
    HEADER,
    PREFIX,
    VERSIONS,
    enveloped,
    know_both,
    names_for,
)
from integrations.formats.soap.message import envelope, message
from integrations.formats.xml_text import document, outline, read
from integrations.formats.xml_text.fields import schema_of
from integrations.formats.xml_text.model import Mode, Model, untyped
from integrations.formats.xml_text.names import NCNAME, XSI, Names
from integrations.formats.xml_text.run import Shape
from integrations.formats.xml_text.sniff import root_of
from integrations.formats.xml_text.write import Unwritable
from integrations.formats.xml_text.xsd import Schemas
from integrations.formats.xml_text.xsd_files import MAX_BYTES, Files, as_bytes
from integrations.schema.model import Field as SchemaField
from integrations.schema.model import Schema, Type

_FIRST_IN_BODY = re.compile(r"<[\w.-]*:?Body[^>]*>\s*<(?:([\w.-]+):)?([\w.-]+)([^>]*)>")
_DEFAULT_NAMESPACE = re.compile(r"""\sxmlns=["']([^"'<]*)["']""")


class SoapOptions(codec.Options):
    """Which version is written, and what is in the body."""

    version: Literal["", "1.1", "1.2"] = Field(
        default="",
        title="Version",
        description="Of the messages; empty: any is read, and what the record says is written, or else 1.1.",
    )
    prefixes: dict[str, str] = Field(
        default={},
        max_length=64,
        title="Namespaces",
        description="Prefix and namespace of the elements in header and body; the empty prefix is the "
        "namespace of names without one.",
    )
    xsd: dict[str, str] = Field(
        default={},
        max_length=50,
        title="Schema (XSD)",
        description="Name and text of each file that describes header and body, as the WSDL gives them.",
    )
    body: tuple[str, ...] = Field(
        default=(),
        max_length=20,
        title="Elements of the body",
        description="Those of the schema that a mapping shall see; none: all that it has.",
    )
    header: tuple[str, ...] = Field(
        default=(), max_length=20, title="Elements of the header", description="Likewise; none: no element."
    )
    records: tuple[str, ...] = Field(
        default=(),
        max_length=14,
        title="Where the records are",
        description="Names of the elements in the body that lead to the records; none: the message is one.",
    )
    pretty: bool = Field(
        default=False, title="Indented", description="Write with line breaks and indents, for people to read."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        for prefix, namespace in self.prefixes.items():
            if prefix and (
                not NCNAME.fullmatch(prefix) or prefix in {"xml", "xmlns", "xsi"} or not namespace
            ):
                raise ValueError("A prefix is a name, not xml, xmlns or xsi, and stands for a namespace.")
        if sum(map(len, self.xsd.values())) > MAX_BYTES:
            raise ValueError("The schema is too large.")
        if not all(self.records):
            raise ValueError("The name of an element is empty.")
        return self


class SoapCodec(codec.Codec[SoapOptions]):
    """SOAP messages."""

    key = "soap"
    title = "SOAP"
    media_types = ("text/xml", "application/soap+xml")
    extensions = ("xml",)
    free = (
        "what XML leaves free (prefixes, quotes, comments, white space between elements, the encoding); with "
        "the path to records also what stands around them"
    )
    Options = SoapOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look at the namespace of the envelope and the first element of the body."""
        root = root_of(head)
        versions = [
            version for version, namespace in VERSIONS.items() if root and root.namespace == namespace
        ]
        if root is None or not versions or root.local != "Envelope":
            return None
        prefixes = {
            prefix: uri
            for prefix, uri in root.declared.items()
            if uri not in {"", XSI, *VERSIONS.values()}
            and NCNAME.fullmatch(prefix or "x")
            and prefix != PREFIX
        }
        inside = _FIRST_IN_BODY.search(root.rest)
        name = ""
        if inside:
            name = " " + inside[2]
            default = _DEFAULT_NAMESPACE.search(inside[3])
            if default and not inside[1]:
                prefixes[""] = default[1]
        options = {"version": versions[0], **({"prefixes": prefixes} if prefixes else {})}
        return codec.Guess(0.98, options, f"SOAP {versions[0]}{name}", root.encoding)

    @override
    def reader(self, options: SoapOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: a message is a record, or each element at the end of a path in the body."""
        model, shape = _reading(options)

        def records(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Record]:
            def found(bad: codec.Bad | None) -> Iterator[Record]:
                for piece in read.pieces(model, shape, limits, chunks, bad):
                    record = _plain(piece.kind, piece.record, shape)
                    if piece.kind == "item":
                        yield record

            return read.named(self.key, bad, found)

        return records

    @override
    def split(self, options: SoapOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: with a path, records are items, the message around them header and trailer."""
        model, shape = _reading(options)

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            def found(bad: codec.Bad | None) -> Iterator[Split]:
                for piece in read.splits(model, shape, limits, chunks, bad):
                    yield replace(piece, record=_plain(piece.kind, piece.record, shape))

            return read.named(self.key, bad, found)

        return split

    @override
    def writer(self, options: SoapOptions) -> codec.Writer:
        """Compile a writer: one message, in the version of the options or of the record."""
        base = _model(options)

        def write(records: Iterable[Record]) -> Iterator[bytes]:
            return read.named(self.key, None, lambda _: _write(records, base, options))

        return write

    @override
    def schema(self, options: SoapOptions) -> Schema | None:
        """Describe a message by the schema of its body; None without one."""
        if not options.xsd:
            return None
        model, origin = _model(options), next(iter(options.xsd))
        if options.records:
            return schema_of(model, Shape(options.records), origin=origin)
        everything = (*options.body, *options.header) if options.body else ()
        inside = schema_of(model, Shape(), origin=origin, roots=everything)
        return _message_schema(inside, options) if inside else None

    @override
    def outline(self, options: SoapOptions, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over the elements."""
        return lambda chunks: outline.outline(chunks, limits)


def _model(options: SoapOptions) -> Model:
    prefixes = names_for(options.prefixes)
    if options.xsd:
        texts = {name: as_bytes(text) for name, text in options.xsd.items()}
        model = Schemas(Files(texts, next(iter(texts))), prefixes).model()
    else:
        model = untyped(Names(prefixes), lambda _: Mode.LOOSE)
    know_both(model.names)
    return model


def _reading(options: SoapOptions) -> tuple[Model, Shape]:
    """Give the model of a message to be read, and what becomes a record."""
    versions = [options.version] if options.version else [*VERSIONS]
    path = (ENVELOPE, BODY, *options.records) if options.records else ()
    return enveloped(_model(options), versions, is_read=True), Shape(path)


def _plain(kind: str, record: Record, shape: Shape) -> Record:
    """Take the envelope off a piece. Raises DecodeError for a fault where records are expected."""
    if shape.path and kind == "item":
        return record
    inside = record.get(ENVELOPE)
    parts = inside if isinstance(inside, dict) else {}
    if not shape.path and not isinstance(parts.get(BODY), dict):
        raise DecodeError("xml.no_body", "The envelope does not have one body.", place=f"{ENVELOPE}/{BODY}")
    if isinstance(parts.get(HEADER), list):
        raise DecodeError(
            "xml.headers", "The envelope has more than one header.", place=f"{ENVELOPE}/{HEADER}"
        )
    made = message(parts)
    if shape.path and "fault" in made:
        raise DecodeError(
            "xml.fault",
            "The message is a fault: it holds no records.",
            hint="Read it without the path to see what it says.",
            place=f"{ENVELOPE}/{BODY}/{FAULT}",
        )
    return made


def _write(records: Iterable[Record], base: Model, options: SoapOptions) -> Iterator[bytes]:
    rest = iter(records)
    first = next(rest, None)
    if first is None and not options.records:
        raise EncodeError(
            "xml.no_message", "A message is made from one record; there is none.", place="document"
        )
    version = options.version or "1.1"
    if not options.version and first is not None and not options.records and first.get("version") == "1.2":
        version = "1.2"
    # The prefix stands for the version that is written.
    names = Names({**base.names.given, PREFIX: VERSIONS[version]})
    model = enveloped(Model(names, base.root, base.anything, base.types), (version,), is_read=False)
    layout = document.Layout(pretty=options.pretty)
    whole = chain(() if first is None else (first,), rest)
    if options.records:
        return document.write(model, Shape((ENVELOPE, BODY, *options.records)), layout, whole)
    return document.write(model, Shape(), layout, _envelopes(whole, version, has_default=bool(names.default)))


def _envelopes(records: Iterable[Record], version: str, *, has_default: bool) -> Iterator[Record]:
    for number, record in enumerate(records, 1):
        try:
            yield {ENVELOPE: envelope(record, version, has_default=has_default)}
        except Unwritable as failure:
            raise failure.error(f"record {number}") from None


def _message_schema(inside: Schema, options: SoapOptions) -> Schema:
    """Put the schema of what is in header and body under the keys of a message."""

    def elements(wanted: tuple[str, ...], *, all_if_none: bool) -> tuple[SchemaField, ...]:
        return tuple(
            replace(one, required=False)
            for one in inside.root.fields
            if one.name.rpartition(":")[2] in wanted or (all_if_none and not wanted)
        )

    header, body = elements(options.header, all_if_none=False), elements(options.body, all_if_none=True)
    versions = {version: f"SOAP {version}" for version in VERSIONS}
    parts = (
        SchemaField("version", Type.TEXT, title="Version", choices=versions, is_closed=True),
        SchemaField("header", Type.OBJECT, title="Header", fields=header, is_open=True),
        SchemaField("body", Type.OBJECT, title="Body", fields=body, is_open=True),
        SchemaField("fault", Type.OBJECT, title="Fault", fields=_FAULT, is_open=True),
    )
    return replace(inside, root=SchemaField("", Type.OBJECT, fields=parts))


_FAULT = tuple(
    SchemaField(name, kind, title=title, required=name == "code", repeats=name == "subcodes")
    for name, kind, title in (
        ("code", Type.TEXT, "Code"),
        ("subcodes", Type.TEXT, "Subcodes"),
        ("reason", Type.TEXT, "Reason"),
        ("role", Type.TEXT, "Role or actor"),
        ("detail", Type.ANY, "Detail"),
    )
)

CODEC = SoapCodec()
