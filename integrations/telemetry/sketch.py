"""Latencies as counts in logarithmic buckets, which merge exactly (DDSketch). Pure.

Bucket ``i`` holds what is above ``GAMMA ** (i - 1)`` ms and up to ``GAMMA ** i`` ms. Any quantile read from
it is within 1 % of the value that really stood at that place; adding sketches loses nothing more, so that a
quarter is as exact as a minute. ``telemetry_bucket`` and ``telemetry_quantile`` in the database do the
same.

Source: C. Masson, J. E. Rim, H. K. Lee, "DDSketch", VLDB 2019, sections 2.1 and 2.2.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, log

ACCURACY = 0.01
GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
_LOG_GAMMA = log(GAMMA)
LEAST_MS = 0.001


@dataclass(frozen=True, slots=True)
class Sketch:
    """How many samples fell into each bucket."""

    counts: Mapping[int, int] = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """The number of samples in it."""
        return sum(self.counts.values())


EMPTY = Sketch()


def bucket_of(latency_ms: float) -> int:
    """Give the bucket of a latency; what is under a microsecond counts as one."""
    return ceil(log(max(latency_ms, LEAST_MS)) / _LOG_GAMMA)


def value_of(bucket: int) -> float:
    """Give the milliseconds that a bucket stands for: at most 1 % from anything in it."""
    return 2 * GAMMA**bucket / (GAMMA + 1)


def add(sketch: Sketch, latencies_ms: Iterable[float]) -> Sketch:
    """Count more latencies in."""
    return merge(sketch, Sketch(Counter(map(bucket_of, latencies_ms))))


def merge(first: Sketch, second: Sketch) -> Sketch:
    """Give the sketch of all samples of both."""
    counts = dict(first.counts)
    for bucket, count in second.counts.items():
        counts[bucket] = counts.get(bucket, 0) + count
    return Sketch(counts)


def quantile(sketch: Sketch, share: float) -> float | None:
    """Give the latency in ms that this share of the samples does not exceed; None of an empty sketch.

    share: 0 to 1. It is the sample number ``ceil(share * samples)``, from 1, in rising order.
    """
    if not 0 <= share <= 1:
        raise ValueError("A share lies between 0 and 1.")
    rank = max(1, ceil(share * sketch.samples))
    passed = 0
    for bucket in sorted(sketch.counts):
        passed += sketch.counts[bucket]
        if passed >= rank:
            return value_of(bucket)
    return None


def read(buckets: Sequence[int], counts: Sequence[int]) -> Sketch:
    """Read a sketch from the two arrays of its row."""
    return Sketch(dict(zip(buckets, counts, strict=True)))


def write(sketch: Sketch) -> tuple[list[int], list[int]]:
    """Give the two arrays that a row holds, buckets rising; the way back of ``read``."""
    buckets = sorted(sketch.counts)
    return buckets, [sketch.counts[bucket] for bucket in buckets]
