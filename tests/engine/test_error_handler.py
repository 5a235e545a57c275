"""Failures without a way of their own, and runs that are stopped on purpose."""

from bench.sink import Mode
from tests.engine.test_replay import done, replay
from tests.engine.world import edge, http, respond, webhook

BODY = {"order_id": "one"}
ALERT = "the alert"


def handler(**config):
    return {"key": "failed", "kind": "error_handler", "config": config}


def tells(sink):
    """A call with what the handler was given."""
    rules = [
        {"to": "order_id", "op": ALERT},
        {"to": "error", "op": ["get", "failed", "error"]},
        {"to": "order", "op": ["get", "order", "body", "order_id"]},
    ]
    return http(f"{sink.url}/told", "told", value=None, body={"version": 1, "rules": rules})


def handled(shop, sink, *more, edges=(), config=None, **settings):
    return shop.publish(
        webhook(), http(f"{sink.url}/orders"), handler(**config or {}), tells(sink), *more,
        edges=[edge("order", "send"), edge("failed", "told"), *edges], **settings,
    )  # fmt: skip


def refuse(sink, *ids):
    sink.mode(Mode(kind="status", status=404, ids=frozenset(ids or {"one"})))


def test_a_failure_starts_the_handler_and_the_run_is_a_dead_letter_all_the_same(world, shop, sink):
    refuse(sink)
    run = handled(shop, sink).send(BODY).run
    found = world.until(run)
    assert (found.state, found.error_step, found.error_code) == ("dead", "send", "remote.status_404")
    assert [call.id for call in sink.records()] == ["one", ALERT]


def test_the_handler_knows_what_failed_and_what_came_before(world, shop, sink):
    refuse(sink)
    answer = respond("answer", status=422, value=["get", "failed", "error"])
    flow = shop.publish(
        webhook(), http(f"{sink.url}/orders"), handler(), answer,
        edges=[edge("order", "send"), edge("failed", "answer")], reply="sync",
    )  # fmt: skip
    answer = flow.send(BODY)
    assert answer.status == 422
    assert {name: answer.json[name] for name in ("code", "step", "kind")} == {
        "code": "remote.status_404", "step": "send", "kind": "refused",
    }  # fmt: skip


def test_a_failure_that_is_dealt_with_is_a_success_that_still_says_what_failed(world, shop, sink):
    refuse(sink)
    flow = handled(shop, sink, config={"then": "succeed"})
    found = world.until(flow.send(BODY).run)
    assert (found.state, found.error_step, found.error_code) == ("succeeded", "send", "remote.status_404")
    assert world.sql("SELECT count(*) FROM engine_alert WHERE flow_id = %s", flow.id) == [(0,)]


def test_a_step_with_a_way_of_its_own_does_not_start_the_handler(world, shop, sink):
    refuse(sink)
    own = http(f"{sink.url}/own", "own", value=["get", "send", "error"])
    run = handled(shop, sink, own, edges=[edge("send", "own", "error")]).send(BODY).run
    assert world.until(run).state == "succeeded"
    assert [step for step, *_ in world.attempts(run)] == ["send", "own"]


def test_a_handler_that_fails_hides_nothing(world, shop, sink):
    refuse(sink, "one", ALERT)
    found = world.until(handled(shop, sink).send(BODY).run)
    assert (found.error_step, found.error_code) == ("send", "remote.status_404")
    assert "Then the error handler failed at “told”" in found.error_message


def test_a_failure_in_a_loop_starts_the_handler(world, shop, sink):
    refuse(sink, "b")
    loop = {"key": "each", "kind": "for_each", "config": {"items": ["get", "order", "body", "lines"]}}
    line = http(f"{sink.url}/line", "line", value=["get", "each", "item"])
    flow = shop.publish(
        webhook(), loop, line, handler(), tells(sink),
        edges=[edge("order", "each"), edge("each", "line", "each"), edge("failed", "told")],
    )  # fmt: skip
    found = world.until(flow.send({"lines": [{"order_id": name} for name in "abc"]}).run)
    assert (found.state, found.error_step) == ("dead", "line")
    assert [call.id for call in sink.records()] == ["a", "b", ALERT]


def test_a_replay_of_a_handled_failure_goes_on_at_the_failed_step(world, shop, sink):
    refuse(sink)
    run = handled(shop, sink).send(BODY).run
    world.until(run)
    sink.mode()
    done(world, replay(shop, run))
    assert world.until(run, "succeeded").error_code == ""
    assert [call.id for call in sink.records()] == ["one", ALERT, "one"]


# stop


def stop(**config):
    return {"key": "enough", "kind": "stop", "config": config}


def test_a_run_that_is_stopped_has_succeeded_and_keeps_its_reason(world, shop, sink):
    flow = shop.publish(webhook(), stop(reason="It is a test order."), reply="sync")
    answer = flow.send(BODY)
    found = world.run(answer.run)
    assert (answer.status, answer.json) == (200, {"stopped": "It is a test order."})
    assert (found.state, found.error_step, found.error_message) == (
        "succeeded", "enough", "It is a test order.",
    )  # fmt: skip


def loop_that_stops(shop, sink, what):
    """Send each line; at the line “b” stop before it is sent."""
    loop = {"key": "each", "kind": "for_each", "config": {"items": ["get", "order", "body", "lines"]}}
    is_b = {"port": "b", "if": ["eq", ["get", "each", "item", "order_id"], "b"]}
    return shop.publish(
        webhook(), loop, {"key": "choice", "kind": "branch", "config": {"cases": [is_b]}},
        stop(what=what), http(f"{sink.url}/line", "line", value=["get", "each", "item"]),
        http(f"{sink.url}/whole", "whole"),
        edges=[
            edge("order", "each"), edge("each", "choice", "each"), edge("choice", "enough", "b"),
            edge("choice", "line", "else"), edge("each", "whole", "done"),
        ],
    )  # fmt: skip


LINES = {"order_id": "all", "lines": [{"order_id": name} for name in "abc"]}


def test_a_stop_of_the_turn_goes_on_with_the_next_item(world, shop, sink):
    assert world.until(loop_that_stops(shop, sink, "iteration").send(LINES).run).state == "succeeded"
    assert [call.id for call in sink.records()] == ["a", "c", "all"]


def test_a_stop_of_the_run_ends_the_loop_and_all_behind_it(world, shop, sink):
    assert world.until(loop_that_stops(shop, sink, "run").send(LINES).run).state == "succeeded"
    assert [call.id for call in sink.records()] == ["a"]
