"""Delimited records: orders with three lines each, between a header and a trailer."""

from collections.abc import Iterator

from bench.formats import Subject

OPTIONS = {
    "delimiter": "|",
    "records": [
        {"name": "header", "role": "header", "marks": [{"value": "H"}], "fields": [{"name": "site"}]},
        {
            "name": "order",
            "marks": [{"value": "O"}],
            "fields": [
                {"name": "number"},
                {"name": "customer"},
                {"name": "day", "type": "date", "pattern": "YYYYMMDD"},
            ],
        },
        {
            "name": "line",
            "within": "order",
            "list_name": "lines",
            "marks": [{"value": "L"}],
            "fields": [
                {"name": "sku"},
                {"name": "quantity", "type": "integer"},
                {"name": "price", "type": "decimal", "point": ".", "scale": 2},
            ],
        },
        {
            "name": "trailer",
            "role": "trailer",
            "marks": [{"value": "T"}],
            "fields": [{"name": "orders", "type": "integer"}],
        },
    ],
    "checks": [{"field": "orders", "records": ["order"]}],
}


def orders(size: int) -> Iterator[bytes]:
    yield b"H|BKK-01\n"
    made = number = 0
    while made < size:
        text = "".join(
            f"O|{n:08}|Sohn & Co {n % 90}|202402{n % 28 + 1:02}\n"
            + "".join(f"L|BAG-{line}|{n % 90}|{n % 99}.{n % 100:02}\n" for line in range(3))
            for n in range(number, number + 200)
        )
        number += 200
        made += len(text)
        yield text.encode()
    yield f"T|{number}\n".encode()


SUBJECTS = [Subject("delimited", "orders with lines", orders, OPTIONS)]
