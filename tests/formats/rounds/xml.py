from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "line", "Größe", "c:x", "c:line", "_1.-"])
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="￾￿") | st.sampled_from("\n\t\r"),
    max_size=8,
)
SOME = TEXT.filter(bool)
KEPT = SOME.filter(lambda text: not text.isspace())
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["@a", "@c:a", "@xml:lang", "@{urn:other}a", "@xsi:type"]), TEXT, max_size=3
).filter(
    lambda found: ":" not in str(found.get("@xsi:type", "")) and "{" not in str(found.get("@xsi:type", ""))
)


def elements(inner: st.SearchStrategy[Any], *, many: bool) -> st.SearchStrategy[Any]:
    """Elements with attributes and children, or a text, or both mixed."""
    values = st.lists(inner, min_size=1, max_size=3) if many else repeated(inner)
    children = st.builds(
        lambda attributes, found: {**attributes, **found},
        ATTRIBUTES,
        st.dictionaries(NAMES, values, min_size=1, max_size=3),
    )
    texts = st.builds(
        lambda attributes, text: {**attributes, "#text": text},
        ATTRIBUTES.filter(bool),
        SOME,
    )
    mixed = st.builds(
        lambda attributes, text, name, child, more: {**attributes, "#mixed": [text, {name: child}, *more]},
        ATTRIBUTES,
        KEPT,
        NAMES,
        inner,
        st.lists(KEPT, max_size=1),
    )
    return children | texts | mixed


def repeated(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return inner | st.lists(inner, min_size=2, max_size=3)


def values(*, many: bool) -> st.SearchStrategy[Any]:
    return st.recursive(st.none() | TEXT, lambda inner: elements(inner, many=many), max_leaves=10)


def records(*, many: bool) -> st.SearchStrategy[Any]:
    return st.lists(elements(values(many=many), many=many), min_size=1, max_size=5)


PREFIXES = {"c": "urn:c"}
DOCUMENTS = st.lists(st.fixed_dictionaries({"root": values(many=False)}), min_size=1, max_size=1)
ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "document": ({"prefixes": PREFIXES}, DOCUMENTS),
    "records": ({"prefixes": {"": "urn:d", **PREFIXES}, "records": ["list", "row"]}, records(many=False)),
    "always-lists": (
        {
            "prefixes": PREFIXES,
            "records": ["list", "c:rows", "row"],
            "always_list": True,
            "encoding": "iso-8859-1",
        },
        records(many=True),
    ),
    "pretty": (
        {"prefixes": PREFIXES, "records": ["list", "row"], "pretty": True, "encoding": "utf-16"},
        records(many=False),
    ),
}
