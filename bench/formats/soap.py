"""SOAP: one long answer, its records read one by one."""

from collections.abc import Iterator

from bench.formats import Subject

HEAD = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope">\n<soap:Body>\n'
    b'<o:OrdersResponse xmlns:o="urn:example:orders">\n'
)
ORDER = """<o:Order status="open">
  <o:Id>A-{0}</o:Id>
  <o:Customer><o:Name>Müller &amp; Sons {0}</o:Name><o:City>Berlin</o:City></o:Customer>
  <o:Line><o:Sku>BAG-{1}</o:Sku><o:Count>{1}</o:Count><o:Price currency="EUR">{2}.90</o:Price></o:Line>
  <o:Line><o:Sku>007</o:Sku><o:Count>1</o:Count><o:Price currency="EUR">1.10</o:Price></o:Line>
  <o:Note>leave it at the door, please, or ring twice at number {1}</o:Note>
</o:Order>
"""


def answer(size: int) -> Iterator[bytes]:
    yield HEAD
    made = number = 0
    while made < size:
        text = "".join(ORDER.format(n, n % 97, n % 500) for n in range(number, number + 200)).encode()
        number += 200
        made += len(text)
        yield text
    yield b"</o:OrdersResponse>\n</soap:Body>\n</soap:Envelope>\n"


OPTIONS = {"version": "1.2", "prefixes": {"": "urn:example:orders"}, "records": ["OrdersResponse", "Order"]}
SUBJECTS = [Subject("soap", "orders", answer, OPTIONS, 12.0)]
