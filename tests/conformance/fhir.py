"""FHIR: example resources, and what a FHIR query language makes of some (plain JSON objects).

A resource that is also there as XML must say the same there: the XML is turned into paths and texts by the
rules of the two notations, and compared with those of our record.
"""

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from integrations.errors import InputError
from integrations.formats.codec import Limits, Record, Value, parse_options
from integrations.formats.fhir.codec import CODEC
from tests.conformance import Result

XHTML = "{http://www.w3.org/1999/xhtml}"


def check(folder: Path) -> Iterator[Result]:
    for path in sorted([*folder.glob("**/*.json"), *folder.glob("**/*.json.out")]):
        name = str(path.relative_to(folder))
        data = path.read_bytes()
        guess = CODEC.sniff(data)
        options = parse_options(CODEC, dict(guess.options) if guess else {})
        try:
            records = list(CODEC.reader(options, Limits())((data,)))
            written = b"".join(CODEC.writer(options)(records))
        except InputError as failure:
            yield Result(name, "decode", passed=False, reason=str(failure))
            continue
        yield Result(name, "decode", passed=True)
        same = content(written) == content(data)
        yield Result(name, "round trip", same, "" if same else "the values differ")
        twin = path.with_suffix(".xml")
        if twin.exists():
            differs = told(records[0]) - in_xml(twin) | in_xml(twin) - told(records[0])
            yield Result(name, "twin", not differs, ", ".join(sorted(".".join(p) for p, _ in differs))[:200])


def content(data: bytes) -> Any:
    """Give the values with every number as it is written, but for the case of its exponent."""
    return json.loads(data, parse_float=str.upper, parse_int=str)


def told(record: Record) -> Counter[tuple[tuple[str, ...], str]]:
    return Counter(_leaves((), {key: value for key, value in record.items() if key != "resourceType"}))


def _leaves(path: tuple[str, ...], value: Value) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            # The extensions of a primitive stand beside it in JSON, inside of it in XML.
            if key not in ("div", "resourceType", "fhir_comments"):
                yield from _leaves((*path, key.removeprefix("_")), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(path, inner)
    elif value is not None:
        yield path, _text(str(value).lower() if isinstance(value, bool) else str(value))


def in_xml(path: Path) -> Counter[tuple[tuple[str, ...], str]]:
    root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    return Counter(_elements((), root))


def _elements(path: tuple[str, ...], parent: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    for child in parent.iterchildren("{*}*"):
        if child.tag.startswith(XHTML):
            continue
        name = etree.QName(child).localname
        # A resource inside of another has its type as an element in XML.
        here = path if name[0].isupper() else (*path, name)
        for attribute in ("value", "url", "id"):
            if attribute in child.attrib:
                own = () if attribute == "value" else (attribute,)
                yield (*here, *own), _text(child.attrib[attribute])
        yield from _elements(here, child)


def _text(text: str) -> str:
    """Give numbers one form, with their digits kept."""
    if text[:1] in "-0123456789" and ("e" in text or "E" in text or "." in text):
        try:
            return str(Decimal(text))
        except ArithmeticError:
            return text
    return text
