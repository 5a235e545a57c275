"""What happens at the door when a tenant's plan takes no more."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from integrations.engine.allowances import Allowance, Allowances
from integrations.errors import UnavailableError
from tests.engine.world import respond, webhook

TENANT = UUID(int=7)


@dataclass
class Counter:
    """A plan that counts who asks; None as `remaining` is a plan without a limit."""

    remaining: int | None
    asked: int = 0
    is_down: bool = False
    limit: int = 500
    resets_at: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(days=2))

    async def allowance(self, tenant_id: UUID) -> Allowance:
        self.asked += 1
        await asyncio.sleep(0)
        if self.is_down:
            raise UnavailableError("plan.unknown", "The plan cannot be read now.")
        return Allowance("free", self.limit, self.remaining, self.resets_at)


async def test_a_plan_without_a_limit_is_asked_once():
    plans = Counter(None)
    known = Allowances(plans)
    assert [await known.take(TENANT) for _ in range(1000)] == [True] * 1000
    assert plans.asked == 1


async def test_a_plan_takes_what_remains_and_no_more():
    known = Allowances(Counter(3))
    assert [await known.take(TENANT) for _ in range(5)] == [True, True, True, False, False]


async def test_requests_of_one_moment_ask_once():
    plans = Counter(10)
    known = Allowances(plans)
    taken = await asyncio.gather(*(known.take(TENANT) for _ in range(50)))
    assert (sum(taken), plans.asked) == (10, 1)


async def test_requests_are_taken_while_nobody_knows():
    plans = Counter(0, is_down=True)
    assert await Allowances(plans).take(TENANT)


async def test_a_refusal_says_when_it_ends_and_what_to_do():
    known = Allowances(Counter(0))
    assert not await known.take(TENANT)
    refused = known.refusal(TENANT)
    assert (refused.code, refused.status, refused.sent) == ("plan.used_up", 402, False)
    assert refused.retry_after_s == pytest.approx(2 * 86400, abs=60)
    assert "Choose another plan" in refused.hint


@pytest.fixture
def door(quiet):
    """A door where every tenant has two requests left."""
    return quiet.door(plans=Counter(2))


def test_above_the_plan_a_request_is_answered_402_and_not_stored(quiet, door):
    shop = quiet.shop()
    flow = shop.publish(webhook(), respond())
    answers = [flow.send({"n": number}) for number in range(3)]
    assert [answer.status for answer in answers] == [202, 202, 402]
    assert answers[2].code == "plan.used_up"
    assert int(answers[2].headers["retry-after"]) > 86400
    assert len(quiet.runs("flow_id = %s", flow.id)) == 2


def test_a_request_that_was_accepted_is_still_answered_above_the_plan(quiet, door):
    shop = quiet.shop()
    flow = shop.publish(webhook(), respond())
    first = flow.send({"n": 1}, **{"idempotency-key": "one"})
    flow.send({"n": 2})
    assert flow.send({"n": 1}, **{"idempotency-key": "one"}).run == first.run
    assert flow.send({"n": 3}, **{"idempotency-key": "one"}).status == 409
    assert flow.send({"n": 3}, **{"idempotency-key": "three"}).status == 402


def test_a_caller_without_a_key_learns_nothing_about_the_plan(quiet):
    quiet.door(plans=Counter(0))
    shop = quiet.shop()
    flow = shop.publish(webhook(), respond())
    assert flow.send(authorization="Bearer nonsense").status == 401
