"""Places boxes in layers so that arrows point one way and cross little (Sugiyama's method).

Works on one level: boxes of any size, links between them. Layers run along the *main* axis, the boxes of a
layer stand along the *cross* axis. What the axes are on the screen is the caller's choice.
"""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

SWEEPS = 8
CORRIDOR = 18.0
"""Room that a link takes where it passes a layer it has no end in."""


@dataclass(frozen=True, slots=True)
class Item:
    """A box to place: its size along the axes."""

    key: str
    main: float
    cross: float


@dataclass(frozen=True, slots=True)
class Link:
    """slot: where on the source's side it begins, 0 to 1; it gives the order of targets across.

    weight: how much it pulls its ends into one line.
    """

    source: str
    target: str
    slot: float = 0.5
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box begins, and where its layer begins and ends, along the main axis; its middle across."""

    main: float
    middle: float
    layer: int
    layer_end: float


@dataclass(frozen=True, slots=True)
class Placed:
    """bends: by a link's number, (middle across, layer begins, layer ends) of every layer it passes."""

    places: Mapping[str, Place]
    bends: Mapping[int, tuple[tuple[float, float, float], ...]]
    main: float
    cross: float


Spot: TypeAlias = "str | tuple[int, int]"
"""A box by its key, or the passage of link n through layer m."""


def place(
    items: Sequence[Item],
    links: Sequence[Link],
    *,
    gap_main: float,
    gap_cross: float,
    after: Sequence[tuple[str, str]] = (),
) -> Placed:
    """Give every box its place. after: pairs (earlier, later) that stand in that order without a link."""
    if not items:
        return Placed({}, {}, 0.0, 0.0)
    layer_of = layers([item.key for item in items], [(link.source, link.target) for link in links], after)
    rows, above, below = _rows(items, links, layer_of)
    _untangle(rows, above, below)
    cross_size: dict[Spot, float] = {item.key: item.cross for item in items}
    middles = _middles(rows, above, below, cross_size, gap_cross)
    spans = _spans(items, layer_of, len(rows), gap_main)
    low = min(middles[spot] - cross_size.get(spot, CORRIDOR) / 2 for spot in middles)
    high = max(middles[spot] + cross_size.get(spot, CORRIDOR) / 2 for spot in middles)
    places = {
        item.key: Place(
            spans[layer_of[item.key]][0],
            middles[item.key] - low,
            layer_of[item.key],
            spans[layer_of[item.key]][1],
        )
        for item in items
    }
    bends: dict[int, list[tuple[float, float, float]]] = defaultdict(list)
    for row in rows:
        for spot in row:
            if not isinstance(spot, str):
                number, layer = spot
                bends[number].append((middles[spot] - low, *spans[layer]))
    return Placed(places, {n: tuple(points) for n, points in bends.items()}, spans[-1][1], high - low)


def layers(
    keys: Sequence[str], links: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]] = ()
) -> dict[str, int]:
    """Give each key the length of the longest way to it. Links that close a ring do not count."""
    onward: dict[str, list[str]] = defaultdict(list)
    known = set(keys)
    for source, target in [*links, *after]:
        if source in known and target in known and source != target:
            onward[source].append(target)
    done: list[str] = []
    state: dict[str, int] = {}
    kept: list[tuple[str, str]] = []
    for start in keys:
        _visit(start, onward, state, done, kept)
    layer = dict.fromkeys(keys, 0)
    into: dict[str, list[str]] = defaultdict(list)
    for source, target in kept:
        into[target].append(source)
    for key in reversed(done):
        layer[key] = max((layer[source] + 1 for source in into[key]), default=0)
    return layer


def _visit(
    start: str,
    onward: Mapping[str, Sequence[str]],
    state: dict[str, int],
    done: list[str],
    kept: list[tuple[str, str]],
) -> None:
    """Walk depth first with a stack of our own; a flow may be longer than Python's."""
    if state.get(start):
        return
    state[start] = 1
    stack = [(start, iter(onward.get(start, ())))]
    while stack:
        key, rest = stack[-1]
        target = next(rest, None)
        if target is None:
            stack.pop()
            state[key] = 2
            done.append(key)
        elif state.get(target) != 1:
            kept.append((key, target))
            if not state.get(target):
                state[target] = 1
                stack.append((target, iter(onward.get(target, ()))))


@dataclass(frozen=True, slots=True)
class _Near:
    """A neighbour in the next row: the slot on the upper one's side, from the middle, and the pull."""

    spot: Spot
    slot: float
    weight: float


Neighbours: TypeAlias = "dict[Spot, list[_Near]]"


def _rows(
    items: Sequence[Item], links: Sequence[Link], layer_of: Mapping[str, int]
) -> tuple[list[list[Spot]], Neighbours, Neighbours]:
    """Boxes and passages by layer in the order first reached, with what each hangs on above and below."""
    rows: list[list[Spot]] = [[] for _ in range(max(layer_of.values()) + 1)]
    above: Neighbours = defaultdict(list)
    below: Neighbours = defaultdict(list)
    for item in items:
        rows[layer_of[item.key]].append(item.key)
    for number, link in enumerate(links):
        first, last = layer_of[link.source], layer_of[link.target]
        if first >= last:
            continue
        chain: list[Spot] = [link.source, *[(number, layer) for layer in range(first + 1, last)], link.target]
        for layer in range(first + 1, last):
            rows[layer].append((number, layer))
        for upper, lower in itertools.pairwise(chain):
            slot = link.slot - 0.5 if upper == link.source else 0.0
            above[lower].append(_Near(upper, slot, link.weight))
            below[upper].append(_Near(lower, slot, link.weight))
    return rows, above, below


def _untangle(rows: list[list[Spot]], above: Neighbours, below: Neighbours) -> None:
    """Order rows by the mean place of their neighbours, up and down; keep the order that crosses least.

    The first sweep is always kept: it brings in the order of the slots, which the first guess did not know.
    """
    best = [list(row) for row in rows]
    fewest = _crossings(rows, above)
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        order = range(1, len(rows)) if downwards else range(len(rows) - 2, -1, -1)
        for index in order:
            beside = rows[index - 1] if downwards else rows[index + 1]
            at = {spot: float(n) for n, spot in enumerate(beside)}
            _sort_row(rows[index], above if downwards else below, at, with_slots=downwards)
        crossings = _crossings(rows, above)
        if crossings < fewest or sweep == 0:
            best, fewest = [list(row) for row in rows], crossings
    for row, kept in zip(rows, best, strict=True):
        row[:] = kept


def _sort_row(row: list[Spot], near: Neighbours, at: Mapping[Spot, float], *, with_slots: bool) -> None:
    weight: dict[Spot, float] = {}
    for index, spot in enumerate(row):
        points = [at[n.spot] + (n.slot if with_slots else 0.0) for n in near.get(spot, ()) if n.spot in at]
        weight[spot] = sum(points) / len(points) if points else float(index)
    row.sort(key=lambda spot: weight[spot])


def _crossings(rows: Sequence[Sequence[Spot]], above: Neighbours) -> int:
    total = 0
    for upper, lower in itertools.pairwise(rows):
        at = {spot: float(n) for n, spot in enumerate(upper)}
        ends = [
            (at[near.spot] + near.slot, n)
            for n, spot in enumerate(lower)
            for near in above.get(spot, ())
            if near.spot in at
        ]
        total += sum(
            1
            for i, (a, m) in enumerate(ends)
            for b, n in ends[i + 1 :]
            if (a < b and m > n) or (a > b and m < n)
        )
    return total


def _middles(
    rows: Sequence[Sequence[Spot]],
    above: Neighbours,
    below: Neighbours,
    size: Mapping[Spot, float],
    gap: float,
) -> dict[Spot, float]:
    """Move every row towards its neighbours, as near as the order and the gaps allow."""
    middles: dict[Spot, float] = {}
    for row in rows:
        _settle(row, dict.fromkeys(row, (0.0, 1.0)), size, gap, middles)
    for sweep in range(2 * SWEEPS + 1):
        downwards = sweep % 2 == 0
        near = above if downwards else below
        for row in rows if downwards else list(reversed(rows)):
            wanted = {
                spot: _pull(
                    middles[spot],
                    [(_aim(spot, n, middles, size, downwards), n.weight) for n in near.get(spot, ())],
                )
                for spot in row
            }
            _settle(row, wanted, size, gap, middles)
    return middles


def _aim(
    spot: Spot,
    near: _Near,
    middles: Mapping[Spot, float],
    size: Mapping[Spot, float],
    downwards: bool,  # noqa: FBT001
) -> float:
    """Where `spot` would stand straight before its neighbour's outlet, or with its own outlet before it."""
    upper = near.spot if downwards else spot
    shift = near.slot * size.get(upper, CORRIDOR)
    return middles[near.spot] + (shift if downwards else -shift)


def _pull(now: float, aims: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Give where to, and how strongly; what hangs on nothing stays with little force."""
    total = sum(weight for _, weight in aims)
    if not total:
        return now, 0.05
    return sum(aim * weight for aim, weight in aims) / total, total


def _settle(
    row: Sequence[Spot],
    wanted: Mapping[Spot, tuple[float, float]],
    size: Mapping[Spot, float],
    gap: float,
    middles: dict[Spot, float],
) -> None:
    """Put a row where the squared ways to `wanted` add up to least: isotonic regression within the gaps."""
    offsets: list[float] = []
    for index, spot in enumerate(row):
        if index == 0:
            offsets.append(0.0)
        else:
            between = gap if row[index - 1] in size and spot in size else gap / 2
            apart = (size.get(row[index - 1], CORRIDOR) + size.get(spot, CORRIDOR)) / 2 + between
            offsets.append(offsets[-1] + apart)
    blocks: list[tuple[float, float, int]] = []
    for spot, offset in zip(row, offsets, strict=True):
        aim, force = wanted[spot]
        mean, count = aim - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, other, many = blocks.pop()
            mean = (mean * force + before * other) / (force + other)
            force, count = force + other, count + many
        blocks.append((mean, force, count))
    settled = [mean for mean, _, count in blocks for _ in range(count)]
    for spot, base, offset in zip(row, settled, offsets, strict=True):
        middles[spot] = base + offset


def _spans(
    items: Sequence[Item], layer_of: Mapping[str, int], count: int, gap: float
) -> list[tuple[float, float]]:
    deep = [0.0] * count
    for item in items:
        deep[layer_of[item.key]] = max(deep[layer_of[item.key]], item.main)
    spans: list[tuple[float, float]] = []
    start = 0.0
    for size in deep:
        spans.append((start, start + size))
        start += size + gap
    return spans
