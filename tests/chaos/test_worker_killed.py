"""F-01: a worker that is killed at any moment loses nothing, and accepting goes on without it."""

import random
import time

import pytest

from bench import processes
from tests.chaos import evidence
from tests.chaos.stack import hold

SEED = 20260314
KILLS = 4


@pytest.mark.chaos
def test_nothing_is_lost_when_the_worker_is_killed(site):
    dice, began = random.Random(SEED), time.monotonic()  # noqa: S311  not for secrets
    site.set_up()
    site.processes.start("web")
    site.processes.start("worker-1", "worker")
    with processes.LoadProcess(site.spec(mode="open", rate=60, seconds=10, connections=64)) as load:
        for _ in range(KILLS):
            hold(dice.uniform(0.2, 0.8))
            site.processes.kill("worker-1")
            site.processes.restart("worker-1")
        result = load.result(60)
    site.wait_settled(within_s=45)
    verdict = site.judge()
    print(evidence.report("F-01", verdict, seed=SEED, seconds=time.monotonic() - began, kills=KILLS))  # noqa: T201  what the run proved
    assert verdict.is_clean, str(verdict)
    assert result.ok == result.sent
