"""A Parquet file, batch by batch. What its footer says is checked before any page is read."""

from collections.abc import Iterator
from itertools import chain
from typing import Final, NamedTuple

from integrations.errors import DecodeError, LimitError
from integrations.formats import codec
from integrations.formats.codec import Limits, Record
from integrations.formats.parquet.library import Arrow, arrow
from integrations.formats.parquet.options import ParquetOptions
from integrations.formats.parquet.pages import pages, stretches
from integrations.formats.parquet.values import Convert, UnknownTypeError, converter, plain

MAGIC: Final = b"PAR1"
MAX_COLUMNS: Final = 10_000
MAX_GROUPS: Final = 20_000
# Times the bytes that the document may have.
UNPACKED_TIMES: Final = 30
MOST_VALUES: Final = 4_000_000
_MAX_ROWS: Final = 1_000
_BATCH_BYTES: Final = 4 << 20


class Column(NamedTuple):
    """One column that is read."""

    name: str
    plain: Arrow
    convert: Convert


class File:
    """An open file. Raises DecodeError ``parquet.not_parquet``, ``parquet.damaged`` …, LimitError."""

    def __init__(self, data: bytes, options: ParquetOptions, limits: Limits) -> None:
        self.pa, self.limits = arrow(), limits
        self.errors = (self.pa.ArrowException, OSError, ValueError, TypeError, MemoryError, OverflowError)
        if len(data) < 12 or not data.startswith(MAGIC) or not data.endswith(MAGIC):
            raise DecodeError(
                "parquet.not_parquet",
                "This is not a Parquet file, or it was cut: it does not begin and end with its mark.",
                place=f"offset {len(data)}",
                hint="Send it again, whole. Encrypted files cannot be read.",
            )
        try:
            self.groups = stretches(data)
            self.file = self.pa.parquet.ParquetFile(
                self.pa.BufferReader(data),
                pre_buffer=False,
                thrift_string_size_limit=max(limits.max_field_bytes, 1 << 20),
                thrift_container_size_limit=1_000_000,
                schema_depth_limit=limits.max_depth,
                page_checksum_verification=True,
                arrow_extensions_enabled=False,
            )
            self._check(data)
            # Names and time zones come out of it as text only here, and may be none.
            self.columns = self._columns(self.file.schema_arrow, options)
        except (*self.errors, IndexError):
            raise damaged("footer") from None

    def _check(self, data: bytes) -> None:
        """Look at what the footer and the heads of all pages promise."""
        about = self.file.metadata
        if about.num_columns > MAX_COLUMNS or about.num_row_groups > MAX_GROUPS:
            raise LimitError(
                "parquet.too_many_columns",
                f"The file has more than {MAX_COLUMNS:,} columns or {MAX_GROUPS:,} row groups.",
                place="footer",
            )
        if about.num_rows > self.limits.max_records:
            raise codec.too_many_records("parquet", self.limits, "footer")
        total = values = 0
        for part in chain.from_iterable(self.groups):
            for page in pages(data, part.offset, part.length):
                total += max(0, page.unpacked_bytes)
                values = max(values, page.values)
        self._check_values(values)
        if total > UNPACKED_TIMES * self.limits.max_bytes:
            raise LimitError(
                "parquet.expansion",
                "The file unpacks to far more than its size allows.",
                place="footer",
                hint="Write it in several files.",
            )
        self.unpacked_bytes = total

    def _check_values(self, most: int) -> None:
        """Bound what one page may hold: values that repeat take no bytes."""
        if most > max(MOST_VALUES, self.limits.max_records):
            raise LimitError(
                "parquet.too_many_values", "A page of the file holds too many values.", place="pages"
            )

    def _columns(self, schema: Arrow, options: ParquetOptions) -> list[Column]:
        names = schema.names
        if len(set(names)) < len(names):
            raise DecodeError("parquet.duplicate_column", "Two columns have the same name.", place="footer")
        missing = [name for name in options.columns if name not in set(names)]
        if missing:
            raise DecodeError(
                "parquet.missing_column",
                f"{len(missing)} of the columns that were asked for are missing, first: {missing[0]}.",
                place="footer",
            )
        is_nan_null = options.not_a_number == "null"
        found = []
        for number, name in enumerate(options.columns or names, 1):
            kind = schema.field(name).type
            try:
                convert = converter(self.pa, kind, is_nan_null=is_nan_null)
            except UnknownTypeError:
                raise DecodeError(
                    "parquet.type",
                    "A column has a type that cannot be read.",
                    place=f"footer, column {number}",
                    hint="Name the other columns in the options.",
                ) from None
            found.append(Column(name, plain(self.pa, kind), convert))
        return found

    def records(self, bad: codec.Bad | None) -> Iterator[Record]:
        """Yield the rows; memory is that of a batch."""
        count = 0
        rows = max(1, self.file.metadata.num_rows)
        size = max(1, min(_MAX_ROWS, _BATCH_BYTES * rows // max(1, self.unpacked_bytes)))
        for batch in self._batches(size):
            names = [column.name for column in self.columns]
            for values in zip(*batch, strict=True):
                count += 1
                if count > self.limits.max_records:
                    raise codec.too_many_records("parquet", self.limits, f"row {count}")
                record: Record = {}
                name = ""
                try:
                    for name, column, value in zip(names, self.columns, values, strict=True):
                        record[name] = column.convert(value)
                except (ValueError, OverflowError):
                    wrong = DecodeError(
                        "parquet.value",
                        "A value cannot be read: text that is not UTF-8, a day that never is, or no number.",
                        place=f"row {count}, {name}",
                    )
                    if bad is None:
                        raise wrong from None
                    bad(wrong)
                    continue
                yield record

    def _batches(self, size: int) -> Iterator[list[list[object]]]:
        """Yield the columns of each batch as lists of plain values."""
        chosen = [column.name for column in self.columns]
        row = 0
        try:
            for batch in self.file.iter_batches(batch_size=size, columns=chosen, use_threads=False):
                if batch.nbytes > max(self.limits.max_record_bytes, 4 * _BATCH_BYTES):
                    raise codec.record_too_large("parquet", self.limits, f"row {row + 1}")
                row += batch.num_rows
                yield [batch.column(column.name).cast(column.plain).to_pylist() for column in self.columns]
        except self.errors:
            raise damaged(f"row {row + 1}") from None


def damaged(place: str) -> DecodeError:
    """Give the error for a file that the library cannot read."""
    return DecodeError(
        "parquet.damaged", "The file is damaged, or uses something that cannot be read.", place=place
    )
