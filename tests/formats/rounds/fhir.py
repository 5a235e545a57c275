from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.formats.records import OBJECTS, TEXT, VALUES

RESOURCES = st.dictionaries(TEXT, VALUES, max_size=4).map(lambda made: {"resourceType": "Basic", **made})

ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "resource": ({"pretty": True}, st.lists(RESOURCES, min_size=1, max_size=1)),
    "entries": ({"layout": "entries", "bundle_type": "batch"}, OBJECTS),
    "lines": ({"layout": "lines"}, st.lists(RESOURCES, max_size=5)),
}
