from datetime import timedelta

import pytest

from integrations.delivery.states import State
from integrations.desk.queries import breakers, dead_letters
from integrations.desk.queries.dead_letters import LetterFilter
from integrations.desk.selection import Selection
from integrations.desk.words import Fault
from integrations.engine.models import Breaker
from integrations.errors import AccessError, ConfigError
from integrations.tenants.ids import new_id
from tests import factories
from tests.desk import rows

pytestmark = pytest.mark.django_db


def test_causes_come_first_the_commonest_on_top(flow, shop, owner, as_role):
    to = new_id()
    for _ in range(3):
        rows.run(flow, error_destination=to)
    soon = rows.now() + timedelta(hours=5)
    rows.run(flow, error_code="mapping.value", dead_reason="input", expires_at=soon)
    rows.run(flow, error_code="mapping.value", dead_reason="input", held=True, expires_at=rows.now())
    rows.run(flow, State.IN_DOUBT)
    with as_role("web"):
        common, rare = dead_letters.causes(owner)
    assert (common.count, common.destination, common.connector) == (3, "the address of an http step", "http")
    assert common.selection == Selection(flow_id=flow.id, code="remote.refused", step="ship", destination=to)
    assert (rare.count, rare.held, rare.soonest_expiry, rare.whose) == (2, 1, soon, Fault.SENDER)
    assert abs(rare.expires_in - timedelta(hours=5)) < timedelta(minutes=1)
    assert (rare.flow_name, common.message) == ("Orders", "ShipStation refused the order.")


def test_the_number_of_queries_does_not_grow_with_the_causes(flow, owner, as_role, counting):
    for number in range(30):
        rows.run(flow, error_code=f"remote.{number}", error_destination=new_id())
    with as_role("web"), counting() as counted:
        assert len(dead_letters.causes(owner)) == 30
    assert len(counted.reads) == 3


def test_letters_are_narrowed_and_paged(flow, shop, owner, as_role):
    other, to = rows.flow(shop.pk, "Stock"), new_id()
    plain = [rows.run(flow).id for _ in range(3)]
    held = rows.run(other, held=True, error_destination=to, dead_reason="unavailable").id
    rows.run(flow, State.SUCCEEDED)
    asked = {
        "all": LetterFilter(),
        "flow": LetterFilter(Selection(flow_id=other.id)),
        "destination": LetterFilter(Selection(destination=to)),
        "code": LetterFilter(Selection(code="mapping.value")),
        "ids": LetterFilter(Selection(ids=(plain[1],))),
        "held": LetterFilter(held=True),
        "not held": LetterFilter(held=False),
        "reason": LetterFilter(reason="unavailable"),
        "older": LetterFilter(until=rows.now() - timedelta(days=1)),
    }
    with as_role("web"):
        found = {
            name: {row.id for row in dead_letters.dead_letters(owner, where=where).rows}
            for name, where in asked.items()
        }
        first = dead_letters.dead_letters(owner, limit=3)
        second = dead_letters.dead_letters(owner, limit=3, before=first.next_before)
        assert dead_letters.open_count(owner) == 4
    assert [row.id for row in (*first.rows, *second.rows)] == [held, *plain[::-1]]
    assert found == {
        "all": {*plain, held},
        "flow": {held},
        "destination": {held},
        "code": set(),
        "ids": {plain[1]},
        "held": {held},
        "not held": set(plain),
        "reason": {held},
        "older": set(),
    }


def test_another_tenant_sees_no_letters(flow, stranger, as_role):
    made = rows.run(flow)
    Breaker.objects.create(destination=new_id(), tenant_id=flow.tenant_id, phase=2, since=rows.now())
    with as_role("web"):
        assert dead_letters.causes(stranger) == []
        assert dead_letters.dead_letters(stranger, where=LetterFilter(Selection(ids=(made.id,)))).rows == ()
        assert dead_letters.open_count(stranger) == 0
        assert breakers.outages(stranger) == []


def test_a_key_without_the_scope_sees_none(shop, as_role):
    key = factories.Actor(factories.ActorKind.API_KEY, shop.pk, scopes=frozenset({"run.view"}))
    with as_role("web"):
        for read in (dead_letters.causes, dead_letters.dead_letters, dead_letters.open_count):
            with pytest.raises(AccessError):
                read(key)


def test_a_selection_by_number_has_bounds():
    for ids in ((), tuple(new_id() for _ in range(1001))):
        with pytest.raises(ConfigError):
            Selection(ids=ids)


def test_an_outage_is_said_in_words(flow, owner, as_role):
    to, since = new_id(), rows.now() - timedelta(minutes=5)
    Breaker.objects.create(
        destination=to,
        tenant_id=flow.tenant_id,
        phase=2,
        since=since,
        probe_at=rows.now() + timedelta(seconds=4),
        probes=7,
        connector="http",
    )
    for _ in range(2):
        rows.run(flow, State.WAITING, waiting="breaker", waits_for=to)
    with as_role("web"):
        (outage,) = breakers.outages(owner)
    assert outage.words == (
        "The address of an http step does not answer."
        " 2 runs wait for it and go on by themselves when it does."
    )
    assert (outage.since, outage.probes, outage.is_probing) == (since, 7, False)
    assert abs(outage.probe_in - timedelta(seconds=4)) < timedelta(seconds=2)
