"""The picture of a flow: steps as boxes in layers, edges as arrows with the word of their port.

The steps inside a for-each or a parallel step are laid out by themselves and stand in the picture around
them as one framed box, so that no frame ever holds a step that is not inside. Numbers are user units of the
SVG, one to a pixel.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from integrations.flows.validation import regions_of
from integrations.graph.flow import DONE, ERROR, NEXT, Edge, Flow, Node
from integrations.web.drawing import looks
from integrations.web.drawing.layered import Item, Link, Placed, place
from integrations.web.drawing.text import cut, text_width

BOX_WIDTH: Final = 200.0
BOX_HEIGHT: Final = 64.0
MARGIN: Final = 16.0
LOOP_PAD: Final = 18.0
LOOP_HEAD: Final = 30.0
EACH: Final = "each"
_PORT_ORDER: Final = {"yes": 0, EACH: 0, NEXT: 1, DONE: 2, "no": 3, "else": 4, ERROR: 9}
_FRAMED: Final = {"for_each": "For each item", "parallel": "At the same time"}
_WEIGHTS: Final = {ERROR: 0.05, EACH: 0.5}
"""How much an edge straightens the picture; errors bow to everything else."""

Direction = Literal["down", "right"]


@dataclass(frozen=True, slots=True)
class Count:
    """A figure or a word at a step: ``Count("3 failed", "bad")``. icon: before the text, "" for none."""

    text: str
    tone: str
    icon: str = ""

    @property
    def width(self) -> float:
        return text_width(self.text, 11) + (30 if self.icon else 14)


@dataclass(frozen=True, slots=True)
class Chip:
    """A small word in a frame; x and y are its upper left corner."""

    text: str
    x: float
    y: float
    width: float
    tone: str = "mute"
    icon: str = ""

    @property
    def text_x(self) -> float:
        return _round(self.x + self.width / 2 + (8 if self.icon else 0))

    @property
    def icon_x(self) -> float:
        return _round(self.x + 7)

    @property
    def icon_y(self) -> float:
        return _round(self.y + 4)

    @property
    def text_y(self) -> float:
        return self.y + 13.5


@dataclass(frozen=True, slots=True)
class Box:
    """One step. title and subtitle are cut to the box; full is the whole text."""

    key: str
    look: looks.Look
    title: str
    subtitle: str
    full: str
    x: float
    y: float
    chips: tuple[Chip, ...] = ()
    is_current: bool = False

    @property
    def tile_x(self) -> float:
        return self.x + 10

    @property
    def tile_y(self) -> float:
        return self.y + 14

    @property
    def icon_x(self) -> float:
        return self.x + 19

    @property
    def icon_y(self) -> float:
        return self.y + 23

    @property
    def text_x(self) -> float:
        return self.x + 55

    @property
    def title_y(self) -> float:
        return self.y + 28

    @property
    def subtitle_y(self) -> float:
        return self.y + 45

    @property
    def tone(self) -> str:
        """The strongest tone of its figures, for the box's outline."""
        tones = {chip.tone for chip in self.chips}
        return next((tone for tone in ("bad", "wait", "run", "ok") if tone in tones), "")


@dataclass(frozen=True, slots=True)
class Arrow:
    """One edge. path: SVG path data. head: points of the arrow head."""

    source: str
    port: str
    target: str
    path: str
    head: str
    chip: Chip | None
    tone: str = ""

    @property
    def is_error(self) -> bool:
        return self.port == ERROR


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame around the steps inside a for-each or a parallel step."""

    key: str
    text: str
    icon: str
    x: float
    y: float
    width: float
    height: float

    @property
    def icon_x(self) -> float:
        return self.x + 12

    @property
    def icon_y(self) -> float:
        return self.y + 8

    @property
    def text_x(self) -> float:
        return self.x + 30

    @property
    def text_y(self) -> float:
        return self.y + 19


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything to draw, from back to front: frames, arrows, boxes."""

    width: float
    height: float
    frames: tuple[Frame, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class _Point:
    """Where an arrow may start or end: along the axes, and where its layer ends."""

    main: float
    cross: float
    layer_end: float


@dataclass(slots=True)
class _Sheet:
    """What the layout has found so far; places are in main and cross, turned at the end."""

    down: bool
    at: dict[str, tuple[float, float]] = field(default_factory=dict)
    frames: list[tuple[str, float, float, float, float]] = field(default_factory=list)
    routes: dict[Edge, list[tuple[float, float, float]]] = field(default_factory=dict)
    layer_end: dict[str, float] = field(default_factory=dict)

    @property
    def box_main(self) -> float:
        return BOX_HEIGHT if self.down else BOX_WIDTH

    @property
    def box_cross(self) -> float:
        return BOX_WIDTH if self.down else BOX_HEIGHT

    @property
    def gap_main(self) -> float:
        return 58.0 if self.down else 104.0


def draw(
    flow: Flow,
    *,
    direction: Direction = "down",
    counts: Mapping[str, Sequence[Count]] | None = None,
    marks: Mapping[Edge, Count] | None = None,
    current: str = "",
) -> Picture:
    """Place the steps of `flow`. Edges to unknown steps are left out, so that any draft can be drawn.

    counts: figures at steps, by key. marks: a word at an edge, with its tone.
    """
    keys = {node.key for node in flow.nodes}
    edges = [
        edge
        for edge in flow.edges
        if edge.source in keys and edge.target in keys and edge.source != edge.target
    ]
    sheet = _Sheet(down=direction == "down")
    bodies = _bodies(flow.nodes, edges)
    kinds = {node.key: node.kind for node in flow.nodes}
    main, cross = _level([n.key for n in flow.nodes], edges, bodies, sheet)
    frames = [
        Frame(
            key,
            _FRAMED.get(kinds[key], ""),
            looks.of_kind(kinds[key]).icon,
            *_turn(sheet, m, c),
            *_turn_size(sheet, dm, dc),
        )
        for key, m, c, dm, dc in sheet.frames
    ]
    width, height = (cross, main) if sheet.down else (main, cross)
    return Picture(
        width + 2 * MARGIN,
        height + 2 * MARGIN + 8,
        tuple(frames),
        tuple(
            _part_chips(
                [_arrow(edge, _slots(edge.source, edges), sheet, (marks or {}).get(edge)) for edge in edges]
            )
        ),
        tuple(_box(node, sheet, (counts or {}).get(node.key, ()), current) for node in flow.nodes),
    )


def _bodies(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[str, frozenset[str]]:
    """Find the steps inside each step with regions: those that can be reached only through their ports."""
    onward: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        onward[edge.source].append(edge)
    has_in = {edge.target for edge in edges}
    roots = [node.key for node in nodes if node.key not in has_in] or [node.key for node in nodes[:1]]
    found: dict[str, frozenset[str]] = {}
    for node in nodes:
        ports = {(node.key, port) for port in regions_of(node)}
        starts = [edge.target for edge in onward[node.key] if (edge.source, edge.port) in ports]
        if starts:
            outside = _reach(roots, onward, without=ports)
            body = _reach(starts, onward) - outside
            if body:
                found[node.key] = frozenset(body)
    return found


def _reach(
    starts: Iterable[str], onward: Mapping[str, Sequence[Edge]], without: Container[tuple[str, str]] = ()
) -> set[str]:
    seen = set(starts)
    stack = list(seen)
    while stack:
        for edge in onward.get(stack.pop(), ()):
            if (edge.source, edge.port) not in without and edge.target not in seen:
                seen.add(edge.target)
                stack.append(edge.target)
    return seen


def _level(
    keys: Sequence[str], edges: Sequence[Edge], bodies: Mapping[str, frozenset[str]], sheet: _Sheet
) -> tuple[float, float]:
    """Lay out these steps, the bodies among them first and as one box each. Gives the size (main, cross)."""
    inside = set(keys)
    here = {k: body for k, body in bodies.items() if k in inside and body < inside}
    outer = {
        k: body for k, body in here.items() if not any(body < other for o, other in here.items() if o != k)
    }
    stands_for = {key: key for key in keys}
    sizes: dict[str, tuple[float, float]] = dict.fromkeys(keys, (sheet.box_main, sheet.box_cross))
    inner: dict[str, _Sheet] = {}
    for owner, body in outer.items():
        inner[owner] = _Sheet(down=sheet.down)
        main, cross = _level([key for key in keys if key in body], edges, bodies, inner[owner])
        head, side = (LOOP_HEAD, LOOP_PAD) if sheet.down else (LOOP_PAD, LOOP_HEAD)
        sizes[f"{owner}/"] = (main + head + LOOP_PAD, cross + side + LOOP_PAD)
        stands_for.update(dict.fromkeys(body, f"{owner}/"))
    names = list(dict.fromkeys(stands_for[key] for key in keys))
    crossing = [
        edge
        for edge in edges
        if edge.source in inside
        and edge.target in inside
        and stands_for[edge.source] != stands_for[edge.target]
    ]
    links = [
        Link(
            stands_for[edge.source],
            stands_for[edge.target],
            _slot(edge, _slots(edge.source, edges)),
            _WEIGHTS.get(edge.port, 1.0),
        )
        for edge in crossing
    ]
    after = [(f"{owner}/", stands_for[e.target]) for owner in outer for e in crossing if _leaves(e, owner)]
    placed = place(
        [Item(name, *sizes[name]) for name in names],
        links,
        gap_main=sheet.gap_main,
        gap_cross=36.0 if sheet.down else 28.0,
        after=after,
    )
    _take_over(placed, names, sizes, inner, sheet)
    for number, edge in enumerate(crossing):
        sheet.routes[edge] = list(placed.bends.get(number, ()))
    return placed.main, placed.cross


def _leaves(edge: Edge, owner: str) -> bool:
    return edge.source == owner and edge.port == DONE


def _take_over(
    placed: Placed,
    names: Sequence[str],
    sizes: Mapping[str, tuple[float, float]],
    inner: Mapping[str, _Sheet],
    sheet: _Sheet,
) -> None:
    """Write the places of this level, and those of the bodies moved to where their frames stand."""
    for name in names:
        spot = placed.places[name]
        main, cross = sizes[name]
        corner = spot.middle - cross / 2
        if not name.endswith("/"):
            sheet.at[name] = (spot.main, corner)
            sheet.layer_end[name] = spot.layer_end
            continue
        owner = name[:-1]
        head, side = (LOOP_HEAD, LOOP_PAD) if sheet.down else (LOOP_PAD, LOOP_HEAD)
        dm, dc = spot.main + head, corner + side
        part = inner[owner]
        sheet.at.update({key: (m + dm, c + dc) for key, (m, c) in part.at.items()})
        sheet.layer_end.update({key: end + dm for key, end in part.layer_end.items()})
        sheet.frames.append((owner, spot.main, corner, main, cross))
        sheet.frames.extend((key, m + dm, c + dc, a, b) for key, m, c, a, b in part.frames)
        for edge, route in part.routes.items():
            sheet.routes[edge] = [(c + dc, start + dm, end + dm) for c, start, end in route]


def _slots(source: str, edges: Sequence[Edge]) -> list[str]:
    """Give the ports of a step that edges leave by, in the order they stand on the box."""
    used = dict.fromkeys(edge.port for edge in edges if edge.source == source)
    return sorted(used, key=lambda port: _PORT_ORDER.get(port, 1))


def _slot(edge: Edge, ports: Sequence[str]) -> float:
    """Where on the side of the box the port stands, from 0 to 1; a lone port in the middle."""
    if len(ports) == 2 and ERROR in ports:
        return 0.5 if edge.port != ERROR else 0.84
    return (ports.index(edge.port) + 1) / (len(ports) + 1)


def _arrow(edge: Edge, ports: Sequence[str], sheet: _Sheet, mark: Count | None = None) -> Arrow:
    """Draw a line that runs straight through layers and bends between them."""
    main, cross = sheet.at[edge.source]
    start = _Point(
        main + sheet.box_main, cross + sheet.box_cross * _slot(edge, ports), sheet.layer_end[edge.source]
    )
    end_main, end_cross = sheet.at[edge.target]
    end_cross += sheet.box_cross / 2
    end_main -= 7
    parts = [f"M{_xy(sheet, start.main, start.cross)}"]
    at_main, at_cross = start.main, start.cross
    bend_from = at_main
    if start.layer_end > start.main and start.layer_end < end_main:
        at_main = bend_from = start.layer_end
        parts.append(f"L{_xy(sheet, at_main, at_cross)}")
    first_end: tuple[float, float] | None = None
    for middle, begins, ends in sheet.routes.get(edge, []):
        parts.append(_bend(sheet, at_main, at_cross, begins, middle))
        parts.append(f"L{_xy(sheet, ends, middle)}")
        first_end = first_end or (begins, middle)
        at_main, at_cross = ends, middle
    parts.append(_bend(sheet, at_main, at_cross, end_main, end_cross))
    mid_main, mid_cross = first_end or (end_main, end_cross)
    chip = _port_chip(edge.port, mark, sheet, (bend_from + mid_main) / 2, (start.cross + mid_cross) / 2)
    return Arrow(
        edge.source,
        edge.port,
        edge.target,
        " ".join(parts),
        _head(sheet, end_main, end_cross),
        chip,
        mark.tone if mark else "",
    )


def _bend(sheet: _Sheet, main: float, cross: float, to_main: float, to_cross: float) -> str:
    if abs(cross - to_cross) < 0.5:
        return f"L{_xy(sheet, to_main, to_cross)}"
    half = (to_main - main) / 2 if to_main > main else 60.0
    first, second = _xy(sheet, main + half, cross), _xy(sheet, to_main - half, to_cross)
    return f"C{first} {second} {_xy(sheet, to_main, to_cross)}"


def _head(sheet: _Sheet, main: float, cross: float) -> str:
    points = [(main - 2, cross - 4.5), (main + 6, cross), (main - 2, cross + 4.5)]
    return " ".join(_xy(sheet, m, c) for m, c in points)


def _port_chip(port: str, mark: Count | None, sheet: _Sheet, main: float, cross: float) -> Chip | None:
    """Write the port and the word of the mark on the line, where there is either."""
    word = "" if port == NEXT else cut(port.replace("_", " "), 80)
    text = " · ".join(filter(None, (word, mark.text if mark else "")))
    if not text:
        return None
    shown = Count(text, mark.tone if mark else "mute", mark.icon if mark else "")
    x, y = _turn(sheet, main, cross)
    return Chip(text, _round(x - shown.width / 2), _round(y - 9), shown.width, shown.tone, shown.icon)


def _part_chips(arrows: list[Arrow]) -> list[Arrow]:
    """Move a word down where it would lie on another one."""
    taken: list[Chip] = []
    parted: list[Arrow] = []
    for arrow in arrows:
        chip = arrow.chip
        while chip and any(_touch(chip, other) for other in taken):
            chip = replace(chip, y=chip.y + 6)
        if chip:
            taken.append(chip)
        parted.append(replace(arrow, chip=chip))
    return parted


def _touch(one: Chip, other: Chip) -> bool:
    return one.x < other.x + other.width + 2 and other.x < one.x + one.width + 2 and abs(one.y - other.y) < 19


def _box(node: Node, sheet: _Sheet, counts: Sequence[Count], current: str) -> Box:
    look = looks.of_kind(node.kind)
    x, y = _turn(sheet, *sheet.at[node.key])
    title = node.title or look.word
    about = subtitle(node)
    right = x + BOX_WIDTH - 8
    chips: list[Chip] = []
    for count in reversed(counts):
        right -= count.width
        at = (_round(right), y + BOX_HEIGHT - 10)
        chips.insert(0, Chip(count.text, *at, count.width, count.tone, count.icon))
        right -= 4
    words = ", ".join([title, look.word, *(count.text for count in counts)])
    return Box(
        node.key,
        look,
        cut(title, 140, 12.5),
        cut(about, 140, 11),
        words,
        x,
        y,
        tuple(chips),
        node.key == current,
    )


def subtitle(node: Node) -> str:
    """Say what a step does: its connector and operation, its host, or its kind."""
    config = node.config
    if node.kind == "call" and config.get("connector"):
        operation = str(config.get("operation", "")).replace("_", " ").replace(".", " ")
        connector = str(config["connector"]).replace("_", " ")
        return f"{connector} · {operation}" if operation else connector
    if node.kind == "http" and config.get("url"):
        return str(config["url"]).partition("://")[2].partition("/")[0] or looks.of_kind(node.kind).word
    return looks.of_kind(node.kind).word


def _turn(sheet: _Sheet, main: float, cross: float) -> tuple[float, float]:
    x, y = (cross, main) if sheet.down else (main, cross)
    return _round(x + MARGIN), _round(y + MARGIN + 8)


def _turn_size(sheet: _Sheet, main: float, cross: float) -> tuple[float, float]:
    return (_round(cross), _round(main)) if sheet.down else (_round(main), _round(cross))


def _xy(sheet: _Sheet, main: float, cross: float) -> str:
    x, y = _turn(sheet, main, cross)
    return f"{x:g},{y:g}"


def _round(value: float) -> float:
    return round(value, 1)
