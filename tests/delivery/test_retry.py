import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.delivery.retry import (
    CRASHES_MAX,
    PARK_MAX_S,
    WAIT_MAX_S,
    Again,
    Dead,
    InDoubt,
    Mode,
    Park,
    Retry,
    RetryPolicy,
    after_lost_lease,
    decide,
    may_redrive,
)
from integrations.delivery.states import DeadReason, Waiting
from integrations.errors import (
    CredentialError,
    DecodeError,
    MappingError,
    RefusedError,
    SchemaError,
    SevenMError,
    UnavailableError,
)

POLICY = RetryPolicy()


def unavailable(**facts) -> UnavailableError:
    return UnavailableError("remote.unavailable", "Later.", **facts)


@pytest.mark.parametrize(("attempt", "pause"), [(1, 0.1), (2, 0.5), (3, 2.0)])
def test_three_retries_after_100_500_and_2000_ms(attempt: int, pause: float) -> None:
    assert decide(POLICY, attempt, unavailable()) == Retry(pause)


def test_the_fourth_failure_is_dead_and_comes_back_on_recovery() -> None:
    assert decide(POLICY, 4, unavailable()) == Dead("remote.unavailable", DeadReason.UNAVAILABLE)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RefusedError("remote.refused", "No.", status=422), DeadReason.REFUSED),
        (MappingError("mapping.missing", "No."), DeadReason.CONFIG),
        (CredentialError("connection.refused", "No."), DeadReason.CONFIG),
        (DecodeError("json.syntax", "No."), DeadReason.INPUT),
        (SchemaError("schema.type", "No."), DeadReason.INPUT),
    ],
)
@pytest.mark.parametrize("mode", Mode)
def test_a_permanent_error_is_dead_at_once(error: SevenMError, reason: DeadReason, mode: Mode) -> None:
    assert decide(POLICY, 1, error, mode) == Dead(error.code, reason)


def test_a_short_retry_after_is_waited_for_in_the_lease() -> None:
    assert decide(POLICY, 1, unavailable(status=429, retry_after_s=1.5)) == Retry(1.5)
    assert decide(POLICY, 3, unavailable(status=429, retry_after_s=1.5)) == Retry(2.0)


@pytest.mark.parametrize("attempt", [1, 4, 40])
def test_a_long_retry_after_parks_and_spends_no_attempt(attempt: int) -> None:
    error = unavailable(status=503, retry_after_s=30.0)
    assert decide(POLICY, attempt, error) == Park(30.0, Waiting.RETRY_AFTER)


def test_a_destination_that_asks_for_a_year_is_asked_again_in_an_hour() -> None:
    error = unavailable(status=503, retry_after_s=3e7)
    assert decide(POLICY, 1, error) == Park(PARK_MAX_S, Waiting.RETRY_AFTER)


def test_waiting_as_asked_ends_after_three_days() -> None:
    error = unavailable(status=503, retry_after_s=30.0)
    assert decide(POLICY, 1, error, waited_s=WAIT_MAX_S) == Dead(error.code, DeadReason.UNAVAILABLE)


def test_an_unknown_outcome_is_in_doubt_where_a_repeat_could_act_twice() -> None:
    assert decide(POLICY, 1, unavailable(sent=True), Mode.AT_MOST_ONCE) == InDoubt("remote.unavailable")
    assert decide(POLICY, 1, unavailable(sent=True, status=503), "at_most_once") == InDoubt(
        "remote.unavailable"
    )


def test_what_never_left_or_was_not_processed_is_tried_again_anywhere() -> None:
    assert decide(POLICY, 1, unavailable(sent=False), Mode.AT_MOST_ONCE) == Retry(0.1)
    assert decide(POLICY, 1, unavailable(status=429), Mode.AT_MOST_ONCE) == Retry(0.1)


def test_an_editable_policy_is_obeyed() -> None:
    assert decide(RetryPolicy(()), 1, unavailable()) == Dead("remote.unavailable", DeadReason.UNAVAILABLE)
    assert decide(RetryPolicy((7.0,)), 1, unavailable()) == Retry(7.0)
    assert RetryPolicy((7.0,)).attempts == 2


ERRORS = st.builds(
    unavailable,
    status=st.sampled_from([0, 408, 425, 429, 500, 503]),
    sent=st.booleans(),
    retry_after_s=st.none() | st.floats(0, 1e9),
)


@given(st.lists(st.floats(0, 60), max_size=10), st.integers(1, 50), ERRORS, st.sampled_from(Mode))
def test_no_pause_in_the_lease_outgrows_its_bound(pauses, attempt, error, mode) -> None:
    decision = decide(RetryPolicy(tuple(pauses)), attempt, error, mode)
    if isinstance(decision, Retry):
        assert attempt <= len(pauses)
        assert pauses[attempt - 1] <= decision.after_s <= max(pauses[attempt - 1], 2.0)
        assert not (mode is Mode.AT_MOST_ONCE and error.sent and error.status not in {425, 429})
    if isinstance(decision, Park):
        assert 2.0 < decision.after_s <= PARK_MAX_S


@pytest.mark.parametrize("crashes", range(CRASHES_MAX))
def test_a_lost_lease_is_tried_again_three_times(crashes: int) -> None:
    assert after_lost_lease(Mode.IDEMPOTENT, crashes, call_open=True) == Again()


def test_the_fourth_lost_lease_is_poison() -> None:
    dead = Dead("delivery.poison", DeadReason.POISON)
    assert after_lost_lease(Mode.IDEMPOTENT, CRASHES_MAX, call_open=False) == dead


def test_a_lease_lost_in_a_payment_is_in_doubt() -> None:
    in_doubt = InDoubt("delivery.outcome_unknown")
    assert after_lost_lease(Mode.AT_MOST_ONCE, 0, call_open=True) == in_doubt
    assert after_lost_lease(Mode.AT_MOST_ONCE, 0, call_open=False) == Again()


def test_a_redrive_after_the_key_was_forgotten_asks_first() -> None:
    assert may_redrive(Mode.IDEMPOTENT, 3600, 24 * 3600)
    assert not may_redrive(Mode.IDEMPOTENT, 25 * 3600, 24 * 3600)
    assert may_redrive(Mode.AT_LEAST_ONCE, 1e9, 1.0)
    assert may_redrive(Mode.IDEMPOTENT, 1e9, None)
