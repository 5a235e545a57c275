"""SAP IDoc flat files: a control record EDI_DC40, then data records of a header and 1000 characters."""

from collections.abc import Callable, Iterable, Iterator

from typing_extensions import override

from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Split
from integrations.formats.idoc.importer import schema_of
from integrations.formats.idoc.options import IdocOptions
from integrations.formats.idoc.reading import Idoc, read_idocs, to_record
from integrations.formats.idoc.structure import HEAD_LENGTH, control_segment, tables
from integrations.formats.idoc.writing import write_idocs
from integrations.schema.model import Schema


class IdocCodec(codec.Codec[IdocOptions]):
    """SAP IDoc."""

    key = "idoc"
    title = "SAP IDoc"
    media_types = ("text/plain",)
    extensions = ("idoc", "txt", "dat")
    free = "blanks at the end of a line, the line end, blank lines"
    Options = IdocOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Look for the control record."""
        text = head.decode("utf-8", "ignore").removeprefix("\ufeff")
        if not text.startswith("EDI_DC40"):
            return codec.Guess(0.3) if text.startswith("EDI_DC") else None
        control = control_segment().cut(text[:524])
        basic = control.get("IDOCTYP", "")
        ending = "lf" if "\n" in text[:1600] else "none"
        encoding = "utf-8" if ending == "lf" and _is_utf8(head) else "latin-1"
        options = {"encoding": encoding, "line_end": "crlf" if "\r\n" in text[:1600] else ending}
        known = tables().types.get(basic[:6])
        title = f"{control.get('MESTYP', '')} {known.title if known else ''}".strip()
        return codec.Guess(0.98, options, f"{basic} {title}".strip(), encoding)

    @override
    def reader(self, options: IdocOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: one record an IDoc."""
        return lambda chunks, bad=None: (to_record(idoc) for idoc in read_idocs(chunks, options, limits, bad))

    @override
    def split(self, options: IdocOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: every IDoc is an item."""
        between = {"lf": b"\n", "crlf": b"\n", "none": b""}[options.line_end]

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            for number, idoc in enumerate(read_idocs(chunks, options, limits, bad), 1):
                yield Split("item", number, to_record(idoc), between.join(idoc.whole))

        return split

    @override
    def writer(self, options: IdocOptions) -> codec.Writer:
        """Compile a writer. Names and numbers of segments are made where a record does not give them."""
        return lambda records: write_idocs(records, options)

    @override
    def schema(self, options: IdocOptions) -> Schema | None:
        """Describe the basic type of the options, with segments of their own."""
        return schema_of(options)

    @override
    def outline(self, options: IdocOptions, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over IDocs, their segments and the fields that are filled."""

        def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
            for idoc in read_idocs(chunks, options, limits, lambda _: None):
                yield from _marks(idoc, options)

        return walk


def _is_utf8(head: bytes) -> bool:
    try:
        head[: head.rfind(b"\n") + 1].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _marks(idoc: Idoc, options: IdocOptions) -> Iterator[Mark]:
    title = f"{idoc.control.get('IDOCTYP', '')} {idoc.message.title}".strip()
    label = f"IDoc {idoc.control.get('DOCNUM', '')}".strip()
    yield Mark(0, label, idoc.offset, len(idoc.raw), _shown(idoc.raw, options), title)
    for item in idoc.items:
        yield Mark(item.depth, item.name, item.offset, len(item.raw), _shown(item.raw, options))
        known = idoc.message.segments.get(item.name)
        if known is None:
            continue
        for column in known.layout.columns:
            start = column.start - 1
            text = item.text[start : start + column.length]
            if text.strip(" "):
                offset = item.offset + HEAD_LENGTH + len(item.text[:start].encode(options.encoding))
                size = len(text.encode(options.encoding))
                title = known.titles[column.name]
                yield Mark(item.depth + 1, column.name, offset, size, text.rstrip(" "), title)


def _shown(raw: bytes, options: IdocOptions) -> str:
    return raw[:400].decode(options.encoding, "replace").strip()[:200]


CODEC = IdocCodec()
