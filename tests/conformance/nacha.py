"""ACH files of moov-io/ach, and whole files in its JSON field names."""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from integrations.errors import InputError
from integrations.formats.codec import DEFAULT_LIMITS, Record, Value, parse_options
from integrations.formats.nacha.codec import CODEC
from integrations.formats.nacha.layouts import addenda_layout, entry_layout, header_layout, is_credit, layouts
from tests.conformance import Result

INVALID = re.compile(r"invalid|return-no-|Err\.", re.IGNORECASE)
CENTS = {"amount", "total_amount", "total_debit_amount", "total_credit_amount"}
# What moov's JSON calls a field, where it is not ours in camel case.
NAMES = {
    "standard_entry_class_code": "standard_entry_class",
    "iso_destination_country_code": "iso_destination_country",
    "iso_originating_currency_code": "iso_originating_currency",
    "iso_destination_currency_code": "iso_destination_currency",
    "addenda_records": "number_of_addenda",
    "type_code": "addenda_type",
    "original_trace": "original_trace_number",
    "original_dfi": "original_rdfi",
    "original_entry_trace_number": "original_trace_number",
    "original_receiving_dfi_identification": "original_rdfi",
    "dishonored_return_reason_code": "dishonored_return_code",
    "originator_city_state_province": "originator_city_state",
    "originator_country_postal_code": "originator_country_postal",
    "receiver_city_state_province": "receiver_city_state",
    "receiver_country_postal_code": "receiver_country_postal",
    "odfi_id_number_qualifier": "odfi_id_qualifier",
    "rdfi_id_number_qualifier": "rdfi_id_qualifier",
    "odfi_branch_country_code": "odfi_branch_country",
    "rdfi_branch_country_code": "rdfi_branch_country",
    "foreign_correspondent_bank_id_number_qualifier": "foreign_correspondent_bank_id_qualifier",
    "foreign_correspondent_bank_id_number": "foreign_correspondent_bank_id",
    "foreign_correspondent_bank_branch_country_code": "foreign_correspondent_bank_branch_country",
}
LOOSE = {"custom": {"custom_codes": [f"R{n}" for n in range(1, 100)]}, "skip-validation": {"checks": "none"}}


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.rglob("*.ach")):
        yield from check_file(path, path.relative_to(folder).as_posix())
    for path in sorted(folder.rglob("*.json")):
        document = json.loads(path.read_text())
        if "fileHeader" in document:
            yield from check_json(path.name, document)


def check_file(path: Path, name: str) -> Iterator[Result]:
    data = path.read_bytes()
    if INVALID.search(path.name):
        yield refused(data, name, {})
        beside = path.with_suffix(".json")
        if not beside.exists() or "allowInvalidCheckDigit" not in beside.read_text():
            return
        loose: dict[str, object] = {"checks": "totals"}
    else:
        loose = next((dict(options) for mark, options in LOOSE.items() if mark in path.name), {})
    guess = CODEC.sniff(data)
    options = parse_options(CODEC, (dict(guess.options) if guess else {}) | loose)
    try:
        records = list(CODEC.reader(options, DEFAULT_LIMITS)([data]))
    except InputError as failure:
        is_wrong = contradicts_itself(data)
        reason = "its own batch controls do not add up to its file control" if is_wrong else str(failure)
        yield Result(name, "decode", passed=False, reason=reason, is_explained=is_wrong)
        return
    yield Result(name, "decode", passed=True)
    written = b"".join(CODEC.writer(options)(records))
    same = lines(written) == lines(data)
    yield Result(name, "round trip", passed=same, reason="" if same else "other bytes")


def refused(data: bytes, name: str, options: dict[str, object]) -> Result:
    try:
        list(CODEC.reader(parse_options(CODEC, options), DEFAULT_LIMITS)([data]))
    except InputError as failure:
        return Result(name, "refuse", passed=failure.place.startswith("line "), reason=failure.place)
    return Result(name, "refuse", passed=False, reason="it was read")


def lines(data: bytes) -> list[bytes]:
    """The records without what the format leaves free: line ends, blanks at their end, the filling."""
    text = data.replace(b"\r", b"").strip(b"\n")
    cut = text.split(b"\n") if b"\n" in text else [text[at : at + 94] for at in range(0, len(text), 94)]
    return [line.rstrip() for line in cut if line.strip(b"9 ")]


def contradicts_itself(data: bytes) -> bool:
    """Compare the file control with the batch controls, apart from the codec."""
    found = [line.decode("latin-1").ljust(94) for line in lines(data)]
    wide = any(line[50:53] == "ADV" for line in found if line[0] == "5")
    cuts = (slice(20, 40), slice(40, 60)) if wide else (slice(20, 32), slice(32, 44))
    batches = [line for line in found if line[0] == "8"]
    control = next((line for line in found if line[0] == "9"), " " * 94)
    end = (slice(31, 51), slice(51, 71)) if wide else (slice(31, 43), slice(43, 55))
    stated = [control[13:21], *(control[cut] for cut in end)]
    summed = [sum(int(line[cut]) for line in batches) for cut in (slice(4, 10), *cuts)]
    return [int(text or 0) for text in stated] != summed


def check_json(name: str, document: Any) -> Iterator[Result]:
    try:
        records = list(from_json(document))
        options = CODEC.Options(checks="totals" if document.get("validateOpts") else "all")
        written = b"".join(CODEC.writer(options)(records))
    except InputError as failure:
        is_bad = "nvalid" in name or "null" in name or "noBatches" in name
        is_long = failure.code == "nacha.too_long"
        yield Result(
            name,
            "refuse" if is_bad else "decode",
            passed=is_bad,
            reason=f"a value of the file is longer than its field: {failure}" if is_long else str(failure),
            is_explained=is_long,
        )
        return
    if "nvalid" in name:
        yield Result(name, "refuse", passed=False, reason="it was written")
        return
    back = list(CODEC.reader(options, DEFAULT_LIMITS)([written]))
    entries = [e for r in records if r["record"] == "batch" for e in listed(r["entries"])]
    debits = sum((e["amount"] for e in entries if not is_credit(e["transaction_code"])), Decimal(0))
    whole = sum((e["amount"] for e in entries), Decimal(0))
    hashed = sum(int(e["rdfi_identification"]) for e in entries) % 10**10
    wanted = (debits, whole - debits, hashed)
    found = tuple(back[-1][key] for key in ("total_debit_amount", "total_credit_amount", "entry_hash"))
    yield Result(name, "twin", passed=found == wanted, reason=f"{found} instead of {wanted}")
    same = b"".join(CODEC.writer(options)(back)) == written
    yield Result(name, "round trip", passed=same, reason="" if same else "other bytes")


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def snake(name: str) -> str:
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    text = text.replace("odfii_dentification", "odfi_identification").replace("odfiid_", "odfi_id_")
    text = text.replace("rdfiid_", "rdfi_id_").replace("odfiidentification", "odfi_identification")
    text = text.replace("rdfiidentification", "rdfi_identification").replace("fileid_", "file_id_")
    return NAMES.get(text, text)


def fields(source: Any, known: Any) -> Record:
    """Take what the layouts know of an object, with the types of our records."""
    if not isinstance(source, dict):
        return {}
    found = {snake(key): value for key, value in source.items()}
    return {
        row.name: typed(row, found[row.name])
        for row in known.rows
        if row.name in found and found[row.name] != ""
    }


def typed(row: Any, value: Any) -> Value:
    if row.kind == "cents":
        return Decimal(value).scaleb(-2)
    if row.kind == "count":
        return int(value) if isinstance(value, int) else str(value)
    if row.kind == "date":
        text = re.sub(r"^\d\d(\d\d)-(\d\d)-(\d\d)T.*", r"\1\2\3", value)
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:])) if text.isdigit() else text
    if row.name == "file_creation_time" and "T" in value:
        return value[value.index("T") + 1 :].replace(":", "")[:4]
    text = re.sub(r"^\d\d(\d\d)-(\d\d)-(\d\d)T.*", r"\1\2\3", str(value))
    return text.rstrip() if row.kind == "text" else text.zfill(row.length)


def advice_trace(entry: Record) -> str:
    """What stands at the place of an advice's trace number."""
    return "".join(
        str(entry[name]) for name in ("ach_operator_routing_number", "julian_day", "sequence_number")
    )


def from_json(document: Any) -> Iterator[Record]:
    yield {"record": "file_header"} | fields(document["fileHeader"], layouts()["file_header"])
    for batch in [*listed(document.get("batches")), *listed(document.get("IATBatches"))]:
        raw = batch.get("batchHeader") or batch.get("IATBatchHeader") or {}
        entry_class = raw.get("standardEntryClassCode", "")
        header = fields(raw, header_layout(entry_class, ""))
        header.setdefault("originator_status_code", "1")
        entries: list[Value] = []
        for source in (
            batch.get("entryDetails") or batch.get("IATEntryDetails") or batch.get("advEntryDetails") or ()
        ):
            entry = fields(source, entry_layout(entry_class, is_iat=entry_class == "IAT"))
            if source and "DFIAccountNumber" in source and entry_class == "IAT":
                entry["foreign_account_number"] = source["DFIAccountNumber"].rstrip()
            addenda = [
                fields(
                    one,
                    addenda_layout(
                        one["typeCode"], one.get("dishonoredReturnReasonCode") or one.get("returnCode", "")
                    ),
                )
                for key in sorted(source or ())
                if key.startswith("addenda") and isinstance(source[key], dict | list)
                for one in (source[key] if isinstance(source[key], list) else [source[key]])
            ]
            for one in addenda:
                if "return_code" in one and "trace_number" not in one:
                    one["trace_number"] = advice_trace(entry)
            entries.append(entry | ({"addenda": [*addenda]} if addenda else {}))
        yield {"record": "batch", "header": header or None, "entries": entries}
