"""Bytes to events: one document through the parser, with its limits and errors in a merchant's words.

The parser is expat: strict, streaming, and it knows the byte where each part stands. Namespaces are resolved
by it. Nothing outside the document is ever read.
"""

from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, TypeAlias
from xml.parsers import expat
from xml.parsers.expat import errors as codes

from integrations.errors import DecodeError, LimitError
from integrations.formats import codec
from integrations.formats.codec import BLOCK_BYTES, Limits
from integrations.formats.xml_text import encoding
from integrations.formats.xml_text.doctype import EntityGuard
from integrations.formats.xml_text.names import SEPARATOR

Parser: TypeAlias = Any  # the parser's class is not typed

_TRUNCATED = "The document ends too early: it was cut, or an element is never closed."
_MESSAGES = {
    codes.XML_ERROR_NO_ELEMENTS: ("truncated", _TRUNCATED),
    codes.XML_ERROR_UNCLOSED_TOKEN: ("truncated", _TRUNCATED),
    codes.XML_ERROR_UNCLOSED_CDATA_SECTION: ("truncated", _TRUNCATED),
    codes.XML_ERROR_PARTIAL_CHAR: ("truncated", _TRUNCATED),
    codes.XML_ERROR_SYNTAX: ("syntax", "The document is not well-formed XML here."),
    codes.XML_ERROR_INVALID_TOKEN: ("syntax", "A character stands where XML does not allow it."),
    codes.XML_ERROR_TAG_MISMATCH: (
        "tag_mismatch",
        "The end tag does not belong to the element that is open.",
    ),
    codes.XML_ERROR_DUPLICATE_ATTRIBUTE: ("duplicate_attribute", "An attribute stands twice in one element."),
    codes.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: ("after_end", "Something stands after the end of the document."),
    codes.XML_ERROR_UNDEFINED_ENTITY: (
        "entity",
        "The document refers to an entity that it does not declare.",
    ),
    codes.XML_ERROR_RECURSIVE_ENTITY_REF: ("entity", "An entity refers to itself."),
    codes.XML_ERROR_BAD_CHAR_REF: ("character", "A character reference stands for no XML character."),
    codes.XML_ERROR_UNBOUND_PREFIX: ("prefix", "A prefix is used that no xmlns attribute declares."),
    codes.XML_ERROR_MISPLACED_XML_PI: ("declaration", "The XML declaration must be the first thing of all."),
    codes.XML_ERROR_XML_DECL: ("declaration", "The XML declaration is not well-formed."),
    codes.XML_ERROR_UNKNOWN_ENCODING: (
        "encoding",
        "The document declares an encoding that is not known here.",
    ),
    codes.XML_ERROR_INCORRECT_ENCODING: ("encoding", "The document is not written in the declared encoding."),
    codes.XML_ERROR_AMPLIFICATION_LIMIT_BREACH: ("entity_expansion", "Entities expand to far too much text."),
}
_HINTS = {
    "syntax": "In a text & is written &amp; and < is written &lt;; attributes stand in quotes.",
    "encoding": "Declare the encoding that the document is really written in.",
    "entity": "Write & as &amp;.",
    "truncated": "Send it again, whole.",
    "prefix": "Declare the prefix, or leave it out.",
}


class Events:
    """What a builder wants to hear.

    parser: set before the first event, for lines and positions. encoding: set then, of the document, and
    mark_bytes: how long its byte order mark is where positions do not count it. block: hears each block
    before its events.
    """

    parser: Parser

    start: Callable[[str, list[str]], None]
    end: Callable[[str], None]
    text: Callable[[str], None]
    scope_start: Callable[[str | None, str | None], None] | None = None
    scope_end: Callable[[str | None], None] | None = None
    instruction: Callable[[str, str], None] | None = None
    comment: Callable[[str], None] | None = None
    block: Callable[[bytes], None] | None = None
    encoding: str = "utf-8"
    mark_bytes: int = 0


def parse(chunks: Iterable[bytes], limits: Limits, events: Events) -> Iterator[bytes]:
    """Parse a document, block by block; yields each block, recoded to UTF-8, after its events.

    Positions of the parser count in what is yielded. A last empty block is yielded after the end.
    Raises DecodeError with line and column, LimitError.
    """
    stream = codec.blocks(chunks, limits, "xml")
    head = next(stream, b"")
    if not head:
        raise DecodeError("xml.empty", "The document is empty.", place="line 1")
    name, events.encoding = encoding.detect(head[: encoding.UNDECLARED])
    events.mark_bytes = {"utf-16": 2, "utf-32": 4}.get(name, 0) if events.encoding != name else 0
    whole = chain((head,), stream)
    taken = 0
    parser = events.parser = _open(events, lambda: taken)
    # No single tag, comment or instruction may be so long that looking for its end again and again hurts.
    longest = limits.max_field_bytes + 2 * BLOCK_BYTES
    for block in whole if name == "utf-8" else encoding.to_utf8(whole, name):
        taken += len(block)
        if events.block:
            events.block(block)
        _feed(parser, block, taken - len(block))
        if taken - max(parser.CurrentByteIndex, 0) > longest:
            raise LimitError(
                "xml.field_too_long",
                f"A tag or comment is longer than the {limits.max_field_bytes:,} bytes allowed here.",
                place=f"line {parser.CurrentLineNumber}",
            )
        yield block
    _feed(parser, b"", taken, is_last=True)
    yield b""


def _feed(parser: Parser, block: bytes, offset: int, *, is_last: bool = False) -> None:
    try:
        parser.Parse(block, is_last)
    except expat.ExpatError as failure:
        what, message = _MESSAGES.get(codes.messages[failure.code], _MESSAGES[codes.XML_ERROR_SYNTAX])
        if failure.code == codes.codes[codes.XML_ERROR_INVALID_TOKEN]:
            at = parser.ErrorByteIndex - offset
            if not _is_text(block[max(at, 0) : at + 4]):
                what, message = _MESSAGES[codes.XML_ERROR_INCORRECT_ENCODING]
        raise DecodeError(
            f"xml.{what}",
            message,
            hint=_HINTS.get(what, ""),
            place=f"line {failure.lineno}, column {failure.offset + 1}",
        ) from None


def _is_text(data: bytes) -> bool:
    try:
        getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def _open(events: Events, taken: Callable[[], int]) -> Parser:
    parser = expat.ParserCreate("utf-8", SEPARATOR)
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.buffer_size = BLOCK_BYTES
    parser.StartElementHandler = events.start
    parser.EndElementHandler = events.end
    parser.CharacterDataHandler = events.text
    parser.StartNamespaceDeclHandler = events.scope_start
    parser.EndNamespaceDeclHandler = events.scope_end
    _watch_notes(parser, events)
    _watch_entities(parser, events, taken)
    return parser


def _watch_notes(parser: Parser, events: Events) -> None:
    """Hear comments and instructions, but for those inside a document type declaration."""

    def switch(*handlers: object) -> None:
        parser.ProcessingInstructionHandler, parser.CommentHandler = handlers

    parser.StartDoctypeDeclHandler = lambda *_: switch(None, None)
    parser.EndDoctypeDeclHandler = lambda: switch(events.instruction, events.comment)
    switch(events.instruction, events.comment)


def _watch_entities(parser: Parser, events: Events, taken: Callable[[], int]) -> None:
    guard = EntityGuard()

    def text(data: str) -> None:
        guard.count(len(data), taken(), parser.CurrentLineNumber)
        events.text(data)

    def start(name: str, attributes: list[str]) -> None:
        guard.count(sum(map(len, attributes)) + 1, taken(), parser.CurrentLineNumber)
        events.start(name, attributes)

    def declare(name: str, is_parameter: int, value: str | None, *_: object) -> None:
        if value is not None:
            guard.declare(name, value, is_parameter=bool(is_parameter), line=parser.CurrentLineNumber)
            parser.CharacterDataHandler = text
            parser.StartElementHandler = start

    def external(*_: object) -> int:
        raise DecodeError(
            "xml.external_entity",
            "The document takes a part of itself from another file; nothing outside it is read.",
            hint="Send it with that part in its place.",
            place=f"line {parser.CurrentLineNumber}, column {parser.CurrentColumnNumber + 1}",
        )

    def skipped(_: str, is_parameter: int) -> None:
        if not is_parameter:
            raise DecodeError(
                "xml.entity",
                "The document refers to an entity that is declared in another file, if at all.",
                hint="Write the text itself, or & as &amp;.",
                place=f"line {parser.CurrentLineNumber}, column {parser.CurrentColumnNumber + 1}",
            )

    parser.EntityDeclHandler = declare
    parser.ExternalEntityRefHandler = external
    parser.SkippedEntityHandler = skipped
