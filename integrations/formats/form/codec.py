"""Web forms: names and values as a browser or a webhook sends them (application/x-www-form-urlencoded).

Source: WHATWG URL Standard, section 5.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Literal
from urllib.parse import quote_plus

from pydantic import Field
from typing_extensions import override

from integrations.errors import DecodeError, EncodeError, InputError, LimitError
from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Record, Split, Value
from integrations.schema.model import Field as SchemaField
from integrations.schema.model import Schema, Type

MAX_FIELDS = 10_000


class FormOptions(codec.Options):
    """How the fields of a form are read."""

    layout: Literal["document", "lines"] = Field(
        default="document", title="Layout", description="One form, or one form on each line."
    )
    encoding: Literal["utf-8", "latin-1", "cp1252", "cp932", "gb18030"] = Field(
        default="utf-8", title="Encoding", description="What the escaped bytes (%C3%A9) mean."
    )
    lists: tuple[str, ...] = Field(
        default=(),
        title="Fields that are lists",
        description="They are lists even when they stand once. Others are when they stand twice.",
    )


class FormCodec(codec.Codec[FormOptions]):
    """URL-encoded forms. A name without '=' is null; a value may be empty; a name that repeats is a list."""

    key = "form"
    title = "Web form"
    media_types = ("application/x-www-form-urlencoded",)
    extensions = ("form",)
    free = (
        "which characters are escaped, the case of escapes, '+' or '%20', the order of a field's neighbours"
    )
    Options = FormOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look for names and values joined by '=' and '&', escaped."""
        text = head.strip()
        if not _FORM.fullmatch(text) or b"=" not in text:
            return None
        pairs = text.count(b"&") + 1
        sure = 0.85 if pairs > 2 else 0.7 if pairs > 1 else 0.35
        options = {"layout": "lines"} if b"\n" in text else {}
        return codec.Guess(sure, options, encoding="utf-8")

    @override
    def reader(self, options: FormOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: a form is a record."""
        split = self.split(options, limits)
        return lambda chunks, bad=None: (piece.record for piece in split(chunks, bad))

    @override
    def split(self, options: FormOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: a form is an item."""

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            number = 0
            for line, raw in _forms(chunks, options, limits):
                try:
                    record = _read(raw, f"line {line}", options, limits)
                except InputError as failure:
                    if bad is None or isinstance(failure, LimitError):
                        raise
                    bad(failure)
                    continue
                number += 1
                if number > limits.max_records:
                    raise codec.too_many_records("form", limits, f"line {line}")
                yield Split("item", number, record, raw)

        return split

    @override
    def writer(self, options: FormOptions) -> codec.Writer:
        """Compile a writer. Dates become ISO 8601 text; lists become a field for each item."""

        def write(records: Iterable[Record]) -> Iterator[bytes]:
            for number, record in enumerate(records, 1):
                if number > 1 and options.layout == "document":
                    raise EncodeError(
                        "form.one_record",
                        "A form holds one record.",
                        hint="Choose one form on each line.",
                        place=f"record {number}",
                    )
                text = "&".join(_pairs(record, number, options))
                yield text.encode() + (b"\n" if options.layout == "lines" else b"")

        return write

    @override
    def schema(self, options: FormOptions) -> Schema | None:
        """Describe the fields that the options name: the lists. Others may stand beside them."""
        if not options.lists:
            return None
        fields = tuple(SchemaField(name, Type.TEXT, repeats=True, nullable=True) for name in options.lists)
        return Schema(SchemaField("", Type.OBJECT, fields=fields, is_open=True), origin="lists of a form")

    @override
    def outline(self, options: FormOptions, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over forms and their fields."""

        def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
            whole = b"".join(codec.blocks(chunks, limits, "form"))
            at = 0
            for line, raw in _forms((whole,), options, limits):
                at = whole.index(raw, at)
                yield Mark(0, f"line {line}", at, len(raw), raw[:200].decode("ascii", "replace"))
                for found in _FIELD.finditer(raw):
                    name = found[1].decode("ascii", "replace")[:60]
                    text = found[0][:200].decode("ascii", "replace")
                    yield Mark(1, name, at + found.start(), len(found[0]), text)
                at += len(raw)

        return walk


_FORM = re.compile(
    rb"(?:[\w.~*!'()\[\]:;,/?@$+-]|%[0-9a-fA-F]{2})+=(?:[\w.~*!'()\[\]:;,/?@$+=&\r\n-]|%[0-9a-fA-F]{2})*"
)
_FIELD = re.compile(rb"(?=[^&])([^&=]*)(?:=[^&]*)?")
_BAD_ESCAPE = re.compile(rb"%(?![0-9a-fA-F]{2})")
_ESCAPE = re.compile(rb"%([0-9a-fA-F]{2})")


def _forms(chunks: Iterable[bytes], options: FormOptions, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """Cut the document: (line, text) of each form, without line ends."""
    rest = b""
    line = 1
    for block in codec.blocks(chunks, limits, "form"):
        *whole, rest = (rest + block).split(b"\n") if options.layout == "lines" else [rest + block]
        for text in whole:
            if text.strip():
                yield line, _sized(text.rstrip(b"\r"), limits, line)
            line += 1
        _sized(rest, limits, line)
    text = rest.rstrip(b"\r\n")
    if text:
        yield line, text


def _sized(text: bytes, limits: Limits, line: int) -> bytes:
    if len(text) > limits.max_record_bytes:
        raise codec.record_too_large("form", limits, f"line {line}")
    return text


def _read(raw: bytes, place: str, options: FormOptions, limits: Limits) -> Record:
    record: Record = {}
    repeated: set[str] = set(options.lists)
    pairs = raw.split(b"&")
    if len(pairs) > MAX_FIELDS:
        raise LimitError("form.too_many_fields", f"A form has more than {MAX_FIELDS:,} fields.", place=place)
    for number, pair in enumerate(pairs, 1):
        if not pair:
            continue
        where = f"{place}, field {number}"
        if len(pair) > limits.max_field_bytes:
            raise LimitError(
                "form.field_too_long",
                f"A field is longer than the {limits.max_field_bytes:,} bytes allowed here.",
                place=where,
            )
        escaped, equals, rest = pair.partition(b"=")
        name = _unescape(escaped, where, options)
        value: Value = _unescape(rest, where, options) if equals else None
        found = record.get(name)
        if name in repeated:
            record[name] = [*found, value] if isinstance(found, list) else [value]
        elif name in record:
            repeated.add(name)
            record[name] = [found, value]
        else:
            record[name] = value
    return record


def _unescape(raw: bytes, place: str, options: FormOptions) -> str:
    if _BAD_ESCAPE.search(raw):
        raise DecodeError(
            "form.escape",
            "A percent sign stands without two digits after it.",
            hint="A plain percent sign is written %25.",
            place=place,
        )
    plain = _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), raw.replace(b"+", b" "))
    try:
        text = plain.decode(options.encoding)
    except UnicodeDecodeError:
        raise DecodeError(
            "form.encoding",
            f"A field is not text in {options.encoding}.",
            hint="Choose the encoding that the sender writes.",
            place=place,
        ) from None
    if "\0" in text:
        raise DecodeError("form.nul", "A field holds the character NUL.", place=place)
    return text


def _pairs(record: Record, number: int, options: FormOptions) -> Iterator[str]:
    for name, value in record.items():
        place = f"record {number}, {name if name.isidentifier() and len(name) <= 40 else '*'}"
        key = _escape(name, place, options)
        if isinstance(value, list):
            if not value or (len(value) == 1 and name not in options.lists):
                raise EncodeError(
                    "form.list",
                    "A list that is empty, or of one item and no list of the options, would not come back.",
                    hint="Name it in 'Fields that are lists'; leave an empty one out.",
                    place=place,
                )
            for item in value:
                yield _pair(key, item, place, options)
        else:
            yield _pair(key, value, place, options)


def _pair(key: str, value: Value, place: str, options: FormOptions) -> str:
    if value is None:
        if not key:
            raise EncodeError("form.name", "A field without a name cannot be null.", place=place)
        return key
    if isinstance(value, str):
        return f"{key}={_escape(value, place, options)}"
    if isinstance(value, bool):
        return f"{key}={'true' if value else 'false'}"
    if isinstance(value, Decimal) and value.is_finite():
        return f"{key}={value:f}"
    if isinstance(value, int):
        return f"{key}={value}"
    if isinstance(value, date):
        return f"{key}={_escape(value.isoformat(), place, options)}"
    raise EncodeError(
        "form.nested",
        "A field of a form can hold text, a number, a date or yes/no only.",
        hint="Map the fields of the inner object to fields of their own.",
        place=place,
    )


def _escape(text: str, place: str, options: FormOptions) -> str:
    if "\0" in text:
        raise EncodeError("form.nul", "A text holds the character NUL.", place=place)
    try:
        return quote_plus(text, safe="*-._", encoding=options.encoding, errors="strict")
    except UnicodeEncodeError:
        raise EncodeError(
            "form.encoding", f"A text holds a character that {options.encoding} does not have.", place=place
        ) from None


CODEC = FormCodec()
