"""Large messages cut at a group into several records (``_part``), and put together again in writing."""

from typing import Any

from integrations.formats.codec import Record
from integrations.formats.segments.assemble import PART
from integrations.formats.segments.tree import Group


def find_group(tree: Group, name: str) -> Group | None:
    """Find the group at which to cut, by its name or the segment it begins with; None if it has none."""
    if not name:
        return None
    for _, node in tree.walk():
        if isinstance(node, Group) and name in (node.name, node.key, node.first.id) and node.repeats:
            return node
    return None


class OpenMessage:
    """A message that is being written: how many segments it has, and what a further part need not say again.

    header: key of its first segment (ST, UNH). starter: id of the segment that begins the group at which it
    was cut, empty for none.
    """

    def __init__(self, record: Record, body: list[str], number: str, header: str, starter: str) -> None:
        self.number = number
        self.count = len(body)
        self.starter = starter
        self._header = header
        self._start = record.get(header)
        self._last = record.get(PART)
        self._body = body

    def goes_on(self, record: Record) -> bool:
        """See whether a record is the next part of this message."""
        part = record.get(PART)
        return isinstance(part, int) and self._last == part - 1 and record.get(self._header) == self._start

    def follow(self, record: Record, body: list[str], mark: str) -> list[str]:
        """Give the segments of the next part without what the parts before have said."""
        before, now = self._head(self._body, mark), self._head(body, mark)
        same = next(
            (at for at, pair in enumerate(zip(before, now, strict=False)) if pair[0] != pair[1]), len(now)
        )
        fresh = body[min(same, len(before)) :]
        self._body, self._last = body, record.get(PART)
        self.count += len(fresh)
        return fresh

    def _head(self, body: list[str], mark: str) -> list[Any]:
        start = self.starter + mark
        return body[: next((at for at, text in enumerate(body) if text.startswith(start)), len(body))]
