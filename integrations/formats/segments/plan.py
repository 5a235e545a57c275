"""A tree, compiled to moves: where the next segment goes, given the place of the last one.

The state of an assembly is only the place of the segment that was taken last, because its path through the
tree settles which groups are open. For a state and a segment id there is one move, or a choice among several
by the codes in the segment. Moves are found when they are first needed and kept.

A segment may go, in this order: to its own place again or a later one in the innermost open group, or into a
group that begins there; then the same in the group around it. Groups that stand beside each other and begin
with the same segment (NM1 loops) may come in any order. Places that are mandatory and missing do not stand in
the way: that is for a validation to say.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias, final

from integrations.formats.codec import Record
from integrations.formats.segments.tree import Group, Node, Segment

Read: TypeAlias = Callable[[list[str]], Record]
"""Elements of a segment, without its id, to its part of the record."""


class Opening(NamedTuple):
    """A group to open.

    family: keys of the groups beside it that begin with the same segment and may come in any order; empty if
    there are none. is_back: whether it stands before the place of the last segment.
    """

    group: Group
    family: tuple[str, ...]
    is_back: bool


@final
class Move(NamedTuple):
    """What to do with a segment.

    keep: open groups that stay open (the message itself is the first). opens: the groups to open in them.
    loop: the key of the one group to open, where that needs no further thought; empty else.
    key, repeats: of the segment's place. state: the moves from there.
    """

    keep: int
    opens: tuple[Opening, ...]
    loop: str
    key: str
    repeats: bool
    read: Read
    state: "State"
    segment: Segment


@final
class Choice:
    """Several moves for one segment id; the codes of their first segments tell which."""

    def __init__(self, moves: list[Move]) -> None:
        self.moves = moves

    def pick(self, parts: list[str]) -> Move | None:
        """Give the first move whose codes take the segment; None when no one does."""
        return next((move for move in self.moves if _takes(move.segment, parts)), None)


def _takes(segment: Segment, parts: list[str]) -> bool:
    """Compare the qualifier: the first element that the tables limit, the third of an HL."""
    codes = segment.codes
    if not codes:
        return True
    place = "03" if segment.id == "HL" and "03" in codes else min(codes)
    at = int(place[:2]) - 1 if "-" not in place else -1
    return at < 0 or (at < len(parts) and parts[at] in codes[place])


class State(dict[str, "Move | Choice | None"]):
    """The moves from one place, by segment id."""

    __slots__ = ("find",)
    find: Callable[[str], "Move | Choice | None"]

    def __missing__(self, name: str) -> "Move | Choice | None":
        return self.find(name)


Path: TypeAlias = tuple[tuple[Group, int], ...]


class Plan:
    """A tree with its moves.

    read_of: gives the function that reads a segment of this id. enters_late: whether a group may also be
    entered past a mandatory segment that is missing (only when nothing else takes the segment). part: key of
    the group at which a large message is cut into several records; empty for none.
    """

    def __init__(
        self, tree: Group, read_of: Callable[[str], Read], *, enters_late: bool = False, part: str = ""
    ) -> None:
        self.tree = tree
        self.part = part
        self.read_of = read_of
        self.enters_late = enters_late
        self.ids = {node.id for _, node in tree.walk() if isinstance(node, Segment)}
        self.starters = {node.first.id for _, node in tree.walk() if isinstance(node, Group)} | {
            node.id for node in tree.children if isinstance(node, Segment)
        }
        self._states: dict[int, State] = {}
        self.start = self._state(((tree, -1),))

    def lost(self, state: State) -> State:
        """Give the moves after a segment that should have begun a group and had no place.

        What follows it belongs to it, up to the next segment that begins a group or stands at the top.
        """
        found = State()
        found.find = lambda name: state[name] if name in self.starters else None
        return found

    def _state(self, path: Path) -> State:
        state = State()

        def find(name: str) -> Move | Choice | None:
            found = self._find(path, name)
            if name in self.ids:
                state[name] = found
            return found

        state.find = find
        return state

    def _find(self, path: Path, name: str) -> Move | Choice | None:
        moves = list(self._moves(path, name, late=False))
        if not moves and self.enters_late:
            moves = list(self._moves(path, name, late=True))
        if not moves:
            return None
        first = moves[0].segment
        if len(moves) == 1 or not first.codes:
            return moves[0]
        return Choice(moves)

    def _moves(self, path: Path, name: str, *, late: bool) -> Iterator[Move]:
        for level in reversed(range(len(path))):
            group, index = path[level]
            for at in range(_from(group, index), len(group.children)):
                for trail, segment in _entries(group.children[at], name, late=late):
                    opens = tuple(
                        Opening(node, () if inner else family(group, at), not inner and at < index)
                        for inner, (node, _) in enumerate(trail)
                    )
                    state = self._at((*path[:level], (group, at), *trail), segment)
                    read = self.read_of(name)
                    loop = self._simple(opens)
                    yield Move(level + 1, opens, loop, segment.key, segment.repeats, read, state, segment)

    def _simple(self, opens: tuple[Opening, ...]) -> str:
        if len(opens) != 1 or opens[0].family or opens[0].group.key == self.part:
            return ""
        return opens[0].group.key if opens[0].group.repeats else ""

    def _at(self, path: Path, segment: Segment) -> State:
        known = self._states.get(id(segment))
        if known is None:
            known = self._states[id(segment)] = self._state(path)
        return known


def family(group: Group, index: int) -> tuple[str, ...]:
    """Give the keys of the groups beside a child that begin with the same segment; none if it is alone."""
    low, high = _run(group, index)
    return tuple(child.key for child in group.children[low : high + 1]) if low < high else ()


def _run(group: Group, index: int) -> tuple[int, int]:
    children = group.children
    begins = [child.first.id if isinstance(child, Group) else "" for child in children]
    low = high = index
    while begins[index] and low and begins[low - 1] == begins[index]:
        low -= 1
    while begins[index] and high + 1 < len(children) and begins[high + 1] == begins[index]:
        high += 1
    return low, high


def _from(group: Group, index: int) -> int:
    """Give the first child that may come after the child at `index`."""
    if index < 0:
        return 0
    child = group.children[index]
    if isinstance(child, Segment):
        return index if child.repeats else index + 1
    return _run(group, index)[0]


def _entries(node: Node, name: str, *, late: bool) -> Iterator[tuple[Path, Segment]]:
    """Yield how a segment may begin this node: the groups it opens, the index taken in each, its place."""
    if isinstance(node, Segment):
        if node.id == name:
            yield (), node
        return
    for at, child in enumerate(node.children):
        for path, segment in _entries(child, name, late=late):
            yield ((node, at), *path), segment
        if child.min and not late:
            return
