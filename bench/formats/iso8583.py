"""Card authorizations in a stream, in ASCII and in BCD."""

from collections.abc import Iterator

import iso8583
from iso8583.specs import default_ascii

from bench.formats import Rival, Subject


def _message(number: int) -> bytes:
    fields = b"1640000000000000020000000000000123451123101500%06d1015001123071234567"
    return b"01007238000100C08000" + fields % (number % 1_000_000) + b"HARBOUR1MERCHANT0000001978"


def document(size_bytes: int) -> Iterator[bytes]:
    """Make authorization requests with a length of two bytes before each."""
    made = number = 0
    while made < size_bytes:
        parts = []
        for _ in range(200):
            number += 1
            message = _message(number)
            parts.append(len(message).to_bytes(2, "big") + message)
        block = b"".join(parts)
        made += len(block)
        yield block


def read_iso8583(data: bytes) -> object:
    """Read the messages with the library pyiso8583."""
    found, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        found.append(iso8583.decode(data[at + 2 : end], default_ascii)[0])
        at = end
    return found


SUBJECTS = [
    Subject("iso8583", "ascii", document, options={"frame": "2"}, rival=Rival("pyiso8583", read_iso8583))
]
