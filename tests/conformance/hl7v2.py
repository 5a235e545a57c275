"""HL7 v2: messages of several senders. Written back they are the same bytes but for line ends and a BOM.

Of the FHIR bundles that another converter made of some of them, the facts are compared: who the patient is,
what was observed, when the appointment begins. The bundles as a whole are that converter's own.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from integrations.errors import InputError
from integrations.formats.codec import Limits, Record, Value, parse_options
from integrations.formats.hl7.codec import CODEC
from tests.conformance import Result

# Moments without seconds stay text in our records.
TO_THE_MINUTE = re.compile(r"[0-9]{12}[+-][0-9]{4}")
MODES: tuple[dict[str, object], ...] = ({}, {"values": "text"}, {"grouping": "flat"})


def check(folder: Path) -> Iterator[Result]:
    for path in sorted([*folder.glob("*/*.hl7"), *folder.glob("v2-to-fhir/*.txt")]):
        yield from document(path, str(path.relative_to(folder)))


def document(path: Path, name: str) -> Iterator[Result]:
    data = path.read_bytes()
    guess = CODEC.sniff(data)
    told = dict(guess.options) if guess else {}
    records: list[Record] = []
    for mode in reversed(MODES):
        options = parse_options(CODEC, told | mode)
        try:
            records = list(CODEC.reader(options, Limits())((data,)))
            written = b"".join(CODEC.writer(options)(records))
        except InputError as failure:
            yield Result(name, "decode", passed=False, reason=str(failure))
            return
        if written != normal(data):
            yield Result(
                name, "round trip", passed=False, reason=f"other bytes with {mode or 'the defaults'}"
            )
            return
    yield Result(name, "decode", passed=True)
    yield Result(name, "round trip", passed=True)
    bundle = path.parent / "expected-fhir" / f"{path.stem}-expected.json"
    if bundle.exists():
        wrong = list(disagreements(records[0], json.loads(bundle.read_text(), parse_float=Decimal)))
        yield Result(name, "twin", not wrong, "; ".join(wrong))


def normal(data: bytes) -> bytes:
    lines = re.split(rb"[\r\n]+", data.removeprefix(b"\xef\xbb\xbf"))
    return b"".join(line + b"\r" for line in lines if line.strip())


def disagreements(record: Record, bundle: Any) -> Iterator[str]:
    resources = [entry["resource"] for entry in bundle["entry"]]
    patient = next(found for found in resources if found["resourceType"] == "Patient")
    pid = next(segments(record, "PID"))
    texts = set(leaves(pid))
    name = patient["name"][0]
    for what, value in {
        "family": name["family"],
        "given": name["given"][0],
        "born": day(patient["birthDate"]),
        **{f"identifier {at}": found["value"] for at, found in enumerate(patient["identifier"])},
    }.items():
        if value not in texts and not any(value in set(leaves(other)) for other in beside(record)):
            yield f"{what} of the patient"
    observed = {
        (next(iter(leaves(obx.get("3")))), found)
        for obx in segments(record, "OBX")
        for found in leaves(obx.get("5"))
    }
    for found in resources:
        if found["resourceType"] == "Observation" and "valueQuantity" in found:
            code, value = found["code"]["coding"][0]["code"], found["valueQuantity"]["value"]
            if (code, value) not in observed:
                yield f"observation {code}"
        if found["resourceType"] == "Appointment" and moment(found["start"]) not in set(leaves(record)):
            yield "start of the appointment"


def beside(record: Record) -> Iterator[Record]:
    """Give the segments that the converter adds to the patient: insurance, guarantor, disability."""
    for name in ("IN1", "IN2", "GT1", "MRG", "PD1", "DB1"):
        yield from segments(record, name)


def day(text: str) -> date:
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def segments(held: Value, name: str) -> Iterator[Record]:
    """Find the segments of an id at any depth."""
    for item in held if isinstance(held, list) else [held]:
        if isinstance(item, dict):
            for key, inner in item.items():
                if key == name:
                    yield from (
                        found
                        for found in (inner if isinstance(inner, list) else [inner])
                        if isinstance(found, dict)
                    )
                else:
                    yield from segments(inner, name)


def leaves(value: Value) -> Iterator[Any]:
    if isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    elif isinstance(value, datetime) and value.tzinfo is None:
        yield value
        yield value.date()
    elif value is not None:
        yield value
        if isinstance(value, str) and TO_THE_MINUTE.fullmatch(value):
            at = datetime.fromisoformat(f"{value[:8]}T{value[8:]}")
            yield from (at, at.date())
