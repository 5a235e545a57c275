from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from integrations.formats.codec import Record
from tests.formats.records import CHARACTERS


def rows(alphabet: st.SearchStrategy[str], *, width: int = 3) -> st.SearchStrategy[list[Record]]:
    cell = st.text(alphabet, max_size=12)
    return st.lists(
        st.fixed_dictionaries({f"c{number}": cell for number in range(width)}), min_size=1, max_size=8
    )


def latin(extra: str = "") -> st.SearchStrategy[str]:
    return st.sampled_from("abc XYZ09.,;:'\"=+-@|é" + extra)


ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "comma": ({"guard_formulas": False}, rows(latin("\n\r\t"))),
    "any-unicode": ({"guard_formulas": False, "encoding": "utf-16"}, rows(CHARACTERS)),
    "guarded": ({"encoding": "utf-8-sig", "line_end": "lf"}, rows(st.sampled_from('ab,"\n12'))),
    "one-column": (
        {"encoding": "cp1252", "delimiter": ";"},
        rows(st.sampled_from("a\"'\n;"), width=1),
    ),
    "no-header": (
        {
            "header": False,
            "columns": ["c0", "c1", "c2"],
            "quote": "'",
            "guard_formulas": False,
            "line_end": "lf",
        },
        rows(latin("\n\r")),
    ),
    "escaped": ({"escape": "\\", "guard_formulas": False}, rows(latin("\n\r\\"))),
    "null": ({"null": "-", "comment": "#", "quoting": "all"}, rows(st.sampled_from("#ab, "))),
    "carriage-returns": (
        {"line_end": "cr", "spaces": "skip", "guard_formulas": False},
        rows(st.sampled_from('ab \r\n"')),
    ),
    "trailing": ({"delimiter": "|", "trailing_delimiter": True}, rows(st.sampled_from('ab|"'))),
    "chinese": ({"encoding": "gb18030", "guard_formulas": False}, rows(st.sampled_from('a袋,"\n'))),
    "unquoted": ({"quote": "", "delimiter": "\t"}, rows(st.sampled_from("ab,\"'"), width=2)),
}
