"""Parquet: order lines, against pyarrow's own dictionaries (whose floats are not exact)."""

import io
from collections.abc import Iterator
from decimal import Decimal

import pyarrow.parquet

from bench.formats import Rival, Subject
from integrations.formats.codec import Record
from integrations.formats.parquet.codec import CODEC
from integrations.formats.parquet.options import ParquetOptions

ROW_BYTES = 40


def rows(size: int) -> Iterator[Record]:
    for n in range(max(1, size // ROW_BYTES)):
        yield {
            "id": 82098291194615 + n * 7919 % 1_000_003,
            "sku": f"A-{n * 7919 % 1_000_003:07}",
            "price": Decimal(n * 31 % 100_000).scaleb(-2),
            "place": f"Berlin {n % 11}",
            "count": n % 97,
        }


def document(size: int) -> Iterator[bytes]:
    return CODEC.writer(ParquetOptions(compression="none"))(rows(size))


def read_by_library(data: bytes) -> object:
    return pyarrow.parquet.read_table(io.BytesIO(data)).to_pylist()


SUBJECTS = [
    Subject(
        "parquet",
        "order-lines",
        document,
        {"compression": "none"},
        rival=Rival("pyarrow", read_by_library),
        is_whole=True,
    )
]
