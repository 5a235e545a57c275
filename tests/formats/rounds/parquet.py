from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from tests.formats.records import TEXT

MOMENTS = st.datetimes(datetime.fromisoformat("1600-01-01"), datetime.fromisoformat("9999-12-30"))
DECIMALS = st.decimals(-(10**20), 10**20, places=4)
FIELDS = [
    {"name": "t", "type": "text"},
    {"name": "i", "type": "integer"},
    {"name": "d", "type": "decimal", "digits": 50, "scale": 4},
    {"name": "y", "type": "boolean"},
    {"name": "day", "type": "date"},
    {"name": "at", "type": "moment"},
    {"name": "local", "type": "local moment"},
    {"name": "b", "type": "bytes"},
]
ROW = st.fixed_dictionaries(
    {
        "t": TEXT | st.none(),
        "i": st.integers(-(1 << 63), (1 << 63) - 1) | st.none(),
        "d": DECIMALS | st.none(),
        "y": st.booleans(),
        "day": st.dates() | st.none(),
        "at": MOMENTS.map(lambda at: at.replace(tzinfo=UTC)),
        "local": MOMENTS,
        "b": st.binary(max_size=5),
    }
)
NESTED = st.fixed_dictionaries(
    {
        "a": st.lists(st.fixed_dictionaries({"n": DECIMALS | st.integers(-9, 9), "s": TEXT}), max_size=3),
        "o": st.none() | st.fixed_dictionaries({"x": st.none() | st.lists(st.integers(0, 9), max_size=2)}),
    }
)

ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "declared": ({"fields": FIELDS, "compression": "none"}, st.lists(ROW, max_size=4)),
    "found": ({"compression": "zstd"}, st.lists(NESTED, max_size=4)),
}
