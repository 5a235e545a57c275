from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

WORD = st.text(st.sampled_from("abcé-09"), min_size=1, max_size=8)
LINES = {
    "patterns": [{"expression": "^(?P<a>[^ ]+) (?P<b>[^ ]*)$"}],
    "template": "{a} {b}",
    "encoding": "latin-1",
    "line_end": "crlf",
}
LABELS = {
    "records": "paragraph",
    "prefixes": [{"label": "A:", "field": "a"}, {"label": "B:", "field": "b", "repeats": True}],
}

ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "lines": (LINES, st.lists(st.fixed_dictionaries({"a": WORD, "b": WORD | st.just("")}), max_size=6)),
    "labels": (
        LABELS,
        st.lists(st.fixed_dictionaries({"a": WORD, "b": st.lists(WORD, min_size=1, max_size=3)}), max_size=4),
    ),
    "whole": (
        {"whole": "text", "encoding": "utf-16"},
        st.lists(st.fixed_dictionaries({"text": WORD}), min_size=1, max_size=4),
    ),
}
