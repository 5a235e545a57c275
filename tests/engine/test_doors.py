"""What the door for documents answers, to whom, and what it never takes."""

import base64
import hmac

import pytest

from integrations.connectors.services import Wanted, create_connection
from integrations.engine.ingress import Rates
from integrations.flows import queries, services
from integrations.tenants import apikeys
from integrations.tenants.services import revoke_api_key
from tests.chaos.stack import wait_until
from tests.engine.world import http, respond, webhook

SECRET = b"hush-hush-leather"


def counts(world, flow):
    return world.sql("SELECT count(*) FROM engine_run WHERE flow_id = %s", flow.id)[0][0]


def test_an_accepted_request_is_answered_202_and_delivered_once(shop, sink):
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"))
    answer = flow.send({"order_id": "a1"})
    assert (answer.status, answer.json["state"]) == (202, "accepted")
    assert answer.json["status_url"] == f"{flow.path}/runs/{answer.run}"
    assert shop.world.until(answer.run).state == "succeeded"
    assert [(call.id, call.applied) for call in sink.records()] == [("a1", True)]


def test_an_unknown_hook_is_not_there(world, shop):
    for token in ("x", "A" * 32, "A" * 65, "ü" * 30, "a/b", ""):
        answer = world.doors[0].ask(f"/in/{token}", [b"{}"], shop.headers).result(20)
        assert answer.status == 404, token


def test_a_flow_that_is_switched_off_takes_nothing(world, shop):
    flow = shop.publish(webhook(), respond())
    with world.orm():
        services.set_enabled(by=shop.actor, flow_id=flow.id, enabled=False)
    answer = flow.send()
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "ingress.disabled", "60")
    assert counts(world, flow) == 0


def test_a_closed_address_takes_nothing(world, shop):
    flow = shop.publish(webhook(), respond())
    with world.orm():
        (hook,) = queries.hooks(shop.actor, flow.id)
        services.set_hook_enabled(by=shop.actor, hook_id=hook.id, enabled=False)
    assert flow.send().status in {404, 503}
    assert counts(world, flow) == 0


def test_a_request_without_a_good_key_is_refused(world, shop):
    flow = shop.publish(webhook(), respond())
    forged = shop.key[:-12] + ("A" if shop.key[-12] != "A" else "B") + shop.key[-11:]
    for text in ("", "Basic abc", "Bearer ", "Bearer nonsense", f"Bearer {forged}", "Bearer " + "7m_" * 5000):
        answer = flow.send(authorization=text)
        assert (answer.status, answer.code) == (401, "access.api_key"), text[:20]
    assert counts(world, flow) == 0


def test_another_tenants_key_sees_no_hook(world, shop):
    flow, other = shop.publish(webhook(), respond()), world.shop()
    answer = flow.send(authorization=f"Bearer {other.key}")
    assert (answer.status, answer.code) == (404, "ingress.unknown_hook")
    assert counts(world, flow) == 0


def test_a_key_without_the_scope_may_not_send(world, shop):
    flow = shop.publish(webhook(), respond())
    with world.orm():
        narrow = shop.api_key(["flow.view"])
    answer = flow.send(authorization=f"Bearer {narrow}")
    assert (answer.status, answer.code) == (403, "access.scope")
    assert counts(world, flow) == 0


def test_a_revoked_key_is_refused(world, shop):
    flow = shop.publish(webhook(), respond())
    with world.orm():
        text = shop.api_key(["ingress.send"])
        revoke_api_key(by=shop.actor, key_id=apikeys.parse(text).key_id)
    assert flow.send(authorization=f"Bearer {text}").status == 401


def test_only_post_is_taken(world, shop):
    flow = shop.publish(webhook(), respond())
    for method in ("GET", "PUT", "DELETE"):
        answer = world.doors[0].ask(flow.path, [b"{}"], shop.headers, method).result(20)
        assert (answer.status, answer.code) == (405, "ingress.method")
    assert world.doors[0].ask(f"{flow.path}/more", [b"{}"], shop.headers).result(20).status == 404


# signed messages


@pytest.fixture
def signed(world, shop):
    """A flow behind the signature of a shop's webhooks."""
    with world.orm():
        create_connection(
            by=shop.actor, connector="shopify", wanted=Wanted("Leather shop", "twin", {"shop": "siam"}, {})
        )
    flow = shop.publish(webhook(auth="signature", connection="Leather shop"), respond())
    with world.orm():
        (hook,) = queries.hooks(shop.actor, flow.id)
        services.set_verifier(by=shop.actor, hook_id=hook.id, secret=SECRET)
    flow.hook_id = hook.id
    return flow


def signature(body, secret=SECRET):
    return base64.b64encode(hmac.digest(secret, body, "sha256")).decode()


def deliver(flow, body=b'{"id":1}', *, message="", **headers):
    given = {"authorization": "", **headers}
    if message:
        given["x_shopify_webhook_id"] = message
    return flow.send(body, **given)


def test_a_good_signature_is_taken_without_a_key(signed):
    body = b'{"id":1}'
    assert deliver(signed, body, x_shopify_hmac_sha256=signature(body)).status == 202


def test_a_wrong_signature_is_refused(world, signed):
    body = b'{"id":1}'
    for text in ("", "AAAA", signature(body + b" "), signature(body, b"another secret"), "ÿ", "A" * 10_000):
        answer = deliver(signed, body, x_shopify_hmac_sha256=text)
        assert (answer.status, answer.code.partition(".")[0]) == (401, "webhook"), text[:20]
    assert deliver(signed, body).status == 401
    assert counts(world, signed) == 0


def test_a_replayed_message_gets_the_first_answer_and_makes_no_run(world, signed):
    body = b'{"id":7}'
    answers = [deliver(signed, body, message="m-1", x_shopify_hmac_sha256=signature(body)) for _ in range(3)]
    assert {answer.status for answer in answers} == {202}
    assert len({answer.run for answer in answers}) == 1
    assert counts(world, signed) == 1


def test_two_secrets_live_while_one_is_replaced(world, shop, signed):
    with world.orm():
        services.set_verifier(
            by=shop.actor, hook_id=signed.hook_id, secret=b"the new one", keep_previous=True
        )
    body = b'{"id":2}'
    for secret in (SECRET, b"the new one"):
        assert deliver(signed, body, x_shopify_hmac_sha256=signature(body, secret)).status == 202


def test_an_address_without_a_signing_secret_is_off(world, shop, signed):
    with world.orm():
        services.set_verifier(by=shop.actor, hook_id=signed.hook_id, secret=None)
    body = b'{"id":3}'
    answer = deliver(signed, body, x_shopify_hmac_sha256=signature(body, b""))
    assert (answer.status, answer.code) == (503, "ingress.no_verifier")
    assert counts(world, signed) == 0


# limits


def test_the_limit_of_the_body_is_exact(world, shop):
    flow = shop.publish(webhook(max_bytes=1000, format="json"), respond())
    fits = b'{"a":"' + b"x" * 992 + b'"}'
    assert (len(fits), flow.send(fits).status) == (1000, 202)
    for chunks in ([fits + b" "], [fits[:500], fits[500:], b" "]):
        answer = world.doors[0].ask(flow.path, chunks, shop.headers).result(20)
        assert (answer.status, answer.code) == (413, "ingress.too_large")
    told = world.doors[0].ask(flow.path, [fits], {**shop.headers, "content-length": "1001"}).result(20)
    assert told.status == 413
    assert counts(world, flow) == 1


def test_too_many_requests_are_told_when_to_come_again(quiet):
    shop, door = quiet.shop(), quiet.door(lambda lane, ids: None, rates=Rates(per_s=0.001, burst=3))
    flow = shop.publish(webhook(), respond())
    answers = [flow.send({"n": n}, door) for n in range(5)]
    assert [answer.status for answer in answers] == [202, 202, 202, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert quiet.sql("SELECT count(*) FROM engine_run") == [(3,)]


def test_what_a_flow_refuses_to_decode_is_refused_at_the_door(world, shop):
    flow = shop.publish(webhook(), respond())
    answer = flow.send(b'{"a": }')
    assert (answer.status, answer.json["code"].partition(".")[0]) == (400, "json")
    assert answer.json["place"]
    assert counts(world, flow) == 0


# the outcome of a run


def test_the_status_of_a_run_is_for_those_who_may_send(world, shop, sink):
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), respond())
    answer = flow.send({"order_id": "s1"})
    world.until(answer.run, "succeeded")
    door, at = world.doors[0], answer.json["status_url"]
    shown = door.ask(at, headers=shop.headers, method="GET").result(20)
    assert (shown.status, shown.json) == (200, {"order_id": "s1"})
    assert door.ask(at, method="GET").result(20).status == 401
    stranger = {"authorization": f"Bearer {world.shop().key}"}
    assert door.ask(at, headers=stranger, method="GET").result(20).status == 404
    for run in ("nothing", "00000000-0000-0000-0000-000000000000"):
        assert (
            door.ask(f"{flow.path}/runs/{run}", headers=shop.headers, method="GET").result(20).status == 404
        )


def test_a_run_of_another_flow_is_not_shown(world, shop, sink):
    flow, other = (shop.publish(webhook(), http(f"{sink.url}/orders")) for _ in range(2))
    answer = other.send()
    at = f"{flow.path}/runs/{answer.run}"
    assert world.doors[0].ask(at, headers=shop.headers, method="GET").result(20).status == 404


def test_a_new_version_takes_the_next_requests(world, shop):
    flow = shop.publish(webhook(), respond())
    first = world.until(flow.send().run)
    version = flow.publish_again(webhook(), respond(status=201))

    def taken():  # the door may keep a hook for a second
        return (run := world.run(flow.send().run)).version_id == version and run

    second = wait_until(taken, within_s=10, what="the new version to be used")
    assert (first.version_id, second.version_id) == (flow.version_id, version)
