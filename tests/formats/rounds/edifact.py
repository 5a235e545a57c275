from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from integrations.formats.codec import Record

WORDS = st.text(st.sampled_from("ABC xyz-09é.+:'?*"), min_size=1, max_size=12).filter(
    lambda text: text.strip(" ")
)
WHOLE = st.integers(0, 10**9)
AMOUNTS = st.integers(0, 10**9).map(lambda units: Decimal(units).scaleb(-3))
DTM = st.fixed_dictionaries(
    {"C507": st.fixed_dictionaries({"2005": WORDS, "2380": WORDS, "2379": st.just("102")})}
)
INTERCHANGE = {
    "S001": {"0001": "UNOC", "0002": "3"},
    "S002": {"0004": "HARBOR", "0007": "ZZ"},
    "S003": {"0010": "NORTH'WIND"},
    "S004": {"0017": "240501", "0019": "1215"},
    "0020": "12",
}
GROUP = {
    "0038": "DESADV",
    "S006": {"0040": "HARBOR"},
    "S007": {"0044": "NORTHWIND"},
    "S004": {"0017": "240501", "0019": "1215"},
    "0048": "1",
    "0051": "UN",
    "S008": {"0052": "D", "0054": "24A"},
}
LATER = {**INTERCHANGE, "S001": {"0001": "UNOW", "0002": "4"}}


def optional(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={key.removeprefix("e"): made for key, made in keys.items()})


LINE = st.fixed_dictionaries(
    {"LIN": st.fixed_dictionaries({"1082": WHOLE, "C212": optional(e7140=WORDS, e7143=WORDS).filter(bool)})},
    optional={
        "PIA": st.lists(
            st.fixed_dictionaries(
                {
                    "4347": WORDS,
                    "C212": st.lists(st.fixed_dictionaries({"7140": WORDS}), min_size=1, max_size=5),
                }
            ),
            min_size=1,
            max_size=2,
        ),
        "QTY": st.lists(
            st.fixed_dictionaries({"C186": st.fixed_dictionaries({"6063": WORDS, "6060": AMOUNTS})}),
            min_size=1,
            max_size=2,
        ),
    },
)
PARTY = st.fixed_dictionaries(
    {
        "NAD": st.fixed_dictionaries(
            {"3035": WORDS},
            optional={
                "C080": st.fixed_dictionaries({"3036": st.lists(WORDS, min_size=1, max_size=5)}),
                "3164": WORDS,
            },
        )
    }
)
ORDER = st.fixed_dictionaries(
    {"BGM": optional(e1004=WORDS, eC002=optional(e1001=WORDS, e1000=WORDS).filter(bool))},
    optional={
        "DTM": st.lists(DTM, min_size=1, max_size=2),
        "SG2": st.lists(PARTY, min_size=1, max_size=2),
        "SG25": st.lists(LINE, min_size=1, max_size=3),
    },
)
NOTICE = st.fixed_dictionaries(
    {"BGM": st.fixed_dictionaries({"C106": st.fixed_dictionaries({"1004": WORDS})})},
    optional={
        "SG2": st.lists(
            st.fixed_dictionaries(
                {"NAD": st.fixed_dictionaries({"3035": WORDS})},
                optional={
                    "SG4": st.lists(
                        st.fixed_dictionaries(
                            {
                                "CTA": st.fixed_dictionaries({"3139": WORDS}),
                                "COM": st.lists(
                                    st.fixed_dictionaries(
                                        {
                                            "C076": st.lists(
                                                st.fixed_dictionaries({"3148": WORDS}), min_size=1, max_size=3
                                            )
                                        }
                                    ),
                                    min_size=1,
                                    max_size=2,
                                ),
                            }
                        ),
                        min_size=1,
                        max_size=2,
                    )
                },
            ),
            min_size=1,
            max_size=2,
        )
    },
)


def count(value: object) -> int:
    """Segments are the objects right under an id of three letters; groups hold them."""
    if isinstance(value, list):
        return sum(map(count, value))
    assert isinstance(value, dict)
    return sum(
        count(inner) if key.startswith("SG") else len(inner) if isinstance(inner, list) else 1
        for key, inner in value.items()
    )


def framed(message: str, release: str, envelope: dict[str, Any]) -> Any:
    def frame(bodies: list[dict[str, Any]]) -> list[Record]:
        named = {"0065": message, "0052": "D", "0054": release, "0051": "UN"}
        return [
            {
                **envelope,
                "UNH": {"0062": f"{at:04}", "S009": named},
                **body,
                "UNT": {"0074": count(body) + 2, "0062": f"{at:04}"},
            }
            for at, body in enumerate(bodies, 1)
        ]

    return frame


ORDERS = st.lists(ORDER, min_size=1, max_size=3).map(framed("ORDERS", "96A", {"UNB": INTERCHANGE}))
NOTICES = st.lists(NOTICE, min_size=1, max_size=2).map(framed("DESADV", "24A", {"UNB": LATER, "UNG": GROUP}))

ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "orders": ({"separators": {"decimal": ","}}, ORDERS),
    "notices": ({"separators": {"element": "|", "segment": "~", "line_end": "crlf"}}, NOTICES),
}
