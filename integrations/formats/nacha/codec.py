"""Nacha: the files of the ACH, from prenote to dishonoured return."""

import codecs
from collections.abc import Callable, Iterable, Iterator

from typing_extensions import override

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Record, Split, Value
from integrations.formats.nacha.assembly import Assembly, Kind
from integrations.formats.nacha.described import describe
from integrations.formats.nacha.layouts import WIDTH, addenda_layout, codes, header_layout, layouts
from integrations.formats.nacha.lines import cut_lines, line_end_of
from integrations.formats.nacha.options import NachaOptions
from integrations.formats.nacha.writing import Sheet, render
from integrations.schema.model import Schema

_Piece = tuple[Kind, Record, list[str]]
_DEPTHS = {"1": 0, "5": 1, "6": 2, "7": 3, "8": 1, "9": 0}
_TYPES = {"1": "file_header", "6": "entry", "7": "addenda", "8": "batch_control", "9": "file_control"}


class NachaCodec(codec.Codec[NachaOptions]):
    """ACH files after the Nacha layout."""

    key = "nacha"
    title = "Nacha ACH"
    media_types = ("text/x-nacha", "text/plain")
    extensions = ("ach", "nacha")
    free = "the line end, blanks at the end of a line, the filling of nines, the block count"
    Options = NachaOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Recognise a file header, or a batch header at the start of a file without one."""
        text = head.removeprefix(codecs.BOM_UTF8)
        first = text[:WIDTH].decode("latin-1")
        is_file = first[:3] == "101" and first[34:40] == "094101"
        is_part = first[:1] == "5" and first[50:53] in codes()["standard_entry_class"]
        if not (is_file or is_part):
            return None
        options: dict[str, object] = {"line_end": line_end_of(text)}
        if is_part:
            options["envelope"] = "optional"
        encoding = _encoding_of(text)
        if encoding != "utf-8":
            options["encoding"] = encoding
        elif not text.isascii() and _counts_bytes(text):
            options["count"] = "bytes"
        return codec.Guess(0.99 if is_file else 0.8, options, _message(text), encoding)

    @override
    def reader(self, options: NachaOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: the file header, the batches or entries, the file control."""
        pieces = _piece_reader(options, limits)
        return lambda chunks, bad=None: (record for _, record, _ in pieces(chunks, bad))

    @override
    def split(self, options: NachaOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: a batch or an entry is one item."""
        pieces = _piece_reader(options, limits)
        encoding = "latin-1" if options.count == "bytes" else options.encoding

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            items, end = 0, ""
            source = _Peeked(codec.blocks(chunks, limits, self.key))
            end = {"lf": "\n", "crlf": "\r\n", "none": ""}[line_end_of(source.first)]
            for kind, record, lines in pieces(source, bad):
                items += kind == "item"
                raw = end.join(lines).encode(encoding)
                yield Split(kind, items if kind == "item" else 1, record, raw)

        return split

    @override
    def writer(self, options: NachaOptions) -> codec.Writer:
        """Compile a writer. Counts, hash and totals are computed; controls may be left out."""
        narrow = _narrow(options)

        def write(records: Iterable[Record]) -> Iterator[bytes]:
            source = map(narrow, records) if narrow else records
            for lines in Sheet(options).write(source):
                if lines:
                    yield render(lines, options)

        return write

    @override
    def schema(self, options: NachaOptions) -> Schema:
        """Describe the records: a file header, a batch or an entry, a file control."""
        return describe(options)

    @override
    def outline(
        self, options: NachaOptions, limits: Limits
    ) -> Callable[[Iterable[bytes]], Iterator[codec.Mark]]:
        """Compile the walk over all records of the file."""

        def walk(chunks: Iterable[bytes]) -> Iterator[codec.Mark]:
            data = b"".join(codec.blocks(chunks, limits, self.key))
            has_ends = line_end_of(data) != "none"
            at = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
            while at < len(data):
                end = data.find(b"\n", at) if has_ends else at + WIDTH
                end = len(data) if end < 0 else min(end, len(data))
                line = data[at:end].rstrip(b"\r\n")
                text = line.decode(options.encoding, "replace")
                if text.strip(" 9"):
                    name = _name_of(text)
                    title = name.replace("_", " ")
                    yield codec.Mark(_DEPTHS.get(text[:1], 0), name, at, len(line), text[:200], title)
                at = end + has_ends

        return walk


class _Peeked:
    """A stream whose first block is known."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.first = next(blocks, b"")
        self.rest = blocks

    def __iter__(self) -> Iterator[bytes]:
        yield self.first
        yield from self.rest


def _name_of(text: str) -> str:
    if text[:1] == "5":
        return header_layout(text[50:53], text[4:20]).name
    if text[:1] == "7":
        layout = addenda_layout(text[1:3], text[3:6])
        return layout.name if layout else "addenda"
    return _TYPES.get(text[:1], "record")


def _encoding_of(head: bytes) -> str:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252" if any(0x80 <= byte <= 0x9F for byte in head) and _is(head, "cp1252") else "latin-1"
    return "utf-8"


def _is(head: bytes, encoding: str) -> bool:
    try:
        head.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _counts_bytes(head: bytes) -> bool:
    lines = [line.rstrip(b"\r") for line in head.split(b"\n")[:-1]]
    return any(not line.isascii() and len(line) == WIDTH for line in lines)


def _message(head: bytes) -> str:
    lines = head[: 4 * WIDTH].decode("latin-1").splitlines() or [""]
    text = "".join(line.ljust(WIDTH) for line in lines)
    at = WIDTH if text[:1] == "1" else 0
    entry_class = text[at + 50 : at + 53] if text[at : at + 1] == "5" else ""
    meaning = codes()["standard_entry_class"].get(entry_class, "")
    return f"{entry_class} {meaning}" if meaning else "ACH file"


def _narrow(options: NachaOptions) -> Callable[[Record], Record] | None:
    """Give the function that writes texts as their bytes, where a record is counted in bytes."""
    if options.count != "bytes":
        return None

    def narrow(value: Value) -> Value:
        if isinstance(value, str):
            return value.encode(options.encoding, "replace").decode("latin-1")
        if isinstance(value, dict):
            return {key: narrow(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [narrow(inner) for inner in value]
        return value

    return lambda record: {key: narrow(inner) for key, inner in record.items()}


def _recode(options: NachaOptions) -> Callable[[str], str] | None:
    if options.count != "bytes":
        return None

    def recode(text: str) -> str:
        try:
            return text.encode("latin-1").decode(options.encoding)
        except UnicodeDecodeError:
            raise DecodeError("nacha.encoding", f"A field is not text in {options.encoding}.") from None

    return recode


def _piece_reader(
    options: NachaOptions, limits: Limits
) -> Callable[[Iterable[bytes], codec.Bad | None], Iterator[_Piece]]:
    layouts()
    recode = _recode(options)

    def pieces(chunks: Iterable[bytes], bad: codec.Bad | None) -> Iterator[_Piece]:
        assembly = Assembly(options, limits, bad, recode)
        take, done = assembly.take, assembly.done
        for number, lines in cut_lines(codec.blocks(chunks, limits, "nacha"), options, limits):
            for line, text in enumerate(lines, number):
                if not text or text.isspace():
                    continue
                try:
                    take(text, line)
                except DecodeError as failure:
                    error = _placed(failure, line)
                    yield from done
                    done.clear()
                    if bad is None:
                        raise error from None
                    assembly.lose()
                    bad(error)
                if done:
                    yield from done
                    done.clear()
        assembly.finish()
        yield from done

    return pieces


def _placed(failure: DecodeError, line: int) -> DecodeError:
    if failure.place.startswith("line "):
        return failure
    place = f"line {line}, {failure.place}" if failure.place else f"line {line}"
    return DecodeError(failure.code, failure.message, hint=failure.hint, place=place)


CODEC = NachaCodec()
