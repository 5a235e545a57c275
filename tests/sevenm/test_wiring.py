import asyncio
from datetime import UTC, datetime

import pytest

from integrations.billing import services
from integrations.billing.models import PricePlan
from integrations.pricing.plans import PLANS, write_plan
from sevenm.wiring import BillingPlans
from tests import factories, runs
from tests.runs import Request


@pytest.mark.django_db(transaction=True)
def test_the_door_learns_what_a_plan_still_takes() -> None:
    sell_plans()
    shop = factories.tenant()
    runs.add(shop.pk, *[Request(datetime.now(UTC)) for _ in range(3)])
    assert asyncio.run(BillingPlans().allowance(shop.pk)).remaining == 497
    services.choose_plan(by=factories.member(shop.pk), plan="pay_as_you_go")
    assert asyncio.run(BillingPlans().allowance(shop.pk)).remaining is None


def sell_plans() -> None:
    """Store the shipped prices: the test before may have emptied every table."""
    for plan in PLANS.values():
        facts = {name: value for name, value in write_plan(plan).items() if name != "key"}
        PricePlan.objects.get_or_create(
            code=plan.key, version=1, defaults={**facts, "valid_from": datetime(2000, 1, 1, tzinfo=UTC)}
        )
