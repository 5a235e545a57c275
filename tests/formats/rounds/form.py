from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.formats.records import TEXT

VALUES = st.none() | TEXT | st.lists(TEXT, min_size=2, max_size=3)
FIELDS = st.dictionaries(TEXT.filter(bool), VALUES, min_size=1, max_size=4)

ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "document": ({}, st.lists(FIELDS, min_size=1, max_size=1)),
    "lines": ({"layout": "lines"}, st.lists(FIELDS, max_size=5)),
    "chinese": ({"layout": "lines", "encoding": "gb18030"}, st.lists(FIELDS, max_size=5)),
}
