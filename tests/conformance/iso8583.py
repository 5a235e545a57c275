"""Card messages of moov-io/iso8583, with their values in JSON and XML."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from integrations.errors import InputError
from integrations.formats.codec import DEFAULT_LIMITS, Record, parse_options
from integrations.formats.iso8583.codec import CODEC
from tests.conformance import Result

# The files say in their names which field is written how; without a name the form is plain ASCII.
FORMS: dict[str, dict[str, object]] = {
    "missing_field": {"complete": True},
    "character_ebcdic": {"texts": "ebcdic"},
    "hex_bcd": {"lengths": "bcd_left"},
    "hex_rbcd": {"lengths": "bcd"},
    "number_bcd": {"numbers": "bcd"},
    "with_track": {"fields": [{"number": 35, "encoding": "ebcdic"}]},
}


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.glob("*.dat")):
        data = path.read_bytes()
        raw = next((form for mark, form in FORMS.items() if mark in path.name), {})
        options = parse_options(CODEC, raw)
        is_bad = "error" in path.name or "missing" in path.name
        try:
            records = list(CODEC.reader(options, DEFAULT_LIMITS)([data]))
        except InputError as failure:
            named = "field " in failure.place
            yield Result(
                path.name, "refuse" if is_bad else "decode", passed=is_bad and named, reason=str(failure)
            )
            continue
        if is_bad:
            yield Result(path.name, "refuse", passed=False, reason="it was read")
            continue
        yield Result(path.name, "decode", passed=True)
        same = b"".join(CODEC.writer(options)(records)) == data
        yield Result(path.name, "round trip", passed=same, reason="" if same else "other bytes")
        yield from twins(path, records[0])


def twins(path: Path, record: Record) -> Iterator[Result]:
    beside = path.with_suffix(".json")
    if beside.exists():
        expected = json.loads(beside.read_text())
        yield twin(beside.name, record, expected["mti"], expected["elements"])
    beside = path.with_suffix(".xml")
    if beside.exists():
        root = ET.parse(beside).getroot()  # noqa: S314  a file of the corpora
        elements = {str(item.get("Number")): item.text or "" for item in root.iter("Element")}
        yield twin(beside.name, record, root.findtext("MTI"), elements)


def twin(name: str, record: Record, mti: Any, elements: dict[str, str]) -> Result:
    ours: dict[str, Any] = {key: value for key, value in record.items() if key != "mti"}
    if "1" in elements:
        ours["1"] = "".join("1" if str(number) in record else "0" for number in range(65, 129))
    wrong = [key for key in ours | elements if ours.get(key) != elements.get(key)]
    passed = not wrong and record["mti"] == mti
    return Result(name, "twin", passed=passed, reason=f"fields {', '.join(wrong)} differ" if wrong else "")
