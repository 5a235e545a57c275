import base64
import hmac
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core import mail

from integrations.connectors.egress import EgressPolicy, development
from integrations.desk import messages, notify
from integrations.desk.models import AlertRoute, FollowUp, Notice, NoticeKind
from integrations.desk.queries import alerts as queries
from integrations.desk.services import alerts, notices
from integrations.engine.models import Alert
from integrations.tenants import services as tenants
from tests import factories
from tests.desk import rows
from tests.desk.rows import SECRET

pytestmark = pytest.mark.django_db
SITE = "https://7m.example.test"


@pytest.fixture
def people(shop):
    """The owner who made the shop, a builder and a viewer."""
    owner = factories.member(shop.pk)
    for role in ("builder", "viewer"):
        tenants.add_member(by=owner, user=factories.user(f"{role}@shop.example.test"), role=role)
    return owner


@pytest.fixture
def receiver():
    """A real web server that keeps what it gets and answers as told."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        answer = 204

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append((dict(self.headers.items()), body))
            self.send_response(type(self).answer)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args):
            """Keep the test's output clean."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/7m", got, Handler
        server.shutdown()


@pytest.fixture
def round_of(as_role):
    """Make one round as the worker does."""

    def make(policy=None, **options):
        with as_role("engine"):
            return notify.make_round(policy or development(), site_url=SITE, **options)

    return make


def later(**ago):
    """Let what was sent be so long ago."""
    Alert.objects.update(sent_at=rows.now() - timedelta(**ago))


def test_owners_and_builders_hear_of_an_alert_in_the_first_round(flow, shop, people, round_of):
    rows.alert(flow, message=f"It said {SECRET}", count=3)
    rows.run(flow, error_message=f"It said {SECRET}")
    assert round_of() == 2
    to = {address for message in mail.outbox for address in message.to}
    assert to == {shop.members.get(role="owner").user.email, "builder@shop.example.test"}
    assert mail.outbox[0].subject == "7M, Siam Leather: new alert"
    assert "- Orders: remote.refused 3 runs." in mail.outbox[0].body
    assert f"See {SITE}/alerts" in mail.outbox[0].body
    assert SECRET not in "".join(message.body for message in mail.outbox)


def test_the_second_round_says_nothing_new(flow, people, round_of):
    rows.alert(flow)
    rows.run(flow)
    assert (round_of(), round_of()) == (2, 0)
    assert Alert.objects.get().sent_count == 1


def test_a_digest_comes_after_fifteen_minutes_while_the_count_grows(flow, people, round_of):
    made = rows.alert(flow)
    rows.run(flow)
    round_of()
    Alert.objects.filter(id=made.id).update(count=8)
    later(minutes=14)
    assert round_of() == 0
    later(minutes=16)
    assert round_of() == 2
    assert mail.outbox[-1].subject == "7M, Siam Leather: failures go on"
    assert "7 runs." in mail.outbox[-1].body
    later(minutes=16)
    assert round_of() == 0


def test_one_message_tells_of_all_causes(flow, people, round_of):
    for number in range(60):
        rows.alert(flow, f"remote.{number}")
        rows.run(flow, error_code=f"remote.{number}")
    assert round_of() == 2
    assert mail.outbox[0].subject == "7M, Siam Leather: new alert (60 causes)"
    assert "- and 10 more" in mail.outbox[0].body


def test_an_acknowledged_alert_sends_no_digest(flow, people, round_of, as_role):
    made = rows.alert(flow)
    rows.run(flow)
    round_of()
    with as_role("web"):
        alerts.acknowledge(by=people, alert_id=made.id)
    Alert.objects.filter(id=made.id).update(count=8)
    later(minutes=16)
    assert round_of() == 0


def test_warnings_come_as_the_time_runs_out(flow, people, round_of):
    rows.alert(flow)
    letter = rows.run(flow)
    told = []
    for hours in (60, 47, 40, 23, 5, 4):
        letter.expires_at = rows.now() + timedelta(hours=hours)
        letter.save(update_fields=["expires_at"])
        before = len(mail.outbox)
        round_of()
        told.append(sum("expire soon" in message.subject for message in mail.outbox[before:]) // 2)
    assert told == [0, 1, 0, 1, 1, 0]
    assert "in less than 6 hours; 1 in all." in mail.outbox[-1].body


def test_a_held_letter_warns_of_nothing_and_more_time_starts_over(flow, people, round_of):
    rows.alert(flow)
    letter = rows.run(flow, held=True, expires_at=rows.now() + timedelta(hours=5))
    assert round_of() == 2
    assert [notice.kind for notice in Notice.objects.all()] == [NoticeKind.RAISED] * 2
    letter.held = False
    letter.save(update_fields=["held"])
    assert round_of() == 2
    letter.expires_at = rows.now() + timedelta(hours=80)
    letter.save(update_fields=["expires_at"])
    assert round_of() == 0
    assert FollowUp.objects.get().warned_h == 0


def test_a_webhook_is_signed_and_says_no_payload(flow, people, receiver, round_of, as_role):
    url, got, _ = receiver
    rows.alert(flow, message=f"It said {SECRET}")
    rows.run(flow)
    with as_role("web"):
        made = alerts.create_route(by=people, kind="webhook", target=url)
    assert round_of() == 3
    ((headers, body),) = got
    secret = base64.b64decode(made.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    told = json.loads(body)
    assert (told["type"], told["data"]["url"]) == ("alert.raised", f"{SITE}/alerts")
    assert told["data"]["alerts"][0]["code"] == "remote.refused"
    assert SECRET.encode() not in body
    assert AlertRoute.objects.get().sent_at is not None


def test_a_signature_is_that_of_the_published_example():
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = messages.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_webhook_that_fails_is_tried_again_under_the_same_id(flow, people, receiver, round_of, as_role):
    url, got, handler = receiver
    rows.alert(flow)
    rows.run(flow)
    with as_role("web"):
        alerts.create_route(by=people, kind="webhook", target=url)
        alerts.create_route(by=people, kind="email", target="ops@example.test")
    handler.answer = 503
    assert round_of() == 1
    assert round_of() == 0
    waiting = Notice.objects.get(channel="webhook")
    assert (waiting.attempts, waiting.last_error) == (1, "It answered 503.")
    assert waiting.due_at > rows.now()
    Notice.objects.filter(id=waiting.id).update(due_at=rows.now() - timedelta(seconds=1))
    handler.answer = 200
    assert round_of() == 1
    assert [headers["webhook-id"] for headers, _ in got] == [str(waiting.id)] * 2
    assert [message.to for message in mail.outbox] == [["ops@example.test"]]


def test_a_message_is_given_up_after_its_last_try(flow, people, receiver, round_of, as_role):
    url, got, handler = receiver
    rows.alert(flow)
    rows.run(flow)
    with as_role("web"):
        alerts.create_route(by=people, kind="webhook", target=url)
    handler.answer = 500
    for _ in range(10):
        round_of()
        Notice.objects.exclude(due_at=None).update(due_at=rows.now() - timedelta(seconds=1))
    assert len(got) == len(notices.RETRIES_S) + 1
    with as_role("web"):
        told = {row.channel: row.state for row in queries.notices(people)}
    assert told == {"webhook": "given_up", "email": "sent"}


def test_an_address_that_is_gone_for_good_is_switched_off(flow, people, receiver, round_of, as_role):
    url, _, handler = receiver
    rows.alert(flow)
    rows.run(flow)
    with as_role("web"):
        alerts.create_route(by=people, kind="webhook", target=url)
    handler.answer = 410
    round_of()
    route = AlertRoute.objects.get()
    assert (route.enabled, route.last_error) == (False, "It answered 410.")


def test_an_address_inside_our_network_is_not_called(flow, people, receiver, round_of, as_role):
    url, got, _ = receiver
    rows.alert(flow)
    rows.run(flow)
    with as_role("web"):
        alerts.create_route(by=people, kind="webhook", target=url)
    round_of(EgressPolicy(allowed_ports=(range(1, 65536),)))
    assert got == []
    assert AlertRoute.objects.get().last_error


def test_what_waits_for_a_deleted_address_is_dropped(flow, people, receiver, round_of, as_role):
    url, got, handler = receiver
    rows.alert(flow)
    rows.run(flow)
    with as_role("web"):
        route = alerts.create_route(by=people, kind="webhook", target=url).route
    handler.answer = 503
    round_of()
    with as_role("web"):
        alerts.delete_route(by=people, route_id=route.id)
    Notice.objects.exclude(due_at=None).update(due_at=rows.now() - timedelta(seconds=1))
    round_of()
    assert len(got) == 1
    assert not Notice.objects.exclude(due_at=None).exists()


def test_what_one_process_sends_no_other_sends(flow, people, as_role):
    rows.alert(flow)
    rows.run(flow)
    with as_role("engine"):
        assert notices.plan(tenant_id=flow.tenant_id) == 2
        assert len(notices.claim(tenant_id=flow.tenant_id)) == 2
        assert notices.claim(tenant_id=flow.tenant_id) == []


def test_old_messages_are_deleted(flow, people, round_of, as_role):
    rows.alert(flow)
    rows.run(flow)
    round_of()
    Notice.objects.filter(target="builder@shop.example.test").update(
        created_at=rows.now() - timedelta(days=31)
    )
    with as_role("engine"):
        assert notices.forget_everywhere() == 1
    assert Notice.objects.count() == 1
