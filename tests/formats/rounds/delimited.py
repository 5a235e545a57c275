from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from integrations.formats.codec import Record

WORDS = st.text(st.sampled_from("ABC xyz-,\"'|;é"), max_size=8)


def cell(name: str, kind: str = "text", **more: object) -> dict[str, object]:
    return {"name": name, "type": kind, **more}


def mark(value: str) -> list[dict[str, object]]:
    return [{"value": value}]


ORDERS: dict[str, Any] = {
    "records": [
        {"name": "h", "role": "header", "marks": mark("H"), "fields": [cell("id")]},
        {
            "name": "o",
            "marks": mark("O"),
            "min_cells": 2,
            "fields": [
                cell("n", "integer", sign="leading"),
                cell("day", "date", pattern="YYYY-MM-DD"),
                cell("price", "decimal", point=",", scale=2, sign="leading"),
            ],
        },
        {"name": "l", "within": "o", "marks": mark("L"), "fields": [cell("sku"), cell("words", times=0)]},
        {"name": "t", "role": "trailer", "marks": mark("T"), "fields": [cell("count", "integer")]},
    ],
    "checks": [{"field": "count", "records": ["l"]}],
}
PRICES = st.integers(-99999, 99999).map(lambda units: Decimal(units).scaleb(-2))
LINES = st.lists(st.fixed_dictionaries({"sku": WORDS, "words": st.lists(WORDS, max_size=3)}), max_size=3)
# A field may be missing only if those behind it are: cells are cut off at the end.
CELLS: st.SearchStrategy[dict[str, Any]] = (
    st.fixed_dictionaries({"n": st.integers(-999, 999)})
    | st.fixed_dictionaries({"n": st.integers(-999, 999), "day": st.dates(date(1000, 1, 1))})
    | st.fixed_dictionaries({"n": st.none() | st.integers(0, 9), "day": st.none(), "price": PRICES})
)


def order(cells: dict[str, Any], lines: list[Any]) -> Record:
    return {"record": "o", **cells, "l": lines}


def framed(orders: list[Any]) -> list[Record]:
    count = sum(len(order["l"]) for order in orders)
    return [{"record": "h", "id": "x"}, *orders, {"record": "t", "count": count}]


FILES = st.lists(st.builds(order, CELLS, LINES), max_size=5).map(framed)
TABLE: dict[str, Any] = {
    "delimiter": "||",
    "quote": "'",
    "record_end": "~",
    "encoding": "cp1252",
    "records": [{"name": "r", "fields": [cell("a"), cell("b", length=4, pad="x", align="right"), cell("c")]}],
}
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "record": st.just("r"),
            "a": WORDS.map("a".__add__),
            "b": st.sampled_from(["", "1", "ab"]),
            "c": WORDS,
        }
    ),
    min_size=1,
    max_size=6,
)

ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "orders": (ORDERS, FILES),
    "table": (TABLE, ROWS),
}
