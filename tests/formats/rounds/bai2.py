from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from integrations.formats.codec import Record

FIELD = st.text(st.sampled_from("ABC xyz019.-:é"), max_size=8).map(str.strip)
TEXT = st.text(st.sampled_from("ABC xyz019.,-:/é"), max_size=20)
DAYS = st.dates(date(1969, 1, 1), date(2068, 12, 31))
KINDS = st.sampled_from(["", "Z", "0", "1", "2", "V", "S", "D"])


def amounts(places: int) -> st.SearchStrategy[Any]:
    return st.none() | st.integers(-(10**12), 10**12).map(lambda cents: Decimal(cents).scaleb(-places))


@st.composite
def funds(draw: st.DrawFn, places: int) -> Record:
    kind = draw(KINDS)
    record: Record = {"funds_type": kind}
    if kind == "V":
        record |= {
            "value_date": draw(DAYS | st.none()),
            "value_time": draw(st.sampled_from(["", "2400", "0900"])),
        }
    elif kind == "S":
        record |= {name: draw(amounts(places)) for name in ("immediate", "one_day", "two_or_more_days")}
    elif kind == "D":
        part = st.fixed_dictionaries({"days": st.integers(0, 99), "amount": amounts(places)})
        record["distributions"] = draw(st.lists(part, max_size=3))
    return record


@st.composite
def accounts(draw: st.DrawFn, group: Record) -> Record:
    currency = draw(st.sampled_from(["", "USD", "JPY", "KWD"]))
    places = {"JPY": 0, "KWD": 3}.get(currency, 2)
    money = {"type_code": st.sampled_from(["010", "100", "999", "451"]), "amount": amounts(places)}
    summary = st.builds(
        lambda head, tail: head | tail,
        st.fixed_dictionaries({**money, "item_count": st.none() | st.integers(0, 99)}),
        funds(places),
    )
    transaction = st.builds(
        lambda head, middle, tail: head | middle | tail,
        st.fixed_dictionaries(money),
        funds(places),
        st.fixed_dictionaries(
            {
                "bank_reference": FIELD,
                "customer_reference": FIELD,
                "text": st.lists(TEXT, min_size=1, max_size=3).map("\n".join),
            }
        ),
    )
    return {
        "record": "account",
        "group": group,
        "account": draw(FIELD.filter(bool)),
        "currency": currency,
        "summaries": draw(st.lists(summary, max_size=3)),
        "transactions": draw(st.lists(transaction, max_size=3)),
    }


@st.composite
def reports(draw: st.DrawFn) -> list[Record]:
    records: list[Record] = [
        {
            "record": "file_header",
            "sender_id": "NORTHLAKE",
            "receiver_id": "HARBOUR",
            "creation_date": draw(DAYS),
            "creation_time": "0700",
            "file_id": draw(FIELD.filter(bool)),
            "physical_record_length": "",
            "block_size": "",
            "version_number": "2",
        }
    ]
    for number in range(1, draw(st.integers(1, 3)) + 1):
        group: Record = {
            "number": number,
            "ultimate_receiver_id": draw(FIELD),
            "originator_id": "NORTHLAKE",
            "group_status": "1",
            "as_of_date": draw(DAYS),
            "as_of_time": "2400",
            "currency": draw(st.sampled_from(["", "USD", "EUR"])),
            "as_of_date_modifier": "2",
        }
        found = draw(st.lists(accounts(group), max_size=2))
        records += found or [{"record": "group", "group": group}]
    return [*records, {"record": "file_trailer"}]


ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "reports": ({}, reports()),
    "reports-crlf": ({"line_end": "crlf", "encoding": "cp1252"}, reports()),
}
