from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

WORDS = st.text(st.sampled_from("ABC xyz-09é"), min_size=1, max_size=10).map(lambda t: t.rstrip() or "x")
CONTROL = st.fixed_dictionaries(
    {"TABNAM": st.just("EDI_DC40"), "IDOCTYP": st.just("ORDERS05"), "MANDT": st.just("100")},
    optional={"DOCNUM": st.integers(0, 10**16 - 1).map("{:016}".format), "SNDLAD": WORDS},
)


def items(fields: Mapping[str, Any], inner: Mapping[str, Any] | None = None) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.fixed_dictionaries({}, optional={**fields, **(inner or {})}), min_size=1, max_size=3)


LINES = items(
    {"POSEX": WORDS.map(lambda text: text[:6].rstrip()), "MENGE": WORDS},
    {"E1EDP19": items({"IDTNR": WORDS, "KTEXT": WORDS}), "Z1OWN": items({"SDATA": WORDS})},
)
IDOCS = st.lists(
    st.fixed_dictionaries(
        {"control": CONTROL},
        optional={"E1EDK01": items({"CURCY": st.just("EUR"), "BELNR": WORDS}), "E1EDP01": LINES},
    ),
    min_size=1,
    max_size=4,
)

ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "lines": ({}, IDOCS),
    "cut": ({"padding": "none", "line_end": "crlf", "encoding": "cp1252"}, IDOCS),
    "blocks": ({"line_end": "none", "encoding": "latin-1", "nesting": "numbers"}, IDOCS),
}
