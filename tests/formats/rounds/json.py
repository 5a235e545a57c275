from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.formats.records import OBJECTS

ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "document": ({}, OBJECTS),
    "pretty-in-envelope": ({"records": ["data", "orders"], "pretty": True}, OBJECTS),
    "lines": ({"layout": "lines"}, OBJECTS),
}
