"""Multipart bodies: each with its boundary and the parts expected, or where it is wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from integrations.errors import InputError
from integrations.formats.codec import Limits, Record
from integrations.formats.multipart.codec import CODEC, MultipartOptions
from tests.conformance import Result


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.glob("*.http")):
        case: Any = YAML(typ="safe", pure=True).load(path.with_suffix(".yaml").read_text())
        name, wanted = path.stem, case["expected"]
        options = MultipartOptions(boundary=case["boundary"])
        try:
            records = list(CODEC.reader(options, Limits())([path.read_bytes()]))
        except InputError as failure:
            if isinstance(wanted, dict):
                yield Result(name, "refuse", bool(failure.place))
            else:
                yield Result(name, "decode", passed=False, reason=str(failure))
            continue
        if isinstance(wanted, dict):
            yield Result(name, "refuse", passed=False, reason="it was read")
            continue
        yield Result(name, "decode", passed=True)
        yield Result(
            name, "twin", [shown(record) for record in records] == [expected(part) for part in wanted]
        )
        written = b"".join(CODEC.writer(options)(records))
        yield Result(name, "round trip", list(CODEC.reader(options, Limits())([written])) == records)


def shown(record: Record) -> tuple[object, ...]:
    text = record.get("text")
    data = text.encode() if isinstance(text, str) else record.get("data")
    return record["name"], record.get("filename"), data


def expected(part: dict[str, Any]) -> tuple[object, ...]:
    return part["name"], part.get("file_name"), part["data"]
