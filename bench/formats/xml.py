"""XML: orders one by one, against lxml's iterparse made into dicts."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lxml import etree

from bench.formats import Rival, Subject

ORDER = """  <order id="A-{0}">
    <customer><name>Müller &amp; Sons {0}</name><city>Berlin</city></customer>
    <line><sku>BAG-{1}</sku><count>{1}</count><price currency="EUR">{2}.90</price></line>
    <line><sku>007</sku><count>1</count><price currency="EUR">1.10</price></line>
    <note>leave it at the door, please, or ring twice at number {1}</note>
  </order>
"""


def orders(size: int) -> Iterator[bytes]:
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<orders xmlns="urn:example:orders">\n'
    yield b"  <shop>north</shop>\n"
    made = number = 0
    while made < size:
        text = "".join(ORDER.format(n, n % 97, n % 500) for n in range(number, number + 200)).encode()
        number += 200
        made += len(text)
        yield text
    yield b"</orders>\n"


def value(element: Any) -> Any:
    if not len(element):
        text = element.text or ""
        return {**element.attrib, "#text": text} if element.attrib else text
    found: dict[str, Any] = dict(element.attrib)
    for child in element:
        found.setdefault(child.tag, []).append(value(child))
    return found


def read_by_lxml(data: bytes) -> object:
    found = []
    for _, element in etree.iterparse(BytesIO(data), tag="{urn:example:orders}order"):
        found.append(value(element))
        element.clear()
    return found


SUBJECTS = [
    Subject(
        "xml",
        "orders",
        orders,
        {"records": ["orders", "order"], "prefixes": {"": "urn:example:orders"}, "lists": ["order/line"]},
        12.0,
        Rival("lxml.iterparse", read_by_lxml),
    )
]
