from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from integrations.formats.codec import Record
from integrations.formats.nacha.layouts import check_digit, is_credit

TEXT = st.text(st.sampled_from("ABC xyz09.,-&/é¦"), max_size=5).map(str.strip)
DAYS = st.dates(date(1969, 1, 1), date(2068, 12, 31))


def digits(size: int, *, first: int = 0) -> st.SearchStrategy[str]:
    return st.integers(first, 10**size - 1).map(lambda number: str(number).zfill(size))


@st.composite
def entries(draw: st.DrawFn) -> Record:
    routing = draw(digits(8))
    entry: Record = {
        "transaction_code": draw(st.sampled_from(["22", "27", "32", "37", "55", "23"])),
        "rdfi_identification": routing,
        "check_digit": check_digit(routing),
        "dfi_account_number": draw(TEXT),
        "amount": Decimal(draw(st.integers(0, 10**10 - 1))).scaleb(-2),
        "identification_number": draw(TEXT),
        "individual_name": draw(TEXT),
        "discretionary_data": draw(st.sampled_from(["", "S", "R1"])),
        "addenda_record_indicator": draw(st.sampled_from("01")),
        "trace_number": draw(digits(15, first=1)),
    }
    if entry["addenda_record_indicator"] == "1":
        entry["addenda"] = [
            {
                "addenda_type": "05",
                "payment_related_information": draw(TEXT),
                "sequence_number": at,
                "entry_detail_sequence_number": draw(st.integers(0, 9_999_999)),
            }
            for at in range(1, draw(st.integers(1, 3)) + 1)
        ]
    return entry


def sums(found: list[Any]) -> Record:
    """The figures of a control record, added up apart from the codec."""
    credit = sum((e["amount"] for e in found if is_credit(e["transaction_code"])), Decimal("0.00"))
    return {
        "entry_addenda_count": sum(1 + len(e.get("addenda", ())) for e in found),
        "entry_hash": sum(int(e["rdfi_identification"]) for e in found) % 10**10,
        "total_debit_amount": sum((e["amount"] for e in found), Decimal("0.00")) - credit,
        "total_credit_amount": credit,
    }


@st.composite
def files(draw: st.DrawFn, *, per: str) -> list[Record]:
    batches: list[tuple[Record, list[Record]]] = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        header: Record = {
            "service_class_code": "200",
            "company_name": draw(TEXT),
            "company_discretionary_data": draw(TEXT),
            "company_identification": draw(TEXT),
            "standard_entry_class": draw(st.sampled_from(["PPD", "CCD", "WEB"])),
            "company_entry_description": draw(TEXT),
            "company_descriptive_date": draw(st.sampled_from(["", "261123", "SD1300"])),
            "effective_entry_date": draw(DAYS | st.sampled_from([None, "000000"])),
            "settlement_date": draw(st.sampled_from(["", "327"])),
            "originator_status_code": "1",
            "odfi_identification": draw(digits(8)),
            "batch_number": number,
        }
        batches.append((header, draw(st.lists(entries(), min_size=1, max_size=3))))
    count = len(batches)
    all_entries = [entry for _, found in batches for entry in found]
    lines = 2 + 2 * count + sum(1 + len(e.get("addenda", ())) for e in all_entries)  # type: ignore[arg-type]
    control: Record = {"record": "file_control", "batch_count": count, "block_count": -(-lines // 10)}
    items: list[Record] = []
    for header, found in batches:
        kept = ("service_class_code", "company_identification", "odfi_identification", "batch_number")
        ends = {key: header[key] for key in kept} | sums(found) | {"message_authentication_code": ""}
        if per == "batch":
            items.append({"record": "batch", "header": header, "entries": [*found], "control": ends})
        else:
            items += [{"record": "entry", "batch": header} | entry for entry in found]
    return [
        {
            "record": "file_header",
            "priority_code": "01",
            "immediate_destination": draw(digits(9)),
            "immediate_origin": draw(digits(10)),
            "file_creation_date": draw(DAYS),
            "file_creation_time": "1200",
            "file_id_modifier": "A",
            "record_size": "094",
            "blocking_factor": "10",
            "format_code": "1",
            "immediate_destination_name": draw(TEXT),
            "immediate_origin_name": draw(TEXT),
            "reference_code": "",
        },
        *items,
        control | sums([*all_entries]),
    ]


ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "batches": ({}, files(per="batch")),
    "entries": ({"per": "entry", "line_end": "crlf"}, files(per="entry")),
    "no-line-ends": ({"line_end": "none", "encoding": "cp1252"}, files(per="batch")),
    "counted-in-bytes": ({"count": "bytes", "fill": False}, files(per="batch")),
}
