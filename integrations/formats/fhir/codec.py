"""FHIR R4 in JSON: a record is a resource, or an entry of a Bundle that may be of any size."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Literal, TypeAlias, TypeVar

import msgspec
from pydantic import Field
from typing_extensions import override

from integrations.errors import DecodeError, EncodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Record, Split
from integrations.formats.json_text.array import Piece, cut_or_decode_records, cut_records
from integrations.formats.json_text.outline import outline_text
from integrations.formats.json_text.pieces import cut_lines, decoded, is_lines
from integrations.formats.json_text.strict import BOM, strict_decoder
from integrations.formats.json_text.write import strict_encoder

encode = strict_encoder("fhir")

_TYPE = re.compile(rb'"resourceType"\s*:\s*"([A-Z][A-Za-z]{1,60})"')
_BUNDLE_TYPE = re.compile(
    rb'"type"\s*:\s*"(document|message|transaction(?:-response)?|batch(?:-response)?|history|searchset|collection)"'
)
# A message or a document means something only as a whole; the others are lists.
_WHOLE = {b"document", b"message"}

F = TypeVar("F")
_Cut: TypeAlias = Callable[[Iterator[bytes], tuple[str, ...], Limits, str], Iterator[F]]

BundleType = Literal[
    "collection", "batch", "transaction", "searchset", "history", "batch-response", "transaction-response"
]


class FhirOptions(codec.Options):
    """What a record is."""

    layout: Literal["resource", "entries", "lines"] = Field(
        default="resource",
        title="Layout",
        description=(
            "One resource (a Bundle too) as one record; or the entries of a Bundle; "
            "or one resource on each line (bulk data, NDJSON)."
        ),
    )
    bundle_type: BundleType = Field(
        default="collection", title="Type of the Bundle", description="In writing entries."
    )
    pretty: bool = Field(
        default=False, title="Indented", description="Write with line breaks and indents, for people to read."
    )


class FhirCodec(codec.Codec[FhirOptions]):
    """FHIR R4 as JSON, with the strict rules of our JSON: no key twice, decimals as they are written."""

    key = "fhir"
    title = "FHIR R4"
    media_types = ("application/fhir+json", "application/fhir+ndjson")
    extensions = ("json", "ndjson", "fhir")
    free = (
        "white space outside texts, escapes inside them, the case of an exponent; "
        "with entries, what stands beside them in the Bundle"
    )
    Options = FhirOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look for the type of a resource in what begins like a JSON object."""
        text = head.removeprefix(BOM).lstrip(b" \t\r\n")
        found = _TYPE.search(text) if text.startswith(b"{") else None
        if found is None:
            return None
        name = found[1].decode()
        # The key stands first as nearly everyone writes it; further on it may belong to something inside.
        is_first = re.match(rb"\{\s*$", text[: found.start()]) is not None
        confidence = 0.98 if is_first else 0.96
        if is_lines(text):
            return codec.Guess(confidence, {"layout": "lines"}, f"{name} and others, one a line", "utf-8")
        if name != "Bundle":
            return codec.Guess(confidence, {}, name, "utf-8")
        kind = _BUNDLE_TYPE.search(text)
        layout = "resource" if kind is None or kind[1] in _WHOLE else "entries"
        return codec.Guess(
            confidence, {"layout": layout}, f"Bundle ({kind[1].decode()})" if kind else "Bundle", "utf-8"
        )

    @override
    def reader(self, options: FhirOptions, limits: Limits) -> codec.Reader:
        """Compile a reader of resources or entries."""
        if options.layout != "entries":
            split = self.split(options, limits)
            return lambda chunks, bad=None: (piece.record for piece in split(chunks, bad))
        decode = strict_decoder(limits, self.key)

        def read(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Record]:
            number = 0
            stream = codec.blocks(chunks, limits, self.key)
            for found in _of_bundle(stream, limits, cut_or_decode_records):
                one = decoded(decode, found, limits, bad, self.key) if isinstance(found, tuple) else None
                run = found if isinstance(found, list) else [one]
                for record in run:
                    number += 1
                    if number > limits.max_records:
                        raise codec.too_many_records(self.key, limits, f"record {number}")
                    if isinstance(record, dict):
                        yield record

        return read

    @override
    def split(self, options: FhirOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: every record is an item, ``raw`` its own JSON text."""
        decode = strict_decoder(limits, self.key)
        cut = {"resource": _resources, "entries": _entries, "lines": _lines}[options.layout]

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            for number, piece in enumerate(cut(codec.blocks(chunks, limits, self.key), limits), 1):
                if number > limits.max_records:
                    raise codec.too_many_records(self.key, limits, piece[0])
                record = decoded(decode, piece, limits, bad, self.key)
                if record is not None:
                    yield Split("item", number, record, piece[2])

        return split

    @override
    def writer(self, options: FhirOptions) -> codec.Writer:
        """Compile a writer: one resource, a Bundle around the entries, or lines."""
        if options.layout == "lines":
            return lambda records: (_text(record, n) + b"\n" for n, record in enumerate(records, 1))
        if options.layout == "entries":
            return lambda records: _bundle(records, options)
        return lambda records: _one(records, options)

    @override
    def outline(self, options: FhirOptions, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over the values of a document, or of each line."""

        def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
            whole = b"".join(codec.blocks(chunks, limits, self.key))
            if options.layout == "lines":
                for place, offset, raw in cut_lines(iter((whole,)), limits, self.key):
                    yield from outline_text(
                        raw, offset=offset, depth=0, max_depth=limits.max_depth, root=place
                    )
                return
            start = len(BOM) if whole.startswith(BOM) else 0
            yield from outline_text(whole[start:], offset=start, depth=0, max_depth=limits.max_depth)

        return walk


def _resources(stream: Iterator[bytes], limits: Limits) -> Iterator[Piece]:
    return cut_records(stream, (), limits, "fhir")


def _lines(stream: Iterator[bytes], limits: Limits) -> Iterator[Piece]:
    return cut_lines(stream, limits, "fhir")


def _entries(stream: Iterator[bytes], limits: Limits) -> Iterator[Piece]:
    return _of_bundle(stream, limits, cut_records)


def _of_bundle(stream: Iterator[bytes], limits: Limits, cut: _Cut[F]) -> Iterator[F]:
    """Cut the entries of a Bundle while it streams in; a Bundle without any has none."""
    first = next(stream, b"")
    try:
        yield from cut(chain((first,), stream), ("entry",), limits, "fhir")
    except DecodeError as failure:
        if failure.code != "fhir.no_records":
            raise
        if len(first) < codec.BLOCK_BYTES and _is_bundle(first, limits):
            return
        raise DecodeError(
            "fhir.no_entries",
            "The document is not a Bundle with entries.",
            hint="Read it as one resource.",
            place=failure.place,
        ) from None


def _is_bundle(data: bytes, limits: Limits) -> bool:
    value = strict_decoder(limits, "fhir")(data)
    return isinstance(value, dict) and value.get("resourceType") == "Bundle"


def _text(record: Record, number: int) -> bytes:
    try:
        return encode(record)
    except EncodeError as failure:
        raise EncodeError(failure.code, failure.message, place=f"record {number}, {failure.place}") from None


def _shown(text: bytes, options: FhirOptions) -> bytes:
    return msgspec.json.format(text, indent=2) + b"\n" if options.pretty else text


def _one(records: Iterable[Record], options: FhirOptions) -> Iterator[bytes]:
    for count, record in enumerate(records):
        if count:
            raise EncodeError(
                "fhir.one_resource",
                "A document holds one resource, and there are more.",
                hint="Choose the layout 'entries' or 'lines' for many.",
                place="record 2",
            )
        yield _shown(_text(record, 1), options)


def _bundle(records: Iterable[Record], options: FhirOptions) -> Iterator[bytes]:
    opening = b'{"resourceType":"Bundle","type":' + encode(options.bundle_type)
    between = b',"entry":['
    end = b"\n" * options.pretty
    for number, record in enumerate(records, 1):
        if "resourceType" in record:
            raise EncodeError(
                "fhir.not_an_entry",
                "The record is a resource, where an entry of a Bundle was expected.",
                hint='An entry holds its resource: {"resource": {…}}.',
                place=f"record {number}",
            )
        yield opening + between + end + _text(record, number)
        opening, between = b"", b","
    # An empty list is not allowed in FHIR: a Bundle without entries has no such key.
    yield (opening + b"}" if opening else end + b"]}") + end


CODEC = FhirCodec()
