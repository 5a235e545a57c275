from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from integrations.formats.codec import Record


def field(name: str, start: int, length: int, kind: str = "text", **more: object) -> dict[str, object]:
    return {"name": name, "start": start, "length": length, "type": kind, **more}


WORDS = st.text(st.sampled_from("ABC xyz-09é"), max_size=8).map(str.rstrip)
DAYS = st.none() | st.dates(date(1969, 1, 1), date(2068, 12, 31))


def cents(limit: int, scale: int) -> st.SearchStrategy[Decimal]:
    return st.integers(-limit, limit).map(lambda units: Decimal(units).scaleb(-scale))


TYPES: dict[str, tuple[dict[str, object], st.SearchStrategy[Any]]] = {
    "word": (field("word", 2, 8), WORDS),
    "whole": (field("whole", 10, 6, "integer", sign="leading"), st.none() | st.integers(-99999, 999999)),
    "back": (field("back", 16, 6, "integer", sign="trailing", pad=" "), st.integers(-99999, 99999)),
    "money": (field("money", 22, 9, "decimal", scale=2, sign="leading"), st.none() | cents(99999999, 2)),
    "written": (
        field("written", 31, 10, "decimal", scale=3, point=",", sign="trailing", align="left", pad=" "),
        cents(9999999, 3),
    ),
    "day": (field("day", 41, 6, "date", pattern="DDMMYY"), DAYS),
    "julian": (field("julian", 47, 7, "date", pattern="YYYYDDD"), st.none() | st.dates(date(1000, 1, 1))),
    "at": (
        field("at", 54, 19, "datetime", pattern="YYYY-MM-DD HH:mm:SS"),
        st.none() | st.datetimes(datetime(1, 1, 1)).map(lambda at: at.replace(microsecond=0)),  # noqa: DTZ001
    ),
    "flag": (field("flag", 73, 3, "boolean", pattern="yes/no"), st.none() | st.booleans()),
}
ALL_TYPES = [made for made, _ in TYPES.values()]
DETAIL = st.fixed_dictionaries(
    {"record": st.just("d"), **{name: values for name, (_, values) in TYPES.items()}}
)
FLAT = {
    "encoding": "latin-1",
    "records": [{"name": "d", "marks": [{"start": 1, "value": "D"}], "fields": ALL_TYPES}],
}
BLOCKS = {**FLAT, "encoding": "cp500", "line_end": "none", "record_length": 80}
GROUPS = {
    "encoding": "utf-8",
    "line_end": "crlf",
    "short_lines": "pad",
    "records": [
        {"name": "h", "role": "header", "marks": [{"start": 1, "value": "H"}], "fields": [field("id", 2, 4)]},
        {"name": "o", "marks": [{"start": 1, "value": "O"}], "fields": [field("n", 2, 5, "integer")]},
        {"name": "l", "within": "o", "marks": [{"start": 1, "value": "L"}], "fields": [field("sku", 2, 8)]},
        {
            "name": "t",
            "role": "trailer",
            "marks": [{"start": 1, "value": "T"}],
            "fields": [field("count", 2, 6, "integer"), field("hash", 8, 3, "integer")],
        },
    ],
    "checks": [
        {"field": "count", "records": ["o", "l"]},
        {"field": "hash", "kind": "sum", "of": "n", "overflow": "cut"},
    ],
}


def framed(orders: list[Any]) -> list[Record]:
    """Put a header and a true trailer around generated orders."""
    lines = sum(len(order["l"]) for order in orders if isinstance(order["l"], list))
    total = sum(order["n"] for order in orders if isinstance(order["n"], int))
    trailer: Record = {"record": "t", "count": len(orders) + lines, "hash": total % 1000}
    return [{"record": "h", "id": "x"}, *orders, trailer]


ORDERS = st.lists(
    st.fixed_dictionaries(
        {
            "record": st.just("o"),
            "n": st.none() | st.integers(0, 99999),
            "l": st.lists(st.fixed_dictionaries({"sku": WORDS}), max_size=3),
        }
    ),
    max_size=5,
).map(framed)

ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "flat": (FLAT, st.lists(DETAIL, min_size=1, max_size=6)),
    "blocks": (BLOCKS, st.lists(DETAIL, min_size=1, max_size=6)),
    "groups": (GROUPS, ORDERS),
}
