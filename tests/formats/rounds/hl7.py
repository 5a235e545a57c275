from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from integrations.formats.codec import Record
from tests.formats.records import CHARACTERS

# A value that a typed field would read as a number or date comes back as one.
TEXTS = st.text(CHARACTERS, min_size=1, max_size=12) | st.sampled_from(
    [
        "\\F\\",
        "\\X41\\",
        "\\E\\H\\E\\",
        "a|b^c~d&e",
        "C:\\tmp",
        '""',
        "\\H\\x\\N\\",
        "\r\n",
        "\n\r",
        "\\.br\\",
    ]
)
WRITTEN = st.text(st.sampled_from("abc 09.-é\\T"), min_size=1, max_size=8)
ZONES = st.none() | st.integers(-839, 839).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.builds(
    lambda at, units, zone: at.replace(microsecond=units * 100, tzinfo=zone),
    st.datetimes(datetime(1000, 1, 1), datetime(9998, 12, 31)),  # noqa: DTZ001
    st.integers(0, 9999),
    ZONES,
)
NUMBERS = st.integers(-(10**30), 10**30) | st.builds(
    lambda units, scale: Decimal(units).scaleb(-scale), st.integers(1, 10**12), st.integers(1, 9)
)


def header(message: str, trigger: str) -> Record:
    return {
        "1": "|",
        "2": "^~\\&",
        "9": {"1": message, "2": trigger},
        "10": "1",
        "12": {"1": "2.5.1"},
        "18": ["UNICODE UTF-8"],
    }


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Give objects with some of these keys (``f5`` is the key 5), in the order of their numbers."""
    return st.fixed_dictionaries({}, optional={key[1:]: value for key, value in fields.items()})


def observations(texts: st.SearchStrategy[Any], numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    coded = some(f1=texts, f2=st.none() | texts)
    numeric = st.fixed_dictionaries({"2": st.just("NM"), "5": st.lists(numbers, min_size=1, max_size=3)})
    return st.lists(
        numeric
        | st.fixed_dictionaries(
            {"2": st.just("TX"), "5": st.lists(texts, min_size=1), "8": st.lists(texts, min_size=2)}
        )
        | st.fixed_dictionaries({"2": st.just("CE"), "5": st.lists(coded.filter(bool), min_size=1)}),
        min_size=1,
        max_size=3,
    )


def results(
    texts: st.SearchStrategy[Any], numbers: st.SearchStrategy[Any], moments: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    name = some(f1=some(f1=texts, f3=texts).filter(bool), f2=texts, f4=st.none()).filter(bool)
    patient = some(f1=numbers, f2=st.none(), f5=st.lists(name, min_size=1, max_size=2), f7=moments, f19=texts)
    order = st.fixed_dictionaries(
        {
            "OBR": some(f4=some(f1=texts).filter(bool), f7=moments),
            "OBSERVATION": observations(texts, numbers).map(lambda found: [{"OBX": obx} for obx in found]),
        }
    )
    message = st.fixed_dictionaries(
        {
            "MSH": st.just(header("ORU", "R01")),
            "PATIENT_RESULT": st.lists(
                st.fixed_dictionaries(
                    {
                        "PATIENT": st.fixed_dictionaries({"PID": patient}),
                        "ORDER_OBSERVATION": st.lists(order, min_size=1, max_size=2),
                    }
                ),
                min_size=1,
                max_size=2,
            ),
        }
    )
    return st.lists(message, min_size=1, max_size=3)


FLAT = st.lists(
    st.fixed_dictionaries(
        {
            "segments": st.lists(st.fixed_dictionaries({"ZAB": some(f1=TEXTS, f3=TEXTS)}), max_size=3).map(
                lambda found: [{"MSH": header("ZZZ", "Z01")}, *found]
            )
        }
    ),
    min_size=1,
    max_size=3,
)

ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "typed": ({}, results(TEXTS, NUMBERS, MOMENTS | st.dates(date(1000, 1, 1)))),
    "as-written": ({"values": "text", "line_end": "lf"}, results(WRITTEN, WRITTEN, WRITTEN)),
    "flat": ({"grouping": "flat", "line_end": "crlf"}, FLAT),
}
