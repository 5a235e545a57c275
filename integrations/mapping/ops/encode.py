"""Texts and bytes in the notations of protocols: base64, hexadecimal, percent, character sets."""

import base64
import binascii
from typing import Final
from urllib.parse import quote, unquote

from integrations.errors import MappingError
from integrations.mapping.ops.patterns import unwritable
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.values import Kind

CHARSETS: Final = ("utf-8", "iso-8859-1", "iso-8859-15", "windows-1252", "ascii", "utf-16", "cp037", "cp500")
CONTENT: Final = Arg("content", Kind.TEXT | Kind.BYTES)
TEXT: Final = Arg("text", Kind.TEXT)


def _raw(content: str | bytes) -> bytes:
    try:
        return content if isinstance(content, bytes) else content.encode()
    except UnicodeError as error:
        raise unwritable() from error


def _base64_decode(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeError) as error:
        raise MappingError("mapping.text", "The text is not base64.") from error


def _hex_decode(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise MappingError("mapping.text", "The text is not hexadecimal.") from error


def _to_bytes(text: str, charset: str) -> bytes:
    try:
        return text.encode(charset)
    except UnicodeError as error:
        raise MappingError(
            "mapping.text",
            "The text holds characters that this character set does not have.",
            hint="Use to_ascii or translate first, or another character set.",
        ) from error


def _from_bytes(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset)
    except UnicodeError as error:
        raise MappingError("mapping.text", "The bytes are not text of this character set.") from error


CHARSET: Final = Arg("charset", Kind.TEXT, default="utf-8", fixed=True, choices=CHARSETS)

OPS: Final = (
    Op(
        key="base64_encode",
        title="To base64",
        help="Bytes, or a text as UTF-8, in base64.",
        args=(CONTENT,),
        result=Kind.TEXT,
        run=lambda content: base64.b64encode(_raw(content)).decode("ascii"),
        is_fast=False,
        examples=(Example(["base64_encode", "Ana Sri"], "QW5hIFNyaQ=="),),
    ),
    Op(
        key="base64_decode",
        title="From base64",
        help="The bytes that a text in base64 stands for; white space does not count.",
        args=(TEXT,),
        result=Kind.BYTES,
        run=_base64_decode,
        is_fast=False,
        examples=(
            Example(["from_bytes", ["base64_decode", "QW5h IFNyaQ=="]], "Ana Sri"),
            Example(["base64_decode", "%"], error="mapping.text"),
        ),
    ),
    Op(
        key="hex_encode",
        title="To hexadecimal",
        help="Bytes, or a text as UTF-8, in lower-case hexadecimal.",
        args=(CONTENT,),
        result=Kind.TEXT,
        run=lambda content: _raw(content).hex(),
        is_fast=False,
        examples=(Example(["hex_encode", "AZ"], "415a"),),
    ),
    Op(
        key="hex_decode",
        title="From hexadecimal",
        help="The bytes that a text in hexadecimal stands for.",
        args=(TEXT,),
        result=Kind.BYTES,
        run=_hex_decode,
        is_fast=False,
        examples=(
            Example(["hex_decode", "415A"], b"AZ"),
            Example(["hex_decode", "5"], error="mapping.text"),
        ),
    ),
    Op(
        key="to_bytes",
        title="Text to bytes",
        help="A text as bytes of a character set. A character that the set does not have is an error.",
        args=(TEXT, CHARSET),
        result=Kind.BYTES,
        run=_to_bytes,
        is_fast=False,
        examples=(
            Example(["to_bytes", "é", "iso-8859-1"], b"\xe9"),
            Example(["to_bytes", "ร", "iso-8859-1"], error="mapping.text"),
        ),
    ),
    Op(
        key="from_bytes",
        title="Bytes to text",
        help="The text that bytes of a character set stand for.",
        args=(Arg("content", Kind.BYTES), CHARSET),
        result=Kind.TEXT,
        run=_from_bytes,
        is_fast=False,
        examples=(
            Example(["from_bytes", ["hex_decode", "e9"], "iso-8859-1"], "é"),
            Example(["from_bytes", ["hex_decode", "e9"]], error="mapping.text"),
        ),
    ),
    Op(
        key="url_encode",
        title="For an address",
        help="A text as it stands inside of a web address: other characters than letters, digits and -._~ as "
        "percent signs.",
        args=(TEXT,),
        result=Kind.TEXT,
        run=lambda text: quote(_raw(text), safe=""),
        is_fast=False,
        examples=(Example(["url_encode", "a b/é"], "a%20b%2F%C3%A9"),),
    ),
    Op(
        key="url_decode",
        title="From an address",
        help="The text behind percent signs; what is not UTF-8 becomes a replacement character.",
        args=(TEXT,),
        result=Kind.TEXT,
        run=unquote,
        is_fast=False,
        examples=(Example(["url_decode", "a%20b%2F%C3%A9+c"], "a b/é+c"),),
    ),
)
