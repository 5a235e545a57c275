"""Large messages cut at a group into several records (``_part``), and put together again in writing.

Each part says again what stands before it: it is written once. Where a part says it with equal values, only
the part itself is turned to segments, which is most of the time of a large message.
"""

from copy import deepcopy
from typing import Any, NamedTuple

from integrations.formats.codec import Record
from integrations.formats.segments.assemble import ORDER, PART
from integrations.formats.segments.flatten import Flattener
from integrations.formats.segments.tree import Group


class Place(NamedTuple):
    """Where a message is cut. starter: the segment that begins the group; path: keys of groups down to it."""

    starter: str
    path: tuple[str, ...]


NOWHERE = Place("", ())


def find_group(tree: Group, name: str) -> Group | None:
    """Find the group at which to cut, by its name or the segment it begins with; None if it has none."""
    if not name:
        return None
    for _, node in tree.walk():
        if isinstance(node, Group) and name in (node.name, node.key, node.first.id) and node.repeats:
            return node
    return None


def place_in(tree: Group, key: str) -> Place:
    """Give the place of the group with this key, the first there is; NOWHERE if it has none."""
    starter, path = _path_to(tree, key) or ("", ())
    return Place(starter, path)


def _path_to(group: Group, key: str) -> tuple[str, tuple[str, ...]] | None:
    for child in group.children:
        if not isinstance(child, Group):
            continue
        if child.key == key:
            return child.first.id, (key,)
        if (found := _path_to(child, key)) is not None:
            return found[0], (child.key, *found[1])
    return None


class Part:
    """A message that is open: how many segments it has, and what a further part need not say again.

    count: segments up to now. number: the message's control number. header: key of its first segment (ST,
    UNH). mark: what stands between elements.
    """

    def __init__(
        self, record: Record, body: list[str], number: str, place: Place, *, header: str, mark: str
    ) -> None:
        self.number = number
        self.count = len(body)
        self._place = place
        self._mark = mark
        self._header = header
        self._start = record.get(header)
        self._last = record.get(PART)
        self._body = body
        self._heads: list[Record] = []
        self._flattener: Flattener | None = None

    def goes_on(self, record: Record) -> bool:
        """See whether a record is the next part of this message."""
        part = record.get(PART)
        return isinstance(part, int) and self._last == part - 1 and record.get(self._header) == self._start

    def own(self, record: Record) -> list[str] | None:
        """Give the segments of a part that says of the message what the part before said; None otherwise."""
        if not self._heads or self._flattener is None:
            return None
        found = _opened(record, self._place.path)
        if found is None or found[0] != self._heads:
            return None
        own = self._flattener.flatten_group(self._place.path, found[1])
        if own is not None:
            self._last = record.get(PART)
            self.count += len(own)
        return own

    def follow(self, record: Record, body: list[str], flattener: Flattener | None) -> list[str]:
        """Give the segments of the next part, of those of all its record, without what was said before."""
        before, now = self._head(self._body), self._head(body)
        same = next(
            (at for at, pair in enumerate(zip(before, now, strict=False)) if pair[0] != pair[1]), len(now)
        )
        fresh = body[min(same, len(before)) :]
        self._body, self._last = body, record.get(PART)
        self.count += len(fresh)
        self._heads, self._flattener = [], flattener
        found = _opened(record, self._place.path) if self._place.path else None
        if (
            before == now
            and flattener is not None
            and found is not None
            and not any(ORDER in head for head in found[0])
            and flattener.flatten_group(self._place.path, found[1]) == fresh
        ):
            # A copy, because the caller may change its record and give it again.
            self._heads = deepcopy(found[0])
        return fresh

    def _head(self, body: list[str]) -> list[str]:
        start = self._place.starter + self._mark
        return body[: next((at for at, text in enumerate(body) if text.startswith(start)), len(body))]


def _opened(record: Record, path: tuple[str, ...]) -> tuple[list[Record], list[Any]] | None:
    """Give what stands in each open loop beside the next, and the items of the last; None for any other form.

    path: at least one key.
    """
    heads: list[Record] = []
    items: Any = [record]
    for key in path:
        holder = items[0] if isinstance(items, list) and len(items) == 1 else items
        if not isinstance(holder, dict):
            return None
        head = holder.copy()
        items = head.pop(key, None)
        heads.append(head)
    heads[0].pop(PART, None)
    return (heads, items) if isinstance(items, list) and items else None
