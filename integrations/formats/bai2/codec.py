"""BAI2: balance reports of banks, for the day before or the same day."""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest

from typing_extensions import override

from integrations.errors import DecodeError, EncodeError
from integrations.formats import codec
from integrations.formats.bai2.assembly import Assembly, Kind
from integrations.formats.bai2.described import describe
from integrations.formats.bai2.lines import cut_records
from integrations.formats.bai2.options import Bai2Options
from integrations.formats.bai2.writing import Sheet
from integrations.formats.codec import Limits, Record, Split
from integrations.schema.model import Schema

_START = re.compile(rb"[ \t\r\n]*01,[^,\n]*,[^,\n]*,\d{6},[^,\n]*,")
_DEPTHS = {"01": 0, "02": 1, "03": 2, "16": 3, "88": 4, "49": 2, "98": 1, "99": 0}
_TITLES = {
    "01": "File header",
    "02": "Group header",
    "03": "Account",
    "16": "Transaction",
    "88": "Continuation",
    "49": "Account trailer",
    "98": "Group trailer",
    "99": "File trailer",
}
_RECORD = re.compile(rb"(?:^|(?<=/))[ \t]*(01|02|03|16|49|88|98|99)(?=[,/])", re.MULTILINE)

_Piece = tuple[Kind, Record, str]


class Bai2Codec(codec.Codec[Bai2Options]):
    """BAI2 cash management reports."""

    key = "bai2"
    title = "BAI2"
    media_types = ("text/x-bai2", "text/plain")
    extensions = ("bai", "bai2")
    free = "line ends, several records on one line, how totals are written (zeros, plus)"
    Options = Bai2Options

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Recognise a file header 01 with its date."""
        text = head.removeprefix(codecs.BOM_UTF8)
        if not _START.match(text):
            return None
        options: dict[str, object] = {"line_end": "crlf" if b"\r\n" in head else "lf"}
        try:
            codecs.getincrementaldecoder("utf-8")().decode(head)
            encoding = "utf-8"
        except UnicodeDecodeError:
            encoding = options["encoding"] = "latin-1"
        return codec.Guess(
            0.97 if b"\n02," in text or b"02," in text else 0.7, options, "BAI2 balance report", encoding
        )

    @override
    def reader(self, options: Bai2Options, limits: Limits) -> codec.Reader:
        """Compile a reader: the file header, the accounts, the file trailer."""
        pieces = _piece_reader(options, limits)
        return lambda chunks, bad=None: (record for _, record, _ in pieces(chunks, bad))

    @override
    def split(self, options: Bai2Options, limits: Limits) -> codec.Splitter:
        """Compile a cutter: an account is one item."""
        pieces = _piece_reader(options, limits)

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            items = 0
            source = _Peeked(codec.blocks(chunks, limits, self.key))
            end = "\r\n" if b"\r\n" in source.first else "\n"
            for kind, record, text in pieces(source, bad):
                items += kind == "item"
                raw = text.strip(" \t\n").replace("\n", end).encode(options.encoding)
                yield Split(kind, items if kind == "item" else 1, record, raw)

        return split

    @override
    def writer(self, options: Bai2Options) -> codec.Writer:
        """Compile a writer. Control totals and counts are computed."""
        end = "\r\n" if options.line_end == "crlf" else "\n"

        def write(records: Iterable[Record]) -> Iterator[bytes]:
            for lines in Sheet().write(records):
                try:
                    yield "".join(line + "\n" for line in lines).replace("\n", end).encode(options.encoding)
                except UnicodeEncodeError:
                    raise EncodeError(
                        "bai2.encoding",
                        f"A text holds a letter that {options.encoding} does not have.",
                        place="record",
                    ) from None

        return write

    @override
    def schema(self, options: Bai2Options) -> Schema:
        """Describe the records: a file header, an account with its group, a file trailer."""
        return describe()

    @override
    def outline(
        self, options: Bai2Options, limits: Limits
    ) -> Callable[[Iterable[bytes]], Iterator[codec.Mark]]:
        """Compile the walk over all physical records."""

        def walk(chunks: Iterable[bytes]) -> Iterator[codec.Mark]:
            data = b"".join(codec.blocks(chunks, limits, self.key))
            found = list(_RECORD.finditer(data))
            for mark, after in zip_longest(found, found[1:]):
                start, end = mark.start(1), after.start() if after else len(data)
                part = data[start:end].rstrip()
                code = mark[1].decode()
                shown = part[:200].decode(options.encoding, "replace")
                yield codec.Mark(_DEPTHS[code], code, start, len(part), shown, _TITLES[code])

        return walk


class _Peeked:
    """A stream whose first block is known."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.first = next(blocks, b"")
        self.rest = blocks

    def __iter__(self) -> Iterator[bytes]:
        yield self.first
        yield from self.rest


def _piece_reader(
    options: Bai2Options, limits: Limits
) -> Callable[[Iterable[bytes], codec.Bad | None], Iterator[_Piece]]:
    def pieces(chunks: Iterable[bytes], bad: codec.Bad | None) -> Iterator[_Piece]:
        assembly = Assembly(options, limits)
        for logical in cut_records(codec.blocks(chunks, limits, "bai2"), options, limits):
            try:
                assembly.take(logical)
            except DecodeError as failure:
                if bad is None:
                    raise
                assembly.lose()
                bad(failure)
            yield from assembly.done
            assembly.done.clear()
        assembly.finish()
        yield from assembly.done

    return pieces


CODEC = Bai2Codec()
