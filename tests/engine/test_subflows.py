"""A flow inside a flow: one run, one ledger, and the version that was live at publishing."""

import pytest

from bench.sink import Mode
from integrations.errors import FlowError
from integrations.flows import queries, services
from tests.chaos.stack import wait_until
from tests.engine.test_claims import LOSE, unheard
from tests.engine.test_replay import done, replay
from tests.engine.world import edge, http, respond, webhook

BODY = {"order_id": "one", "total": 5}


def slug(flow):
    with flow.shop.world.orm():
        return queries.flow(flow.shop.actor, flow.id).slug


def runs(called, key="charge", **config):
    given = {"flow": slug(called), "input": ["get", "order", "body"]}
    return {"key": key, "kind": "subflow", "title": f"The {key}", "config": {**given, **config}}


def inner(shop, sink, *steps, **more):
    return shop.publish(webhook(), http(f"{sink.url}/inner"), *steps, **more)


def answers(**config):
    return respond("answer", **{"value": ["get", "charge"], **config})


def answer_of(flow, version):
    """Send until the door takes documents for a version: it may keep an address for a second."""

    def taken():
        answer = flow.send(BODY)
        return answer if flow.shop.world.run(answer.run).version_id == version else None

    return wait_until(taken, within_s=10, what="the new version")


def test_another_flow_runs_inside_and_gives_its_answer(world, shop, sink):
    called = inner(shop, sink, respond("told", value=["get", "send", "body", "id"], format="json"))
    flow = shop.publish(webhook(), runs(called), answers(), reply="sync")
    assert flow.send(BODY).body == b"one"
    assert len(world.runs("tenant_id = %s", shop.id)) == 1


def test_without_an_answer_the_last_output_counts(world, shop, sink):
    flow = shop.publish(webhook(), runs(inner(shop, sink)), answers(), reply="sync")
    assert flow.send(BODY).json["body"]["id"] == "one"


def test_its_calls_stand_in_the_ledger_behind_the_step_that_runs_it(world, shop, sink):
    called = inner(shop, sink)
    flow = shop.publish(webhook(), runs(called), runs(called, "again"), http(f"{sink.url}/outer"))
    run = flow.send(BODY).run
    assert world.until(run).state == "succeeded"
    assert [step for step, *_ in world.attempts(run)] == ["charge/send", "again/send", "send"]
    assert sink.stats()["unique_keys"] == 3


def test_runs_keep_the_version_of_the_flow_inside(quiet, sink):
    """The inner flow is published anew while a run is under way; taken up, it walks the old one."""
    quiet.engine()
    quiet.door(unheard)
    shop = quiet.shop()
    called = inner(shop, sink)
    flow = shop.publish(webhook(), runs(called), http(f"{sink.url}/outer", "last"))
    sink.mode(Mode(delay_ms=2500, first=1))
    run = flow.send(BODY).run
    wait_until(lambda: sink.count()["in_flight"] == 1, within_s=15, what="the inner call")
    called.publish_again(webhook(), http(f"{sink.url}/new", "new"))
    second = quiet.engine()
    quiet.sql(LOSE, run)
    second.announce(2, [run])
    assert quiet.until(run).state == "succeeded"
    assert {step for step, *_ in quiet.attempts(run)} == {"charge/send", "last"}


def test_publishing_again_takes_the_new_version_and_says_so(world, shop, sink):
    called = inner(shop, sink)
    steps = (webhook(), runs(called), answers())
    flow = shop.publish(*steps, reply="sync")
    called.publish_again(webhook(), respond("told", status=200, value="new"))
    assert flow.send(BODY).json["body"]["id"] == "one"
    with world.orm():
        assert queries.draft_state(shop.actor, flow.id).changes == (
            "“The charge”: version changed from 1 to 2.",
        )
    version = flow.publish_again(*steps, reply="sync")
    assert answer_of(flow, version).body == b"new"


def test_a_failure_inside_names_its_place_in_words(world, shop, sink):
    sink.mode(Mode(kind="status", status=404))
    flow = shop.publish(webhook(), runs(inner(shop, sink)))
    found = world.until(flow.send(BODY).run)
    assert (found.state, found.error_step) == ("dead", "charge/send")
    assert found.error_message.startswith("At “send”: ")


def test_a_failure_inside_leaves_by_the_error_port(world, shop, sink):
    sink.mode(Mode(kind="status", status=404))
    flow = shop.publish(
        webhook(), runs(inner(shop, sink)), answers(value=["get", "charge", "error", "step"]),
        edges=[edge("order", "charge"), edge("charge", "answer", "error")], reply="sync",
    )  # fmt: skip
    assert flow.send(BODY).body == b"charge/send"


def test_a_replay_does_not_do_again_what_was_done_inside(world, shop, sink):
    sink.mode(Mode(kind="status", status=400, ids=frozenset({"two"})))
    second = http(f"{sink.url}/second", "second", value=["get", "order", "body", "second"])
    called = inner(shop, sink, second)
    flow = shop.publish(webhook(), runs(called))
    run = flow.send({"order_id": "one", "second": {"order_id": "two"}}).run
    assert world.until(run).error_step == "charge/second"
    sink.mode()
    done(world, replay(shop, run))
    world.until(run, "succeeded")
    assert [call.id for call in sink.records()] == ["one", "two", "two"]


def test_inside_a_loop_each_turn_has_its_own_keys(world, shop, sink):
    called = inner(shop, sink)
    loop = {"key": "each", "kind": "for_each", "config": {"items": ["get", "order", "body", "lines"]}}
    flow = shop.publish(
        webhook(), loop, runs(called, input=["get", "each", "item"]),
        edges=[edge("order", "each"), edge("each", "charge", "each")],
    )  # fmt: skip
    run = flow.send({"lines": [{"order_id": f"l{n}"} for n in range(3)]}).run
    assert world.until(run).state == "succeeded"
    assert [(step, turn) for step, turn, *_ in world.attempts(run)] == [
        ("charge/send", str(n)) for n in range(3)
    ]
    assert sink.stats()["unique_keys"] == 3


def refused(shop, *steps, again=None):
    with pytest.raises(FlowError) as error:
        again.publish_again(*steps) if again else shop.publish(*steps)
    return {(problem.code, problem.place) for problem in error.value.problems}


def test_a_flow_that_would_run_itself_is_refused(world, shop, sink):
    first = inner(shop, sink)
    second = shop.publish(webhook(), runs(first))
    cycle = {("subflow.cycle", "steps.charge.config.flow")}
    assert refused(shop, webhook(), runs(first), again=first) == cycle
    assert refused(shop, webhook(), runs(second), again=first) == cycle


def test_at_most_five_flows_run_inside_each_other(world, shop, sink):
    called = inner(shop, sink)
    for _ in range(5):
        called = shop.publish(webhook(), runs(called))
    assert refused(shop, webhook(), runs(called)) == {("subflow.too_deep", "steps.charge.config.flow")}


def test_only_a_published_flow_that_takes_a_document_can_be_run(world, shop, sink):
    clock = {"key": "order", "kind": "schedule_trigger", "config": {"every_minutes": 60}}
    called = shop.publish(clock, http(f"{sink.url}/x", value=None))
    assert refused(shop, webhook(), runs(called)) == {("subflow.no_document", "steps.charge.config.flow")}
    assert refused(shop, webhook(), runs(called, flow="gone")) == {
        ("subflow.unknown", "steps.charge.config.flow")
    }
    assert refused(shop, webhook(), runs(called, version=7)) == {
        ("subflow.no_version", "steps.charge.config.version")
    }


def test_the_flow_of_another_tenant_is_not_there(world, shop, sink):
    other = world.shop()
    called = inner(other, sink)
    assert refused(shop, webhook(), runs(called, flow=slug(called))) == {
        ("subflow.unknown", "steps.charge.config.flow")
    }


def test_an_old_version_comes_back_with_the_flows_it_ran(world, shop, sink):
    called = inner(shop, sink)
    steps = (webhook(), runs(called), answers())
    flow = shop.publish(*steps, reply="sync")
    called.publish_again(webhook(), respond("told", value="new"))
    flow.publish_again(*steps, reply="sync")
    with world.orm():
        version = services.rollback(by=shop.actor, flow_id=flow.id, number=1).id
    assert answer_of(flow, version).json["body"]["id"] == "one"
