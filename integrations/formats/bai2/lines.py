"""Cut a report into logical records: physical records, continued by 88 and by line ends inside of texts."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.bai2.options import Bai2Options
from integrations.formats.codec import Limits

# What joins the physical records of a logical one: RECORD where the one before ended with its slash, so that
# a field ended too, and LINE where it did not.
RECORD: Final = "\x1e"
LINE: Final = "\n"
_CODE: Final = re.compile(r"[ \t]*(01|02|03|16|49|88|98|99)(?:,|/[ \t]*$)", re.ASCII)
_NEXT: Final = re.compile(r"/([ \t]+)(?=(?:01|02|03|16|49|88|98|99),)", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Logical(NamedTuple):
    """One logical record: its code and what follows it.

    physical: its records as written. line: where it begins. raw: as it stands, with the line end before it.
    """

    code: str
    text: str
    physical: list[str]
    line: int
    raw: str


class _Open:
    """The logical record that may go on. Its pieces are joined once: many cost no more than their length."""

    def __init__(self, code: re.Match[str], part: str, line: int, raw: str) -> None:
        self.raws = [raw]
        text, self.is_closed = _inner(part[code.end(1) :])
        self.code = code[1]
        self.line = line
        self.texts = [text[1:]]
        self.physical = [[part.lstrip(" \t")]]
        self.size = len(part)

    def go_on(self, code: re.Match[str] | None, part: str, raw: str) -> None:
        """Add a record 88, or a line that is none."""
        self.raws.append(raw)
        self.texts.append(RECORD if self.is_closed else LINE)
        self.size += len(part)
        if code is None:
            self.physical[-1].append(part)
            text, self.is_closed = _inner(part)
        else:
            self.physical.append([part.lstrip(" \t")])
            text, self.is_closed = _inner(part[code.end(1) :])
            text = text[1:]
        self.texts.append(text)

    def done(self) -> Logical:
        """Give the whole record."""
        physical = ["\n".join(parts) for parts in self.physical]
        return Logical(self.code, "".join(self.texts), physical, self.line, "".join(self.raws))


def cut_records(blocks: Iterator[bytes], options: Bai2Options, limits: Limits) -> Iterator[Logical]:
    """Yield the logical records. Memory is one block and one record.

    Raises DecodeError ``bai2.encoding``, ``bai2.unknown_record``; LimitError for an endless record.
    """
    found: _Open | None = None
    for line, text in _lines(blocks, options, limits):
        for at, part in enumerate(_NEXT.sub(r"/\n\1", text).split("\n")):
            code = _CODE.match(part)
            raw = part if at else f"\n{part}"
            if code is not None and code[1] != "88":
                if found is not None:
                    yield found.done()
                found = _Open(code, part, line, raw)
            elif found is None:
                raise DecodeError(
                    "bai2.unknown_record",
                    f"There is no record to begin with [{codec.shape(part[:2])}].",
                    hint="A report begins with 01 and a comma.",
                    place=f"line {line}",
                )
            else:
                found.go_on(code, part, raw)
            if found.size > limits.max_record_bytes:
                raise codec.record_too_large("bai2", limits, f"line {line}")
    if found is not None:
        yield found.done()


def _inner(text: str) -> tuple[str, bool]:
    """Take the slash off that ends a record."""
    stripped = text.rstrip(" \t")
    return (stripped[:-1], True) if stripped.endswith("/") else (text, False)


def _lines(blocks: Iterator[bytes], options: Bai2Options, limits: Limits) -> Iterator[tuple[int, str]]:
    number, rest = 1, b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        for raw in whole:
            if raw.strip():
                yield number, _decode(raw, options, number)
            number += 1
        if len(rest) > limits.max_record_bytes:
            raise codec.record_too_large("bai2", limits, f"line {number}")
    if rest.strip(b" \r\x1a"):
        yield number, _decode(rest.rstrip(b"\x1a"), options, number)


def _decode(raw: bytes, options: Bai2Options, number: int) -> str:
    if number == 1:
        raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        text = raw.decode(options.encoding).removesuffix("\r")
    except UnicodeDecodeError as failure:
        raise DecodeError(
            "bai2.encoding",
            f"The line is not text in {options.encoding}.",
            hint="Choose the encoding that the bank writes.",
            place=f"line {number}, column {failure.start + 1}",
        ) from None
    if not text.isprintable() and (found := _CONTROL.search(text)):
        raise DecodeError(
            "bai2.control_character",
            "The line holds a control character.",
            place=f"line {number}, column {found.start() + 1}",
        )
    return text
