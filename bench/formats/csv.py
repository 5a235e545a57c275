"""CSV: stock lists with and without quotes, against the standard library's own dictionaries."""

import csv
import io
from collections.abc import Iterator

from bench.formats import Rival, Subject

ROW = "A-{0:06},{1},{2}.{3:02},EUR,Berlin {4},2024-03-{5:02},in stock,{0}\r\n"
QUOTED = '{0};"Bag ""{1}"", blue";"{2},{3:02}";"Größe {4}\nKarton";2024-03-{5:02};"=7"\r\n'


def rows(size: int, head: str, row: str) -> Iterator[bytes]:
    yield head.encode()
    made = number = 0
    while made < size:
        text = "".join(
            row.format(n, n % 97, n % 500, n % 100, n % 11, n % 28 + 1) for n in range(number, number + 500)
        )
        number += 500
        made += len(text)
        yield text.encode()


def plain(size: int) -> Iterator[bytes]:
    return rows(size, "sku,count,price,currency,place,day,state,id\r\n", ROW)


def quoted(size: int) -> Iterator[bytes]:
    return rows(size, "id;name;price;size;day;note\r\n", QUOTED)


def read_by_library(data: bytes) -> object:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


SUBJECTS = [
    Subject("csv", "plain", plain, {}, 30.0, Rival("csv.DictReader", read_by_library)),
    Subject("csv", "quoted", quoted, {"delimiter": ";", "guard_formulas": False}, 30.0),
]
