"""multipart/form-data: the parts of an uploaded form, each a record.

Source: RFC 7578; how browsers quote names: WHATWG HTML, "multipart/form-data encoding algorithm".
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from binascii import a2b_qp
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TypeAlias

from pydantic import Field
from typing_extensions import override

from integrations.errors import DecodeError, InputError, LimitError
from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Record, Split
from integrations.formats.multipart.parts import Part, cut_parts, first_boundary, read_part
from integrations.formats.multipart.write import part_bytes
from integrations.schema.model import Field as SchemaField
from integrations.schema.model import Schema, Type


class MultipartOptions(codec.Options):
    """How the parts are divided."""

    boundary: str = Field(
        default="",
        max_length=200,
        pattern=r"^[A-Za-z0-9'()+_,./:=?-]*$",
        title="Boundary",
        description="As the content type tells it; empty to take the first line of the body when reading.",
    )


class MultipartCodec(codec.Codec[MultipartOptions]):
    """Parts with name, file name, content type, and text or bytes."""

    key = "multipart"
    title = "Multipart form"
    media_types = ("multipart/form-data",)
    extensions = ("multipart", "http")
    free = "the boundary, the case and order of headers, headers beside name and type, transfer encodings"
    Options = MultipartOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look for a boundary in the first line, and a disposition after it."""
        boundary = first_boundary(head)
        if boundary is None or not re.fullmatch(r"[A-Za-z0-9'()+_,./:=?-]+", boundary):
            return None
        is_form = re.search(rb"\nContent-Disposition:\s*form-data", head[:4096], re.IGNORECASE)
        return codec.Guess(0.97, {"boundary": boundary}) if is_form else None

    @override
    def reader(self, options: MultipartOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: a part is a record with ``name``, and ``text`` or ``data``.

        A part without a file name, of no type or a text type, is text; any other is bytes.
        """
        split = self.split(options, limits)
        return lambda chunks, bad=None: (piece.record for piece in split(chunks, bad))

    @override
    def split(self, options: MultipartOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: a part is an item, ``raw`` its content as it was sent."""

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            count = 0
            for number, offset, raw in _parts(chunks, options, limits):
                if number > limits.max_records:
                    raise codec.too_many_records("multipart", limits, f"part {number}")
                try:
                    part = read_part(number, offset, raw)
                    record = _record(part, limits)
                except DecodeError as failure:
                    if bad is None:
                        raise
                    bad(failure)
                    continue
                count += 1
                yield Split("item", count, record, part.content)

        return split

    @override
    def writer(self, options: MultipartOptions) -> codec.Writer:
        """Compile a writer; DEFAULT_BOUNDARY is what it uses where the options give none."""
        boundary = (options.boundary or DEFAULT_BOUNDARY).encode()

        def write(records: Iterable[Record]) -> Iterator[bytes]:
            for number, record in enumerate(records, 1):
                yield part_bytes(record, number, boundary)
            yield b"--" + boundary + b"--\r\n"

        return write

    @override
    def schema(self, options: MultipartOptions) -> Schema:
        """Describe a part."""
        fields = (
            SchemaField("name", Type.TEXT, required=True, title="Name of the field"),
            SchemaField("filename", Type.TEXT, title="File name"),
            SchemaField("content_type", Type.TEXT, title="Content type"),
            SchemaField("text", Type.TEXT, title="Text of a field"),
            SchemaField("data", Type.BYTES, title="Bytes of a file"),
        )
        return Schema(SchemaField("", Type.OBJECT, fields=fields), origin="multipart/form-data")

    @override
    def outline(
        self, options: MultipartOptions, limits: Limits
    ) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over parts and their contents."""

        def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
            whole = b"".join(codec.blocks(chunks, limits, "multipart"))
            try:
                for number, offset, raw in _parts((whole,), options, limits):
                    part = read_part(number, offset, raw)
                    name, filename = part.disposition()
                    yield Mark(0, part.place, part.start, len(raw) - 2, name or "", filename or "")
                    text = part.content[:200].decode("utf-8", "replace")
                    yield Mark(1, name or "", part.content_start, len(part.content), text)
            except InputError:
                # As far as it could be read.
                return

        return walk


DEFAULT_BOUNDARY = "----7MFormBoundary7f3c9a2e51d04b68"

Piece: TypeAlias = tuple[int, int, bytes]


def _parts(chunks: Iterable[bytes], options: MultipartOptions, limits: Limits) -> Iterator[Piece]:
    stream = codec.blocks(chunks, limits, "multipart")
    first = next(stream, b"")
    boundary = options.boundary or first_boundary(first)
    if boundary is None:
        raise DecodeError(
            "multipart.no_boundary",
            "The document does not begin with a boundary.",
            hint="Give the boundary of its content type in the options.",
            place="part 1",
        )
    return cut_parts(chain((first,), stream), boundary.encode("latin-1"), limits)


def _record(part: Part, limits: Limits) -> Record:
    name, filename = part.disposition()
    if name is None:
        raise DecodeError("multipart.no_name", "A part of the form has no name.", place=part.place)
    data = _transferred(part.content, part.headers.get("content-transfer-encoding", ""), part.place)
    record: Record = {"name": name}
    if filename is not None:
        record["filename"] = filename
    if "content-type" in part.headers:
        record["content_type"] = part.headers["content-type"]
    kind, charset = part.media_type()
    if filename is not None or not (kind.startswith("text/") or not kind):
        record["data"] = data
        return record
    if len(data) > limits.max_field_bytes:
        raise LimitError(
            "multipart.field_too_long",
            f"A text is longer than the {limits.max_field_bytes:,} bytes allowed here.",
            place=part.place,
        )
    record["text"] = _text(data, charset, part.place)
    return record


def _text(data: bytes, charset: str, place: str) -> str:
    try:
        text = data.decode(charset)
    except (UnicodeError, LookupError):
        raise DecodeError(
            "multipart.encoding", "A text is not in the encoding that its part tells.", place=place
        ) from None
    if "\0" in text:
        raise DecodeError("multipart.nul", "A text holds the character NUL.", place=place)
    return text


def _transferred(data: bytes, encoding: str, place: str) -> bytes:
    name = encoding.strip().lower()
    if name in {"", "7bit", "8bit", "binary"}:
        return data
    if name == "quoted-printable":
        return a2b_qp(data)
    if name == "base64":
        try:
            return b64decode(b"".join(data.split()), validate=True)
        except (Base64Error, ValueError):
            raise DecodeError("multipart.base64", "A part is not the base64 it says.", place=place) from None
    raise DecodeError("multipart.transfer", "A part has an unknown transfer encoding.", place=place)


CODEC = MultipartCodec()
