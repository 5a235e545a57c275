"""The way of a run through its flow, as the engine walked it."""

import pytest

from bench.sink import Mode
from integrations.errors import AccessError
from integrations.trials.way import way
from tests import factories
from tests.chaos.stack import wait_until
from tests.engine.test_retries import FAST
from tests.engine.test_tallies import BRANCH, LOOP
from tests.engine.world import edge, http, respond, webhook


def followed(world, shop, run):
    with world.orm():
        return way(shop.actor, run)


def told(found):
    return [(step.key, step.iteration, step.state, step.port) for step in found.steps]


def test_pure_steps_calls_and_what_was_not_reached_are_told(world, shop, sink):
    steps = webhook(), BRANCH, http(sink.url), respond()
    edges = [edge("order", "large"), edge("large", "send", "yes"), edge("large", "answer", "else")]
    flow = shop.publish(*steps, edges=edges)
    run = flow.send({"total": 150}).run
    world.until(run)
    found = followed(world, shop, run)
    assert told(found) == [
        ("order", "", "ok", "next"),
        ("large", "", "ok", "yes"),
        ("send", "", "ok", "next"),
        ("answer", "", "not_reached", ""),
    ]
    assert [step.attempts for step in found.steps] == [0, 0, 1, 0]
    assert (found.is_whole, found.steps[2].ms is not None, found.steps[1].ms) == (True, True, None)


def test_a_loop_is_followed_item_by_item_to_where_it_died(world, shop, sink):
    sink.mode(Mode(kind="status", status=400, ids=frozenset({"b"})))
    send = http(sink.url, value=["get", "lines", "item"])
    flow = shop.publish(webhook(), LOOP, send, edges=[edge("order", "lines"), edge("lines", "send", "each")])
    run = flow.send({"lines": [{"order_id": "a"}, {"order_id": "b"}]}).run
    assert world.until(run).state == "dead"
    found = followed(world, shop, run)
    assert ("send", "0", "ok", "next") in told(found)
    assert ("send", "1", "failed", "") in told(found)
    (failed,) = [step for step in found.steps if step.key == "send" and step.state == "failed"]
    assert (failed.error.code, failed.attempts) == ("remote.status_400", 1)


def test_a_run_that_waits_stands_at_its_step(world, shop, sink):
    sink.mode(Mode(kind="status", status=429, retry_after="4", first=1))
    flow = shop.publish(webhook(), http(sink.url), respond(), retry=FAST)
    run = flow.send({"order_id": "a"}).run
    world.until(run, "waiting")
    found = followed(world, shop, run)
    assert told(found) == [
        ("order", "", "ok", "next"), ("send", "", "waiting", ""), ("answer", "", "not_reached", "")
    ]  # fmt: skip


def test_a_run_on_its_way_is_where_it_is(world, shop, sink):
    sink.mode(Mode(delay_ms=1500))
    flow = shop.publish(webhook(), http(sink.url))
    run = flow.send({"order_id": "a"}).run
    wait_until(lambda: world.run(run).state == "running", within_s=5, what="the run to run")
    assert told(followed(world, shop, run))[1] == ("send", "", "running", "")
    world.until(run)


def test_without_its_document_only_the_calls_are_known(world, shop, sink):
    flow = shop.publish(webhook(), http(sink.url), respond())
    run = flow.send({"order_id": "a"}).run
    world.until(run)
    world.sql("DELETE FROM engine_document WHERE run_id = %s", run)
    found = followed(world, shop, run)
    assert not found.is_whole
    assert told(found) == [
        ("send", "", "ok", ""), ("order", "", "not_known", ""), ("answer", "", "not_known", "")
    ]  # fmt: skip


def test_a_run_of_another_tenant_or_flow_is_not_there(world, shop, sink):
    flow = shop.publish(webhook(), respond())
    run = flow.send({}).run
    world.until(run)
    other = world.shop()
    with world.orm():
        for by, of in ((other.actor, None), (shop.actor, factories.tenant().id)):
            with pytest.raises(AccessError):
                way(by, run, flow_id=of)
