"""One YAML document to its value, from the parser's events, without recursion.

Plain words mean what the core schema of YAML 1.2 says (section 10.3.2), but for two things that business data
needs: a number with a leading zero or a plus sign stays text (``007``, ``+4930123``), and not-a-number is
refused. ``NO``, ``on`` and ``1:30`` are texts.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Context, Decimal, DecimalException, Inexact, Overflow, Rounded, Underflow

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    StreamEndEvent,
)

from integrations.errors import DecodeError, InputError, LimitError
from integrations.formats.codec import Limits, Value
from integrations.formats.encoded_text.decode import find_damage, is_damaged
from integrations.formats.yaml.documents import Document
from integrations.formats.yaml.scanner import StrictScanner

MAX_DIGITS = 1_000
MAX_REPEATED = 100_000
"""How many values a document's aliases may repeat in all."""

_NUMBERS = Context(prec=MAX_DIGITS, Emin=-399, Emax=399, traps=[Overflow, Underflow, Inexact, Rounded])
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_DECIMAL = re.compile(
    r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)\.[0-9]*|(?:0|[1-9][0-9]*)(?=[eE]))(?:[eE][-+]?[0-9]+)?"
)
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_CORE = "tag:yaml.org,2002:"


def is_plain_text(text: str) -> bool:
    """Whether a text without quotes is itself: no word of the core schema, no number."""
    return text not in _WORDS and not (text[0].isdigit() or text[0] in "-+.")


def in_range(value: Decimal) -> bool:
    """Whether our reader would take this number back."""
    return value.is_finite() and _NUMBERS.create_decimal(value) == value


@dataclass(slots=True)
class Node:
    """A value and where it stands. weight: how many values it is with all below. start, end: characters."""

    label: str
    depth: int
    start: int
    end: int = 0
    value: Value = None
    weight: int = 1


@dataclass(slots=True)
class _Open:
    """An object or list that is being read."""

    node: Node
    anchor: str | None
    items: list[Value] | None = None
    keys: dict[str, Value] = field(default_factory=dict)
    key: str | None = None


class Builder:
    """Reads one document; ``nodes`` are its values in the order they begin, for an outline."""

    def __init__(self, document: Document, limits: Limits) -> None:
        self.document = document
        self.limits = limits
        self.head = "".join(document.tags)
        self.text = document.text()
        self.nodes: list[Node] = []
        self._opened: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._repeated = 0

    def value(self) -> Value:
        """Give the document's value. Raises DecodeError and LimitError with the line and column."""
        if self.document.problem is not None:
            raise self.document.problem
        if is_damaged(self.text) and (damage := find_damage(self.text, "utf-8", "yaml", self.document.line)):
            raise damage
        found: list[Value] = []
        try:
            for event in self._events():
                if isinstance(event, StreamEndEvent | DocumentStartEvent):
                    if found and isinstance(event, DocumentStartEvent):
                        raise self._fault("malformed", "A second document begins without '---'.", event)
                elif (node := self._take(event)) is not None and not self._opened:
                    found.append(node.value)
        except MarkedYAMLError as failure:
            raise self._syntax(failure) from None
        except (YAMLError, ValueError, IndexError, AssertionError, AttributeError, TypeError) as failure:
            # The library's scanner has a few ways to fall over wrong text; each means the text is wrong.
            if isinstance(failure, InputError):
                raise
            raise DecodeError(
                "yaml.malformed", "The document is not valid YAML.", place=f"line {self.document.line}"
            ) from None
        return found[0] if found else None

    def _events(self) -> Iterator[Event]:
        yaml = YAML(typ="safe", pure=True)
        yaml.Scanner = StrictScanner
        text = self.head + self.text
        # A last line of spaces is a line, even if its end was cut off (section 8.1.1.2).
        if text.endswith(" ") and not text[text.rfind("\n") + 1 :].strip(" "):
            text += "\n"
        events: Iterator[Event] = yaml.parse(text)
        return events

    def _take(self, event: Event) -> Node | None:
        """Take an event; gives the node that it completes."""
        if isinstance(event, CollectionStartEvent):
            self._open(event)
        elif isinstance(event, CollectionEndEvent):
            return self._close(event)
        elif isinstance(event, AliasEvent):
            return self._add(self._alias(event), event)
        elif isinstance(event, ScalarEvent):
            return self._scalar(event)
        return None

    def _scalar(self, event: ScalarEvent) -> Node:
        top = self._opened[-1] if self._opened else None
        if top and top.items is None and top.key is None:
            node = self._node("", event)
            node.value = self._checked(event.value, event)
            self._name(top, event.value, event)
            if event.anchor:
                self._anchors[event.anchor] = node
            return node
        node = self._listed(event)
        node.value = self._meaning(event)
        if event.anchor:
            self._anchors[event.anchor] = node
        return self._add(node, event)

    def _open(self, event: CollectionStartEvent) -> None:
        if len(self._opened) >= self.limits.max_depth:
            raise LimitError(
                "yaml.too_deep",
                f"The document is nested deeper than {self.limits.max_depth}.",
                place=self._place(event.start_mark),
            )
        top = self._opened[-1] if self._opened else None
        if top and top.items is None and top.key is None:
            raise self._fault("key", "A key is a list or an object; here it has to be a text.", event)
        node = self._listed(event)
        if event.anchor:
            # Until it is complete, an alias to it would be a value that holds itself.
            self._anchors.pop(event.anchor, None)
        is_object = isinstance(event, MappingStartEvent)
        self._opened.append(_Open(node, event.anchor, None if is_object else []))

    def _close(self, event: Event) -> Node:
        done = self._opened.pop()
        node = done.node
        node.value = done.keys if done.items is None else done.items
        node.end = self._at(event.end_mark)
        if done.anchor:
            self._anchors[done.anchor] = node
        return self._add(node, event)

    def _add(self, node: Node, event: Event) -> Node:
        """Put a complete value where it belongs."""
        if not self._opened:
            return node
        top = self._opened[-1]
        top.node.weight += node.weight
        if top.items is not None:
            top.items.append(node.value)
        elif top.key is None:
            self._name(top, node.value, event)
        else:
            top.keys[top.key] = node.value
            top.key = None
        return node

    def _name(self, top: _Open, value: Value, event: Event) -> None:
        if not isinstance(value, str):
            raise self._fault("key", "A key is no text.", event)
        if value in top.keys:
            raise self._fault("duplicate_key", "A key stands twice in one object.", event)
        top.key = value

    def _alias(self, event: AliasEvent) -> Node:
        found = self._anchors.get(event.anchor)
        if found is None:
            raise self._fault("alias", "An alias (*name) refers to nothing before it.", event)
        self._repeated += found.weight
        if self._repeated > MAX_REPEATED:
            raise LimitError(
                "yaml.expansion",
                f"The aliases repeat more than the {MAX_REPEATED:,} values allowed.",
                place=self._place(event.start_mark),
            )
        return found

    def _meaning(self, event: ScalarEvent) -> Value:
        text = self._checked(event.value, event)
        # A tag that is the default one is told in different ways by the versions of the library.
        tag = str(event.tag) if event.tag else ""
        if tag.startswith(_CORE) and re.search(r"[,\[\]{}]", tag.removeprefix(_CORE)):
            raise self._fault("tag", "A tag holds a comma or bracket.", event)
        if tag and tag != "!":
            return self._tagged(tag.removeprefix(_CORE), text, event) if tag.startswith(_CORE) else text
        if tag == "!" or event.style is not None:
            return text
        return self._plain(text, event)

    def _checked(self, text: str, event: Event) -> str:
        if len(text) * 4 > self.limits.max_field_bytes:
            size = len(text.encode("utf-8", "surrogatepass"))
            if size > self.limits.max_field_bytes:
                raise LimitError(
                    "yaml.field_too_long",
                    f"A text is longer than the {self.limits.max_field_bytes:,} bytes allowed here.",
                    place=self._place(event.start_mark),
                )
        if "\0" in text:
            raise self._fault("nul", "A text holds the character NUL, which no database can store.", event)
        if is_damaged(text):
            raise self._fault("surrogate", "A text holds half of a surrogate pair.", event)
        return text

    def _plain(self, text: str, event: Event) -> Value:
        if text in _WORDS:
            return _WORDS[text]
        first = text[0]
        if not (first.isdigit() or first in "-+."):
            return text
        if _INTEGER.fullmatch(text) and len(text) <= MAX_DIGITS:
            return int(text)
        if _OTHER_BASE.fullmatch(text) and len(text) <= MAX_DIGITS:
            return int(text, 0)
        if _DECIMAL.fullmatch(text):
            try:
                return _NUMBERS.create_decimal(text)
            except DecimalException:
                pass
        elif not _NO_NUMBER.fullmatch(text) and not _INTEGER.fullmatch(text):
            return text
        raise self._fault(
            "number_range", "A number has more than 1,000 digits, lies beyond 1e±400, or is none.", event
        )

    def _tagged(self, name: str, text: str, event: Event) -> Value:
        if name in {"int", "float", "bool", "null"}:
            value = self._plain(text.removeprefix("+") if name != "bool" else text, event)
            kind = {"int": int, "bool": bool, "null": type(None)}.get(name)
            if isinstance(value, str) or (kind and type(value) is not kind) or (not kind and value is None):
                raise self._fault("tag", "A value is not what its tag says.", event)
            return value
        if name == "binary":
            try:
                return b64decode("".join(text.split()), validate=True)
            except (Base64Error, ValueError):
                raise self._fault("tag", "A value tagged as binary is not base64.", event) from None
        return text

    def _listed(self, event: Event) -> Node:
        top = self._opened[-1] if self._opened else None
        label = ""
        if top:
            label = top.key or "" if top.items is None else f"[{len(top.items)}]"
        node = self._node(label, event)
        self.nodes.append(node)
        return node

    def _node(self, label: str, event: Event) -> Node:
        return Node(label, len(self._opened), self._at(event.start_mark), self._at(event.end_mark))

    def _at(self, mark: StreamMark) -> int:
        return max(0, mark.index - len(self.head))

    def _place(self, mark: StreamMark | None) -> str:
        if mark is None:
            return f"line {self.document.line}"
        line = max(0, mark.line - len(self.document.tags)) + self.document.line
        return f"line {line}, column {mark.column + 1}"

    def _fault(self, code: str, message: str, event: Event) -> DecodeError:
        return DecodeError(f"yaml.{code}", message, place=self._place(event.start_mark))

    def _syntax(self, failure: MarkedYAMLError) -> DecodeError:
        problem = str(failure.problem or "")
        hint = ""
        if "'\\t'" in problem:
            hint = "A tab stands where only spaces may: YAML is indented by spaces."
        elif "mapping values are not allowed" in problem:
            hint = "A text that holds a colon and a space needs quotes."
        place = self._place(failure.problem_mark or failure.context_mark)
        return DecodeError("yaml.malformed", "The document is not valid YAML.", hint=hint, place=place)
