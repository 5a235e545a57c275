"""Runs that ask people: decided once, by those who are named, heard of by the run, over when the time is."""

import pytest

from integrations.desk.queries import approvals as queries
from integrations.desk.services import approvals, runs
from integrations.desk.services.approvals import Decision
from integrations.errors import AccessError, ConflictError
from tests import factories
from tests.chaos.stack import wait_until
from tests.engine.test_memory import over, step
from tests.engine.test_replay import REFUSE, replay
from tests.engine.test_upkeep import upkeep
from tests.engine.world import edge, http, webhook


def asking(shop, sink, **config):
    given = {
        "title": "Pay it?",
        "message": "Pay {order.body.total} for {order.body.order_id}?",
        "shows": ["get", "order", "body"],
        "roles": ["owner"],
        **config,
    }
    return shop.publish(
        webhook(),
        step("approval", "ask", **given),
        *(
            http(f"{sink.url}/{port}", port, value=["get", "ask"])
            for port in ("approved", "rejected", "expired")
        ),
        edges=[
            edge("order", "ask"),
            *(edge("ask", port, port) for port in ("approved", "rejected", "expired")),
        ],
    )


def asked(world, shop, flow, **body):
    """Send an order and give its run and its question."""
    run = flow.send({"order_id": "A-1", "total": 10.5, **body}).run
    assert world.until(run, "waiting").waiting == "approval"
    with world.orm():
        (found,) = [row for row in queries.open_approvals(shop.actor) if row.run_id == run]
    return run, found


def decide(world, by, question, decision=Decision.APPROVED, comment=""):
    with world.orm():
        approvals.decide(by=by, approval_id=question.id, decision=decision, comment=comment)


def called(world, run):
    """The steps that were called."""
    return [row[0] for row in world.attempts(run)]


def test_a_run_goes_on_by_what_was_decided(world, shop, sink):
    flow = asking(shop, sink)
    run, question = asked(world, shop, flow)
    assert (question.title, question.message) == ("Pay it?", "Pay 10.5 for A-1?")
    assert str(question.shown["total"]) == "10.5"
    assert question.is_mine
    decide(world, shop.actor, question, comment="Looks right.")
    assert world.until(run).state == "succeeded"
    assert called(world, run) == ["approved"]
    with world.orm():
        after = queries.approval(shop.actor, question.id)
        assert queries.open_count(shop.actor) == 0
    assert (after.state, after.decided_by, after.comment) == ("approved", "somebody", "Looks right.")
    audited = world.sql("SELECT action, actor_label FROM tenants_auditevent WHERE tenant_id = %s", shop.id)
    assert ("approval.approved", "somebody") in audited


def test_a_rejection_has_its_own_way(world, shop, sink):
    run, question = asked(world, shop, asking(shop, sink))
    decide(world, shop.actor, question, Decision.REJECTED)
    assert world.until(run).state == "succeeded"
    assert called(world, run) == ["rejected"]


def test_what_nobody_decides_expires(world, shop, sink):
    run, question = asked(world, shop, asking(shop, sink))
    world.sql("UPDATE engine_approval SET due_at = now() WHERE run_id = %s", run)
    over(world, run)
    assert world.until(run).state == "succeeded"
    assert called(world, run) == ["expired"]
    with pytest.raises(ConflictError) as late, world.orm():
        approvals.decide(by=shop.actor, approval_id=question.id, decision=Decision.APPROVED)
    assert late.value.code == "approval.ended"
    with world.orm():
        assert queries.approval(shop.actor, question.id).state == "expired"


def test_the_first_decision_counts_and_the_second_is_told(world, shop, sink):
    run, question = asked(world, shop, asking(shop, sink))
    decide(world, shop.actor, question)
    with pytest.raises(ConflictError) as late:
        decide(world, shop.actor, question, Decision.REJECTED)
    assert (late.value.code, late.value.message) == (
        "approval.decided",
        "somebody has approved this already.",
    )
    assert world.until(run).state == "succeeded"
    assert called(world, run) == ["approved"]


def test_only_those_who_are_named_see_it_and_decide(world, shop, sink):
    flow = asking(shop, sink, roles=["builder"])
    run, question = asked(world, shop, flow)
    assert (question.is_mine, question.message, question.shown) == (False, "", None)
    with pytest.raises(AccessError) as refused:
        decide(world, shop.actor, question)
    assert refused.value.code == "access.role"
    with world.orm():
        builder = factories.member(shop.id, "builder")
    decide(world, builder, question)
    assert world.until(run).state == "succeeded"


def test_a_decision_made_while_the_run_is_about_to_wait_is_heard(quiet, sink):
    """The run is in the hands of a worker when somebody decides, and is parked after that."""
    quiet.engine()
    quiet.door()
    shop = quiet.shop()
    run, question = asked(quiet, shop, asking(shop, sink))
    with quiet.orm():
        quiet.sql(
            "UPDATE engine_run SET state = 2, lease_id = 7, due_at = now() + interval '5 s' WHERE id = %s",
            run,
        )
        approvals.decide(by=shop.actor, approval_id=question.id, decision=Decision.APPROVED)
        quiet.sql(
            "UPDATE engine_run SET state = 3, lease_id = NULL, waiting = 'approval', "
            "due_at = now() + interval '1 day' WHERE id = %s",
            run,
        )
    assert quiet.until(run).state == "succeeded"
    assert quiet.sql("SELECT count(*) FROM engine_note WHERE is_called") == [(0,)]


def test_a_run_that_is_cancelled_asks_no_more(world, shop, sink):
    run, question = asked(world, shop, asking(shop, sink))
    with world.orm():
        runs.cancel(by=shop.actor, run_id=run)
        assert queries.open_approvals(shop.actor) == []
        assert queries.approval(shop.actor, question.id).state == "ended"
    with pytest.raises(ConflictError) as late:
        decide(world, shop.actor, question)
    assert late.value.code == "approval.ended"
    assert world.run(run).state == "cancelled"


def test_a_replay_keeps_the_decision(world, shop, sink):
    sink.mode(REFUSE)
    run, question = asked(world, shop, asking(shop, sink))
    decide(world, shop.actor, question)
    assert world.until(run).state == "dead"
    sink.mode()
    replay(shop, run, from_start=True)
    world.until(run, "succeeded")
    assert set(called(world, run)) == {"approved"}
    assert world.sql("SELECT count(*) FROM engine_approval WHERE run_id = %s", run) == [(1,)]


def test_what_is_asked_is_sealed_and_goes_with_the_documents_of_its_run(quiet, sink):
    quiet.engine()
    quiet.door()
    shop = quiet.shop()
    run, question = asked(quiet, shop, asking(shop, sink), order_id="Secret-9")
    decide(quiet, shop.actor, question, comment="Secret-9 is right")
    quiet.until(run, "succeeded")
    ((stored,),) = quiet.sql("SELECT a::text FROM engine_approval a WHERE id = %s", question.id)
    assert b"Secret-9".hex() not in stored
    quiet.sql("UPDATE engine_approval SET asked_at = now() - interval '8 days'")
    upkeep(quiet, "seldom")
    assert quiet.sql("SELECT decision, body, comment FROM engine_approval") == [("approved", None, None)]
    with quiet.orm():
        assert queries.past_approvals(shop.actor)[0].message == ""
    quiet.sql("UPDATE engine_approval SET asked_at = now() - interval '14 months'")
    upkeep(quiet, "seldom")
    assert quiet.sql("SELECT count(*) FROM engine_approval") == [(0,)]


def test_branches_beside_a_question_go_on_and_each_question_is_heard(world, shop, sink):
    ask = {"title": "Pay it?", "roles": ["owner"]}
    flow = shop.publish(
        webhook(),
        step("parallel", "both", branches=[{"port": name} for name in ("left", "right", "other")]),
        step("approval", "ask_left", **ask),
        step("approval", "ask_right", **ask),
        http(f"{sink.url}/other", "other"),
        http(f"{sink.url}/done", "after"),
        edges=[
            edge("order", "both"), edge("both", "ask_left", "left"), edge("both", "ask_right", "right"),
            edge("both", "other", "other"), edge("both", "after", "done"),
        ],
    )  # fmt: skip
    run = flow.send({"order_id": "both"}).run
    world.until(run, "waiting")
    assert called(world, run) == ["other"]
    for left in (1, 0):
        with world.orm():
            question = queries.open_approvals(shop.actor)[0]
        decide(world, shop.actor, question)
        wait_until(
            lambda left=left: world.sql(
                "SELECT count(*) FROM engine_note WHERE run_id = %s AND port = '' OR is_called", run
            ) == [(left,)],
            within_s=10, what="the run to hear of it",
        )  # fmt: skip
    assert world.until(run).state == "succeeded"
    assert called(world, run) == ["other", "after"]
