"""The blocks of a container file, packed and unpacked, never to more than a limit.

Source: Apache Avro 1.12, "Required Codecs", "Optional Codecs"; the format description of Snappy.
"""

import bz2
import lzma
import zlib
from typing import Any, Final, TypeAlias

from integrations.errors import ConfigError

Library: TypeAlias = Any  # has no types

_LZMA_BYTES: Final = 64 << 20


class UnpackError(Exception):
    """The block is damaged."""


class TooLargeError(Exception):
    """The block unpacks to more than allowed."""


def unpack(data: bytes, name: str, limit: int) -> bytes:
    """Unpack a block to at most `limit` bytes.

    Raises UnpackError; TooLargeError; ConfigError ``avro.extra`` if a library is missing.
    """
    if name == "null":
        return data
    try:
        if name == "deflate":
            found = _bounded(zlib.decompressobj(-15), data, limit)
        elif name == "bzip2":
            found = _bounded(bz2.BZ2Decompressor(), data, limit)
        elif name == "xz":
            found = _bounded(lzma.LZMADecompressor(memlimit=_LZMA_BYTES), data, limit)
        elif name == "snappy":
            found = _snappy(data[:-4], limit)
            if zlib.crc32(found) != int.from_bytes(data[-4:], "big"):
                raise UnpackError
        else:
            found = _zstandard(data, limit)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, IndexError):
        raise UnpackError from None
    if len(found) > limit:
        raise TooLargeError
    return found


def _bounded(machine: Library, data: bytes, limit: int) -> bytes:
    found: bytes = machine.decompress(data, limit + 1)
    if len(found) <= limit and not machine.eof:
        raise UnpackError
    return found


def _zstandard(data: bytes, limit: int) -> bytes:
    arrow = _arrow()
    with arrow.CompressedInputStream(arrow.BufferReader(data), "zstd") as stream:
        found: bytes = stream.read(limit + 1)
    return found


def _arrow() -> Library:
    try:
        import pyarrow as pa  # noqa: PLC0415  an extra, and heavy
    except ImportError:
        raise ConfigError(
            "avro.extra",
            "Zstandard blocks of Avro files need a library that is not installed.",
            hint="Install 7M with the extra 'parquet'.",
        ) from None
    return pa


def pack(data: bytes, name: str) -> bytes:
    """Pack a block. Raises ConfigError ``avro.extra`` if a library is missing."""
    if name == "deflate":
        machine = zlib.compressobj(6, zlib.DEFLATED, -15)
        return machine.compress(data) + machine.flush()
    if name == "bzip2":
        return bz2.compress(data)
    if name == "xz":
        return lzma.compress(data)
    if name == "snappy":
        return _snappy_literals(data) + zlib.crc32(data).to_bytes(4, "big")
    if name == "zstandard":
        packed: bytes = _arrow().compress(data, codec="zstd", asbytes=True)
        return packed
    return data


def _snappy(data: bytes, limit: int) -> bytes:
    """Unpack Snappy: literals, and copies of what came before."""
    size = shift = at = 0
    while True:
        byte = data[at]
        at += 1
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if size > limit:
        raise TooLargeError
    out = bytearray()
    end = len(data)
    while at < end:
        tag = data[at]
        at += 1
        kind, length = tag & 3, (tag >> 2) + 1
        if kind == 0:
            if length > 60:
                width = length - 60
                length = int.from_bytes(data[at : at + width], "little") + 1
                at += width
            out += data[at : at + length]
            at += length
        else:
            width = (1, 2, 4)[kind - 1]
            offset = int.from_bytes(data[at : at + width], "little")
            if kind == 1:
                length, offset = (tag >> 2 & 7) + 4, offset | (tag >> 5) << 8
            at += width
            _copy(out, offset, length)
        if len(out) > size:
            raise UnpackError
    if len(out) != size:
        raise UnpackError
    return bytes(out)


def _copy(out: bytearray, offset: int, length: int) -> None:
    if not 0 < offset <= len(out):
        raise UnpackError
    start = len(out) - offset
    if offset >= length:
        out += out[start : start + length]
    else:
        out += (bytes(out[start:]) * (length // offset + 1))[:length]


def _snappy_literals(data: bytes) -> bytes:
    """Write Snappy as literals only: valid for every reader, and not smaller."""
    out = bytearray()
    size = len(data)
    while size >= 0x80:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    out.append(size)
    for start in range(0, len(data), 1 << 16):
        part = data[start : start + (1 << 16)]
        out.append(61 << 2)
        out += (len(part) - 1).to_bytes(2, "little")
        out += part
    return bytes(out)
