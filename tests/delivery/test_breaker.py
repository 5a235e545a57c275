from hypothesis import given
from hypothesis import strategies as st

from integrations.delivery.breaker import (
    CLOSED,
    PROBE_TIMEOUT_S,
    BreakerState,
    Permit,
    Phase,
    begin_probe,
    on_failure,
    on_success,
    permit,
    ramp_limit,
    settle,
)


def after(*outcomes: bool, gap_s: float = 0.1) -> BreakerState:
    state = CLOSED
    for number, succeeded in enumerate(outcomes):
        state = (on_success if succeeded else on_failure)(state, number * gap_s)
    return state


def test_it_opens_at_five_failures_in_a_row() -> None:
    assert after(*[False] * 4).phase is Phase.CLOSED
    assert after(*[False] * 5).phase is Phase.OPEN


def test_a_success_between_starts_the_count_again() -> None:
    assert after(*[False] * 4, *[True], *[False] * 4).phase is Phase.CLOSED


def test_it_opens_when_half_of_the_last_twenty_failed_within_ten_seconds() -> None:
    half = [True, False] * 10
    assert after(*half[:-1]).phase is Phase.CLOSED
    assert after(*half).phase is Phase.OPEN
    assert after(*half, gap_s=0.6).phase is Phase.CLOSED


def test_open_it_lets_nothing_through_until_the_probe_is_due() -> None:
    state = after(*[False] * 5)
    assert permit(state, 0.9, cap=8) == Permit(0, wait_s=state.probe_at_s - 0.9)
    assert permit(state, 1.4, cap=8) == Permit(1, is_probe=True)


def test_probes_come_after_1_2_4_5_5_seconds() -> None:
    state, now, pauses = after(*[False] * 5), 0.4, []
    for _ in range(6):
        pauses.append(round(state.probe_at_s - now, 6))
        now = state.probe_at_s
        state = begin_probe(state, now)
        assert permit(state, now + 0.01, cap=8).limit == 0
        now += 0.5
        state = on_failure(state, now)
    assert pauses == [1, 2, 4, 5, 5, 5]


def test_a_probe_whose_worker_died_is_replaced() -> None:
    state = begin_probe(after(*[False] * 5), 10.0)
    assert permit(state, 10.0 + PROBE_TIMEOUT_S - 1, cap=8) == Permit(0, wait_s=1.0)
    assert permit(state, 10.0 + PROBE_TIMEOUT_S, cap=8).is_probe


def test_a_probe_that_passes_starts_a_ramp_to_the_cap() -> None:
    state = on_success(begin_probe(after(*[False] * 5), 10.0), 11.0)
    assert [permit(state, 11.0 + s, cap=20).limit for s in (0, 1.9, 2, 4, 5.9, 6, 60)] == [
        4,
        4,
        8,
        16,
        16,
        20,
        20,
    ]
    assert settle(state, 14.0, cap=20) is state
    assert settle(state, 17.0, cap=20).phase is Phase.CLOSED


def test_a_ramp_falls_back_as_it_fell_at_first() -> None:
    state = on_success(begin_probe(after(*[False] * 5), 10.0), 11.0)
    for second in range(5):
        state = on_failure(state, 12.0 + second)
    assert state.phase is Phase.OPEN
    assert permit(state, 16.0, cap=8).wait_s == 1.0


def test_answers_to_calls_from_before_it_opened_change_nothing() -> None:
    state = after(*[False] * 5)
    assert on_success(state, 5.0) is state
    assert on_failure(state, 5.0) is state


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 3)), max_size=120), st.integers(1, 500))
def test_it_is_never_stuck_and_never_over_the_cap(history: list[tuple[bool, float]], cap: int) -> None:
    state, now = CLOSED, 0.0
    for succeeded, pause in history:
        now += pause
        allowed = permit(state, now, cap)
        assert allowed.limit <= cap
        assert allowed.limit > 0 or 0 < allowed.wait_s <= PROBE_TIMEOUT_S
        if allowed.limit:
            state = begin_probe(state, now) if allowed.is_probe else state
            state = (on_success if succeeded else on_failure)(state, now)
        assert len(state.results) <= 20
    assert ramp_limit(state, now, cap) <= cap
