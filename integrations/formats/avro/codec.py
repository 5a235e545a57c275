"""Avro container files, read by our own reader.

The usual library crashes the process on records that hold themselves a few million deep, and never returns
from a list of nulls that promises a trillion of them.
"""

from collections.abc import Callable, Iterable, Iterator

from typing_extensions import override

from integrations.errors import InputError
from integrations.formats import codec
from integrations.formats.avro.container import MAGIC, open_container
from integrations.formats.avro.options import AvroOptions
from integrations.formats.avro.write import write_container
from integrations.formats.codec import Limits, Mark, Split
from integrations.schema.avro import read_avro
from integrations.schema.model import Schema

_SHOWN = 200


class AvroCodec(codec.Codec[AvroOptions]):
    """Avro object container files, with the schema in their head."""

    key = "avro"
    title = "Avro"
    media_types = ("application/avro", "application/x-avro-binary")
    extensions = ("avro",)
    free = (
        "compression, sizes of blocks, the mark between them, entries of the head other than schema and "
        "codec; without a schema for writing: names of types, missing fields (they become null), and a scale "
        "for all numbers of a field"
    )
    Options = AvroOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look for the four bytes that every container file begins with."""
        if not head.startswith(MAGIC):
            return None
        return codec.Guess(0.99 if b"avro.schema" in head else 0.7)

    @override
    def reader(self, options: AvroOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: block by block, which is what is held in memory."""
        split = self.split(options, limits)
        return lambda chunks, bad=None: (piece.record for piece in split(chunks, bad))

    @override
    def split(self, options: AvroOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: every record is an item; ``raw`` is empty where blocks are compressed."""

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            container = open_container(chunks, options, limits)
            number = before = 0
            is_plain = container.packing == "null"
            for block in container.blocks():
                for found in container.records(block, bad, before):
                    number += 1
                    raw = block.data[found.start : found.end] if is_plain else b""
                    yield Split("item", number, found.value, raw)
                before += block.count

        return split

    @override
    def writer(self, options: AvroOptions) -> codec.Writer:
        """Compile a writer, by the schema of the options or one made from all records."""
        return lambda records: write_container(records, options)

    @override
    def schema(self, options: AvroOptions) -> Schema | None:
        """Describe the records of the schema for writing."""
        return read_avro(options.schema_text) if options.schema_text else None

    @override
    def outline(self, options: AvroOptions, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over head, blocks and, where they are not compressed, records."""

        def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
            try:
                container = open_container(chunks, options, limits)
                text = container.schema_text[:_SHOWN].decode("utf-8", "replace")
                yield Mark(0, "head", 0, container.head_bytes, text)
                before = 0
                for block in container.blocks():
                    title = f"{block.count} records"
                    yield Mark(0, f"block {block.number}", block.offset, block.length, title)
                    records = container.records(block, lambda _: None, before)
                    for number, found in enumerate(records, 1):
                        if container.packing == "null":
                            raw = block.data[found.start : found.end][:_SHOWN].decode("utf-8", "replace")
                            start, length = block.offset + found.start, found.end - found.start
                            yield Mark(1, f"record {number}", start, length, raw)
                    before += block.count
            except InputError:
                # As far as it could be read.
                return

        return walk


CODEC = AvroCodec()
