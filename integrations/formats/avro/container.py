"""Object container files: a head with the schema, then blocks of records, each with its size and a mark.

Source: Apache Avro 1.12 specification, "Object Container Files".
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from integrations.errors import ConfigError, DecodeError, LimitError
from integrations.formats import codec
from integrations.formats.avro import types
from integrations.formats.avro.compression import TooLargeError, UnpackError, unpack
from integrations.formats.avro.options import AvroOptions
from integrations.formats.codec import Limits, Record
from integrations.schema.documents import Json, load

MAGIC: Final = b"Obj\x01"
MARK_BYTES: Final = 16
_MAX_META: Final = 1_000
_CODECS: Final = {"null", "deflate", "bzip2", "xz", "snappy", "zstandard"}


@dataclass(frozen=True, slots=True)
class Block:
    """Records one after another. number: from 1. offset, length: of the packed bytes in the document."""

    number: int
    offset: int
    length: int
    count: int
    data: bytes


class Found(NamedTuple):
    """One record and where it stands in its block."""

    value: Record
    start: int
    end: int


class Source:
    """The bytes of a document as they come, and how far they were taken."""

    def __init__(self, chunks: Iterable[bytes], limits: Limits) -> None:
        self.chunks = codec.blocks(chunks, limits, "avro")
        self.held = b""
        self.at = 0
        self.before = 0

    @property
    def offset(self) -> int:
        """Where in the document the next byte stands."""
        return self.before + self.at

    def take(self, size: int) -> bytes:
        """Take so many bytes. Raises DecodeError ``avro.truncated``."""
        missing = size - (len(self.held) - self.at)
        if missing > 0:
            self.before += self.at
            parts = [self.held[self.at :]]
            self.at = 0
            while missing > 0 and (chunk := next(self.chunks, None)) is not None:
                parts.append(chunk)
                missing -= len(chunk)
            self.held = b"".join(parts)
            if missing > 0:
                raise truncated(f"offset {self.before + len(self.held)}")
        found = self.held[self.at : self.at + size]
        self.at += size
        return found

    def is_done(self) -> bool:
        """Whether nothing follows."""
        if self.at < len(self.held):
            return False
        self.before += self.at
        self.held, self.at = next(self.chunks, b""), 0
        return not self.held

    def long(self) -> int:
        """Take a zigzag number."""
        taken = b""
        while len(taken) < 10:
            taken += self.take(1)
            if taken[-1] < 0x80:
                return types.read_long(taken, 0)[0]
        raise _wrong("number", "A number of the file's frame is too long.", self.offset)


@dataclass(slots=True)
class Container:
    """An open file: what its head says, and how its records are read."""

    source: Source
    limits: Limits
    schema_text: bytes
    schema: Json
    packing: str
    mark: bytes
    head_bytes: int
    compiler: types.Compiler
    kind: types.Kind

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks, unpacked. Raises DecodeError, LimitError with the number of the block."""
        number = 0
        while not self.source.is_done():
            number += 1
            start = self.source.offset
            count, size = self.source.long(), self.source.long()
            place = f"block {number}, offset {start}"
            if count < 0 or size < 0:
                raise DecodeError("avro.block", "A block has a size that cannot be.", place=place)
            if size > self.limits.max_record_bytes:
                raise self._too_large(place)
            offset = self.source.offset
            packed = self.source.take(size)
            if self.source.take(MARK_BYTES) != self.mark:
                raise DecodeError(
                    "avro.mark", "The mark after a block is missing: the file is damaged.", place=place
                )
            try:
                data = unpack(packed, self.packing, self.limits.max_record_bytes)
            except UnpackError:
                raise DecodeError("avro.compression", "A block cannot be unpacked.", place=place) from None
            except TooLargeError:
                raise self._too_large(place) from None
            yield Block(number, offset, size, count, data)

    def _too_large(self, place: str) -> LimitError:
        return LimitError(
            "avro.block_too_large",
            f"A block is larger than the {self.limits.max_record_bytes:,} bytes allowed here.",
            place=place,
            hint="Write the file with smaller blocks.",
        )

    def records(self, block: Block, bad: codec.Bad | None, before: int) -> Iterator[Found]:
        """Yield the records of a block. before: how many the blocks before it had."""
        data, at, read = block.data, 0, self.kind.read
        for number in range(1, block.count + 1):
            if before + number > self.limits.max_records:
                raise codec.too_many_records("avro", self.limits, f"block {block.number}, record {number}")
            place = f"block {block.number}, record {number}"
            try:
                value, end = read(data, at)
            except (IndexError, struct.error, types.LostError, RecursionError, LimitError) as failure:
                raise self._lost(failure, place) from None
            except (ValueError, OverflowError):
                wrong = DecodeError(
                    "avro.value",
                    "A value cannot be read: text that is not UTF-8, a day that never is, or no number.",
                    place=self._place(place),
                )
                if bad is None:
                    raise wrong from None
                end = self._after(data, at, place)
                bad(wrong)
                at = end
                continue
            yield Found(value if isinstance(value, dict) else {"value": value}, at, end)
            at = end
        if at != len(data):
            raise DecodeError(
                "avro.block", "A block holds more than its records.", place=f"block {block.number}"
            )

    def _after(self, data: bytes, at: int, place: str) -> int:
        try:
            return self.kind.skip(data, at)[1]
        except (IndexError, struct.error, ValueError, types.LostError, RecursionError, LimitError) as failure:
            raise self._lost(failure, place) from None

    def _lost(self, failure: Exception, place: str) -> DecodeError | LimitError:
        place = self._place(place)
        if isinstance(failure, RecursionError):
            failure = types.too_deep(self.limits)
        if isinstance(failure, LimitError):
            return LimitError(failure.code, failure.message, place=place)
        message = str(failure) if isinstance(failure, types.LostError) else "A record ends too early."
        return DecodeError("avro.record", message, place=place)

    def _place(self, place: str) -> str:
        """Add the path of the field, which the schema of the file names."""
        trail, self.compiler.trail[:] = self.compiler.trail[:8], []
        self.compiler.depth = 0
        return f"{place}, {'.'.join(reversed(trail))}" if trail else place


def open_container(chunks: Iterable[bytes], options: AvroOptions, limits: Limits) -> Container:
    """Read the head of a file. Raises DecodeError: no Avro, or a schema or a compression not known."""
    source = Source(chunks, limits)
    if source.take(len(MAGIC)) != MAGIC:
        raise DecodeError(
            "avro.not_avro",
            "This is not an Avro container file.",
            place="offset 0",
            hint="A bare Avro message has no schema and cannot be read alone.",
        )
    meta = _meta(source, limits)
    mark = source.take(MARK_BYTES)
    name = meta.get("avro.codec", b"null").decode("ascii", "replace")
    if name not in _CODECS:
        raise DecodeError(
            "avro.codec",
            "The file is compressed in a way that is not known here.",
            place="head",
            hint="Known are deflate, snappy, bzip2, xz and zstandard.",
        )
    text = meta.get("avro.schema", b"")
    compiler = types.Compiler(limits, is_nan_null=options.not_a_number == "null")
    try:
        schema = load(text)
        kind = compiler.compile(schema)
    except (ConfigError, types.BadSchemaError) as failure:
        message = failure.message if isinstance(failure, ConfigError) else str(failure)
        raise DecodeError("avro.schema", message, place="head") from None
    return Container(source, limits, text, schema, name, mark, source.offset, compiler, kind)


def _meta(source: Source, limits: Limits) -> dict[str, bytes]:
    meta: dict[str, bytes] = {}
    while True:
        count = source.long()
        if not count:
            return meta
        if count < 0:
            source.long()
        if abs(count) + len(meta) > _MAX_META:
            raise _wrong("head", "The head of the file has too many entries.", source.offset)
        for _ in range(abs(count)):
            key = _entry(source, limits)
            meta[key.decode("utf-8", "replace")] = _entry(source, limits)


def _entry(source: Source, limits: Limits) -> bytes:
    size = source.long()
    if not 0 <= size <= limits.max_field_bytes:
        raise _wrong("head", "An entry in the head of the file is too long.", source.offset)
    return source.take(size)


def _wrong(what: str, message: str, offset: int) -> DecodeError:
    return DecodeError(f"avro.{what}", message, place=f"offset {offset}")


def truncated(place: str) -> DecodeError:
    """Give the error for a file that ends too early."""
    return DecodeError(
        "avro.truncated", "The file ends too early.", place=place, hint="Send it again, whole."
    )


def roots(schema: Json) -> bool:
    """Whether records of this schema are objects; anything else stands under the key ``value``."""
    kind = schema.get("type") if isinstance(schema, dict) else schema
    return kind in {"record", "error", "map"} if isinstance(kind, str) else False
