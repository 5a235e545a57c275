"""One message: its blocks and fields to a record."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from integrations.errors import DecodeError
from integrations.formats.codec import Record, Value
from integrations.formats.swift_mt.blocks import read_entries, read_header
from integrations.formats.swift_mt.forms import field_forms
from integrations.formats.swift_mt.framing import PADDING, Unit
from integrations.formats.swift_mt.narrative import read_narrative
from integrations.formats.swift_mt.options import SwiftMtOptions
from integrations.formats.swift_mt.tree import NARRATIVES, Level, MessageTree, Node, guess_type, trees

UNEXPECTED: Final = "_unexpected"
TAG: Final = re.compile(r"^:(\d\d[A-Z]?|NS):", re.MULTILINE | re.ASCII)
ENDS: Final = re.compile(r"\n?(-[A-Z]{0,3}\}?)[ \t]*$")
_BLANK_LINES: Final = re.compile(r"\n\n+")
_NESTED: Final = re.compile(r"((?:\{[^{}]*\})*)\}")
_FLAT: Final = re.compile(r"([^{}\n]*)\}")
_TYPE_LINE: Final = re.compile(r":?(9(?:40|41|42|50))\b")


@dataclass(slots=True)
class Envelope:
    """What stands around the fields."""

    record: Record = field(default_factory=dict)
    text: str = ""
    line: int = 0
    is_ack: bool = False


def open_unit(unit: Unit) -> Envelope:
    """Take a message out of its blocks. Raises DecodeError without the message's number."""
    if not unit.has_blocks:
        ends = ENDS.search(unit.text)
        found = Envelope(text=unit.text[: ends.start()] if ends else unit.text, line=unit.line)
        if ends is None or ends[1] != "-":
            found.record["end"] = ends[1] if ends else ""
        return found
    found = Envelope()
    at, text = 0, unit.text
    while at < len(text):
        if text[at] in PADDING:
            at += 1
            continue
        if text[at : at + 3] not in _BLOCKS and found.text:
            # Banks' archives cut trailers off: what is no block is kept as it stands.
            found.record["rest"] = text[at:]
            break
        at = _open_block(unit, at, found)
    return found


def _open_block(unit: Unit, at: int, found: Envelope) -> int:
    """Read the block that begins at `at`; gives where it ends."""
    text, mark = unit.text, unit.text[at : at + 3]
    name = _BLOCKS.get(mark)
    if mark == "{4:" and text[at + 3 : at + 4] != "{":
        end = text.find("\n-}", at)
        if end < 0:
            raise DecodeError(
                "swift_mt.truncated",
                "The message ends without -} after its fields.",
                hint="The file may have been cut on its way: ask for it again.",
                place=f"line {unit.line + text.count(chr(10))}",
            )
        found.text, found.line = text[at + 3 : end], unit.line + text.count("\n", 0, at)
        return end + 3
    inner = (_FLAT if name in {"basic", "application"} else _NESTED).match(text, at + 3)
    if inner is None or name is None:
        raise DecodeError(
            "swift_mt.block",
            "A block has no end." if name else "Text stands outside of the blocks 1 to 5.",
            hint="A message is {1:…}{2:…}{3:…}{4:…-}{5:…}.",
            place=f"line {unit.line + text.count(chr(10), 0, at)}",
        )
    if name in {"basic", "application"}:
        found.record[name] = read_header(name, inner[1])
    else:
        found.is_ack |= mark == "{4:"
        found.record[name] = read_entries(inner[1])
    return inner.end()


_BLOCKS: Final[Mapping[str, str]] = {
    "{1:": "basic",
    "{2:": "application",
    "{3:": "user",
    "{4:": "fields",
    "{5:": "trailer",
    "{S:": "system",
}


class MessageReader:
    """Reads the text of messages, compiled for the options."""

    def __init__(self, options: SwiftMtOptions) -> None:
        self.options = options
        self.is_typed = options.values == "typed"
        self.forms = field_forms()
        self.trees = trees()

    def read(self, envelope: Envelope) -> Record:
        """Read the fields of a message into its record. Raises DecodeError without the message's number."""
        parts = TAG.split(envelope.text)
        tags = parts[1::2]
        preamble = [line for line in parts[0].split("\n") if line.strip(PADDING)]
        kind = self.options.message or _type_of(envelope.record, preamble, tags)
        if not tags and not (envelope.record.keys() & {"basic", "application"}):
            raise DecodeError(
                "swift_mt.no_fields", "There is no field like :20: here.", place=f"line {envelope.line}"
            )
        record: Record = {"type": kind.removesuffix("_STP")}
        if preamble:
            record["preamble"] = [*preamble]
        record |= envelope.record
        tree = self.trees.get(kind)
        pairs = list(_pairs(parts, tree))
        place = _Lines(envelope.line, parts)
        if tree is None:
            record["fields"] = [
                {"tag": tag, "value": self._value(tag, text, place, raw)} for tag, text, raw in pairs
            ]
            return record
        self._assemble(record, tree, pairs, place)
        return record

    def _value(self, tag: str, text: str, lines: "_Lines", raw: int) -> Value:
        if not self.is_typed:
            return text
        if tag == "86":
            return read_narrative(text)
        form = self.forms.get(tag)
        if form is None or not form.forms:
            return text
        try:
            return form.read(text)
        except DecodeError as failure:
            raise DecodeError(
                failure.code,
                failure.message,
                hint=failure.hint,
                place=f"line {lines.of(raw)}, {failure.place}",
            ) from None

    def _assemble(self, record: Record, tree: MessageTree, pairs: list["_Pair"], lines: "_Lines") -> None:
        level, at = tree.level, 0
        inner: Level | None = None
        inside, inner_at = record, 0
        last = {tag: number for number, (tag, _, _) in enumerate(pairs)}
        for number, (tag, text, raw) in enumerate(pairs):
            value = self._value(tag, text, lines, raw)
            if inner is not None:
                place = _place(inner, inner_at, tag, last, number)
                if place is not None and _put(inside, inner.nodes[place], tag, value):
                    inner_at = place + (not inner.nodes[place].is_list)
                    continue
            place = _place(level, at, tag, last, number)
            node = level.nodes[place] if place is not None else None
            if place is None or node is None:
                self._unexpected(inside, tag, value, number)
            elif node.sequence is None:
                if _put(record, node, tag, value):
                    at, inner, inside = place + (not node.is_list), None, record
                else:
                    self._unexpected(record, tag, value, number)
            else:
                inner, inside = node.sequence, {}
                at = place + (not node.is_list)
                inner_at = _begin(record, node, inside, tag, value)
        if self.options.complete:
            check_complete(record, tree.level)

    def _unexpected(self, group: Record, tag: str, value: Value, position: int) -> None:
        if self.options.unknown == "refuse":
            raise DecodeError(
                "swift_mt.unexpected",
                "The message type has no such field at this place.",
                hint="Keep such fields in the options, or check the message type.",
                place=f"field {position + 1}, tag {tag}",
            )
        found = group.setdefault(UNEXPECTED, [])
        if isinstance(found, list):
            found.append({"tag": tag, "value": value, "position": position})


def _type_of(envelope: Record, preamble: list[str], tags: list[str]) -> str:
    header = envelope.get("application")
    if isinstance(header, dict) and isinstance(kind := header.get("type"), str):
        user = envelope.get("user")
        is_stp = isinstance(user, dict) and user.get("119") == "STP"
        return "103_STP" if kind == "103" and is_stp else kind
    for line in preamble:
        if found := _TYPE_LINE.match(line):
            return found[1]
    return guess_type(tags)


_Pair: TypeAlias = tuple[str, str, int]


class _Lines:
    """Where the fields of a message stand, for errors."""

    def __init__(self, first: int, parts: list[str]) -> None:
        self.first = first
        self.parts = parts

    def of(self, raw: int) -> int:
        """Give the line of the tag that is part number `raw`."""
        return self.first + sum(part.count("\n") for part in self.parts[:raw])


def _pairs(parts: list[str], tree: MessageTree | None) -> Iterator[_Pair]:
    """Yield (tag, text, number of the part) of each field.

    A line like ``:26:37`` inside a narrative is text, not a field.
    """
    known = tree.level.tags if tree else None
    held_tag, held, held_at = "", "", 0
    for at in range(1, len(parts), 2):
        tag, text = parts[at], parts[at + 1]
        if known is not None and tag not in known and held_tag in NARRATIVES:
            held = f"{held}:{tag}:{text}"
            continue
        if held_tag:
            yield held_tag, _tidy(held), held_at
        held_tag, held, held_at = tag, text, at
    if held_tag:
        yield held_tag, _tidy(held), held_at


def _tidy(text: str) -> str:
    if "\n\n" in text:
        text = _BLANK_LINES.sub("\n", text)
    return text.strip("\n")


def _place(level: Level, at: int, tag: str, last: Mapping[str, int], number: int) -> int | None:
    """Find where a field goes; a mandatory one that comes later in the message is not passed over."""
    place = level.nearest[at].get(tag)
    if place is None or place == at:
        return place
    for node in level.nodes[at:place]:
        tags = node.sequence.first if node.sequence else node.tags
        if node.is_needed and any(last.get(other, -1) > number for other in tags):
            return None
    return place


def _put(group: Record, node: Node, tag: str, value: Value) -> bool:
    if not node.is_list:
        group[tag] = value
        return True
    found = group.setdefault(tag, [])
    if not isinstance(found, list) or (node.limit and len(found) >= node.limit):
        return False
    found.append(value)
    return True


def _begin(record: Record, node: Node, inside: Record, tag: str, value: Value) -> int:
    """Open a sequence with its first field; gives where in the sequence the next one may stand."""
    if node.sequence is None:
        raise AssertionError(node.name)
    if node.is_list:
        found = record.setdefault(node.name, [])
        if isinstance(found, list):
            found.append(inside)
    else:
        record[node.name] = inside
    place = node.sequence.nearest[0][tag]
    _put(inside, node.sequence.nodes[place], tag, value)
    return place + (not node.sequence.nodes[place].is_list)


def check_complete(group: Record, level: Level) -> None:
    """Refuse a message that lacks a mandatory field. Raises DecodeError without the message's number."""
    for node in level.nodes:
        if node.sequence is not None:
            inner = group.get(node.name)
            groups = inner if isinstance(inner, list) else [inner] if inner is not None else []
            for one in groups:
                if isinstance(one, dict):
                    check_complete(one, node.sequence)
            missing = node.is_needed and not groups
        else:
            missing = node.is_needed and not any(tag in group for tag in node.tags)
        if missing:
            raise DecodeError(
                "swift_mt.field_missing",
                "A mandatory field is missing.",
                place=f"field {node.name or ' or '.join(node.tags)}",
            )
