"""Records to a whole document: the declaration, the outer elements, and one record after the other."""

import codecs
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from integrations.errors import EncodeError
from integrations.formats.codec import BLOCK_BYTES, Record, Value
from integrations.formats.xml_text.model import Element, Kind, Model, State
from integrations.formats.xml_text.run import Shape
from integrations.formats.xml_text.typed_write import TypedOut
from integrations.formats.xml_text.write import Unwritable, quoted


@dataclass(frozen=True, slots=True)
class Layout:
    """How a document is written."""

    encoding: str = "utf-8"
    declaration: bool = True
    pretty: bool = False


@dataclass(slots=True)
class _Level:
    """An outer element that is open: its own record without the way to the records, and where it stands."""

    key: str
    before: Record
    element: Element
    state: State


def write(model: Model, shape: Shape, layout: Layout, records: Iterable[Record]) -> Iterator[bytes]:
    """Write records: one that is the whole document, or those of a path.

    Raises EncodeError with the number of the record and the path in it.
    """
    encode = _encoder(layout.encoding)
    if layout.declaration:
        yield encode(f'<?xml version="1.0" encoding="{layout.encoding.upper()}"?>\n')
    texts = _many(model, shape, layout, records) if shape.path else _one(model, layout, records)
    held: list[str] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= BLOCK_BYTES:
            yield encode("".join(held))
            held, size = [], 0
    yield encode("".join(held) + "\n" * layout.pretty)


def _encoder(encoding: str) -> Callable[[str], bytes]:
    encoder = codecs.getincrementalencoder(encoding)("xmlcharrefreplace")
    return encoder.encode


def _one(model: Model, layout: Layout, records: Iterable[Record]) -> Iterator[str]:
    """Write the only record as the document."""
    count = 0
    for count, record in enumerate(records, 1):
        if count > 1:
            raise EncodeError(
                "xml.one_document",
                "An XML document is made from one record; here are several.",
                hint="Give the option with the path to the records.",
                place=f"record {count}",
            )
        yield _document(model, layout, record)
    if not count:
        raise EncodeError(
            "xml.no_root",
            "An XML document needs its outermost element; there is no record.",
            place="document",
        )


def _document(model: Model, layout: Layout, record: Record) -> str:
    out = TypedOut(model, pretty=layout.pretty, encoding=layout.encoding)
    roots = [key for key in record if key[:1] != "#"]
    if len(roots) != 1 or isinstance(record[roots[0]], list):
        raise EncodeError(
            "xml.no_root",
            "The record of a whole document has one field: the outermost element.",
            hint="Or give the option with the path to the records.",
            place="record 1",
        )
    root = record[roots[0]]
    try:
        _notes(out, record.get("#before"))
        at = len(out.parts)
        _root(out, roots[0], root)
        has_default = isinstance(root, dict) and "@xmlns" in root
        out.parts[at] = _with_namespaces(out, out.parts[at], has_default=has_default, names=out.used)
        _notes(out, record.get("#after"))
    except Unwritable as failure:
        raise failure.error("record 1") from None
    return "".join(out.parts)


def _notes(out: TypedOut, notes: Value) -> None:
    """Write the comments and instructions around the outermost element."""
    for note in notes if isinstance(notes, list) else ():
        for key, value in note.items() if isinstance(note, dict) else ():
            out.piece(key, value, 0)


def _root(out: TypedOut, key: str, value: Value) -> None:
    """Write the root: by the schema if there is one, else as it is."""
    entry = out.model.root[out.name(key, _default_of(out.model, value))]
    if entry is None:
        raise Unwritable("root", "The outermost element is not one of the schema's.")
    if entry[1].type.kind is Kind.ANY:
        out.element(key, value, 0)
    else:
        out.typed(entry[1], value, 0)


def _default_of(model: Model, value: Value) -> str:
    own = value.get("@xmlns") if isinstance(value, dict) else None
    return own if isinstance(own, str) else model.names.default


def _with_namespaces(out: TypedOut, tag: str, *, has_default: bool, names: Iterable[str]) -> str:
    """Declare the prefixes in the first tag of a document."""
    known = out.model.names
    declared = "" if has_default or not known.default else f' xmlns="{quoted(known.default)}"'
    for prefix in sorted(names):
        if prefix != "xml" and prefix in known.namespaces:
            declared += f' xmlns:{prefix}="{quoted(known.namespaces[prefix])}"'
    end = min(at for mark in (" ", "/", ">") if (at := tag.find(mark, 1)) > 0)
    return tag[:end] + declared + tag[end:]


def _many(model: Model, shape: Shape, layout: Layout, records: Iterable[Record]) -> Iterator[str]:
    """Write records into their outer elements, which are closed and opened again where they differ."""
    open_: list[_Level] = []
    out = TypedOut(model, pretty=layout.pretty, encoding=layout.encoding, is_stream=True)
    number = 0
    for number, record in enumerate(records, 1):
        try:
            befores, items = _parted(shape, record)
            same = 0
            while same < len(open_) and open_[same].before == befores[same]:
                same += 1
            _close(out, open_, same)
            for at in range(same, len(befores)):
                _open(out, open_, shape.path[at], befores[at])
            for item in items:
                _put(out, open_, shape.path[-1], item)
        except Unwritable as failure:
            raise failure.error(f"record {number}") from None
        yield "".join(out.parts)
        out.parts.clear()
    try:
        if not number:
            for key in shape.path[:-1]:
                _open(out, open_, key, {})
        _close(out, open_, 0)
    except Unwritable as failure:
        raise failure.error(f"record {number}, at the end") from None
    yield "".join(out.parts)


def _parted(shape: Shape, record: Record) -> tuple[list[Record], list[Value]]:
    """Take a record apart: what each outer element holds besides the way to the records, and the records."""
    if not shape.context:
        item: Value = record["#text"] if [*record] == ["#text"] else record
        return [{} for _ in shape.path[1:]], [item]
    befores: list[Record] = []
    value: Value = record.get(shape.path[0])
    for key in shape.path[1:]:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, dict):
            failure = Unwritable("path", "A record does not lead to what should be written.")
            failure.path.append(key)
            raise failure
        befores.append({name: held for name, held in value.items() if name != key})
        value = value.get(key, [])
    return befores, value if isinstance(value, list) else [value]


def _open(out: TypedOut, open_: list[_Level], key: str, before: Record) -> None:
    element = _next(out, open_, key)
    attributes = out.typed_attributes(element.type, before)
    level = _Level(key, before, element, element.type.start)
    if open_:
        out.line(len(open_))
    tag = f"<{out.tag(key)}{attributes}>"
    if not open_:
        prefixes = out.model.names.namespaces.keys() - {"xsi"}
        tag = _with_namespaces(out, tag, has_default="@xmlns" in before, names=prefixes)
    out.parts.append(tag)
    open_.append(level)
    pairs = [
        (name, item)
        for name, value in before.items()
        if name[:1] not in "@#"
        for item in (value if isinstance(value, list) else [value])
    ]
    if element.type.loose is not None:
        for name, item in pairs:
            _put(out, open_, name, item)
        return
    found, level.state = out.in_order(level.state, pairs, may_sort=True)
    for child, item in found:
        out.line(len(open_))
        out.typed(child, item, len(open_))


def _next(out: TypedOut, open_: list[_Level], key: str) -> Element:
    """Step to a child of the innermost open element."""
    state = open_[-1].state if open_ else out.model.root
    entry = state[out.name(key, out.model.names.default)]
    if entry is None and open_ and open_[-1].element.type.loose is not None:
        entry = state, _loose_child(out, open_[-1].element, key)
    if entry is None:
        failure = Unwritable("unexpected_element", "A field stands where the schema does not allow it.")
        failure.path.append(key)
        raise failure
    if open_:
        open_[-1].state = entry[0]
    return entry[1]


def _loose_child(out: TypedOut, parent: Element, key: str) -> Element:
    """Give the child of an element whose schema does not bind: as declared, wherever it stands, or any."""
    known = next((child for child in parent.type.children if child.key == key), None)
    if known is not None:
        return known
    entry = out.model.anything[out.name(key, out.model.names.default)]
    return Element(key, key, entry[1].type if entry else parent.type)


def _put(out: TypedOut, open_: list[_Level], key: str, value: Value) -> None:
    element = _next(out, open_, key)
    out.line(len(open_))
    if element.type.kind is Kind.ANY:
        out.element(key, value, len(open_))
    else:
        out.typed(element, value, len(open_))


def _close(out: TypedOut, open_: list[_Level], depth: int) -> None:
    while len(open_) > depth:
        level = open_.pop()
        out.line(len(open_))
        out.parts.append(f"</{level.key}>")
