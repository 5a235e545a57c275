from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.formats.records import CHARACTERS, DECIMALS

TEXT = st.text(CHARACTERS, min_size=1, max_size=20)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.decimals(-1000, 1000, places=2).filter(
    lambda value: bool(value % 1)
)
DAYS = st.dates(date(1900, 3, 1), date(9999, 12, 31))
MOMENTS = st.datetimes(datetime.fromisoformat("1900-03-01"), datetime.fromisoformat("9999-12-30")).map(
    lambda at: at - timedelta(microseconds=at.microsecond % 1000)
)


def rows(cell: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(st.fixed_dictionaries({"c0": cell, "c1": cell, "c 2": cell}), max_size=5)


ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "typed": ({}, rows(TEXT | st.booleans() | NUMBERS | DAYS | MOMENTS)),
    "text": ({"values": "text", "sheet": "März 2024", "range": "C3:E100", "skip_rows": 2}, rows(TEXT)),
    "any-number": (
        {"header": False, "columns": ["c0", "c1", "c 2"], "values": "text"},
        rows((st.integers() | DECIMALS).map(lambda value: f"{value:f}")),
    ),
}
