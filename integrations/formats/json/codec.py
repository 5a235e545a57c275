"""JSON documents, and JSON lines (one record a line)."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Literal

import msgspec
from pydantic import Field
from typing_extensions import override

from integrations.errors import EncodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Record, Split, Value
from integrations.formats.json_text.array import Piece, cut_or_decode_records, cut_records
from integrations.formats.json_text.outline import outline_text
from integrations.formats.json_text.pieces import cut_lines, decoded, is_lines
from integrations.formats.json_text.strict import BOM, strict_decoder
from integrations.formats.json_text.write import strict_encoder

encode = strict_encoder()


class JsonOptions(codec.Options):
    """How a JSON document is laid out."""

    layout: Literal["document", "lines"] = Field(
        default="document",
        title="Layout",
        description="One document, or JSON lines: one record on each line (NDJSON).",
    )
    records: tuple[str, ...] = Field(
        default=(),
        max_length=8,
        title="Where the records are",
        description="Keys that lead to the list of records; none if the document is the list.",
    )
    pretty: bool = Field(
        default=False, title="Indented", description="Write with line breaks and indents, for people to read."
    )


class JsonCodec(codec.Codec[JsonOptions]):
    """JSON (RFC 8259), strictly: no duplicate keys, no NaN, no lone surrogates, no NUL, exact numbers."""

    key = "json"
    title = "JSON"
    media_types = ("application/json", "application/x-ndjson", "application/jsonl")
    extensions = ("json", "ndjson", "jsonl")
    free = "white space outside texts, escapes inside them, how a number is written (1e2, 100)"
    Options = JsonOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look at a document's first bytes: what opens an object or a list, or a value in quotes."""
        text = head.removeprefix(BOM).lstrip(b" \t\r\n")
        if is_lines(text):
            return codec.Guess(0.96, {"layout": "lines"}, "JSON lines", "utf-8")
        if re.match(rb'\{\s*(?:"|\})|\[\s*(?:[\[\]{"0-9tfn-])', text):
            return codec.Guess(0.95, encoding="utf-8")
        if re.match(rb'"|-?[0-9.eE+-]+\s*$|(?:true|false|null)\s*$', text):
            return codec.Guess(0.3, encoding="utf-8")
        return None

    @override
    def document(self, options: JsonOptions, limits: Limits) -> Callable[[bytes], Value]:
        """Compile the decoder of one document; with JSON lines it gives the list of records."""
        if options.layout == "document":
            return strict_decoder(limits)
        read = self.reader(options, limits)
        return lambda data: list(read((data,)))

    @override
    def dump(self, options: JsonOptions) -> Callable[[Value], bytes]:
        """Compile the encoder of one value. Dates become ISO 8601 text, bytes base64 text."""
        if options.layout == "lines":
            write = self.writer(options)

            def dump_lines(value: Value) -> bytes:
                if not isinstance(value, list):
                    raise EncodeError("json.not_a_list", "JSON lines are made from a list.", place="document")
                return b"".join(write(_expect_record(item, n) for n, item in enumerate(value, 1)))

            return dump_lines
        if options.pretty:
            return lambda value: msgspec.json.format(encode(value), indent=2) + b"\n"
        return encode

    @override
    def reader(self, options: JsonOptions, limits: Limits) -> codec.Reader:
        """Compile a reader of the objects in a list, on lines, or of the one object that is the document."""
        if options.layout == "lines":
            split = self.split(options, limits)
            return lambda chunks, bad=None: (piece.record for piece in split(chunks, bad))
        decode = strict_decoder(limits)

        def read(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Record]:
            stream = codec.blocks(chunks, limits, "json")
            number = 0
            for found in cut_or_decode_records(stream, options.records, limits):
                count = len(found) if isinstance(found, list) else 1
                if number + count > limits.max_records:
                    yield from islice(_run(found), limits.max_records - number)
                    raise codec.too_many_records("json", limits, f"record {limits.max_records + 1}")
                number += count
                if isinstance(found, list):
                    yield from _run(found)
                elif (record := decoded(decode, found, limits, bad)) is not None:
                    yield record

        return read

    @override
    def split(self, options: JsonOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: every record is an item, ``raw`` its own JSON text."""
        decode = strict_decoder(limits)

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            stream = codec.blocks(chunks, limits, "json")
            if options.layout == "lines":
                pieces = cut_lines(stream, limits)
            else:
                pieces = cut_records(stream, options.records, limits)
            for number, piece in enumerate(pieces, 1):
                if number > limits.max_records:
                    raise codec.too_many_records("json", limits, piece[0])
                record = decoded(decode, piece, limits, bad)
                if record is not None:
                    yield Split("item", number, record, piece[2])

        return split

    @override
    def outline(self, options: JsonOptions, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over the values of a document, or of each line."""

        def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
            whole = b"".join(codec.blocks(chunks, limits, "json"))
            if options.layout == "document":
                start = 3 if whole.startswith(BOM) else 0
                yield from outline_text(whole[start:], offset=start, depth=0, max_depth=limits.max_depth)
                return
            for place, offset, raw in cut_lines(iter((whole,)), limits):
                yield from outline_text(raw, offset=offset, depth=0, max_depth=limits.max_depth, root=place)

        return walk

    @override
    def writer(self, options: JsonOptions) -> codec.Writer:
        """Compile a writer of a list of records, inside the keys of ``records`` if there are any."""
        opening = b"".join(b"{" + encode(key) + b":" for key in options.records) + b"["
        closing = b"]" + b"}" * len(options.records)
        as_lines = options.layout == "lines"

        def write(records: Iterable[Record]) -> Iterator[bytes]:
            before = b"" if as_lines else opening
            for number, record in enumerate(records, 1):
                try:
                    text = encode(record)
                except EncodeError as failure:
                    raise EncodeError(
                        failure.code, failure.message, place=f"record {number}, {failure.place}"
                    ) from None
                yield text + b"\n" if as_lines else before + text
                before = b","
            if not as_lines:
                yield (closing if before == b"," else opening + closing) + b"\n" * options.pretty

        return write


def _run(found: "Piece | list[Value]") -> Iterator[Record]:
    """Give the records of a run; they are known to be objects."""
    if isinstance(found, list):
        yield from (value for value in found if isinstance(value, dict))


def _expect_record(value: Value, number: int) -> Record:
    if not isinstance(value, dict):
        raise EncodeError("json.record_not_object", "A record is not an object.", place=f"record {number}")
    return value


CODEC = JsonCodec()
