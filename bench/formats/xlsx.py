"""Excel: a stock list, against calamine. A megabyte is one of the packed file; the sheet in it is larger."""

import io
from collections.abc import Iterator

import python_calamine

from bench.formats import Rival, Subject
from integrations.formats.codec import Record
from integrations.formats.xlsx.codec import CODEC
from integrations.formats.xlsx.options import XlsxOptions

ROW_BYTES = 42


def rows(size: int) -> Iterator[Record]:
    for n in range(max(1, size // ROW_BYTES)):
        yield {
            "sku": f"A-{n * 7919 % 1_000_003:06}",
            "count": n % 97,
            "price": n * 31 % 100_000,
            "currency": "EUR",
            "place": f"Berlin {n % 11}",
            "id": f"{n:018}",
        }


def document(size: int) -> Iterator[bytes]:
    return CODEC.writer(XlsxOptions())(rows(size))


def read_by_library(data: bytes) -> object:
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


SUBJECTS = [Subject("xlsx", "stock-list", document, rival=Rival("calamine", read_by_library), is_whole=True)]
