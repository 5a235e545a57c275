"""What is known while one document is read, and everything about it that is not the hot loop.

``build.py`` calls these for attributes, findings, and the outer elements in which the records stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from integrations.errors import InputError, LimitError, SchemaError
from integrations.formats.codec import Limits, Record, Value, record_too_large, too_many_records
from integrations.formats.xml_text.model import LISTS, NIL, Element, Entry, Invalid, Kind, Model, State
from integrations.formats.xml_text.names import NCNAME, XSI, joined
from integrations.formats.xml_text.odd import Nil, Odd
from integrations.formats.xml_text.parse import Parser

_MAX_ATTRIBUTES = 1_000
_XSI_TYPE = joined(XSI, "type")
_XSI_NIL = joined(XSI, "nil")
_XSI = joined(XSI, "")
_NIL_ONLY = {"@xsi:nil": "true"}


@dataclass(frozen=True, slots=True)
class Shape:
    """What becomes a record.

    path: keys that lead to the records, from the root; none: the whole document is one. asked: key of an
    element that may be always a list → the keys above it, one tuple a path that asks for it. keep:
    also white space between elements, comments and instructions. context: a record is put into what stands
    before it.
    """

    path: tuple[str, ...] = ()
    asked: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    keep: bool = False
    context: bool = False


class Piece(NamedTuple):
    """What was found. start: offset of its first byte, -1: where the piece before it ended.

    end: for an item, of its end tag (of its only tag); else of the byte behind it, -1: the document's end.
    """

    kind: Literal["item", "header", "trailer"]
    number: int
    record: Record
    start: int
    end: int


class Run:
    """One document being read. out: pieces and, if lenient, errors, in the order of the document."""

    parser: Parser

    def __init__(self, model: Model, shape: Shape, limits: Limits, *, lenient: bool) -> None:
        self.model, self.shape, self.limits, self.lenient = model, shape, limits, lenient
        self.out: list[Piece | InputError] = []
        self.stack: list[tuple[Any, Element, Any]] = []
        self.number = self.headers = 0
        self.record_at = -1
        self.last_end = 0
        self.broken: InputError | None = None
        self.before: list[Record | None] = []
        self.document: Record = {}
        self.scopes: dict[str, list[str]] = {}
        self.attribute_keys: dict[str, str] = {}

    def fault(self, element: Element, code: str, message: str, *, hint: str = "", key: str = "") -> None:
        """Raise a finding of the schema; lenient: note it, for the record that is open or at once."""
        if element.type.loose is not None:
            return
        keys = [*(held[1].key for held in self.stack[1:]), element.key, *([key] if key else [])]
        where = "/".join(name if len(name) <= 60 else "…" for name in keys if name)
        line = f"line {self.parser.CurrentLineNumber}, {where}".removesuffix(", ")
        number = f"record {self.number}, " if self.shape.path and self.record_at >= 0 else ""
        failure = SchemaError(f"xml.{code}", message, hint=hint, place=number + line)
        if not self.lenient:
            raise failure
        if self.record_at < 0:
            self.out.append(failure)
        else:
            self.broken = self.broken or failure

    def unexpected(self, element: Element, state: State, name: str) -> Entry:
        """Say that the element may not stand here; it is read like one that is not described."""
        loose = element.type.loose
        entry = (self.model.anything if loose is None else loose)[name]
        assert entry is not None  # noqa: S101  everything stands there
        if not self.broken:
            what = "root" if not self.stack else "unexpected_element"
            message = (
                "An element stands where the schema does not allow it."
                if self.stack
                else "The outermost element is not one that is expected here."
            )
            self.fault(element, what, message, hint=listed(state.expected()), key=entry[1].key)
        return state, entry[1]

    def unfinished(self, element: Element, state: State) -> None:
        """Say that something is missing at the end of an element."""
        if not self.broken:
            hint = listed(state.expected())
            self.fault(element, "missing_element", "An element that must be there is missing.", hint=hint)

    def count(self, element: Element, node: Record) -> None:
        """Check how often those children stand there that the states do not count."""
        for key, (fewest, most) in element.type.limits.items():
            held = node.get(key)
            items = len(held) if isinstance(held, list) else 0
            if items < fewest or (most is not None and items > most):
                what = "too few" if items < fewest else "too many"
                message = f"There are {items} of an element, {what} for the schema."
                self.fault(element, "occurrence", message, key=key)

    def begin(self, element: Element, flat: list[str]) -> tuple[Any, Element]:
        """Take the attributes of an element: its record as it begins, and the element by its xsi:type."""
        found: Record = {} if element.xmlns is None else {"@xmlns": element.xmlns}
        if len(flat) > 2 * _MAX_ATTRIBUTES:
            raise self.limit("too_many_attributes", "An element has more than 1,000 attributes.")
        kind = element.type.kind
        if kind is Kind.ANY:
            default = getattr(element.start, "default", None)
            for at in range(0, len(flat), 2):
                name, text = flat[at], flat[at + 1]
                found[self._attribute_key(name)] = self.qname(text, default) if name == _XSI_TYPE else text
        else:
            element = self._typed_attributes(element, flat, found)
            kind = element.type.kind
        if max(map(len, flat), default=0) > self.limits.max_field_bytes:
            raise self.limit("field_too_long", "An attribute is longer than is allowed here.")
        if kind is Kind.MIXED:
            return Odd(found, [], []), element
        if kind is Kind.ANY and found == _NIL_ONLY:
            return Nil(found), element
        return found if found or kind in {Kind.CHILDREN, Kind.VALUE, Kind.NIL} else None, element

    def _typed_attributes(self, element: Element, flat: list[str], found: Record) -> Element:
        declared = element.type.attributes
        for at in range(0, len(flat), 2):
            name, text = flat[at], flat[at + 1]
            attribute = declared.get(name)
            if attribute is not None:
                try:
                    found[attribute.key] = attribute.simple.read(text)
                except Invalid as wrong:
                    self.fault(element, wrong.args[0], wrong.args[1], key=attribute.key)
                    found[attribute.key] = text
            elif name.startswith(_XSI):
                element = self._instance_attribute(element, name, text, found)
                declared = element.type.attributes
            elif element.type.any_attributes:
                found[self._attribute_key(name)] = text
            else:
                key = self._attribute_key(name)
                self.fault(element, "unexpected_attribute", "The schema has no such attribute here.", key=key)
                found[key] = text
        for needed in element.type.required:
            if needed.key not in found:
                message = "An attribute that must be there is missing."
                self.fault(element, "missing_attribute", message, key=needed.key)
        return element

    def _instance_attribute(self, element: Element, name: str, text: str, found: Record) -> Element:
        key = self._attribute_key(name)
        if name == _XSI_TYPE:
            found[key] = self.qname(text, self.model.names.default)
            prefix, _, local = text.strip().rpartition(":")
            chosen = self.model.types.get(joined((self.scopes.get(prefix) or [""])[-1], local))
            if chosen is None:
                self.fault(
                    element, "type", "The schema has no type of the name that xsi:type gives.", key=key
                )
                return element
            return Element(element.key, element.name, chosen, element.mode, nillable=element.nillable)
        if name == _XSI_NIL and text.strip() in {"true", "1"}:
            if not element.nillable:
                self.fault(element, "nil", "The schema does not allow this element to be nil.")
            found[key] = "true"
            return Element(element.key, element.name, NIL, element.mode)
        if name != _XSI_NIL and element.type.kind is not Kind.SIMPLE:
            found[key] = text
        return element

    def _attribute_key(self, name: str) -> str:
        key = self.attribute_keys.get(name)
        if key is None:
            key = self.attribute_keys[name] = self.model.names.attribute_key(name)
        return key

    def qname(self, text: str, default: str | None = None) -> str:
        """Write a qualified name so that it does not need the document's own prefixes.

        default: the namespace of names without a prefix, at that place of the record.
        """
        prefix, colon, local = text.strip().rpartition(":")
        bound = (self.scopes.get(prefix) or [""])[-1]
        if not bound or not NCNAME.fullmatch(local) or (not colon and bound == default):
            return text
        known = self.model.names.prefixes.get(bound)
        return f"{known}:{local}" if known else f"{{{bound}}}{local}"

    def limit(self, code: str, message: str) -> LimitError:
        """Give the error for what is too large or too deep, with the line."""
        return LimitError(f"xml.{code}", message, place=f"line {self.parser.CurrentLineNumber}")

    def open_outer(self, element: Element) -> None:
        """Take the start of an element that is no deeper than a record."""
        depth, path = len(self.stack), self.shape.path
        if not path:
            self._open_record(element)
        elif depth == len(self.before) + 1 and element.key == path[depth - 1]:
            if depth < len(path):
                self.before.append(None)
            else:
                self._open_record(element)
        elif depth == 1:
            message = "The outermost element is not the one where the path to the records begins."
            self.fault(element, "no_records", message, hint="Check the option with the path.")

    def _open_record(self, element: Element) -> None:
        self.number += 1
        at = self.parser.CurrentByteIndex
        if self.number > self.limits.max_records:
            raise too_many_records("xml", self.limits, f"line {self.parser.CurrentLineNumber}")
        fresh = False
        for depth, held in enumerate(self.before, 1):
            if held is None:
                # What stood before the records is kept apart from what will follow them.
                node, outer, state = self.stack[depth]
                self.before[depth - 1] = {} if node is None else node
                self.stack[depth] = ({}, outer, state)
                fresh = True
        if fresh and any(self.before):
            self.headers += 1
            *outer_parts, last = self.before
            self.out.append(Piece("header", self.headers, self._within(outer_parts, element, last), -1, at))
        self.record_at, self.broken = at, None

    def _within(self, parts: list[Record | None], element: Element, inner: Value) -> Record:
        """Put a value into the outer elements as far as they are read."""
        below = [*(held[1] for held in self.stack[2:]), element][: len(parts)]
        for held, child in zip(reversed(parts), reversed(below), strict=True):
            inner = {**(held or {}), child.key: [inner] if child.mode in LISTS else inner}
        return {self.shape.path[0]: inner}

    def close_outer(self, element: Element, value: Value) -> bool:
        """Take the end of an element that is no deeper than a record; tell whether it joins its parent."""
        depth, path = len(self.stack), self.shape.path
        if self.record_at >= 0 and depth == max(len(path), 1):
            self._close_record(element, value)
            return False
        if depth > len(self.before):
            return depth > 1
        held = self.before.pop()
        if depth > 1:
            return held is None or bool(value)
        if held is None or value:
            kind: Literal["header", "trailer"] = "header" if held is None else "trailer"
            self.out.append(Piece(kind, 1, {path[0]: value}, -1, -1))
        return False

    def _close_record(self, element: Element, value: Value) -> None:
        end = self.parser.CurrentByteIndex
        start, self.record_at = self.record_at, -1
        self.last_end = end
        if end - start > self.limits.max_record_bytes:
            raise record_too_large("xml", self.limits, f"record {self.number}")
        if self.broken is not None:
            self.out.append(self.broken)
            self.broken = None
            return
        if not self.shape.path:
            record = self.document
            record[element.key] = value
        elif self.shape.context:
            record = self._within(self.before, element, value)
        else:
            record = value if isinstance(value, dict) else {"#text": value}
        self.out.append(Piece("item", self.number, record, start, end))

    def check_size(self) -> None:
        """Raise LimitError when what is held for one record has grown too large."""
        since = self.record_at if self.record_at >= 0 else self.last_end
        if self.parser.CurrentByteIndex - since > self.limits.max_record_bytes:
            raise record_too_large("xml", self.limits, f"record {self.number or 1}")

    def note(self, key: str, data: str) -> None:
        """Keep a comment or instruction that stands before or behind the outermost element."""
        is_before = all(name[0] == "#" for name in self.document)
        held = self.document.setdefault("#before" if is_before else "#after", [])
        if isinstance(held, list):
            held.append({key: data})

    def open_scope(self, prefix: str | None, namespace: str | None) -> None:
        """Take the declaration of a prefix."""
        self.scopes.setdefault(prefix or "", []).append(namespace or "")

    def close_scope(self, prefix: str | None) -> None:
        """Take the end of a declaration."""
        self.scopes[prefix or ""].pop()


def listed(keys: list[str]) -> str:
    """Say which elements may stand here, as a hint."""
    names = ", ".join(sorted(set(keys))[:8])
    return (
        f"Expected here: {names}{' …' if len(set(keys)) > 8 else ''}."
        if names
        else "Nothing may follow here."
    )
