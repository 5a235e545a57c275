"""Parquet files, by pyarrow (an extra)."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from typing_extensions import override

from integrations.errors import InputError
from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Record, Split
from integrations.formats.parquet.options import ParquetOptions
from integrations.formats.parquet.read import MAGIC, File
from integrations.formats.parquet.write import write_file
from integrations.schema.model import Field, Schema, Type

_TYPES: Final = {"local moment": Type.MOMENT, "moment": Type.MOMENT, "text": Type.TEXT}


class ParquetCodec(codec.Codec[ParquetOptions]):
    """Parquet as data lakes and notebooks write it."""

    key = "parquet"
    title = "Parquet"
    media_types = ("application/vnd.apache.parquet",)
    extensions = ("parquet",)
    free = (
        "compression, encodings, row groups, statistics; missing fields become null, a column of decimals "
        "has one scale, small types become larger ones of their kind"
    )
    Options = ParquetOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look for the four bytes that every file begins with."""
        return codec.Guess(0.95) if head.startswith(MAGIC) else None

    @override
    def reader(self, options: ParquetOptions, limits: Limits) -> codec.Reader:
        """Compile a reader. The document is kept whole (its footer is its end); rows come in batches."""

        def read(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Record]:
            yield from File(b"".join(codec.blocks(chunks, limits, "parquet")), options, limits).records(bad)

        return read

    @override
    def split(self, options: ParquetOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: every row is an item. ``raw`` is empty: a row's bytes stand apart by column."""
        read = self.reader(options, limits)
        return lambda chunks, bad=None: (
            Split("item", number, record, b"") for number, record in enumerate(read(chunks, bad), 1)
        )

    @override
    def writer(self, options: ParquetOptions) -> codec.Writer:
        """Compile a writer, by the columns of the options or those found in all records."""
        return lambda records: write_file(records, options)

    @override
    def schema(self, options: ParquetOptions) -> Schema | None:
        """Describe the columns that the options name."""
        if options.fields:
            fields = tuple(
                Field(one.name, _TYPES.get(one.type) or Type(one.type), required=True, nullable=True)
                for one in options.fields
            )
        elif options.columns:
            fields = tuple(Field(name, Type.ANY, required=True, nullable=True) for name in options.columns)
        else:
            return None
        return Schema(Field("", Type.OBJECT, fields=fields), origin="columns of a Parquet format")

    @override
    def outline(self, options: ParquetOptions, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over row groups and the stretches of their columns."""

        def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
            try:
                data = b"".join(codec.blocks(chunks, limits, "parquet"))
                file = File(data, options, limits)
            except InputError:
                # Nothing can be told without the footer.
                return
            for number, parts in enumerate(file.groups, 1):
                first = min((part.offset for part in parts), default=0)
                size = sum(part.length for part in parts)
                yield Mark(0, f"row group {number}", first, size, f"{len(parts)} columns")
                for at, part in enumerate(parts, 1):
                    yield Mark(1, f"column {at}", part.offset, part.length, f"{part.values} values")

        return walk


CODEC = ParquetCodec()
