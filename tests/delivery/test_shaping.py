import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.delivery.shaping import Bucket, Demand, Rate, full, give_back, reserve, share, take

RATE = Rate(per_s=10, burst=5)


def test_a_burst_goes_at_once_and_the_next_waits_its_turn() -> None:
    bucket, waits = full(RATE, 0.0), []
    for _ in range(8):
        bucket, wait_s = reserve(bucket, RATE, 0.0)
        waits.append(round(wait_s, 3))
    assert waits == [0, 0, 0, 0, 0, 0.1, 0.2, 0.3]


def test_taking_gives_what_is_there() -> None:
    bucket, taken = take(full(RATE, 0.0), RATE, 0.0, 8)
    assert (taken, bucket.tokens) == (5, 0)
    assert take(bucket, RATE, 0.25, 8)[1] == 2


def test_a_clock_that_goes_back_makes_no_tokens() -> None:
    bucket, _ = reserve(full(RATE, 100.0), RATE, 100.0, 5)
    assert take(bucket, RATE, 50.0, 1) == (Bucket(0.0, 100.0), 0)


def test_unused_tokens_come_back_up_to_the_burst() -> None:
    assert give_back(Bucket(1.0, 0.0), RATE, 2).tokens == 3
    assert give_back(Bucket(4.0, 0.0), RATE, 9).tokens == 5


@given(
    per_s=st.floats(0.1, 1000),
    burst=st.floats(1, 100),
    pauses=st.lists(st.floats(0, 5), min_size=1, max_size=60),
)
def test_no_window_sees_more_than_rate_and_burst(per_s: float, burst: float, pauses: list[float]) -> None:
    rate, now, starts = Rate(per_s, burst), 0.0, []
    bucket = full(rate, now)
    for pause in pauses:
        now += pause
        bucket, wait_s = reserve(bucket, rate, now)
        starts.append(now + wait_s)
    for i, first in enumerate(starts):
        for j in range(i, len(starts)):
            assert j - i + 1 <= burst + (starts[j] - first) * per_s + 1 + 1e-6


@pytest.mark.parametrize(
    ("live", "replay", "started"),
    [
        (Demand(0, 100), Demand(0, 100), (5, 5)),
        (Demand(0, 100), Demand(0, 0), (10, 0)),
        (Demand(0, 2), Demand(0, 100), (2, 8)),
        (Demand(5, 100), Demand(5, 100), (0, 0)),
        (Demand(0, 100), Demand(10, 100), (0, 0)),
        (Demand(0, 100), Demand(8, 100), (2, 0)),
        (Demand(8, 100), Demand(0, 100), (0, 2)),
    ],
)
def test_live_and_replay_share_half_and_half(live: Demand, replay: Demand, started: tuple[int, int]) -> None:
    assert share(10, live, replay) == started


DEMANDS = st.builds(Demand, st.integers(0, 60), st.integers(0, 60))


@given(st.integers(0, 50), DEMANDS, DEMANDS)
def test_nothing_is_idle_while_something_waits(limit: int, live: Demand, replay: Demand) -> None:
    live_start, replay_start = share(limit, live, replay)
    free = max(0, limit - live.in_flight - replay.in_flight)
    assert 0 <= live_start <= live.waiting
    assert 0 <= replay_start <= replay.waiting
    assert live_start + replay_start == min(free, live.waiting + replay.waiting)
