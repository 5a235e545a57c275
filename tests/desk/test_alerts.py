import base64
from datetime import timedelta

import pytest
from django.db import connection

from integrations.delivery.states import State
from integrations.desk.models import AlertRoute
from integrations.desk.queries import alerts as queries
from integrations.desk.services import alerts as services
from integrations.engine.models import Alert
from integrations.errors import AccessError, ConfigError, ConflictError
from integrations.tenants.ids import new_id
from integrations.vault import services as vault
from tests.desk import rows

pytestmark = pytest.mark.django_db


def test_an_alert_shows_what_is_left_of_its_cause(flow, owner, as_role, counting):
    to = new_id()
    made = rows.alert(flow, "remote.timeout", destination=to, count=5, last_run_id=new_id())
    soon = rows.now() + timedelta(hours=9)
    rows.run(flow, error_code="remote.timeout", error_destination=to, expires_at=soon)
    rows.run(flow, State.IN_DOUBT, error_code="remote.timeout", error_destination=to)
    rows.run(flow, error_code="remote.timeout")
    with as_role("web"), counting() as counted:
        (told,) = queries.open_alerts(owner)
    assert (told.id, told.count, told.remaining, told.soonest_expiry) == (made.id, 5, 2, soon)
    assert told.headline == "The address of an http step did not answer in time."
    assert (told.flow_name, told.is_open, len(counted.reads)) == ("Orders", True, 3)


def test_closed_alerts_are_paged(flow, owner, as_role):
    at = rows.now()
    made = [rows.alert(flow, f"code.{n}", closed_at=at - timedelta(minutes=n)).id for n in range(5)]
    rows.alert(flow, "code.open")
    with as_role("web"):
        first = queries.closed_alerts(owner, limit=3)
        second = queries.closed_alerts(owner, limit=3, before=first[-1].id)
        assert queries.closed_alerts(owner, before=new_id()) == []
    assert [row.id for row in (*first, *second)] == made


def test_an_acknowledged_alert_stays_open(flow, owner, trail, as_role):
    made = rows.alert(flow)
    with as_role("web"):
        assert queries.open_count(owner) == 1
        services.acknowledge(by=owner, alert_id=made.id)
        services.acknowledge(by=owner, alert_id=made.id)
        told = queries.alert(owner, made.id)
        assert queries.open_count(owner) == 0
    assert (told.is_open, told.acknowledged_by) == (True, "somebody")
    assert [action for action, *_ in trail()] == ["alert.acknowledged"] * 2


def test_closing_twice_is_as_once(flow, owner, trail, as_role):
    made = rows.alert(flow)
    with as_role("web"):
        services.close(by=owner, alert_id=made.id)
        services.close(by=owner, alert_id=made.id)
        assert queries.open_alerts(owner) == []
        with pytest.raises(ConflictError):
            services.acknowledge(by=owner, alert_id=made.id)
    assert trail() == [("alert.closed", f"engine.alert:{made.id}", {"code": "remote.refused", "count": 1})]


def test_an_alert_closes_when_nothing_of_its_cause_is_left(flow, stranger, as_role):
    before = rows.now() - timedelta(minutes=5)
    settled, to = rows.alert(flow, "remote.timeout", at=before), new_id()
    rows.alert(flow, at=before)
    rows.run(flow)
    rows.run(flow, error_code="remote.timeout", error_destination=to)
    rows.alert(flow, "mapping.value")
    foreign = rows.alert(rows.flow(stranger.tenant_id), at=before)
    with as_role("engine"):
        assert services.close_settled(tenant_id=flow.tenant_id) == 1
    still = set(Alert.objects.filter(closed_at=None).values_list("code", "tenant_id"))
    assert (settled.code, flow.tenant_id) not in still
    assert len(still) == 3
    assert (foreign.code, stranger.tenant_id) in still


def test_a_webhook_gets_a_secret_that_the_web_cannot_read_again(shop, owner, trail, as_role):
    with as_role("web"):
        made = services.create_route(by=owner, kind="webhook", target=" https://ops.example.test/7m ")
    stored = AlertRoute.objects.get(id=made.route.id)
    assert made.secret.startswith("whsec_")
    assert bytes(stored.secret).startswith(b"7S")
    assert vault.rewrap_pending(shop.pk) == 1
    stored.refresh_from_db()
    opened = vault.open_credential(shop.pk, *services.PLACE, stored.id, bytes(stored.secret))
    assert base64.b64encode(opened).decode() == made.secret.removeprefix("whsec_")
    ((action, _, facts),) = trail()
    assert (action, facts) == ("alert_route.created", {"kind": "webhook", "target": stored.target})


@pytest.mark.parametrize(
    ("kind", "target", "place"),
    [
        ("pager", "https://a.example.test", "kind"),
        ("webhook", "", "target"),
        ("webhook", "ftp://a.example.test", "target"),
        ("webhook", "https://", "target"),
        ("webhook", "https://[::1", "target"),
        ("webhook", "https://a.example.test/a b", "target"),
        ("webhook", "https://a.example.test/" + "a" * 500, "target"),
        ("email", "somebody", "target"),
        ("email", "a@example.test\nBcc: b@example.test", "target"),
    ],
)
def test_an_address_that_is_none_is_refused(owner, kind, target, place, as_role):
    with as_role("web"), pytest.raises(ConfigError) as refusal:
        services.create_route(by=owner, kind=kind, target=target)
    assert refusal.value.place == place
    assert not AlertRoute.objects.exists()


def test_an_address_is_there_once_and_twenty_are_enough(owner, as_role):
    with as_role("web"):
        services.create_route(by=owner, kind="email", target="ops@example.test")
        with pytest.raises(ConflictError) as twice:
            services.create_route(by=owner, kind="email", target="ops@example.test")
        for number in range(services.MOST_ROUTES - 1):
            services.create_route(by=owner, kind="email", target=f"ops{number}@example.test")
        with pytest.raises(ConflictError) as many:
            services.create_route(by=owner, kind="email", target="more@example.test")
    assert (twice.value.code, many.value.code) == ("alert_route.exists", "alert_route.too_many")


def test_an_address_is_switched_off_and_deleted(owner, trail, as_role):
    with as_role("web"):
        route = services.create_route(by=owner, kind="email", target="ops@example.test").route
        services.set_route_enabled(by=owner, route_id=route.id, enabled=False)
        assert [listed.enabled for listed in queries.routes(owner)] == [False]
        services.delete_route(by=owner, route_id=route.id)
        assert queries.routes(owner) == []
    assert [action for action, *_ in trail()][1:] == ["alert_route.disabled", "alert_route.deleted"]


@pytest.mark.parametrize("who", ["viewer", "stranger"])
def test_who_may_not_change_alerts(flow, owner, who, request, as_role):
    actor = request.getfixturevalue(who)
    made = rows.alert(flow)
    with as_role("web"):
        route = services.create_route(by=owner, kind="email", target="ops@example.test").route
        acts = (
            lambda: services.acknowledge(by=actor, alert_id=made.id),
            lambda: services.close(by=actor, alert_id=made.id),
            lambda: services.set_route_enabled(by=actor, route_id=route.id, enabled=False),
            lambda: services.delete_route(by=actor, route_id=route.id),
        )
        for act in acts:
            with pytest.raises(AccessError):
                act()
        if who == "stranger":
            assert queries.open_alerts(actor) + queries.routes(actor) + queries.notices(actor) == []
            with pytest.raises(AccessError):
                queries.alert(actor, made.id)
    made.refresh_from_db()
    assert made.closed_at is None


def test_only_the_engine_asks_who_has_alerts(as_role):
    with as_role("web"), connection.cursor() as cursor:
        with pytest.raises(Exception, match="permission denied"):
            cursor.execute("SELECT * FROM desk_alerted()")
        connection.needs_rollback = True
