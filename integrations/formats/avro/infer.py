"""Records → an Avro schema that holds them exactly."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from integrations.errors import EncodeError
from integrations.formats.codec import Record
from integrations.schema.documents import Json

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_DEPTH: Final = 60
_MAX_DIGITS: Final = 400


def infer(records: list[Record]) -> Json:
    """Make a schema. Objects whose keys are no Avro names become maps, mixtures unions.

    Raises EncodeError ``avro.nested`` or ``avro.number``.
    """
    found = _Inference().of_objects(records, "record", 0)
    return found if records else {"type": "record", "name": "record_1", "fields": []}


class _Inference:
    def __init__(self) -> None:
        self.names = 0

    def of_values(self, values: list[Any], name: str, depth: int) -> Json:
        if depth > _MAX_DEPTH:
            raise EncodeError("avro.nested", "The records are nested too deeply.", place="document")
        kinds: list[Json] = ["null"] if any(value is None for value in values) else []
        for kind, plain in ((bool, "boolean"), (str, "string"), (bytes, "bytes")):
            if any(isinstance(value, kind) for value in values):
                kinds.append(plain)
        kinds += _moments([value for value in values if isinstance(value, date)])
        numbers = [v for v in values if isinstance(v, int | Decimal) and not isinstance(v, bool)]
        if numbers:
            kinds.append(_number(numbers))
        if lists := [value for value in values if isinstance(value, list)]:
            items = [item for value in lists for item in value]
            kinds.append({"type": "array", "items": self.of_values(items, name, depth + 1)})
        if objects := [value for value in values if isinstance(value, dict)]:
            kinds.append(self.of_objects(objects, name, depth + 1))
        if kinds == ["null"] or not kinds:
            return "null"
        return kinds if len(kinds) > 1 else kinds[0]

    def of_objects(self, objects: list[Any], name: str, depth: int) -> Json:
        keys = list(dict.fromkeys(key for one in objects for key in one))
        if not all(map(_NAME.fullmatch, keys)):
            values = [value for one in objects for value in one.values()]
            return {"type": "map", "values": self.of_values(values, name, depth)}
        self.names += 1
        full = f"{name}_{self.names}"
        fields = []
        for key in keys:
            kind = self.of_values([one[key] for one in objects if key in one], key, depth)
            if any(key not in one for one in objects):
                rest = kind if isinstance(kind, list) else [kind]
                kind = ["null", *(part for part in rest if part != "null")]
                fields.append({"name": key, "type": kind, "default": None})
            else:
                fields.append({"name": key, "type": kind})
        return {"type": "record", "name": full, "fields": fields}


def _moments(values: list[date]) -> list[Json]:
    moments = [value for value in values if isinstance(value, datetime)]
    found: list[Json] = []
    if len(moments) < len(values):
        found.append({"type": "int", "logicalType": "date"})
    if any(value.tzinfo for value in moments):
        found.append({"type": "long", "logicalType": "timestamp-micros"})
    if any(value.tzinfo is None for value in moments):
        found.append({"type": "long", "logicalType": "local-timestamp-micros"})
    return found


def _number(values: list[int | Decimal]) -> Json:
    """Give long where all fit, or else a decimal with the digits of all."""
    if all(isinstance(value, int) and -(1 << 63) <= value < 1 << 63 for value in values):
        return "long"
    scale, whole = 0, 1
    for value in values:
        _, digits, exponent = Decimal(value).as_tuple()
        if not isinstance(exponent, int):
            raise EncodeError("avro.number", "NaN and infinity are no numbers here.", place="document")
        scale = max(scale, -exponent)
        whole = max(whole, len(digits) + exponent)
    if scale + whole > _MAX_DIGITS:
        raise EncodeError(
            "avro.number", f"Numbers of more than {_MAX_DIGITS} digits cannot be written.", place="document"
        )
    return {"type": "bytes", "logicalType": "decimal", "precision": scale + whole, "scale": scale}
