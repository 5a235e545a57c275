"""How a document of several parts is laid out before it is sealed: a JSON head and the bodies after it.

    head size, 4 bytes big-endian · head (JSON; ``sizes`` says how long each body is) · body · body …

The input of a run is one body with its headers and query; a reply, one body with status and headers; the
exchange of an attempt, the request's body and the answer's.
"""

from typing import Any, Final

import msgspec

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


def pack(head: dict[str, Any], *bodies: bytes) -> bytes:
    """Lay out `head` (JSON values; the key ``sizes`` is taken) and the bodies."""
    text = _encode({**head, "sizes": [len(body) for body in bodies]})
    return b"".join((len(text).to_bytes(4, "big"), text, *bodies))


def unpack(frame: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Give the head and the bodies of what `pack` made."""
    at = 4 + int.from_bytes(frame[:4], "big")
    head = _decode(frame[4:at])
    bodies = []
    for size in head.pop("sizes"):
        bodies.append(frame[at : at + size])
        at += size
    return head, bodies
