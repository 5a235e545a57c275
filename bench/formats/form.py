"""Web forms, one on each line, against the standard library."""

from collections.abc import Iterator
from urllib.parse import parse_qs

from bench.formats import Rival, Subject

FORM = (
    "number={0}&customer=J%C3%B6rg+M%C3%BCller&total={1}.50&currency=EUR&tag=new&tag=vip&note=&sku=BAG-{1}\n"
)


def lines(size: int) -> Iterator[bytes]:
    made = number = 0
    while made < size:
        text = "".join(FORM.format(n, n % 500) for n in range(number, number + 200))
        number += 200
        made += len(text)
        yield text.encode()


def read_by_library(data: bytes) -> object:
    return [parse_qs(line, keep_blank_values=True) for line in data.decode().splitlines()]


SUBJECTS = [Subject("form", "lines", lines, {"layout": "lines"}, None, Rival("parse_qs", read_by_library))]
