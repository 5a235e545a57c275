"""Branches that a run walks at the same time: they are one run, with one ledger and one end."""

import pytest

from bench.sink import Mode
from tests.chaos.stack import wait_until
from tests.engine.test_claims import LOSE, in_flight, unheard
from tests.engine.test_replay import done, replay
from tests.engine.world import edge, http, respond, webhook

BODY = {"order_id": "all", "names": ["a", "b", "c"], "a": "a", "b": "b", "c": "c"}


def parallel(key="both", *branches):
    return {
        "key": key,
        "kind": "parallel",
        "config": {"branches": [{"port": port} for port in branches or ("a", "b", "c")]},
    }


def sends(sink, name, **more):
    """A call of one branch, told apart by its order id."""
    plan = {"version": 1, "rules": [{"to": "order_id", "op": ["get", "order", "body", name]}]}
    given = {"value": None, "body": plan, **more}
    return http(f"{sink.url}/{name}", name, **given)


def last(**config):
    return respond("answer", **{"value": ["get", "both"], **config})


EDGES = [
    edge("order", "both"),
    edge("both", "a", "a"),
    edge("both", "b", "b"),
    edge("both", "c", "c"),
    edge("both", "answer", "done"),
]


def three(shop, sink, *, edges=EDGES, answer=None, publish=None, **more):
    steps = [sends(sink, name, **more) for name in "abc"]
    return (publish or shop.publish)(webhook(), parallel(), *steps, answer or last(), edges=edges, retry=[])


def ids(sink):
    return sorted(call.id for call in sink.records())


def test_branches_call_at_the_same_time_and_give_their_last_outputs(world, shop, sink):
    sink.mode(Mode(delay_ms=400))
    steps = [sends(sink, name) for name in "abc"]
    flow = shop.publish(webhook(), parallel(), *steps, last(), edges=EDGES, reply="sync")
    answer = flow.send(BODY)
    assert answer.status == 200
    assert {name: answer.json[name]["body"]["id"] for name in "abc"} == {"a": "a", "b": "b", "c": "c"}
    assert sink.stats()["in_flight_max"] == 3
    assert sink.stats()["unique_keys"] == 3


def test_a_branch_that_leads_nowhere_gives_nothing(world, shop, sink):
    edges = [edge("order", "both"), edge("both", "a", "a"), edge("both", "answer", "done")]
    flow = shop.publish(webhook(), parallel(), sends(sink, "a"), last(), edges=edges, reply="sync")
    answer = flow.send(BODY)
    assert (answer.json["b"], answer.json["a"]["status"]) == (None, 200)


def test_a_branch_does_not_see_what_another_has_done(world, shop, sink):
    steps = [sends(sink, "a"), respond("b", value=["get", "a"]), sends(sink, "c")]
    flow = shop.publish(webhook(), parallel(), *steps, edges=EDGES[:4], reply="sync")
    assert (flow.send(BODY).status, flow.send(BODY).body) == (200, b"")


def test_the_last_answer_in_the_order_of_the_branches_counts(world, shop, sink):
    sink.mode(Mode(delay_ms=300, ids=frozenset({"a"})))
    edges = [edge("order", "both"), edge("both", "a", "a"), edge("a", "first"), edge("both", "second", "b")]
    steps = [sends(sink, "a"), respond("first", status=201), respond("second", status=202)]
    flow = shop.publish(webhook(), parallel(), *steps, edges=edges, reply="sync")
    assert flow.send(BODY).status == 202


def test_a_worker_that_is_gone_in_the_middle_leaves_what_was_done_done(quiet, sink):
    first = quiet.engine()
    quiet.door(unheard)
    sink.mode(Mode(delay_ms=2500, ids=frozenset({"b"}), first=1))
    flow = three(quiet.shop(), sink, mode="at_least_once")
    run = flow.send(BODY).run
    wait_until(lambda: len(quiet.attempts(run)) == 2, within_s=15, what="two branches to be done")
    in_flight(sink)
    second = quiet.engine()
    quiet.sql(LOSE, run)
    second.announce(2, [run])
    assert (quiet.until(run).state, quiet.run(run).fence) == ("succeeded", 2)
    assert ids(sink) == ["a", "b", "b", "c"]
    assert sink.stats()["unique_keys"] == 3
    quiet.stop_engine(first)


def test_a_failed_branch_ends_the_run_when_all_have_ended_and_a_replay_does_only_what_is_left(
    world, shop, sink
):
    sink.mode(Mode(kind="status", status=422, ids=frozenset({"b"})))
    flow = three(shop, sink)
    run = flow.send(BODY).run
    found = world.until(run)
    assert (found.state, found.error_step, found.dead_reason) == ("dead", "b", "refused")
    assert ids(sink) == ["a", "b", "c"]
    sink.mode()
    done(world, replay(shop, run))
    assert world.until(run, "succeeded").fence == 2
    assert ids(sink) == ["a", "b", "b", "c"]
    assert sink.stats()["unique_keys"] == 3


def test_of_two_failures_the_one_that_waiting_cannot_mend_counts(world, shop, sink):
    sink.mode(Mode(kind="status", status=503, ids=frozenset({"b"})))
    steps = [sends(sink, "a"), sends(sink, "b"),
             {"key": "c", "kind": "raise", "config": {"code": "order.bad", "message": "No."}}]  # fmt: skip
    flow = shop.publish(webhook(), parallel(), *steps, edges=EDGES[:4], retry=[])
    found = world.until(flow.send(BODY).run)
    assert (found.error_step, found.error_code) == ("c", "order.bad")


def test_a_failure_inside_leaves_by_the_error_port(world, shop, sink):
    sink.mode(Mode(kind="status", status=404, ids=frozenset({"b"})))
    told = respond("told", value=["get", "both", "error"])
    steps = [*(sends(sink, name) for name in "abc"), told]
    edges = [*EDGES[:4], edge("both", "told", "error")]
    flow = shop.publish(webhook(), parallel(), *steps, edges=edges, reply="sync")
    answer = flow.send(BODY)
    assert (answer.status, answer.json["step"], answer.json["kind"]) == (200, "b", "refused")
    assert ids(sink) == ["a", "b", "c"]


def test_a_branch_that_waits_parks_the_run_when_the_others_have_ended(world, shop, sink):
    sink.mode(Mode(kind="status", status=503, ids=frozenset({"a"}), first=1, retry_after="3"))
    flow = three(shop, sink, mode="at_least_once")
    run = flow.send(BODY).run
    assert world.until(run, "waiting", "succeeded").state == "waiting"
    assert ids(sink) == ["a", "b", "c"]
    assert world.until(run).state == "succeeded"
    assert ids(sink) == ["a", "a", "b", "c"]


def test_a_call_in_doubt_is_not_hidden_behind_a_failure(world, shop, sink):
    sink.mode(Mode(kind="reset_after", ids=frozenset({"a"})))
    steps = [sends(sink, "a", mode="at_most_once"),
             {"key": "b", "kind": "raise", "config": {"message": "No."}}, sends(sink, "c")]  # fmt: skip
    flow = shop.publish(webhook(), parallel(), *steps, edges=EDGES[:4])
    found = world.until(flow.send(BODY).run)
    assert (found.state, found.error_step) == ("in_doubt", "a")


def test_a_person_cancels_between_the_calls_of_the_branches(world, shop, sink):
    sink.mode(Mode(kind="status", status=503))
    steps = [sends(sink, name) for name in "abc"]
    flow = shop.publish(webhook(), parallel(), *steps, edges=EDGES[:4], retry=[3.6])
    run = flow.send(BODY).run
    wait_until(lambda: sink.count()["received"] == 3, within_s=10, what="the first calls")
    world.sql("UPDATE engine_run SET cancel_asked = true WHERE id = %s", run)
    assert world.until(run).state == "cancelled"
    assert sink.stats()["received"] == 3


@pytest.fixture
def nested(sink):
    """A list whose turns have branches, of which one has branches again."""
    loop = {"key": "each", "kind": "for_each", "config": {"items": ["get", "order", "body", "names"]}}
    steps = [webhook(), loop, parallel("outer", "left", "right"), parallel("inner", "up", "down")]
    for name in ("left", "up", "down"):
        op = ["concat", ["get", "each", "item"], name]
        plan = {"version": 1, "rules": [{"to": "order_id", "op": op}]}
        steps.append(http(f"{sink.url}/x", name, value=None, body=plan))
    edges = [
        edge("order", "each"), edge("each", "outer", "each"), edge("outer", "left", "left"),
        edge("outer", "inner", "right"), edge("inner", "up", "up"), edge("inner", "down", "down"),
    ]  # fmt: skip
    return steps, edges


def test_branches_inside_branches_and_loops_have_keys_of_their_own(world, shop, sink, nested):
    steps, edges = nested
    flow = shop.publish(*steps, edges=edges)
    run = flow.send(BODY).run
    assert world.until(run).state == "succeeded"
    assert ids(sink) == ["adown", "aleft", "aup", "bdown", "bleft", "bup", "cdown", "cleft", "cup"]
    assert sink.stats()["unique_keys"] == 9
    assert sink.stats()["in_flight_max"] <= 3
    places = {(step, iteration) for step, iteration, *_ in world.attempts(run)}
    assert places == {(step, str(n)) for step in ("left", "up", "down") for n in range(3)}


def test_numbers_taken_at_the_same_time_are_taken_once(world, shop, sink):
    plan = {"version": 1, "rules": [{"to": "n", "op": ["sequence", "invoices"]}]}
    maps = [{"key": name, "kind": "map", "config": {"plan": plan}} for name in "abc"]
    flow = shop.publish(webhook(), parallel(), *maps, last(), edges=EDGES, reply="sync")
    taken = [flow.send(BODY).json for _ in range(2)]
    assert sorted(answer[name]["n"] for answer in taken for name in "abc") == [1, 2, 3, 4, 5, 6]
