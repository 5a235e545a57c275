"""A caller that waits gets the outcome from whichever process made it, or a way to ask later."""

from bench.sink import Mode
from tests.engine.world import edge, http, respond, webhook

RAISE = {"key": "stop", "kind": "raise", "config": {"code": "order.no_address", "message": "No address."}}


def test_a_sync_flow_answers_with_its_reply(shop, sink):
    step = respond(status=201, headers={"X-Order": "{order.body.order_id}"})
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), step, reply="sync")
    answer = flow.send({"order_id": "b1"})
    assert (answer.status, answer.json, answer.headers["x-order"]) == (201, {"order_id": "b1"}, "b1")
    assert shop.world.run(answer.run).state == "succeeded"


def test_fifty_callers_at_once_get_their_own_replies(shop, sink):
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), respond(), reply="sync")
    begun = [flow.begin({"order_id": f"c{n}"}) for n in range(50)]
    assert [one.result(30).json["order_id"] for one in begun] == [f"c{n}" for n in range(50)]


def test_without_a_respond_step_the_last_output_is_the_reply(shop, sink):
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), reply="sync")
    answer = flow.send({"order_id": "d1"})
    assert (answer.status, answer.json["body"]) == (200, {"id": "d1", "status": "taken"})


def test_a_run_that_dies_tells_its_caller(shop):
    flow = shop.publish(webhook(), RAISE, reply="sync")
    answer = flow.send()
    assert answer.status == 422
    assert answer.json["error"] == {"code": "order.no_address", "message": "No address.", "step": "stop"}
    assert shop.world.run(answer.run).state == "dead"


def test_a_destination_that_refuses_is_a_bad_gateway(shop, sink):
    sink.mode(Mode(kind="status", status=400))
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), reply="sync")
    answer = flow.send({"order_id": "e1"})
    assert (answer.status, answer.json["error"]["code"]) == (502, "remote.status_400")


def test_after_the_deadline_the_caller_gets_202_and_the_reply_at_the_status_url(world, shop, sink):
    sink.mode(Mode(delay_ms=1200))
    flow = shop.publish(
        webhook(), http(f"{sink.url}/orders"), respond(status=201), reply="sync", deadline_s=0.2
    )
    answer = flow.send({"order_id": "f1"})
    assert (answer.status, answer.json["state"]) == (202, "accepted")
    at = answer.json["status_url"]
    shown = world.doors[0].ask(at, headers=shop.headers, method="GET").result(20)
    assert (shown.status, shown.json["state"]) == (200, "running")
    world.until(answer.run, "succeeded")
    shown = world.doors[0].ask(at, headers=shop.headers, method="GET").result(20)
    assert (shown.status, shown.json) == (201, {"order_id": "f1"})


def test_a_repeated_request_gets_the_first_reply_at_another_door(world, shop, sink):
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), respond(status=201), reply="sync")
    other = world.door()
    first = flow.send({"order_id": "g1"}, idempotency_key="g")
    again = flow.send({"order_id": "g1"}, other, idempotency_key="g")
    assert (again.status, again.json, again.run) == (201, {"order_id": "g1"}, first.run)
    assert sink.stats()["received"] == 1


def test_a_repeat_while_the_first_runs_waits_for_the_same_reply(world, shop, sink):
    sink.mode(Mode(delay_ms=700))
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), respond(status=201), reply="sync")
    doors = [world.doors[0], world.door(), world.doors[0]]
    begun = [flow.begin({"order_id": "h1"}, door, idempotency_key="h") for door in doors]
    answers = [one.result(30) for one in begun]
    assert {(answer.status, answer.run) for answer in answers} == {(201, answers[0].run)}
    assert sink.stats()["received"] == 1


def test_the_error_port_turns_a_failure_into_an_answer(shop, sink):
    sink.mode(Mode(kind="status", status=404))
    sorry = respond("sorry", status=424, value=["get", "send", "error", "code"])
    flow = shop.publish(
        webhook(), http(f"{sink.url}/orders"), respond(), sorry,
        edges=[edge("order", "send"), edge("send", "answer"), edge("send", "sorry", "error")], reply="sync",
    )  # fmt: skip
    answer = flow.send({"order_id": "i1"})
    assert (answer.status, answer.body) == (424, b"remote.status_404")
    assert shop.world.run(answer.run).state == "succeeded"
