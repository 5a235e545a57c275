"""A nested record back to its segments: the reverse of ``assemble.py``.

Segments stand in the order of the tree, whatever the order of the keys in the record; items of one key in the
order of their list; what was kept as ``_unexpected`` at its old position, as far as the message is that long.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from integrations.formats.codec import Record
from integrations.formats.segments.assemble import ORDER, PART, UNEXPECTED, Fault
from integrations.formats.segments.plan import family
from integrations.formats.segments.tree import Group, Segment

Write: TypeAlias = Callable[[Record], str]
"""A segment's part of the record to its text, without its end."""


_ORDERS_KEPT = 512


class _Slot(NamedTuple):
    """A child of a group: its place, its kind and how it is written."""

    place: int
    key: str
    repeats: bool
    write: Write | None
    group: "_Slots | None"
    family: tuple[str, ...]


class _Slots(dict[str, _Slot]):
    """The children of a group by their keys.

    orders: for keys of records that were met, their slots in the order of the tree (records of one kind have
    few different sets of keys); no more than ``_ORDERS_KEPT`` of them.
    """

    __slots__ = ("orders",)

    def __init__(self, group: Group, write_of: Callable[[str], Write]) -> None:
        super().__init__()
        self.orders: dict[tuple[str, ...], list[_Slot]] = {}
        for at, node in enumerate(group.children):
            self[node.key] = _Slot(
                at,
                node.key,
                node.repeats,
                write_of(node.id) if isinstance(node, Segment) else None,
                _Slots(node, write_of) if isinstance(node, Group) else None,
                family(group, at),
            )

    def ordered(self, keys: tuple[str, ...]) -> list[_Slot]:
        """Give the slots of these keys in the order of the tree. Raises KeyError for any other key."""
        chosen = sorted([self[key] for key in keys], key=_place)
        self.keep(keys, chosen)
        return chosen

    def keep(self, keys: tuple[str, ...], chosen: list[_Slot]) -> None:
        """Remember what these keys mean."""
        if len(self.orders) < _ORDERS_KEPT:
            self.orders[keys] = chosen


_place = itemgetter(0)


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
        self._root = _Slots(tree, write_of)
        self._write_any = write_any
        self._trailers = int(has_trailer)
        self._skips = skips | {UNEXPECTED, ORDER, PART}

    def flatten(self, record: Mapping[str, Any]) -> list[str]:
        """Give the segments of a message. Raises Fault for what the tree has no place for."""
        out: list[str] = []
        misplaced: list[tuple[int, str]] = []
        self._emit(self._root, record, out, misplaced)
        return _merged(out, sorted(misplaced), self._trailers) if misplaced else out

    def flatten_group(self, path: Sequence[str], items: list[Any]) -> list[str] | None:
        """Give the segments of groups whose keys from the top are `path`; None if some are misplaced."""
        slots = self._root
        for key in path:
            group = slots[key].group
            if group is None:
                return None
            slots = group
        out: list[str] = []
        misplaced: list[tuple[int, str]] = []
        for item in items:
            self._emit(slots, _object(item, path[-1]), out, misplaced)
        return None if misplaced else out

    def _emit(  # noqa: C901, PLR0912  hot: a call a segment is dear
        self,
        slots: _Slots,
        holder: Mapping[str, Any],
        out: list[str],
        misplaced: list[tuple[int, str]],
    ) -> None:
        keys = tuple(holder)
        chosen = slots.orders.get(keys)
        if chosen is None:
            try:
                chosen = slots.ordered(keys)
            except KeyError:
                known = [key for key in keys if key in slots or self._is_extra(key)]
                chosen = slots.ordered(tuple(known))
                if UNEXPECTED in holder:
                    misplaced.extend(map(self._misplaced, _items(holder[UNEXPECTED], UNEXPECTED)))
                else:
                    slots.keep(keys, chosen)
        done: tuple[str, ...] = ()
        for _, key, repeats, write, group, members in chosen:
            if members and ORDER in holder:
                if members != done:
                    done = members
                    self._in_order(slots, holder, done, out, misplaced)
                continue
            value = holder[key]
            if repeats and value.__class__ is not list:
                raise _wrong(key, "is not a list, and it may repeat")
            if write is not None:
                if not repeats:
                    out.append(write(value))
                elif len(value) == 1:
                    out.append(write(value[0]))
                else:
                    out.extend(map(write, value))
            elif group is not None:
                for item in value if repeats else (value,):
                    if item.__class__ is not dict:
                        _object(item, key)
                    self._emit(group, item, out, misplaced)

    def _in_order(
        self,
        slots: _Slots,
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
