"""The model test of delivery: random histories under a virtual clock, and planted bugs that must be found."""

from dataclasses import replace
from itertools import count

import pytest

from integrations.delivery import breaker, retry
from integrations.delivery.retry import Dead, Mode, Retry
from integrations.delivery.states import State
from integrations.errors import UnavailableError
from tests.delivery.world import Rules, World

STEPS, FULL_STEPS = 20_000, 1_000_000


@pytest.mark.parametrize("seed", range(60))
def test_every_promise_holds(seed: int) -> None:
    assert World(seed).play().broken == []


@pytest.mark.chaos
def test_every_promise_holds_for_long(request: pytest.FixtureRequest) -> None:
    wanted = FULL_STEPS if request.config.getoption("--full", default=False) else STEPS
    steps, seed = 0, 1000
    while steps < wanted:
        world = World(seed).play()
        assert world.broken == [], f"seed {seed}"
        steps, seed = steps + world.steps, seed + 1


def retries_what_may_have_happened(policy, number, error, mode, *, waited_s):
    return retry.decide(policy, number, error, Mode.AT_LEAST_ONCE, waited_s=waited_s)


def waits_without_end_in_the_lease(policy, number, error, mode, *, waited_s):
    decision = retry.decide(policy, number, error, mode, waited_s=waited_s)
    may_help = isinstance(error, UnavailableError)
    return Retry(0.1) if may_help and isinstance(decision, Dead) else decision


def forgets_the_crash(mode, crash_count, *, call_open):
    return retry.after_lost_lease(mode, 0, call_open=call_open)


def forgets_the_open_call(mode, crash_count, *, call_open):
    return retry.after_lost_lease(mode, crash_count, call_open=False)


def new_key_each_time():
    made = count()
    return Rules(key=lambda run: f"{run.id}-{next(made)}")


PLANTED = {
    "loses an accepted run": Rules(stores=lambda dice: dice.random() > 0.02),
    "takes a new key for each attempt": new_key_each_time(),
    "repeats a payment of unknown outcome": Rules(decide=retries_what_may_have_happened),
    "lets a worker without lease write": Rules(mine=lambda run, fence: run.state is State.RUNNING),
    "leases behind the head": Rules(may_lease=lambda world, run: True),
    "forgets a parked run": Rules(wakes=lambda run: run.waited_s < 1),
    "never gives up on poison": Rules(after_lost_lease=forgets_the_crash),
    "repeats a payment after a crash": Rules(after_lost_lease=forgets_the_open_call),
    "counts the pause from the start": Rules(gap_s=lambda decision, took_s: decision.after_s - took_s),
    "tries a fifth time": Rules(decide=waits_without_end_in_the_lease),
    "calls through an open breaker": Rules(permit=lambda state, now_s, cap: breaker.Permit(cap)),
}


@pytest.mark.parametrize("bug", PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_bug_is_found(bug: Rules) -> None:
    assert any(World(seed, replace(bug)).play().broken for seed in range(25))
