from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from integrations.formats.codec import Record

TEXT = st.text(st.sampled_from("ABC xyz0129+()?.,'"), min_size=1, max_size=16).map(str.strip).filter(bool)
PLAIN = TEXT.filter(lambda text: text[0] not in "-:" and "//" not in text)
DAYS = st.dates(date(1981, 1, 1), date(2078, 12, 31))
AMOUNTS = st.integers(0, 10**12).map(lambda cents: Decimal(cents).scaleb(-2))
CURRENCIES = st.sampled_from(["EUR", "USD", "JPY"])


def balance() -> st.SearchStrategy[Record]:
    return st.fixed_dictionaries(
        {"mark": st.sampled_from("CD"), "date": DAYS, "currency": CURRENCIES, "amount": AMOUNTS}
    )


@st.composite
def lines(draw: st.DrawFn) -> Record:
    day = draw(DAYS)
    line: Record = {
        "value_date": day,
        "mark": draw(st.sampled_from(["C", "D", "RC", "RD"])),
        "amount": draw(AMOUNTS),
        "type": draw(st.sampled_from(["NTRF", "S103", "FCHG"])),
        "reference": draw(PLAIN),
    }
    if draw(st.booleans()):
        line["entry_date"] = day + timedelta(days=draw(st.integers(-3, 3)))
    if draw(st.booleans()):
        line["bank_reference"] = draw(PLAIN)
    group: Record = {"61": line}
    if draw(st.booleans()):
        group["86"] = draw(narratives())
    return group


def narratives() -> st.SearchStrategy[Record]:
    free = st.fixed_dictionaries({"text": PLAIN.filter(lambda text: not text[:3].isdigit())})
    value = st.text(st.sampled_from("ABC xyz019.,"), max_size=27)
    keys = st.sampled_from(["00", "10", "20", "21", "30", "31", "32"])
    pairs = st.dictionaries(keys, value, min_size=1).filter(lambda found: found[max(found)][-1:] != " ")
    return free | pairs.map(lambda found: {"code": "166", **dict(sorted(found.items()))})


@st.composite
def statements(draw: st.DrawFn) -> Record:
    record: Record = {
        "type": "940",
        "20": draw(PLAIN),
        "25": draw(PLAIN),
        "28C": {"statement_number": "00042", "sequence_number": draw(st.sampled_from(["1", "001"]))},
        "60F": draw(balance()),
        "62F": draw(balance()),
    }
    groups: list[Any] = draw(st.lists(lines(), max_size=4))
    if groups:
        record["A"] = groups
    if draw(st.booleans()):
        record["65"] = [draw(balance()), draw(balance())]
    return record


@st.composite
def transfers(draw: st.DrawFn) -> Record:
    return {
        "type": "103",
        "basic": {"application": "F", "service": "01", "terminal": "HAFEDEHHAXXX", "session": "0001"},
        "application": {"direction": "I", "type": "103", "receiver": "LAKEUS33XXXX", "priority": "N"},
        "user": {"108": draw(st.sampled_from(["REF-1", ""]))},
        "20": draw(PLAIN),
        "23B": "CRED",
        "32A": {"date": draw(DAYS), "currency": draw(CURRENCIES), "amount": draw(AMOUNTS)},
        "50K": {
            "account": draw(PLAIN),
            "name_and_address": draw(st.lists(PLAIN.filter(lambda t: t[0] != "/"), min_size=1, max_size=4)),
        },
        "71A": draw(st.sampled_from(["OUR", "SHA", "BEN"])),
        "trailer": {"CHK": "0123456789AB", "TNG": ""},
    }


ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "statements": ({}, st.lists(statements(), min_size=1, max_size=3)),
    "transfers": ({"line_end": "lf"}, st.lists(transfers(), min_size=1, max_size=3)),
}
