"""JSON that keeps numbers exact: what has a point is Decimal on both ways, never float."""

import json
from decimal import Decimal
from typing import Any

import msgspec
from typing_extensions import override

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_encode_any = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode
_canonical = msgspec.json.Encoder(decimal_format="number", order="sorted").encode


class ExactEncoder(json.JSONEncoder):
    """For ``JSONField(encoder=…)``; Decimal is written as a number."""

    @override
    def encode(self, o: object) -> str:
        return _encode(o).decode()


class ExactDecoder(json.JSONDecoder):
    """For ``JSONField(decoder=…)``."""

    @override
    def decode(self, s: str, *_: object) -> Any:
        return _decode(s)


def canonical(value: object) -> bytes:
    """Give one text for equal values: keys sorted, no spaces. The checksum of a version is taken over it."""
    return _canonical(value)


def json_bytes(value: object) -> bytes:
    """Write any value of a scope; what JSON does not know becomes its text."""
    return _encode_any(value)
