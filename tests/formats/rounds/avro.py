import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from tests.formats.records import DECIMALS, OBJECTS, TEXT

MOMENTS = st.datetimes(datetime.fromisoformat("0001-01-02"), datetime.fromisoformat("9999-12-30"))
INNER = {
    "type": "record",
    "name": "Inner",
    "fields": [
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "local", "type": {"type": "long", "logicalType": "local-timestamp-micros"}},
        {"name": "next", "type": ["null", "Inner"]},
    ],
}
SCHEMA = {
    "type": "record",
    "name": "Outer",
    "namespace": "shop",
    "fields": [
        {"name": "n", "type": "long"},
        {"name": "x", "type": ["null", "int", "string", {"type": "array", "items": "bytes"}]},
        {"name": "m", "type": {"type": "map", "values": "boolean"}},
        {"name": "d", "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 3}},
        {"name": "f", "type": "double"},
        {"name": "s", "type": {"type": "enum", "name": "S", "symbols": ["A", "B"]}},
        {"name": "b", "type": {"type": "fixed", "name": "F", "size": 2}},
        {"name": "inner", "type": INNER},
    ],
}


def inner(deeper: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"day": st.dates(), "at": MOMENTS.map(lambda at: at.replace(tzinfo=UTC)), "local": MOMENTS}
        | {"next": deeper}
    )


LINE = st.fixed_dictionaries(
    {
        "n": st.integers(-(1 << 63), (1 << 63) - 1),
        "x": st.none() | st.integers(-(1 << 31), (1 << 31) - 1) | TEXT | st.lists(st.binary(max_size=3)),
        "m": st.dictionaries(TEXT, st.booleans(), max_size=3),
        "d": st.decimals(-9999, 9999, places=3),
        "f": st.decimals(-9999, 9999, places=3),
        "s": st.sampled_from("AB"),
        "b": st.binary(min_size=2, max_size=2),
        "inner": inner(st.none() | inner(st.none())),
    }
)
ROW = st.fixed_dictionaries({"a": TEXT | st.none(), "b": DECIMALS | st.integers(), "c d": st.booleans()})

ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "by-schema": (
        {"schema_text": json.dumps(SCHEMA), "compression": "snappy"},
        st.lists(LINE, max_size=4),
    ),
    "inferred-maps": (
        {"compression": "xz"},
        OBJECTS.map(lambda rows: [{f"{key}?": cell for key, cell in row.items()} for row in rows]),
    ),
    "inferred-rows": ({}, st.lists(ROW, max_size=4)),
}
