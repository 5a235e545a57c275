"""COBOL: sales of a shop in EBCDIC, of one length and with a table that takes only the room it needs."""

from collections.abc import Iterator
from decimal import Decimal

from bench.formats import Subject
from integrations.formats.cobol.codec import CODEC
from integrations.formats.codec import Record, parse_options

COPYBOOK = """
       01  SALE.
           05  SALE-ID          PIC 9(9) COMP.
           05  BRANCH           PIC X(4).
           05  CUSTOMER.
               10  CUSTOMER-NO  PIC 9(8).
               10  NAME         PIC X(30).
               10  CITY         PIC X(20).
           05  SOLD-ON          PIC 9(8).
           05  LINE-COUNT       PIC 99.
           05  SOLD             OCCURS 3.
               10  SKU          PIC X(12).
               10  QUANTITY     PIC S9(5) COMP-3.
               10  PRICE        PIC S9(7)V99 COMP-3.
           05  TOTAL            PIC S9(9)V99.
           05  NOTE             PIC X(25).
"""
FILLED = COPYBOOK.replace("OCCURS 3", "OCCURS 0 TO 9 DEPENDING ON LINE-COUNT")
FIXED_OPTIONS: dict[str, object] = {"copybook": COPYBOOK}
FILLED_OPTIONS: dict[str, object] = {"copybook": FILLED, "framing": "rdw"}


def sale(number: int) -> Record:
    return {
        "SALE-ID": number,
        "BRANCH": f"B{number % 40:03}",
        "CUSTOMER": {
            "CUSTOMER-NO": number * 7 % 10**8,
            "NAME": f"Größe & Sohn {number % 97}",
            "CITY": "Bangkok",
        },
        "SOLD-ON": 20240201 + number % 28,
        "LINE-COUNT": 3,
        "SOLD": [
            {
                "SKU": f"BAG-{number % 50:02}-{n}",
                "QUANTITY": n - 1,
                "PRICE": Decimal(number % 9999).scaleb(-2),
            }
            for n in range(3)
        ],
        "TOTAL": Decimal(number % 99999 - 500).scaleb(-2),
        "NOTE": "leave at the door" if number % 3 else "",
    }


def document(size: int, options: dict[str, object]) -> Iterator[bytes]:
    write = CODEC.writer(parse_options(CODEC, options))  # type: ignore[arg-type]  # parsed by its own codec
    made = start = 0
    while made < size:
        block = b"".join(write(sale(number) for number in range(start, start + 500)))
        start += 500
        made += len(block)
        yield block


def fixed(size: int) -> Iterator[bytes]:
    return document(size, FIXED_OPTIONS)


def filled(size: int) -> Iterator[bytes]:
    return document(size, FILLED_OPTIONS)


SUBJECTS = [
    Subject("cobol", "ebcdic", fixed, FIXED_OPTIONS, 15.0),
    Subject("cobol", "tables after descriptor words", filled, FILLED_OPTIONS),
]
