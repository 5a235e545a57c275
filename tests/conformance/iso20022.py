"""ISO 20022 messages of moov-io/iso20022 and genkgo/camt, some with their values in JSON.

What is written is compared with the source as a tree: names, attributes and texts, where texts may differ in
what the schema's types leave free (Z or +00:00, zeros at the end of a fraction or before a number).
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from lxml import etree

from integrations.errors import InputError
from integrations.formats.codec import DEFAULT_LIMITS, parse_options
from integrations.formats.iso20022.codec import CODEC
from tests.conformance import Result

MEANT_TO_FAIL = re.compile(r"^invalid|\.wrong\.")
OPTIONS = parse_options(CODEC, {})
NO_DECIMALS = {"JPY", "KRW", "VND", "CLP", "ISK"}
TEXTS = {
    "getIban",
    "getMessageId",
    "getEndToEndId",
    "getAccountServicerReference",
    "getName",
    "getRef",
    "getBIC",
}


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.glob("*/*")):
        bad = bool(MEANT_TO_FAIL.match(path.name) or ".wrong." in path.name)
        if path.parent.name == "licences" or not path.is_file() or (path.suffix == ".json" and not bad):
            continue
        yield from check_file(path, f"{path.parent.name}/{path.name}", is_bad=bad)


def check_file(path: Path, name: str, *, is_bad: bool) -> Iterator[Result]:
    data = path.read_bytes()
    what: Any = "refuse" if is_bad else "decode"
    try:
        (record,) = CODEC.reader(OPTIONS, DEFAULT_LIMITS)([data])
    except InputError as failure:
        yield Result(name, what, passed=is_bad and failure.place.startswith("line "), reason=str(failure))
        return
    yield Result(name, what, passed=not is_bad, reason="it was read" if is_bad else "")
    if is_bad:
        return
    written = b"".join(CODEC.writer(OPTIONS)([record]))
    different = difference(etree.fromstring(data), etree.fromstring(written))
    yield Result(name, "round trip", passed=not different, reason=different)
    twin = path.with_suffix(".json")
    if twin.exists():
        value = json.loads(twin.read_text())
        wrong = genkgo(value, record) if "__CLASS__" in value else moov(value, record)
        yield Result(name, "twin", passed=not wrong, reason=wrong)


def difference(one: Any, other: Any) -> str:
    """Say where two trees differ; empty where they do not."""
    for left, right in zip(nodes(one), nodes(other), strict=False):
        if left[:2] != right[:2] or not alike(left[2], right[2]):
            return f"line {left[3]}: {left[0]}"
    return "" if len(nodes(one)) == len(nodes(other)) else "other elements"


def nodes(root: Any) -> list[tuple[str, dict[str, str], str, int]]:
    found = []
    for node in root.iter(etree.Element):
        texts = [node.text or "", *(child.tail or "" for child in node)]
        has_children = any(isinstance(child.tag, str) for child in node)
        text = "".join(part for part in texts if not has_children or part.strip())
        found.append((node.tag, dict(node.attrib), text, node.sourceline))
    return found


def alike(one: str, other: str) -> bool:
    return one == other or plain(one) == plain(other)


def plain(text: str) -> object:
    """Take a text as the value that it may stand for."""
    text = text.strip()
    if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)?", text):
        return datetime.fromisoformat(text)
    if text in {"true", "1", "false", "0"}:
        return text in {"true", "1"}
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def moov(value: Any, record: Any) -> str:
    """Compare with moov's JSON: the same texts at the same names."""
    ours, theirs = sorted(leaves(record)), sorted(leaves(value))
    return "" if ours == theirs else f"{set(ours) ^ set(theirs)}"


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in {"XMLName", "Attrs"} and key[0] != "@":
                yield from leaves(inner, name if key == "#text" else key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    elif value not in (None, ""):
        text = moment(value) if isinstance(value, datetime) else str(value)
        yield name, text


def moment(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds")


def genkgo(value: Any, record: Any) -> str:
    """Look for each amount, text and date of their objects among ours, and compare the number of entries."""
    ours = facts(record)
    missing = [fact for fact in sorted(wanted(value), key=str) if fact not in ours]
    entries = value["getEntries"]
    # Their keys begin again in each statement, so that the longest is what their list of all shows.
    found = max(map(len, named(record, "Ntry")), default=0)
    if all(isinstance(entry, dict) for entry in entries) and found != len(entries):
        return f"{found} entries instead of {len(entries)}"
    return f"not found: {missing[:3]}" if missing else ""


def wanted(value: Any) -> Iterator[object]:
    if isinstance(value, list):
        for inner in value:
            yield from wanted(inner)
    if not isinstance(value, dict):
        return
    kind = str(value.get("__CLASS__"))
    if kind.endswith("Money"):
        yield abs(int(value["getAmount"])), value["getCurrency"]["getCode"]
    elif kind.startswith("DateTime"):
        yield datetime.fromisoformat(value["0"])
    else:
        yield from (value[key] for key in TEXTS & value.keys() if isinstance(value[key], str) and value[key])
        for inner in value.values():
            yield from wanted(inner)


def facts(value: Any) -> set[object]:
    if isinstance(value, dict) and isinstance(value.get("#text"), Decimal):
        currency = value.get("@Ccy", "")
        return {(int(value["#text"].scaleb(0 if currency in NO_DECIMALS else 2)), currency)}
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return {fact for one in inner for fact in facts(one)}
    if isinstance(value, datetime):
        return {value if value.tzinfo else value.replace(tzinfo=UTC)}
    if isinstance(value, date):
        return {datetime(value.year, value.month, value.day, tzinfo=UTC)}
    return {value, value.replace(" ", "")} if isinstance(value, str) else {value}


def named(value: Any, name: str) -> Iterator[Any]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if key == name:
            yield inner
        elif isinstance(inner, dict | list):
            yield from named(inner, name)
