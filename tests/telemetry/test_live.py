"""A tenant sees what its own flows did in the last hour."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.delivery.states import State
from integrations.errors import AccessError
from integrations.telemetry import queries
from integrations.tenants.access import Actor, ActorKind
from tests import factories, runs
from tests.runs import Request

pytestmark = pytest.mark.django_db


def ago(**time):
    return datetime.now(UTC) - timedelta(**time)


def test_flows_are_counted_with_their_errors(as_role):
    tenant = factories.tenant()
    dead = Request(ago(minutes=5), state=State.DEAD, error_code="http.503")
    runs.add(
        tenant.id,
        Request(ago(minutes=2), took_us=10_000),
        Request(ago(minutes=2), took_us=30_000),
        Request(ago(minutes=2), took_us=20_000),
        Request(ago(minutes=3), state=State.WAITING, took_us=None),
        dead,
        Request(ago(hours=2)),
    )
    runs.add(factories.tenant("Other").id, Request(ago(minutes=1)))
    with as_role("web"):
        activity = queries.activity(factories.member(tenant.id))
    (flow,) = activity.flows
    assert (flow.accepted, flow.succeeded, flow.failed, flow.open) == (5, 3, 1, 1)
    assert flow.median_ms == pytest.approx(20.0)
    assert flow.errors == (("http.503", 1),)
    assert (len(flow.per_minute), sum(flow.per_minute)) == (60, 5)


def test_a_quiet_tenant_has_no_flows():
    activity = queries.activity(factories.member(factories.tenant().id))
    assert activity.flows == ()
    assert activity.until - activity.since == timedelta(hours=1)


def test_a_key_without_the_scope_sees_nothing():
    with pytest.raises(AccessError):
        queries.activity(Actor(ActorKind.API_KEY, factories.tenant().id))
