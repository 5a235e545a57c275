from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.formats.records import OBJECTS

SMALL = OBJECTS.map(lambda records: records[:2])

ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "documents": ({}, SMALL),
    "list": ({"layout": "list"}, SMALL),
    "inside": ({"records": ["data", "orders"]}, SMALL),
}
