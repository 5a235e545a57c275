"""Statements of wolph/mt940 with their expected values, and messages of prowide-core."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from integrations.errors import InputError
from integrations.formats.codec import DEFAULT_LIMITS, Record, parse_options
from integrations.formats.swift_mt.codec import CODEC
from integrations.formats.swift_mt.narrative import purpose, write_narrative
from tests.conformance import Result

SUFFIXES = {".sta", ".fin", ".rje", ".txt", ".940", ".942", ".mt940"}
STATEMENT = {
    "20": "transaction_reference",
    "21": "related_reference",
    "25": "account_identification",
    "NS": "non_swift",
}
BALANCES = {
    "60": "opening_balance",
    "60F": "final_opening_balance",
    "60M": "intermediate_opening_balance",
    "62": "closing_balance",
    "62F": "final_closing_balance",
    "62M": "intermediate_closing_balance",
    "64": "available_balance",
    "65": "forward_available_balance",
}
LINE = {
    "customer_reference": "reference",
    "bank_reference": "bank_reference",
    "funds_code": "funds_code",
    "id": "type",
    "status": "mark",
    "extra_details": "supplement",
}
SEPA = {
    "end_to_end_reference": "EREF",
    "additional_position_reference": "MREF",
    "applicant_creditor_id": "CRED",
    "purpose_code": "PURP",
    "customer_reference": "KREF",
    "purpose": "SVWZ",
    "gvc_applicant_iban": "IBAN",
    "gvc_applicant_bin": "BIC",
    "additional_position_date": "MDAT",
    "deviate_applicant": "ABWA",
    "deviate_recipient": "ABWE",
    "FRST_ONE_OFF_RECC": "SQTP",
    "old_SEPA_CI": "ORCR",
    "old_SEPA_additional_position_reference": "ORMR",
    "settlement_tag": "DDAT",
    "debitor_identifier": "DEBT",
    "compensation_amount": "COAM",
    "original_amount": "OAMT",
}
SUBFIELDS = {
    "posting_text": ("00",),
    "prima_nota": ("10",),
    "applicant_bin": ("30",),
    "applicant_iban": ("31",),
    "applicant_name": ("32", "33"),
    "return_debit_notes": ("34",),
    "recipient_name": ("35",),
    "additional_purpose": ("60", "61", "62", "63", "64", "65"),
    "transaction_code": ("code",),
}


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.rglob("*")):
        if path.suffix not in SUFFIXES or "licences" in path.parts:
            continue
        name = path.relative_to(folder).as_posix()
        data = path.read_bytes()
        guess = CODEC.sniff(data)
        options = parse_options(CODEC, guess.options if guess else {})
        try:
            records = list(CODEC.reader(options, DEFAULT_LIMITS)([data]))
        except InputError as failure:
            yield Result(name, "decode", passed=False, reason=str(failure))
            continue
        yield Result(name, "decode", passed=True)
        written = b"".join(CODEC.writer(options)(records))
        same = lines(written) == lines(data)
        yield Result(name, "round trip", passed=same, reason="" if same else "other bytes")
        twin = path.with_suffix(".expected.json")
        if twin.exists():
            wrong = list(compare(records, json.loads(twin.read_text())))
            yield Result(name, "twin", passed=not wrong, reason="; ".join(wrong[:3]))


def lines(data: bytes) -> list[bytes]:
    """What a message says, without line ends, blank lines and what stands between messages."""
    return [line.rstrip() for line in data.replace(b"\r", b"").split(b"\n") if line.strip(b" $")]


def compare(records: list[Record], expected: Any) -> Iterator[str]:
    """Name what differs from the source's own reading, which has one statement for the whole file."""
    statement, found = gathered(records)
    for key, value in expected["statement"].items():
        if key == "non_swift" and value not in [record.get("NS", "") for record in records]:
            yield key
        if key != "date" and not key.startswith("non_swift") and not equal(statement.get(key), value):
            yield f"{key}: {statement.get(key)} instead of {value}"
    if len(found) != len(expected["transactions"]):
        yield f"{len(found)} transactions instead of {len(expected['transactions'])}"
    for ours, theirs in zip(found, expected["transactions"], strict=False):
        facts_of = transaction(ours["group"], ours["currency"], ours["record"], theirs)
        for key, value in theirs.items():
            if key in facts_of and not equal(facts_of[key], value):
                yield f"{key}: {facts_of[key]!r} instead of {value!r}"
            elif key not in facts_of and value is not None and not key.startswith("non_swift_"):
                yield f"{key} is missing"


def gathered(records: list[Record]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """One statement and all lines of a file, as the source has them."""
    statement: dict[str, Any] = {}
    found: list[dict[str, Any]] = []
    for record in records:
        own = dict(facts(record))
        statement |= own
        currency = next((own[key]["amount"]["currency"] for key in own if "balance" in key), None)
        limit = own.get("d_floor_limit") or own.get("c_floor_limit")
        currency = currency or (limit["currency"] if limit else None)
        if found and record.get("NS"):
            # The source gives the NS of a statement to the last line of the one before.
            found[-1]["group"] = {"NS": record["NS"]} | found[-1]["group"]
        groups: Any = [*record.get("A", [])]  # type: ignore[misc]
        if groups and "86" in record:
            # … and the statement's own narrative, with the end mark, to its last line.
            closing = [{"tag": "86", "value": record["86"]}, {"tag": "86", "value": record.get("end", "")}]
            groups[-1] = groups[-1] | {"_unexpected": groups[-1].get("_unexpected", []) + closing}
        found += [{"group": group, "currency": currency, "record": record} for group in groups]
    return statement, found


def equal(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(equal(ours.get(key), value) for key, value in theirs.items())
    if isinstance(ours, Decimal):
        return ours == Decimal(theirs)
    if isinstance(ours, date):
        return ours.isoformat() == theirs
    return bool((ours or None) == (theirs or None))


def facts(record: Record) -> Iterator[tuple[str, Any]]:
    for tag, name in STATEMENT.items():
        if tag in record:
            yield name, record[tag]
    for tag, name in BALANCES.items():
        value: Any = record.get(tag)
        for one in value if isinstance(value, list) else [value] if value else []:
            sign = -1 if one["mark"] == "D" else 1
            amount = {"amount": sign * one["amount"], "currency": one["currency"]}
            yield name, {"amount": amount, "date": one["date"], "status": one["mark"]}
    for tag in ("28", "28C"):
        number: Any = record.get(tag)
        if number:
            yield "statement_number", number["statement_number"]
            yield "sequence_number", number.get("sequence_number")
    yield from sums(record)


def sums(record: Record) -> Iterator[tuple[str, Any]]:
    limits: Any = record.get("34F", [])
    for limit in limits:
        sign = -1 if limit.get("mark") == "D" and limit["amount"] else 1
        amount = {"amount": sign * limit["amount"], "currency": limit["currency"]}
        for mark in [limit["mark"]] if limit.get("mark") else "DC":
            yield f"{mark.lower()}_floor_limit", amount
    for tag, name, sign in (("90D", "sum_debit_entries", -1), ("90C", "sum_credit_entries", 1)):
        total: Any = record.get(tag)
        if total:
            yield name, {"amount": sign * total["amount"], "currency": total["currency"]}


def transaction(group: Any, currency: str | None, record: Record, theirs: Any) -> dict[str, Any]:
    line = group["61"]
    # The source does not turn the sign of a reversal.
    sign = -1 if line["mark"] == "D" else 1
    out: dict[str, Any] = {name: line.get(key) for name, key in LINE.items()}
    out |= {
        "amount": {"amount": sign * line["amount"], "currency": currency},
        "currency": currency,
        "date": line["value_date"],
        "transaction_reference": record.get("20"),
    }
    if line.get("entry_date"):
        out |= {"entry_date": line["entry_date"], "guessed_entry_date": line["entry_date"]}
    if "NS" in group:
        out["non_swift"] = group["NS"]
        out["non_swift_text"] = theirs.get("non_swift_text")
    narrative = group.get("86")
    if narrative is not None:
        more = [item["value"] for item in group.get("_unexpected", []) if item["tag"] == "86"]
        out |= details(narrative, more)
    return out


def details(narrative: Any, more: list[Any]) -> dict[str, Any]:
    if "code" not in narrative or narrative.get("separator"):
        text = "\n".join(write_narrative(one) for one in [narrative, *more])
        return {"transaction_details": "\n".join(line.rstrip() for line in text.strip().split("\n"))}
    out = {name: "".join(narrative.get(key, "") for key in keys) for name, keys in SUBFIELDS.items()}
    sepa = narrative.get("sepa")
    if sepa:
        return out | {name: sepa.get(key) for name, key in SEPA.items()}
    return out | {"purpose": purpose(narrative)}
