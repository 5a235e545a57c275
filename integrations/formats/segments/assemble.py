"""Segments to a nested record.

What has no place in the tree is kept beside what has one: in ``_unexpected`` of the innermost open group, as
``{"id", "elements", "position"}`` with the number of the segment in its message from 1. Where groups that may
come in any order did not come in the order of the tree, ``_order`` of the record around them lists their keys
as they came. ``flatten.py`` is the way back.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from integrations.formats.codec import Record, Value
from integrations.formats.segments.plan import Choice, Move, Opening, Plan, State

UNEXPECTED = "_unexpected"
ORDER = "_order"
PART = "_part"


class Fault(Exception):  # noqa: N818  a signal to the format, which makes its own error of it
    """A segment that cannot be read or written: code and message for the format's own error.

    segment, element: the id, and the element's number ("03", "05-2"); empty where they are not known or the
    whole is meant.
    """

    def __init__(
        self, code: str, message: str, *, segment: str = "", element: str = "", hint: str = ""
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.segment = segment
        self.element = element
        self.hint = hint


class Assembly:
    """One message being put together from its segments.

    plan: the tree, compiled. cut: a segment's text to its id and elements. ends: ids that end the message
    where they have no place in it (the next message's header, the envelope's trailer): ``take`` stops before
    them. keeps: whether segments without a place are kept; else Fault ``unexpected``. kept: what is kept of
    the elements of such a segment, from its id and them; a list.

    record: what was put together so far. count: segments taken; while a Fault passes through, the number of
    the segment that has it. is_cut: the plan's ``part`` is complete, take it with ``cut_part`` and go on.
    """

    def __init__(
        self,
        plan: Plan,
        cut: Callable[[str], list[str]],
        ends: frozenset[str],
        *,
        keeps: bool = True,
        kept: Callable[[str, list[str]], list[Value]] = lambda _, parts: [*parts],
    ) -> None:
        self.plan = plan
        self.cut = cut
        self.ends = ends
        self.keeps = keeps
        self.kept = kept
        self.record: Record = {}
        self.count = 0
        self.parts = 0
        self.is_cut = False
        self._stack: list[dict[str, Any]] = [self.record]
        self._state = plan.start
        self._part_path: list[tuple[dict[str, Any], str]] = []
        self._known_path: list[tuple[dict[str, Any], str]] = []

    def take(self, segments: Sequence[str], start: int = 0) -> int:  # noqa: C901  hot: a call a segment is dear
        """Take segments until the message ends or is cut; gives how many were taken. Goes on with more."""
        cut, stack, state = self.cut, self._stack, self._state
        innermost = stack[-1]
        before, total = self.count - start + 1, len(segments)
        for at in range(start, total):
            parts = cut(segments[at])
            name = parts.pop(0)
            move = state[name]
            if type(move) is Choice:
                move = move.pick(parts)
            if move is None or (move.opens and not move.loop and not self._may_open(move)):
                if name in self.ends or self.is_cut:
                    self.count = before + at - 1
                    self._state = state
                    return at - start
                self.count = before + at
                state = self._misplace(name, parts, state)
                continue
            keep, opens, loop, key, repeats, read, following, _ = move
            if keep != len(stack):
                del stack[keep:]
                innermost = stack[-1]
            if loop:
                inner: dict[str, Any] = {}
                if loop in innermost:
                    innermost[loop].append(inner)
                else:
                    innermost[loop] = [inner]
                stack.append(inner)
                innermost = inner
            elif opens:
                innermost = self._open(opens)
            try:
                value = read(parts)
            except Fault:
                self.count = before + at
                raise
            if not repeats:
                innermost[key] = value
            elif key in innermost:
                innermost[key].append(value)
            else:
                innermost[key] = [value]
            state = following
        self._state = state
        self.count = before + total - 1
        return total - start

    def cut_part(self) -> Record:
        """Take out the part that is complete, in a copy of what stands before it; what is open goes on."""
        self.is_cut = False
        self.parts += 1
        done = self._cut_level(0)
        done[PART] = self.parts
        self._part_path = []
        return done

    def finish(self) -> Record:
        """Give the record after its last segment."""
        if self.plan.part:
            self.record[PART] = self.parts + 1
        return self.record

    def _may_open(self, move: Move) -> bool:
        """See whether the groups can be opened now; a part that is complete has to be taken out first."""
        if self._part_path:
            for opening in move.opens:
                if opening.group.key == self.plan.part:
                    self.is_cut = True
                    return False
        group = move.opens[0].group
        return group.repeats or group.key not in self._stack[move.keep - 1]

    def _open(self, opens: tuple[Opening, ...]) -> dict[str, Any]:
        holder = self._stack[-1]
        for group, family, is_back in opens:
            key = group.key
            if family and (is_back or ORDER in holder):
                _keep_order(holder, key, family)
            if key == self.plan.part:
                # Parts mostly follow each other in one group: its path stays what it was.
                known = self._known_path
                if not known or known[-1][0] is not holder:
                    self._known_path = [*self._levels(), (holder, key)]
                self._part_path = self._known_path
            inner: dict[str, Any] = {}
            if not group.repeats:
                holder[key] = inner
            elif key in holder:
                holder[key].append(inner)
            else:
                holder[key] = [inner]
            self._stack.append(inner)
            holder = inner
        return holder

    def _levels(self) -> list[tuple[dict[str, Any], str]]:
        """Give the open groups but the innermost, each with the key of the next (which came last)."""
        return [
            (outer, next(key for key in reversed(outer) if _holds(outer[key], inner)))
            for outer, inner in pairwise(self._stack)
        ]

    def _cut_level(self, level: int) -> Record:
        holder, key = self._part_path[level]
        done = dict(holder)
        held = holder.pop(key)
        if level + 1 == len(self._part_path):
            return done
        child = self._part_path[level + 1][0]
        is_open = len(self._stack) > level + 1 and self._stack[level + 1] is child
        if not isinstance(held, list):
            done[key] = self._cut_level(level + 1)
            if is_open:
                holder[key] = child
            return done
        if is_open and len(held) == 1:
            done[key] = [self._cut_level(level + 1)]
            holder[key] = held
            return done
        at = next(number for number, item in enumerate(held) if item is child)
        done[key] = [*held[:at], self._cut_level(level + 1)]
        if rest := held[at + (not is_open) :]:
            holder[key] = rest
        return done

    def _misplace(self, name: str, parts: list[str], state: State) -> State:
        if not self.keeps:
            raise Fault(
                "unexpected",
                f"The segment {name[:8]} has no place here in this message.",
                segment=name,
                hint="Check the type and version of the message, or let such segments be kept.",
            )
        found: Value = {"id": name, "elements": self.kept(name, parts), "position": self.count}
        self._stack[-1].setdefault(UNEXPECTED, []).append(found)
        return self.plan.lost(state) if name in self.plan.starters else state


def _holds(held: object, inner: dict[str, Any]) -> bool:
    return held is inner or (isinstance(held, list) and bool(held) and held[-1] is inner)


def _keep_order(holder: dict[str, Any], key: str, family: tuple[str, ...]) -> None:
    """Begin to note in what order the groups of a family come, or go on."""
    order = holder.setdefault(ORDER, [])
    if not any(known in family for known in order):
        for known in family:
            held = holder.get(known, [])
            order.extend([known] * (len(held) if isinstance(held, list) else 1))
    order.append(key)
