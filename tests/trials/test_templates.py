"""Templates tried without anything being made, and used with their sample beside them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from integrations.connectors import loader as connectors
from integrations.connectors.models import Connection
from integrations.connectors.twin.server import make_app
from integrations.errors import AccessError
from integrations.flows.models import Flow
from integrations.flows.templates import loader
from integrations.partners.models import Partner
from integrations.tenants.access import BUILDER, VIEWER
from integrations.tenants.binding import bind
from integrations.trials import queries
from integrations.trials.services.templates import try_template, use_template
from integrations.trials.services.trying import Wanted, try_flow
from tests import factories
from tests.twins import served

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def all_twins() -> Iterator[str]:
    with served(make_app([connectors.manifest(key) for key in connectors.found()], limit_factor=0)) as url:
        yield url


@pytest.fixture
def by(db: None, all_twins: str, settings: Any) -> Any:
    settings.SEVENM = replace(settings.SEVENM, sandbox=True, sandbox_url=all_twins)
    return factories.member(factories.tenant().id, BUILDER)


@pytest.mark.parametrize("key", loader.found())
def test_a_template_goes_through_with_its_sample_and_leaves_nothing(by: Any, key: str) -> None:
    tried = try_template(by=by, key=key)
    assert (tried.made.error, str(tried.made.outcome)) == (None, "succeeded")
    with bind(by.tenant_id):
        assert not Flow.objects.exists()
        assert not Connection.objects.exists()
        assert not Partner.objects.exists()


def test_the_reply_of_a_trial_is_what_the_sender_would_get(by: Any) -> None:
    reply = try_template(by=by, key="payroll-to-books").made.reply
    assert reply is not None
    assert json.loads(reply.body)["total"] == 12783.75


def test_a_used_template_has_its_sample_and_is_tried_with_it(by: Any) -> None:
    flow = use_template(by=by, key="bank-statement", name="Bank")
    (sample,) = queries.samples(by, flow.id)
    said = loader.template("bank-statement").about.sample
    assert said is not None
    assert (sample.name, sample.origin) == (said.title, "template")
    assert sample.size_bytes == len(loader.sample("bank-statement"))
    wanted = Wanted(flow.draft, sample_id=sample.id)
    assert str(try_flow(by=by, flow_id=flow.id, wanted=wanted).made.outcome) == "succeeded"


def test_a_viewer_tries_nothing(by: Any) -> None:
    with pytest.raises(AccessError):
        try_template(by=factories.member(by.tenant_id, VIEWER), key="order-to-chat")
