"""Turn lists of measurements into the few numbers that a report shows."""

from collections.abc import Iterable
from math import ceil

import msgspec


class Spread(msgspec.Struct, frozen=True):
    """How a measurement was spread, in the unit of its name."""

    count: int = 0
    mean: float = 0.0
    p50: float = 0.0
    p90: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    max: float = 0.0


def percentile(ordered: list[float], share: float) -> float:
    """Give the value below or at which ``share`` of an ascending list lies (nearest rank); 0 for none."""
    if not ordered:
        return 0.0
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def spread(values: Iterable[float], *, scale: float = 1.0) -> Spread:
    """Summarise values after multiplying each by ``scale``, to three decimals."""
    ordered = sorted(values)
    if not ordered:
        return Spread()
    p50, p90, p95, p99 = (round(percentile(ordered, share) * scale, 3) for share in (0.5, 0.9, 0.95, 0.99))
    mean = round(sum(ordered) / len(ordered) * scale, 3)
    return Spread(len(ordered), mean, p50, p90, p95, p99, round(ordered[-1] * scale, 3))
