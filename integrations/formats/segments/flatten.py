"""A nested record back to its segments: the reverse of ``assemble.py``.

Segments stand in the order of the tree, whatever the order of the keys in the record; items of one key in the
order of their list; what was kept as ``_unexpected`` at its old position, as far as the message is that long.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, TypeAlias

from integrations.formats.codec import Record
from integrations.formats.segments.assemble import ORDER, PART, UNEXPECTED, Fault
from integrations.formats.segments.plan import family
from integrations.formats.segments.tree import Group, Segment

Write: TypeAlias = Callable[[Record], str]
"""A segment's part of the record to its text, without its end."""


class _Slot:
    """A child of a group: its place, its kind and how it is written."""

    __slots__ = ("family", "group", "index", "key", "repeats", "write")

    def __init__(self, parent: Group, index: int, write_of: Callable[[str], Write]) -> None:
        node = parent.children[index]
        self.index = index
        self.key = node.key
        self.repeats = node.repeats
        self.group = _slots(node, write_of) if isinstance(node, Group) else None
        self.write = write_of(node.id) if isinstance(node, Segment) else None
        self.family = family(parent, index)


def _slots(group: Group, write_of: Callable[[str], Write]) -> dict[str, _Slot]:
    return {child.key: _Slot(group, at, write_of) for at, child in enumerate(group.children)}


_place = attrgetter("index")


class Flattener:
    """A tree, compiled for writing.

    write_of: gives the function that writes a segment of this id. write_any: writes an unexpected segment
    from its id and elements. skips: keys of the record that are not the message's (its envelope).
    has_trailer: whether the last segment of the tree ends the message, so that nothing may follow it.
    """

    def __init__(
        self,
        tree: Group,
        write_of: Callable[[str], Write],
        write_any: Callable[[str, list[Any]], str],
        skips: frozenset[str] = frozenset(),
        *,
        has_trailer: bool = True,
    ) -> None:
        self._root = _slots(tree, write_of)
        self._write_any = write_any
        self._trailers = int(has_trailer)
        self._skips = skips | {UNEXPECTED, ORDER, PART}

    def flatten(self, record: Mapping[str, Any]) -> list[str]:
        """Give the segments of a message. Raises Fault for what the tree has no place for."""
        out: list[str] = []
        misplaced: list[tuple[int, str]] = []
        self._emit(self._root, record, out, misplaced)
        return _merged(out, sorted(misplaced), self._trailers) if misplaced else out

    def _emit(
        self,
        slots: dict[str, _Slot],
        holder: Mapping[str, Any],
        out: list[str],
        misplaced: list[tuple[int, str]],
    ) -> None:
        try:
            chosen = [slots[key] for key in holder]
        except KeyError:
            chosen = [slots[key] for key in holder if key in slots or self._is_extra(key)]
            misplaced.extend(map(self._misplaced, _items(holder.get(UNEXPECTED, []), UNEXPECTED)))
        chosen.sort(key=_place)
        ordered: tuple[str, ...] = ()
        for slot in chosen:
            if slot.family and ORDER in holder:
                if slot.family != ordered:
                    ordered = slot.family
                    self._in_order(slots, holder, ordered, out, misplaced)
                continue
            value = holder[slot.key]
            if slot.repeats and value.__class__ is not list:
                raise _wrong(slot.key, "is not a list, and it may repeat")
            if slot.write is not None:
                if slot.repeats:
                    out.extend(map(slot.write, value))
                else:
                    out.append(slot.write(value))
            elif slot.group is not None:
                for item in value if slot.repeats else (value,):
                    self._emit(slot.group, _object(item, slot.key), out, misplaced)

    def _in_order(
        self,
        slots: dict[str, _Slot],
        holder: Mapping[str, Any],
        members: tuple[str, ...],
        out: list[str],
        misplaced: list[tuple[int, str]],
    ) -> None:
        """Write the groups of a family as ``_order`` says; those it does not know of at the end."""
        waiting: dict[str, list[Any]] = {}
        for key in members:
            held = holder.get(key, [])
            waiting[key] = [*reversed(held)] if isinstance(held, list) else [held]
        order = [key for key in _items(holder[ORDER], ORDER) if key in waiting]
        rest = [key for key in members for _ in range(len(waiting[key]) - order.count(key))]
        for key in (*order, *rest):
            group = slots[key].group
            if group is not None and waiting[key]:
                self._emit(group, _object(waiting[key].pop(), key), out, misplaced)

    def _is_extra(self, key: str) -> bool:
        if key in self._skips:
            return False
        raise Fault(
            "extra_field",
            "A key of the record has no place in this message.",
            hint="Keys are the ids of segments and the names of loops.",
        )

    def _misplaced(self, found: object) -> tuple[int, str]:
        match found:
            case {"id": str(name), "elements": list(elements), "position": int(position)}:
                return position, self._write_any(name, elements)
            case _:
                raise Fault(
                    "unexpected", "An unexpected segment needs an id, elements (a list) and a position."
                )


def _merged(segments: list[str], misplaced: list[tuple[int, str]], trailers: int) -> list[str]:
    """Put segments back at their positions, which count from 1; late ones before the trailer."""
    out: list[str] = []
    at = 0
    for position, text in misplaced:
        take = min(position - 1 - len(out), len(segments) - trailers - at)
        if take > 0:
            out.extend(segments[at : at + take])
            at += take
        out.append(text)
    return [*out, *segments[at:]]


def _items(value: object, key: str) -> list[Any]:
    if isinstance(value, list):
        return value
    raise _wrong(key, "is not a list")


def _object(value: object, key: str) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise _wrong(key, "is not an object")


def _wrong(key: str, what: str) -> Fault:
    return Fault("wrong_shape", f"What stands under {key} {what}.", segment=key)
