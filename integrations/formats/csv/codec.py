"""CSV and its relatives: rows of cells with any delimiter, quote and encoding. Every cell stays text.

Types are the mapping's business: a reader that guesses turns the article number 007 into 7.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from typing_extensions import override

from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Record, Split
from integrations.formats.csv.dialect import guess_dialect
from integrations.formats.csv.options import CsvOptions
from integrations.formats.csv.outline import outline_rows
from integrations.formats.csv.rows import Rows
from integrations.formats.csv.table import read_table
from integrations.formats.csv.write import write_rows
from integrations.formats.encoded_text.decode import byte_encoding
from integrations.schema.model import Field, Schema, Type


class CsvCodec(codec.Codec[CsvOptions]):
    """CSV (RFC 4180 and what real systems send)."""

    key = "csv"
    title = "CSV"
    media_types = ("text/csv", "text/tab-separated-values")
    extensions = ("csv", "tsv", "tab")
    free = (
        "quotes around cells that need none, the line end, a byte order mark, blank lines, comments and what "
        "stands before the table, spaces that the dialect skips"
    )
    Options = CsvOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look at the first bytes: rows of text in which one delimiter stands equally often."""
        return guess_dialect(head)

    @override
    def reader(self, options: CsvOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: a dict a row, keyed by column; blank lines are skipped."""

        def read(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Record]:
            rows = Rows(chunks, options, limits, bad)
            for kind, _, record in read_table(rows.batches(), options, limits, bad):
                if kind == "item":
                    yield record

        return read

    @override
    def split(self, options: CsvOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: the header row is the header, every other row an item."""

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            stream = iter(chunks)
            head = b""
            while len(head) < 4 and (chunk := next(stream, None)) is not None:
                head += chunk
            encoding, _ = byte_encoding(head, options.encoding)
            rows = Rows(chain((head,), stream), options, limits, bad)
            for kind, number, record in read_table(rows.singly(), options, limits, bad):
                yield Split(kind, number, record, rows.text().rstrip("\r\n").encode(encoding))

        return split

    @override
    def writer(self, options: CsvOptions) -> codec.Writer:
        """Compile a writer. Columns are those of the options, or else the keys of the first record."""
        return lambda records: write_rows(records, options)

    @override
    def schema(self, options: CsvOptions) -> Schema | None:
        """Describe the columns that the options name; each cell is text."""
        if not options.columns:
            return None
        fields = tuple(
            Field(name, Type.TEXT, required=True, nullable=options.null is not None)
            for name in options.columns
        )
        is_open = options.header or options.long_rows == "keep"
        return Schema(
            Field("", Type.OBJECT, fields=fields, is_open=is_open), origin="columns of a CSV format"
        )

    @override
    def outline(self, options: CsvOptions, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over rows and, inside them, cells."""
        return lambda chunks: outline_rows(chunks, options, limits)


CODEC = CsvCodec()
