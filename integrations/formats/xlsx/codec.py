"""Excel workbooks (.xlsx): the rows of one sheet.

We read the parts ourselves. The usual libraries keep a sheet as one array of doubles: an 18-digit number
loses its end, an error cell becomes an empty one, and a cell far away takes all memory.
"""

from collections.abc import Callable, Iterable, Iterator

from typing_extensions import override

from integrations.errors import InputError
from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Split
from integrations.formats.xlsx.book import open_book
from integrations.formats.xlsx.cells import read_rows
from integrations.formats.xlsx.options import XlsxOptions, column_letters
from integrations.formats.xlsx.package import Package
from integrations.formats.xlsx.table import Piece, read_table
from integrations.formats.xlsx.values import told
from integrations.formats.xlsx.write import write_book
from integrations.schema.model import Field, Schema, Type

_SHOWN = 200


class XlsxCodec(codec.Codec[XlsxOptions]):
    """Excel workbooks as every spreadsheet program writes them."""

    key = "xlsx"
    title = "Excel"
    media_types = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",)
    extensions = ("xlsx", "xlsm")
    free = (
        "fonts, widths, colours, formulas (their results stay), other sheets, empty rows, cells that are "
        "empty text or null (they are missing), whether a text is shared; numbers and moments that a cell "
        "cannot hold exactly become text"
    )
    Options = XlsxOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look for a zip archive whose first parts have the names of a workbook's."""
        if not head.startswith(b"PK\x03\x04"):
            return None
        if b"xl/workbook.xml" in head or b"xl/worksheets" in head:
            return codec.Guess(0.98, message="workbook")
        if b"[Content_Types].xml" in head and not (b"word/" in head or b"ppt/" in head):
            return codec.Guess(0.6, message="workbook")
        return codec.Guess(0.2)

    @override
    def reader(self, options: XlsxOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: a dict a row, keyed by column; empty cells are missing.

        The document is kept whole (its directory stands at its end), what is in it is read as a stream.
        """
        pieces = _pieces(options, limits)
        return lambda chunks, bad=None: (record for kind, _, record in pieces(chunks, bad) if kind == "item")

    @override
    def split(self, options: XlsxOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: the header row, then the rows. ``raw`` is empty: a row has no bytes."""
        pieces = _pieces(options, limits)
        return lambda chunks, bad=None: (Split(*piece, b"") for piece in pieces(chunks, bad))

    @override
    def writer(self, options: XlsxOptions) -> codec.Writer:
        """Compile a writer. Columns are those of the options, or else the keys of the first record."""
        return lambda records: write_book(records, options)

    @override
    def schema(self, options: XlsxOptions) -> Schema | None:
        """Describe the columns that the options name."""
        if not options.columns:
            return None
        kind = Type.TEXT if options.values == "text" else Type.ANY
        fields = tuple(Field(name, kind) for name in options.columns)
        root = Field("", Type.OBJECT, fields=fields, is_open=True)
        return Schema(root, origin="columns of an Excel format")

    @override
    def outline(self, options: XlsxOptions, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over rows and cells; they are marked with the place of their sheet in the file."""

        def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
            try:
                book = open_book(Package(b"".join(codec.blocks(chunks, limits, "xlsx")), limits), limits)
                sheet = book.choose(options)
                offset, length = book.package.span(sheet.part)
                yield Mark(0, f"sheet {sheet.number}", offset, length, sheet.name[:_SHOWN])
                for row in read_rows(book, sheet, options):
                    yield Mark(1, f"row {row.number}", offset, length, "")
                    for column, value in row.cells.items():
                        label = f"{column_letters(column)}{row.number}"
                        text = "" if value is None else told(value)
                        yield Mark(2, label, offset, length, text[:_SHOWN])
            except InputError:
                # As far as it could be read.
                return

        return walk


_Pieces = Callable[[Iterable[bytes], codec.Bad | None], Iterator[Piece]]


def _pieces(options: XlsxOptions, limits: Limits) -> _Pieces:
    def read(chunks: Iterable[bytes], bad: codec.Bad | None) -> Iterator[Piece]:
        data = b"".join(codec.blocks(chunks, limits, "xlsx"))
        book = open_book(Package(data, limits), limits)
        sheet = book.choose(options)
        rows = read_rows(book, sheet, options)
        yield from read_table(rows, options, limits, f"sheet {sheet.number}", bad)

    return read


CODEC = XlsxCodec()
