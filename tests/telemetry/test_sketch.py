"""A sketch gives any quantile within its accuracy, however its samples were spread over sketches."""

from functools import reduce
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.telemetry.sketch import ACCURACY, EMPTY, add, merge, quantile, read, write

# Rounding of the logarithm at the edge of a bucket.
BOUND = ACCURACY * (1 + 1e-9)
latencies = st.lists(st.floats(0.001, 2_000_000), min_size=1, max_size=300)
shares = st.sampled_from([0.0, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0])


@given(latencies, shares)
def test_a_quantile_is_within_one_percent_of_the_exact_one(samples, share):
    exact = sorted(samples)[max(1, ceil(share * len(samples))) - 1]
    assert abs(quantile(add(EMPTY, samples), share) - exact) <= BOUND * exact


@given(st.lists(latencies, min_size=1, max_size=6))
def test_merging_gives_the_sketch_of_all_samples(parts):
    together = add(EMPTY, [sample for part in parts for sample in part])
    assert reduce(merge, (add(EMPTY, part) for part in parts)) == together


@given(latencies, latencies)
def test_the_order_of_merging_does_not_matter(first, second):
    a, b = add(EMPTY, first), add(EMPTY, second)
    assert merge(a, b) == merge(b, a)


@given(latencies)
def test_a_row_gives_the_sketch_back(samples):
    sketch = add(EMPTY, samples)
    assert read(*write(sketch)) == sketch
    assert sketch.samples == len(samples)


def test_an_empty_sketch_has_no_quantile():
    assert quantile(EMPTY, 0.5) is None


def test_a_share_is_a_share():
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile(EMPTY, 1.5)


def test_nothing_is_shorter_than_a_microsecond():
    assert add(EMPTY, [0.0, -4.0]) == add(EMPTY, [0.001, 0.001])
