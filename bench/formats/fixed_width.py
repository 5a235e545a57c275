"""Fixed width: a stock list of one record type, and orders with lines between a header and a trailer."""

from collections.abc import Iterator

from bench.formats import Subject

PLAIN = {
    "encoding": "cp1252",
    "records": [
        {
            "name": "stock",
            "fields": [
                {"name": "sku", "start": 1, "length": 14},
                {"name": "description", "start": 15, "length": 30},
                {"name": "quantity", "start": 45, "length": 7, "type": "integer", "sign": "trailing"},
                {"name": "cost", "start": 52, "length": 10, "type": "decimal", "scale": 2},
                {"name": "counted_on", "start": 62, "length": 8, "type": "date", "pattern": "YYYYMMDD"},
                {"name": "place", "start": 70, "length": 20},
                {"name": "active", "start": 90, "length": 1, "type": "boolean", "pattern": "Y/N"},
                {"name": "supplier", "start": 91, "length": 10},
            ],
        }
    ],
}
GROUPS = {
    "records": [
        {
            "name": "header",
            "role": "header",
            "marks": [{"start": 1, "value": "H"}],
            "fields": [{"name": "site", "start": 2, "length": 8}],
        },
        {
            "name": "order",
            "marks": [{"start": 1, "value": "O"}],
            "fields": [
                {"name": "number", "start": 2, "length": 8, "type": "integer"},
                {"name": "customer", "start": 10, "length": 30},
                {"name": "day", "start": 40, "length": 8, "type": "date", "pattern": "YYYYMMDD"},
            ],
        },
        {
            "name": "line",
            "within": "order",
            "list_name": "lines",
            "marks": [{"start": 1, "value": "L"}],
            "fields": [
                {"name": "sku", "start": 2, "length": 14},
                {"name": "quantity", "start": 16, "length": 6, "type": "integer"},
                {"name": "price", "start": 22, "length": 9, "type": "decimal", "scale": 2},
            ],
        },
        {
            "name": "trailer",
            "role": "trailer",
            "marks": [{"start": 1, "value": "T"}],
            "fields": [{"name": "orders", "start": 2, "length": 8, "type": "integer"}],
        },
    ],
    "checks": [{"field": "orders", "records": ["order"]}],
}


def stock(size: int) -> Iterator[bytes]:
    made = number = 0
    while made < size:
        text = "".join(
            f"BAG-{n:<10}{'Größe ' + str(n % 30) + ' leather':<30}{n % 900:06}{'-' if n % 7 == 0 else ' '}"
            f"{n % 99999:010}202402{n % 28 + 1:02}{'shelf ' + str(n % 50):<20}{'YN'[n % 2]}{n % 400:<10}\n"
            for n in range(number, number + 500)
        )
        number += 500
        made += len(text)
        yield text.encode("cp1252")


def orders(size: int) -> Iterator[bytes]:
    yield b"HBKK-01  \n"
    made = number = 0
    while made < size:
        text = "".join(
            f"O{n:08}{'Sohn & Co ' + str(n % 90):<30}202402{n % 28 + 1:02}\n"
            + "".join(f"L{'BAG-' + str(line):<14}{n % 90:06}{n % 9999:09}\n" for line in range(3))
            for n in range(number, number + 200)
        )
        number += 200
        made += len(text)
        yield text.encode()
    yield f"T{number:08}\n".encode()


SUBJECTS = [
    Subject("fixed_width", "plain", stock, PLAIN, 30.0),
    Subject("fixed_width", "orders with lines", orders, GROUPS),
]
