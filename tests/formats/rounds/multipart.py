from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.formats.records import TEXT

NAME = st.text(st.sampled_from("ab .;=é袋\"'\r\n\\/"), max_size=8).filter(lambda name: '\\"' not in name)
FIELD = st.fixed_dictionaries({"name": NAME, "text": TEXT})
FILE = st.fixed_dictionaries(
    {
        "name": NAME,
        "filename": st.text(st.sampled_from("ab.é \"';"), min_size=1, max_size=8),
        "content_type": st.sampled_from(["text/plain; charset=utf-8", "image/png"]),
        "data": st.binary(max_size=30) | st.sampled_from([b"\r\n", b"--", b"\r\n--x"]),
    }
)

ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "own-boundary": ({"boundary": "--x'y"}, st.lists(FIELD | FILE, max_size=4)),
    "no-boundary-told": ({}, st.lists(FIELD | FILE, min_size=1, max_size=4)),
}
