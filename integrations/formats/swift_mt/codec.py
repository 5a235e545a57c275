"""SWIFT MT: payment orders, transfers and statements (MT101, 103, 940, 942, 950 and others)."""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest

from typing_extensions import override

from integrations.errors import DecodeError, EncodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Record, Split
from integrations.formats.swift_mt.described import describe
from integrations.formats.swift_mt.forms import field_forms
from integrations.formats.swift_mt.framing import Unit, cut_units
from integrations.formats.swift_mt.message import MessageReader, open_unit
from integrations.formats.swift_mt.options import SwiftMtOptions
from integrations.formats.swift_mt.tree import guess_type, trees
from integrations.formats.swift_mt.writing import MessageWriter
from integrations.schema.model import Schema

_TAG = re.compile(rb"^:(\d\d[A-Z]?|NS):", re.MULTILINE)
_HEADER = re.compile(rb"\{2:[IO](\d{3})")
_START = re.compile(rb"[\s$\x01\x00]*\{(?:1:[A-Z]\d\d|2:[IO]\d{3}|4:\r?\n:)")
_MARK = re.compile(r"\{([1-5S]):|^:(\d\d[A-Z]?|NS):", re.MULTILINE)
_BLOCK_TITLES = {
    "1": "Basic header",
    "2": "Application header",
    "3": "User header",
    "4": "Text",
    "5": "Trailer",
    "S": "System trailer",
}


class SwiftMtCodec(codec.Codec[SwiftMtOptions]):
    """SWIFT MT messages, in FIN blocks or as bare statements."""

    key = "swift_mt"
    title = "SWIFT MT"
    media_types = ("text/x-swift-mt", "text/plain")
    extensions = ("sta", "mt940", "940", "942", "fin", "rje", "mt103")
    free = "line ends, blank lines, blanks after the end mark, what stands between two messages"
    Options = SwiftMtOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Recognise blocks, or lines that begin with tags."""
        has_blocks = _START.match(head.removeprefix(codecs.BOM_UTF8)) is not None
        tags = [tag.decode() for tag in _TAG.findall(head)]
        if not has_blocks and not tags:
            return None
        header = _HEADER.search(head)
        kind = header[1].decode() if header else guess_type(tags)
        known = sum(tag in field_forms() for tag in tags)
        sure = 0.99 if has_blocks else 0.9 if "20" in tags and known > 2 else 0.6 if known else 0.2
        tree = trees().get(kind)
        options: dict[str, object] = {"line_end": "crlf" if b"\r\n" in head else "lf"}
        encoding = _encoding_of(head)
        if encoding != "utf-8":
            options["encoding"] = encoding
        message = f"MT{kind} {tree.title}" if tree else f"MT{kind}" if kind else "SWIFT MT"
        return codec.Guess(sure, options, message, encoding)

    @override
    def reader(self, options: SwiftMtOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: one record a message."""
        messages = _message_reader(options, limits)
        return lambda chunks, bad=None: (record for record, _ in messages(chunks, bad))

    @override
    def split(self, options: SwiftMtOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: one item a message."""
        messages = _message_reader(options, limits, keep_ends=True)

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            for number, (record, text) in enumerate(messages(chunks, bad), 1):
                yield Split("item", number, record, text.encode(options.encoding))

        return split

    @override
    def writer(self, options: SwiftMtOptions) -> codec.Writer:
        """Compile a writer. A record with headers becomes blocks, one without a bare statement."""
        sheet = MessageWriter(options)
        end = "\r\n" if options.line_end == "crlf" else "\n"

        def write(records: Iterable[Record]) -> Iterator[bytes]:
            for number, record in enumerate(records, 1):
                text = sheet.write(record, f"record {number}") + "\n"
                try:
                    yield text.replace("\n", end).encode(options.encoding)
                except UnicodeEncodeError:
                    raise EncodeError(
                        "swift_mt.encoding",
                        f"A text holds a letter that {options.encoding} does not have.",
                        place=f"record {number}",
                    ) from None

        return write

    @override
    def schema(self, options: SwiftMtOptions) -> Schema | None:
        """Describe a message of the type that is set; None where the documents say their type."""
        tree = trees().get(options.message)
        return describe(tree, options) if tree else None

    @override
    def outline(
        self, options: SwiftMtOptions, limits: Limits
    ) -> Callable[[Iterable[bytes]], Iterator[codec.Mark]]:
        """Compile the walk over blocks and fields."""

        def walk(chunks: Iterable[bytes]) -> Iterator[codec.Mark]:
            data = b"".join(codec.blocks(chunks, limits, self.key))
            # Every byte is one letter here, so positions in the text are positions in the document.
            text = data.decode("latin-1")
            found = list(_MARK.finditer(text))
            forms = field_forms()
            for mark, after in zip_longest(found, found[1:]):
                end = after.start() if after else len(text)
                part = (
                    data[mark.start() : end].rstrip(b"\r\n-}$ ")
                    if mark[2]
                    else data[mark.start() : end].rstrip()
                )
                label = f":{mark[2]}:" if mark[2] else f"block {mark[1]}"
                form = forms.get(mark[2] or "")
                title = form.title if form else _BLOCK_TITLES.get(mark[1] or "", "")
                shown = part[:200].decode(options.encoding, "replace")
                yield codec.Mark(1 if mark[2] else 0, label, mark.start(), len(part), shown, title)

        return walk


def _encoding_of(head: bytes) -> str:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252" if any(0x80 <= byte <= 0x9F for byte in head) else "latin-1"
    return "utf-8"


def _texts(blocks: Iterator[bytes], encoding: str, *, keep_ends: bool) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    line, carry = 1, ""
    for block in blocks:
        try:
            text = carry + decoder.decode(block)
        except UnicodeDecodeError:
            raise _not_text(encoding, line) from None
        line += text.count("\n")
        carry = ""
        if text.endswith("\r"):
            text, carry = text[:-1], "\r"
        if text:
            yield text if keep_ends else _plain(text)
    try:
        carry += decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _not_text(encoding, line) from None
    if carry:
        yield carry


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _not_text(encoding: str, line: int) -> DecodeError:
    return DecodeError(
        "swift_mt.encoding",
        f"The document is not text in {encoding}.",
        hint="Choose the encoding that the bank writes.",
        place=f"line {line} or after",
    )


def _message_reader(
    options: SwiftMtOptions, limits: Limits, *, keep_ends: bool = False
) -> Callable[[Iterable[bytes], codec.Bad | None], Iterator[tuple[Record, str]]]:
    reader = MessageReader(options)

    def messages(chunks: Iterable[bytes], bad: codec.Bad | None) -> Iterator[tuple[Record, str]]:
        texts = _texts(codec.blocks(chunks, limits, "swift_mt"), options.encoding, keep_ends=keep_ends)
        number = 0
        waiting: list[Unit] = []
        for unit in cut_units(texts, limits):
            if not waiting:
                number += 1
                if number > limits.max_records:
                    raise codec.too_many_records("swift_mt", limits, f"message {number}")
            try:
                found = _read(reader, unit, waiting)
            except DecodeError as failure:
                waiting.clear()
                error = _numbered(failure, number)
                if bad is None:
                    raise error from None
                bad(error)
                continue
            if found is not None:
                text = "".join(one.text for one in [*waiting, unit]) if keep_ends else ""
                waiting.clear()
                yield found, text
        if waiting:
            yield {"type": "", "ack": _ack_of(waiting[0])}, waiting[0].text
        if not number:
            raise DecodeError("swift_mt.empty", "The document has no messages.", place="line 1")

    return messages


def _read(reader: MessageReader, unit: Unit, waiting: list[Unit]) -> Record | None:
    """Read a unit; an acknowledgement waits for the message behind it."""
    unit = unit._replace(text=_plain(unit.text))
    if "\0" in unit.text:
        raise DecodeError("swift_mt.nul", "The message holds the character NUL.", place=f"line {unit.line}")
    envelope = open_unit(unit)
    if envelope.is_ack and not waiting:
        waiting.append(unit)
        return None
    record = reader.read(envelope)
    if waiting:
        record["ack"] = _ack_of(waiting[0])
    return record


def _ack_of(unit: Unit) -> Record:
    return open_unit(unit._replace(text=_plain(unit.text))).record


def _numbered(failure: DecodeError, number: int) -> DecodeError:
    return DecodeError(
        failure.code, failure.message, hint=failure.hint, place=f"message {number}, {failure.place}"
    )


CODEC = SwiftMtCodec()
