"""Records → a container file. The mark between blocks is made of the schema, so that bytes repeat."""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import msgspec

from integrations.errors import EncodeError
from integrations.formats.avro.compression import pack
from integrations.formats.avro.container import MAGIC, MARK_BYTES, roots
from integrations.formats.avro.infer import infer
from integrations.formats.avro.options import AvroOptions
from integrations.formats.avro.types import BadSchemaError, Compiler, NoFitError, write_long
from integrations.formats.codec import Limits, Record
from integrations.schema.documents import Json, load

_BLOCK_BYTES: Final = 64 << 10


def write_container(records: Iterable[Record], options: AvroOptions) -> Iterator[bytes]:
    """Yield the file. Without a schema all records are kept, until one is made from them.

    Raises EncodeError ``avro.no_fit`` with the record and the field, ``avro.schema``.
    """
    schema: Json = None
    if options.schema_text:
        schema = load(options.schema_text)
    else:
        kept = list(records)
        schema, records = infer(kept), kept
    compiler = Compiler(Limits(max_field_bytes=1 << 62))
    try:
        kind = compiler.compile(schema)
    except BadSchemaError:
        raise EncodeError("avro.schema", "The Avro schema cannot be used.", place="schema") from None
    text = msgspec.json.Encoder(decimal_format="number").encode(schema)
    name = options.compression
    mark = hashlib.sha256(text + name.encode()).digest()[:MARK_BYTES]
    yield _head(text, name.encode(), mark)
    is_object = roots(schema)
    out, count = bytearray(), 0
    for number, record in enumerate(records, 1):
        try:
            kind.write(record if is_object or not _is_wrapped(record) else record["value"], out)
        except NoFitError as failure:
            path = ".".join(reversed(compiler.trail))
            place = f"record {number}, {path}" if path else f"record {number}"
            raise EncodeError("avro.no_fit", f"The record does not fit. {failure}", place=place) from None
        except (UnicodeEncodeError, RecursionError):
            raise EncodeError(
                "avro.no_fit",
                "A text holds half of a character, or the record is nested too deeply.",
                place=f"record {number}",
            ) from None
        count += 1
        if len(out) >= _BLOCK_BYTES:
            yield _block(out, count, name, mark)
            out, count = bytearray(), 0
    if count:
        yield _block(out, count, name, mark)


def _is_wrapped(record: Record) -> bool:
    """Whether a record is the wrapping of a file whose values are no objects."""
    return record.keys() == {"value"}


def _head(schema: bytes, name: bytes, mark: bytes) -> bytes:
    out = bytearray(MAGIC)
    entries = {b"avro.schema": schema, b"avro.codec": name}
    write_long(len(entries), out)
    for part in chain.from_iterable(entries.items()):
        write_long(len(part), out)
        out += part
    out.append(0)
    return bytes(out) + mark


def _block(data: bytearray, count: int, name: str, mark: bytes) -> bytes:
    packed = pack(bytes(data), name)
    out = bytearray()
    write_long(count, out)
    write_long(len(packed), out)
    return bytes(out) + packed + mark
