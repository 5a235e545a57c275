from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from integrations.formats.codec import Record

WORDS = st.text(st.sampled_from("ABC xyz-09é."), min_size=1, max_size=12)
DAYS = st.dates(date(1970, 1, 1), date(2069, 12, 31))
AMOUNTS = st.integers(0, 10**9).map(lambda units: Decimal(units).scaleb(-3))
INTERCHANGE = {
    "01": "00",
    "02": "",
    "03": "00",
    "04": "",
    "05": "ZZ",
    "06": "HARBOR",
    "07": "01",
    "08": "NORTHWIND",
    "09": "240501",
    "10": "1215",
    "11": "U",
    "12": "00401",
    "13": "000000012",
    "14": "0",
    "15": "P",
    "16": ">",
}
LATER = {**INTERCHANGE, "11": "^", "12": "00501", "16": ":"}


def group(kind: str, version: str) -> Record:
    return {
        "01": kind,
        "02": "HARBOR",
        "03": "NORTHWIND",
        "04": "20240501",
        "05": "1215",
        "06": "12",
        "07": "X",
        "08": version,
    }


def optional(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={key.removeprefix("e"): made for key, made in keys.items()})


LINE = st.fixed_dictionaries(
    {
        "PO1": st.fixed_dictionaries(
            {"01": WORDS, "02": AMOUNTS, "04": AMOUNTS, "06": st.just("VN"), "07": WORDS}
        ),
    },
    optional={
        "PID_loop": st.lists(
            st.fixed_dictionaries({"PID": optional(e01=WORDS, e05=WORDS)}), min_size=1, max_size=2
        )
    },
)
PARTY = st.fixed_dictionaries(
    {"N1": optional(e01=WORDS, e04=WORDS)},
    optional={"N3": st.lists(optional(e01=WORDS, e02=WORDS), min_size=1, max_size=2)},
)
REFERENCE = optional(e01=WORDS, e02=WORDS, e04=optional(e1=WORDS, e3=WORDS).filter(bool))
ORDER = st.fixed_dictionaries(
    {"BEG": st.fixed_dictionaries({"01": WORDS, "03": WORDS, "05": DAYS})},
    optional={
        "REF": st.lists(REFERENCE, min_size=1, max_size=3),
        "DTM": st.lists(optional(e01=WORDS, e02=DAYS), min_size=1, max_size=2),
        "N1_loop": st.lists(PARTY, min_size=1, max_size=2),
        "PO1_loop": st.lists(LINE, min_size=1, max_size=3),
    },
)
CLAIM = st.fixed_dictionaries(
    {
        "CLP": st.fixed_dictionaries({"01": WORDS, "03": AMOUNTS, "04": AMOUNTS}),
        "CAS": st.lists(st.fixed_dictionaries({"01": WORDS, "03": AMOUNTS}), min_size=1, max_size=2),
    },
)
PAYMENT = st.fixed_dictionaries(
    {
        "BPR": st.fixed_dictionaries({"01": WORDS, "02": AMOUNTS, "16": DAYS}),
        "2000_loop": st.lists(
            st.fixed_dictionaries(
                {
                    "LX": st.fixed_dictionaries({"01": st.integers(1, 999)}),
                    "2100_loop": st.lists(CLAIM, min_size=1, max_size=2),
                }
            ),
            min_size=1,
            max_size=2,
        ),
    }
)


def count(value: object) -> int:
    """Segments are the objects right under an id of capitals; loops hold them."""
    if isinstance(value, list):
        return sum(map(count, value))
    assert isinstance(value, dict)
    found = 0
    for key, inner in value.items():
        if key.endswith("_loop"):
            found += count(inner)
        else:
            found += len(inner) if isinstance(inner, list) else 1
    return found


def framed(kind: str, number: str, version: str, interchange: Record) -> Any:
    def frame(bodies: list[dict[str, Any]]) -> list[Record]:
        return [
            {
                "ISA": interchange,
                "GS": group(kind, version),
                "ST": {"01": number, "02": f"{at:04}"},
                **body,
                "SE": {"01": count(body) + 2, "02": f"{at:04}"},
            }
            for at, body in enumerate(bodies, 1)
        ]

    return frame


ORDERS = st.lists(ORDER, min_size=1, max_size=3).map(framed("PO", "850", "004010", INTERCHANGE))
PAYMENTS = st.lists(PAYMENT, min_size=1, max_size=2).map(framed("HP", "835", "005010X221A1", LATER))

ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "orders": ({}, ORDERS),
    "payments": ({"separators": {"element": "|", "segment": "'", "line_end": "crlf"}}, PAYMENTS),
}
