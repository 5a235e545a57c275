"""A small line of recent values, for table rows and cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

Number = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Sparkline:
    """line, area: SVG path data, empty without two values. words: the same for those who do not see it."""

    width: float
    height: float
    line: str
    area: str
    last_x: float
    last_y: float
    words: str

    @property
    def is_flat(self) -> bool:
        return not self.line

    @property
    def middle(self) -> float:
        return self.height / 2


def draw(
    values: Sequence[Number | None], *, width: float = 96, height: float = 24, unit: str = ""
) -> Sparkline:
    """Draw `values`, oldest first; None is a gap. The scale starts at zero, to exaggerate nothing."""
    known = [float(value) for value in values if value is not None]
    if len(known) < 2 or not any(known):
        return Sparkline(width, height, "", "", 0, 0, "No activity" if not any(known) else "Too few values")
    top = max(known)
    low = min(0.0, *known)
    inner_w, inner_h = width - 4, height - 4
    points: list[tuple[float, float] | None] = []
    for index, value in enumerate(values):
        x = 2 + inner_w * index / (len(values) - 1)
        y = 2 + inner_h * (1 - (float(value) - low) / (top - low)) if value is not None else 0.0
        points.append(None if value is None else (round(x, 1), round(y, 1)))
    lines = _pieces(points)
    base = f"{height - 2:g}"
    area = " ".join(
        f"M{piece[0][0]:g},{base} L{' '.join(f'{x:g},{y:g}' for x, y in piece)} L{piece[-1][0]:g},{base}Z"
        for piece in lines
    )
    line = " ".join(f"M{' '.join(f'{x:g},{y:g}' for x, y in piece)}" for piece in lines)
    last_x, last_y = lines[-1][-1]
    suffix = f" {unit}" if unit else ""
    words = f"last {known[-1]:g}{suffix}, highest {top:g}{suffix}, {len(values)} values"
    return Sparkline(width, height, line, area, last_x, last_y, words)


def _pieces(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    pieces: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            pieces.append([])
        else:
            pieces[-1].append(point)
    return [piece for piece in pieces if piece]
