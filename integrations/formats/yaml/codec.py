"""YAML 1.2: documents of records, for people who write them by hand."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from pydantic import Field
from typing_extensions import override

from integrations.errors import DecodeError, EncodeError, InputError
from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Record, Split, Value
from integrations.formats.encoded_text.decode import byte_encoding, marked_encoding
from integrations.formats.yaml.documents import Document, byte_length, cut_documents, marked_unicode
from integrations.formats.yaml.values import Builder, Node
from integrations.formats.yaml.write import block

_MAX_MARKS = 20_000


class YamlOptions(codec.Options):
    """How records lie in YAML documents."""

    layout: Literal["documents", "list"] = Field(
        default="documents",
        title="Layout when writing",
        description="A document for each record ('---' between them), or one document that is a list.",
    )
    records: tuple[str, ...] = Field(
        default=(),
        max_length=8,
        title="Where the records are",
        description="Keys that lead to the records inside a document; none if it is them.",
    )


class YamlCodec(codec.Codec[YamlOptions]):
    """YAML 1.2, safely: no objects of programming languages, no alias bombs, exact numbers."""

    key = "yaml"
    title = "YAML"
    media_types = ("application/yaml", "text/yaml", "application/x-yaml")
    extensions = ("yaml", "yml")
    free = (
        "comments, styles of quoting and of blocks, white space, anchors and aliases (repeated in full), "
        "tags other than of binary values, how a number is written"
    )
    Options = YamlOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look for a directive, a document marker, or lines of keys and lists."""
        marked = marked_encoding(head)
        encoding = marked[0] if marked else "utf-8"
        text = head.decode(encoding, "ignore").removeprefix("\ufeff")
        lines = [line for line in text.splitlines()[:60] if line.strip() and not line.startswith("#")]
        if not lines or "\0" in text:
            return None
        if lines[0].startswith("%YAML") or re.match(r"---(\s|$)", lines[0]):
            return codec.Guess(0.9 if len(lines) > 1 else 0.5, encoding=encoding)
        # The last line may be cut.
        whole = lines[:-1] if len(head) >= codec.SNIFF_BYTES else lines
        alike = sum(bool(_LINE.match(line)) for line in whole)
        if alike < len(whole) or not _KEY.search("\n".join(whole)):
            return None
        return codec.Guess(0.75 if len(whole) > 2 else 0.55 if len(whole) > 1 else 0.3, encoding=encoding)

    @override
    def reader(self, options: YamlOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: a document that is an object is one record, one that is a list holds several."""
        split = self.split(options, limits)
        return lambda chunks, bad=None: (piece.record for piece in split(chunks, bad))

    @override
    def split(self, options: YamlOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: every record is an item; ``raw`` is the text of it alone."""

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            head, stream = _headed(chunks)
            encoding, _ = byte_encoding(head, marked_unicode(head))
            number = 0
            for document in cut_documents(stream, limits):
                try:
                    found, text = _records(document, options, limits)
                except InputError as failure:
                    if bad is None or not isinstance(failure, DecodeError):
                        raise
                    bad(failure)
                    continue
                for value, start, end in found:
                    number += 1
                    if number > limits.max_records:
                        raise codec.too_many_records("yaml", limits, f"line {document.line}")
                    if isinstance(value, dict):
                        raw = text[start:end].rstrip().encode(encoding)
                        yield Split("item", number, value, raw)
                        continue
                    wrong = _no_record(document.line + text.count("\n", 0, start))
                    if bad is None:
                        raise wrong
                    bad(wrong)

        return split

    @override
    def writer(self, options: YamlOptions) -> codec.Writer:
        """Compile a writer of documents with ``---`` between them, or of one list, inside ``records``."""

        def write(records: Iterable[Record]) -> Iterator[bytes]:
            if options.layout == "list" or options.records:
                value: Value = [*records]
                for key in reversed(options.records):
                    value = {key: value}
                yield block(value, "document").encode()
                return
            for number, record in enumerate(records, 1):
                text = block(record, f"record {number}")
                yield f"---\n{text}".encode()

        return write

    @override
    def dump(self, options: YamlOptions) -> Callable[[Value], bytes]:
        """Compile the way back of ``document``: one object is one document."""
        write = self.writer(options)

        def dump(value: Value) -> bytes:
            if not isinstance(value, dict | list):
                raise EncodeError("yaml.not_a_list", "YAML is made from a list of records.", place="document")
            return b"".join(write(codec.records_of(value, self.key, self.title)))

        return dump

    @override
    def outline(self, options: YamlOptions, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over the values of all documents."""

        def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
            head, stream = _headed(chunks)
            encoding, offset = byte_encoding(head, marked_unicode(head))
            count = 0
            for number, document in enumerate(cut_documents(stream, limits), 1):
                builder = Builder(document, limits)
                try:
                    builder.value()
                except InputError:
                    # As far as it could be read.
                    builder.nodes = builder.nodes[:_MAX_MARKS]
                yield from _marks(builder, f"document {number}", encoding, offset + document.start)
                count += len(builder.nodes)
                if count > _MAX_MARKS:
                    return

        return walk


_LINE = re.compile(
    r"\s*(?:- |-$|#|[\]}]|(?:- )*(?:\"[^\"]*\"|'[^']*'|[\w$@./()-][^:,;|\t{\[]{0,60}):(?:\s|$)|\s+\S)"
)
_KEY = re.compile(r"^\s*(?:- )?(?:\"[^\"]*\"|'[^']*'|[A-Za-z_$@][\w $@./()-]*):(?:\s|$)", re.MULTILINE)


def _headed(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Give the first bytes of a stream, and the stream with them."""
    stream = iter(chunks)
    head = b""
    while len(head) < 4 and (chunk := next(stream, None)) is not None:
        head += chunk

    def whole() -> Iterator[bytes]:
        yield head
        yield from stream

    return head[:4], whole()


def _records(
    document: Document, options: YamlOptions, limits: Limits
) -> tuple[list[tuple[Value, int, int]], str]:
    """Give the values that should be records, each with where it stands in the document's text."""
    builder = Builder(document, limits)
    value = builder.value()
    nodes = builder.nodes
    node = nodes[0] if nodes else Node("", 0, 0, len(builder.text))
    for key in options.records:
        if not isinstance(value, dict) or key not in value:
            raise DecodeError(
                "yaml.no_records",
                "The key that should lead to the records is missing.",
                place=f"line {document.line}",
                hint="Check the option 'Where the records are'.",
            )
        value = value[key]
        inner = (n for n in nodes if n.depth == node.depth + 1 and n.label == key and n.start >= node.start)
        node = next(inner, node)
    if not isinstance(value, list):
        start = 0 if not options.records else node.start
        return [(value, start, len(builder.text) if not options.records else node.end)], builder.text
    items = [n for n in nodes if n.depth == node.depth + 1 and node.start <= n.start < max(node.end, 1)]
    if len(items) != len(value):
        # Aliases stand in the list: they have no text of their own here.
        return [(item, node.start, node.end) for item in value], builder.text
    return [(item, n.start, n.end) for item, n in zip(value, items, strict=True)], builder.text


def _no_record(line: int) -> DecodeError:
    return DecodeError(
        "yaml.record_not_object",
        "A record is not an object with keys.",
        hint="Check the option 'Where the records are'.",
        place=f"line {line}",
    )


def _marks(builder: Builder, name: str, encoding: str, before: int) -> Iterator[Mark]:
    """Yield a mark a node; offsets are counted on from one node to the next."""
    text = builder.text
    at, offset = 0, before
    for node in builder.nodes:
        if node.start >= at:
            offset += byte_length(text[at : node.start], encoding)
            at = node.start
        end = max(node.start, node.end)
        part = text[node.start : end].rstrip()
        length = byte_length(part, encoding)
        yield Mark(node.depth, node.label or name, offset, length, part[:200])


CODEC = YamlCodec()
