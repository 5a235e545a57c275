import asyncio
from datetime import UTC, datetime

import pytest

from integrations.billing import services
from sevenm.wiring import BillingPlans
from tests import factories, runs
from tests.runs import Request


@pytest.mark.django_db(transaction=True)
def test_the_door_learns_what_a_plan_still_takes() -> None:
    factories.shipped_plans()
    shop = factories.tenant()
    runs.add(shop.pk, *[Request(datetime.now(UTC)) for _ in range(3)])
    assert asyncio.run(BillingPlans().allowance(shop.pk)).remaining == 497
    services.choose_plan(by=factories.member(shop.pk), plan="pay_as_you_go")
    assert asyncio.run(BillingPlans().allowance(shop.pk)).remaining is None
