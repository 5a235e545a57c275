"""Where the values of a JSON text stand: for a page that shows a document as a tree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from integrations.formats.codec import Mark

MAX_MARKS = 20_000
_SHOWN = 200
_TOKEN = re.compile(
    rb'[ \t\n\r]*+(?:(?P<open>[\[{])|(?P<close>[\]}])|(?P<comma>,)|(?P<text>"(?:[^"\\]++|\\.)*+")[ \t\n\r]*+'
    rb"(?P<colon>:)?|(?P<scalar>[^\s,\[\]{}\":]++))",
    re.DOTALL,
)

_VALUES = frozenset({"open", "text", "scalar"})


@dataclass(slots=True)
class _Node:
    depth: int
    label: str
    start: int
    end: int


@dataclass(slots=True)
class _Open:
    """An object or list that is being read: its key or index comes before each value."""

    node: _Node
    is_list: bool
    index: int = 0
    key: str = ""

    def label(self) -> str:
        return f"[{self.index}]" if self.is_list else self.key


def outline_text(data: bytes, *, offset: int, depth: int, max_depth: int, root: str = "") -> Iterator[Mark]:
    """Yield a mark a value, parents first, labelled by key or index, as far as the text can be read.

    offset: where data stands in the document. At most MAX_MARKS, so a huge document costs no more.
    """
    for node in _nodes(data, depth, max_depth, root):
        raw = data[node.start : min(node.end, node.start + _SHOWN * 4)]
        yield Mark(
            node.depth,
            node.label,
            node.start + offset,
            node.end - node.start,
            raw.decode("utf-8", "replace")[:_SHOWN],
        )


def _nodes(data: bytes, depth: int, max_depth: int, root: str) -> list[_Node]:
    nodes: list[_Node] = []
    opened: list[_Open] = []
    at = 0
    while len(nodes) < MAX_MARKS and (token := _TOKEN.match(data, at)):
        at = token.end()
        kind = token.lastgroup or ""
        top = opened[-1] if opened else None
        if kind == "colon" and top:
            top.key = _key(token["text"])
        elif kind == "comma" and top:
            top.index += 1
        elif kind == "close" and opened:
            opened.pop().node.end = at
        elif kind in _VALUES and len(opened) < max_depth:
            label = top.label() if top else root
            nodes.append(_Node(depth + len(opened), label, token.start(kind), token.end(kind)))
            if kind == "open":
                opened.append(_Open(nodes[-1], is_list=token[kind] == b"["))
        else:
            break
    for left in opened:
        left.node.end = len(data)
    return nodes


def _key(text: bytes) -> str:
    try:
        return msgspec.json.decode(text, type=str)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return text[1:-1].decode("utf-8", "replace")
