"""XML documents of any kind: by their own names, or by an XSD."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Record, Split
from integrations.formats.xml.recognise import guess
from integrations.formats.xml_text import document, outline, read
from integrations.formats.xml_text.fields import schema_of
from integrations.formats.xml_text.model import Mode, Model, untyped
from integrations.formats.xml_text.names import NCNAME, Names
from integrations.formats.xml_text.run import Shape
from integrations.formats.xml_text.xsd import Schemas
from integrations.formats.xml_text.xsd_files import MAX_BYTES, Files, as_bytes
from integrations.schema.model import Schema

Encoding = Literal["utf-8", "utf-16", "iso-8859-1", "windows-1252", "us-ascii"]


class XmlOptions(codec.Options):
    """How a document becomes records, and how it is written."""

    records: tuple[str, ...] = Field(
        default=(),
        max_length=16,
        title="Where the records are",
        description="Names of the elements that lead to the records, from the outermost; none: the document "
        "is one record.",
    )
    context: bool = Field(
        default=False,
        title="Records with what stands before them",
        description="Put each record into the outer elements and what they hold before it.",
    )
    prefixes: dict[str, str] = Field(
        default={},
        max_length=64,
        title="Namespaces",
        description="Prefix and namespace; fields of a namespace are named prefix:name whatever prefix the "
        "document has. The empty prefix is the namespace of names without one.",
    )
    lists: tuple[str, ...] = Field(
        default=(),
        max_length=200,
        title="Always lists",
        description="Names of elements (line), or the last names of their path (lines/line), that are lists "
        "even where there is one.",
    )
    always_list: bool = Field(
        default=False, title="Every element a list", description="Even where an element does not repeat."
    )
    xsd: dict[str, str] = Field(
        default={},
        max_length=50,
        title="Schema (XSD)",
        description="Name and text of each file of the schema; the first is the one where it begins.",
    )
    root: str = Field(
        default="",
        max_length=200,
        title="Outermost element",
        description="Its local name, where the schema has several; empty: any of them.",
    )
    keep: bool = Field(
        default=False,
        title="Keep everything",
        description="Also comments, processing instructions and the white space between elements.",
    )
    encoding: Encoding = Field(default="utf-8", title="Encoding", description="For writing.")
    declaration: bool = Field(default=True, title="XML declaration", description="For writing.")
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
        if not all(self.records) or not all(self.lists):
            raise ValueError("The name of an element is empty.")
        if sum(map(len, self.xsd.values())) > MAX_BYTES:
            raise ValueError("The schema is too large.")
        if self.context and not self.records:
            raise ValueError("What stands before records needs the path to them.")
        return self


class XmlCodec(codec.Codec[XmlOptions]):
    """XML 1.0 with namespaces."""

    key = "xml"
    title = "XML"
    media_types = ("application/xml", "text/xml")
    extensions = ("xml",)
    free = (
        "prefixes and where they are declared, the order of attributes, quotes, <a/> or <a></a>, "
        "CDATA sections, character references, the encoding, the XML declaration and the DOCTYPE; unless "
        "everything is kept, also comments, processing instructions and white space between elements"
    )
    Options = XmlOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look at the outermost element and what it declares."""
        return guess(head)

    @override
    def reader(self, options: XmlOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: the whole document is a record, or each element at the end of a path."""
        model, shape = compiled(options)

        def records(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Record]:
            return read.records(model, shape, limits, chunks, bad)

        return records

    @override
    def split(self, options: XmlOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: records are items; what stands before and behind them is header and trailer.

        Where several outer elements hold records there is a header for each, before its records.
        """
        model, shape = compiled(options)

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            return read.splits(model, shape, limits, chunks, bad)

        return split

    @override
    def writer(self, options: XmlOptions) -> codec.Writer:
        """Compile a writer: of one record, or of many inside the elements of the path."""
        model, shape = compiled(options)
        layout = document.Layout(options.encoding, declaration=options.declaration, pretty=options.pretty)
        return lambda records: document.write(model, shape, layout, records)

    @override
    def schema(self, options: XmlOptions) -> Schema | None:
        """Describe the records by the XSD, if there is one."""
        model, shape = compiled(options)
        return schema_of(model, shape, origin=next(iter(options.xsd), ""))

    @override
    def outline(self, options: XmlOptions, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over the elements."""
        return lambda chunks: outline.outline(chunks, limits)


def compiled(options: XmlOptions) -> tuple[Model, Shape]:
    """Give what the options mean: which elements may stand where, and what becomes a record."""
    asked: dict[str, tuple[tuple[str, ...], ...]] = {}
    for path in options.lists:
        *above, key = path.split("/")
        asked[key] = (*asked.get(key, ()), tuple(above))
    shape = Shape(options.records, asked, options.keep, options.context)

    def mode(key: str) -> Mode:
        if options.always_list or () in asked.get(key, ()):
            return Mode.LOOSE_LIST
        return Mode.ASKED if key in asked else Mode.LOOSE

    if options.xsd:
        files = Files({name: as_bytes(text) for name, text in options.xsd.items()}, next(iter(options.xsd)))
        return Schemas(files, options.prefixes).model(options.root), shape
    return untyped(Names(options.prefixes), mode), shape


CODEC = XmlCodec()
