from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.formats.rounds.xml import ATTRIBUTES, NAMES, TEXT, elements, values

PREFIXES = {"c": "urn:c"}
INSIDE = st.dictionaries(NAMES, values(many=False), min_size=1, max_size=2)
WORDS = st.text(st.sampled_from("abc é<&"), min_size=1, max_size=8)
CODES = st.sampled_from(["Late", "{urn:m}Late"])
FAULTS = {
    "1.1": st.fixed_dictionaries(
        {"code": st.sampled_from(["Client", "Server"]), "reason": WORDS},
        optional={"subcodes": st.just(["Late"]), "language": st.just("de"), "role": TEXT, "detail": INSIDE},
    ),
    "1.2": st.fixed_dictionaries(
        {"code": st.sampled_from(["Sender", "Receiver"]), "reason": WORDS, "language": st.just("de")},
        optional={"subcodes": st.lists(CODES, min_size=1, max_size=2), "node": TEXT, "detail": INSIDE},
    ),
}


def messages(version: str) -> st.SearchStrategy[Any]:
    said = {"version": st.just(version)}
    with_body = st.fixed_dictionaries(
        {**said, "body": INSIDE},
        optional={
            "header": INSIDE,
            "envelope": ATTRIBUTES.filter(lambda found: found and "@xsi:type" not in found),
        },
    )
    return st.lists(
        with_body | st.fixed_dictionaries({**said, "fault": FAULTS[version]}), min_size=1, max_size=1
    )


ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "1.1": ({"prefixes": PREFIXES}, messages("1.1")),
    "1.2": ({"prefixes": {"": "urn:d", **PREFIXES}}, messages("1.2")),
    "records": (
        {"prefixes": PREFIXES, "records": ["c:list", "row"], "version": "1.2", "pretty": True},
        st.lists(elements(values(many=False), many=False), min_size=1, max_size=4),
    ),
}
