"""JSON: orders in one document, as a list that streams, and on lines, against the standard library."""

import json
from collections.abc import Iterator
from decimal import Decimal

from bench.formats import Rival, Subject

ORDER = (
    '{{"id":8209829119461545{0:02},"number":"#{0:06}","created":"2024-03-{1:02}T10:15:00Z","currency":"EUR",'
    '"total":{2}.{3:02},"customer":{{"name":"Jörg Müller","email":"jm{0}@example.com","tags":["a","b"]}},'
    '"lines":[{{"sku":"A-{2}","quantity":{1},"price":12.50}},{{"sku":"B-{3}","quantity":1,"price":"7.90"}}],'
    '"note":null,"paid":true}}'
)


def orders(size: int, opening: str, between: str, closing: str) -> Iterator[bytes]:
    yield opening.encode()
    made = number = 0
    while made < size:
        texts = [ORDER.format(n, n % 28 + 1, n % 500, n % 100) for n in range(number, number + 100)]
        text = (between if number else "") + between.join(texts)
        number += 100
        made += len(text)
        yield text.encode()
    yield closing.encode()


def as_list(size: int) -> Iterator[bytes]:
    return orders(size, "[", ",\n", "]")


def as_lines(size: int) -> Iterator[bytes]:
    return orders(size, "", "\n", "\n")


def read_by_library(data: bytes) -> object:
    return json.loads(data, parse_float=Decimal)


SUBJECTS = [
    Subject("json", "list", as_list, {}, 40.0, Rival("json", read_by_library)),
    Subject("json", "lines", as_lines, {"layout": "lines"}, 40.0),
]
