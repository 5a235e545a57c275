"""The order of fields in a message as data, compiled: where the next field goes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

_ITEM: Final = re.compile(r"([0-9A-Z|]+?)(\?)?(?:\*(\d*))?")
NARRATIVES: Final = frozenset({"61", "70", "72", "77B", "79", "86", "NS"})


@dataclass(frozen=True, slots=True)
class Node:
    """A place for a field (one of ``tags``) or for a sequence of fields.

    is_list: it may stand more than once, so the record has a list there. limit: how often, 0: no limit.
    """

    tags: tuple[str, ...]
    is_needed: bool
    is_list: bool
    limit: int
    sequence: "Level | None" = None
    name: str = ""


class Level:
    """The nodes of a message or of a sequence in order, with the nearest place of each tag from each node."""

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        self.nodes = nodes
        self.first: tuple[str, ...] = nodes[0].tags if nodes else ()
        self.tags: frozenset[str] = frozenset(
            tag for node in nodes for tag in (node.sequence.tags if node.sequence else node.tags)
        )
        self.lists = frozenset(tag for node in nodes if node.is_list for tag in node.tags)
        self.nearest = [self._from(at) for at in range(len(nodes) + 1)]

    def _from(self, start: int) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for at in range(start, len(self.nodes)):
            node = self.nodes[at]
            # A sequence that repeats begins with its first field; one that stands once, with any of them.
            tags = (
                node.tags
                if node.sequence is None
                else node.sequence.first
                if node.is_list
                else node.sequence.tags
            )
            for tag in tags:
                found.setdefault(tag, at)
        return found


@dataclass(frozen=True, slots=True)
class MessageTree:
    """A message type: its title and its fields in order."""

    type: str
    title: str
    level: Level


def _node(item: object) -> Node:
    if isinstance(item, dict):
        level = Level(tuple(_node(inner) for inner in item["fields"]))
        limit = item["max"] or 0
        return Node((), item["usage"] == "M", limit != 1, limit, level, item["sequence"])
    found = _ITEM.fullmatch(str(item))
    if found is None:
        raise AssertionError(item)
    tags, optional, times = found.groups()
    limit = 1 if times is None else int(times or 0)
    return Node(tuple(tags.split("|")), not optional, limit != 1, limit)


@lru_cache(maxsize=1)
def trees() -> Mapping[str, MessageTree]:
    """Load the trees of all message types, by type (``940``, ``103_STP``)."""
    raw = json.loads(files(__package__).joinpath("tables/messages.json").read_bytes())
    return {
        kind: MessageTree(kind, table["title"], Level(tuple(_node(item) for item in table["items"])))
        for kind, table in raw.items()
    }


def guess_type(tags: list[str]) -> str:
    """Tell the type of a message without headers by its fields; empty where they do not say.

    >>> guess_type(["20", "25", "28C", "60F", "61", "62F"])
    '940'
    """
    found = set(tags)
    if "34F" in found or ("13D" in found and found & {"61", "90C", "90D"}):
        return "942"
    if found & {"60F", "60M", "62F", "62M", "60", "62", "61", "64", "65", "86"}:
        return "940"
    if "23B" in found:
        return "103"
    if "28D" in found:
        return "101"
    if "79" in found:
        return "199"
    if found & {"58A", "58D"}:
        return "202"
    return "940" if found & {"25", "25P", "28C", "28", "NS"} else ""
