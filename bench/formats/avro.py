"""Avro: orders with lines, against fastavro. No bar: both are far from one where Python objects are made."""

import io
import json
from collections.abc import Iterator
from datetime import date

import fastavro

from bench.formats import Rival, Subject
from integrations.formats.avro.codec import CODEC
from integrations.formats.avro.options import AvroOptions
from integrations.formats.codec import Record

LINE = {
    "type": "record",
    "name": "Line",
    "fields": [{"name": "sku", "type": "string"}, {"name": "count", "type": "int"}],
}
SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Order",
        "fields": [
            {"name": "id", "type": "long"},
            {"name": "customer", "type": ["null", "string"]},
            {"name": "day", "type": {"type": "int", "logicalType": "date"}},
            {"name": "note", "type": "string"},
            {"name": "lines", "type": {"type": "array", "items": LINE}},
        ],
    }
)
OPTIONS = {"schema_text": SCHEMA, "compression": "null"}
ORDER_BYTES = 105


def orders(size: int) -> Iterator[Record]:
    for n in range(max(1, size // ORDER_BYTES)):
        yield {
            "id": 82098291194615 + n,
            "customer": f"Customer {n % 977}" if n % 7 else None,
            "day": date(2024, 2, n % 28 + 1),
            "note": "Leave it with the neighbour, please",
            "lines": [{"sku": f"A-{n % 4999:05}-{k}", "count": k} for k in range(1, 4)],
        }


def document(size: int) -> Iterator[bytes]:
    return CODEC.writer(AvroOptions(schema_text=SCHEMA, compression="null"))(orders(size))


def read_by_library(data: bytes) -> object:
    return list(fastavro.reader(io.BytesIO(data)))


SUBJECTS = [Subject("avro", "orders", document, OPTIONS, rival=Rival("fastavro", read_by_library))]
