"""One order in XML; its twins in CSV and JSON are other orders, so that only their shape can be compared."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from integrations.errors import InputError
from integrations.formats.codec import DEFAULT_LIMITS, parse_options
from integrations.formats.xml.codec import CODEC
from tests.conformance import Result


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.glob("*.xml")):
        data = path.read_bytes()
        guess = CODEC.sniff(data)
        options = parse_options(CODEC, guess.options if guess else {})
        try:
            (record,) = CODEC.reader(options, DEFAULT_LIMITS)([data])
        except InputError as failure:
            yield Result(path.name, "decode", passed=False, reason=str(failure))
            continue
        yield Result(path.name, "decode", passed=True)
        written = b"".join(CODEC.writer(options)([record]))
        yield Result(
            path.name, "round trip", passed=canonical(written) == canonical(data), reason="other XML"
        )
        texts = sorted(text for text in leaves(record) if text)
        wanted = sorted(found for node in etree.fromstring(data).iter() for found in values(node))
        yield Result(path.name, "twin", passed=texts == wanted, reason="other values than lxml finds")


def canonical(data: bytes) -> bytes:
    parser = etree.XMLParser(remove_blank_text=True, remove_comments=True, remove_pis=True)
    return etree.tostring(etree.fromstring(data, parser), method="c14n")


def values(node: Any) -> Iterator[str]:
    yield from node.attrib.values()
    if not len(node) and node.text:
        yield node.text


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in {"#order", "@xmlns"}:
                yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        assert not isinstance(value, Decimal)
        yield value
