"""What follows a failed attempt, by its error and the destination's mode; and never twice what is done."""

import socket
from contextlib import ExitStack

import pytest

from bench.sink import Mode
from integrations.engine.models import Outcome
from tests.chaos.evidence import attempt_gaps_ms
from tests.chaos.hostile_peer import BEHAVIOURS, STALLING, HostilePeer
from tests.chaos.stack import wait_until
from tests.engine.test_claims import LOSE, in_flight, unheard
from tests.engine.world import edge, http, respond, webhook

FAST = [0.02, 0.05, 0.1]
OK, RETRYABLE, REFUSED, UNKNOWN = Outcome.OK, Outcome.RETRYABLE, Outcome.REFUSED, Outcome.UNKNOWN


def outcomes(world, run):
    return [outcome for _, _, _, outcome, _ in world.attempts(run)]


def alerts(world, flow):
    return world.sql("SELECT code, count FROM engine_alert WHERE flow_id = %s ORDER BY code", flow.id)


def test_by_default_retries_come_after_100_500_and_2000_ms(world, shop, sink):
    sink.mode(Mode(kind="status", status=503, first=3))
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"))
    run = flow.send({"order_id": "r"}).run
    assert world.until(run).state == "succeeded"
    (gaps,) = attempt_gaps_ms(sink.records()).values()
    assert len(gaps) == 3
    for gap, least in zip(gaps, (100, 500, 2000), strict=True):
        assert least - 1 <= gap < least + 3000
    assert sink.stats()["unique_keys"] == 1
    assert outcomes(world, run) == [RETRYABLE] * 3 + [OK]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_retryable_answer_is_tried_again(world, shop, sink, status):
    sink.mode(Mode(kind="status", status=status, first=1))
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), retry=FAST)
    run = flow.send({"order_id": "r"}).run
    assert (world.until(run).state, outcomes(world, run)) == ("succeeded", [RETRYABLE, OK])


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 410, 422])
def test_a_final_answer_is_dead_at_once_and_alerts(world, shop, sink, status):
    sink.mode(Mode(kind="status", status=status))
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), retry=FAST)
    found = world.until(flow.send({"order_id": "f"}).run)
    assert (found.state, found.dead_reason, found.error_step) == ("dead", "refused", "send")
    assert sink.stats()["received"] == 1
    assert alerts(world, flow) == [(found.error_code, 1)]
    ((kept_h,),) = world.sql(
        "SELECT round(extract(epoch FROM expires_at - finished_at) / 3600) FROM engine_run WHERE id = %s",
        found.id,
    )
    assert kept_h == 72


def test_alerts_of_one_cause_are_counted_not_repeated(world, shop, sink):
    sink.mode(Mode(kind="status", status=400))
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"))
    for n in range(5):
        world.until(flow.send({"order_id": f"c{n}"}).run, "dead")
    assert alerts(world, flow) == [("remote.status_400", 5)]


def test_after_the_last_retry_the_run_is_dead_as_unavailable(world, shop, sink):
    sink.mode(Mode(kind="status", status=503))
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), retry=FAST)
    found = world.until(flow.send({"order_id": "u"}).run)
    assert (found.state, found.dead_reason, found.error_code) == ("dead", "unavailable", "remote.status_503")
    assert outcomes(world, found.id) == [RETRYABLE] * 4


def test_a_destination_that_is_not_there_is_tried_again(world, shop):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        flow = shop.publish(webhook(), http(f"http://127.0.0.1:{port}/x"), retry=[0.01])
        found = world.until(flow.send().run)
    assert (found.state, found.dead_reason) == ("dead", "unavailable")
    assert outcomes(world, found.id) == [RETRYABLE] * 2


def test_an_answer_that_never_comes_is_tried_again_under_the_same_key(world, shop, sink):
    sink.mode(Mode(kind="hang", first=1))
    flow = shop.publish(webhook(), http(f"{sink.url}/orders", timeout_s=0.3), retry=FAST)
    run = flow.send({"order_id": "h"}).run
    assert (world.until(run).state, outcomes(world, run)) == ("succeeded", [UNKNOWN, OK])
    assert len({call.key for call in sink.records()}) == 1


def test_a_connection_cut_after_the_effect_repeats_it_under_one_key(world, shop, sink):
    sink.mode(Mode(kind="reset_after", first=2))
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), retry=FAST)
    run = flow.send({"order_id": "x"}).run
    assert world.until(run).state == "succeeded"
    stats = sink.stats()
    assert (stats["applied"], stats["unique_keys"]) == (3, 1)


def test_a_step_has_its_own_policy(world, shop, sink):
    sink.mode(Mode(kind="status", status=503))
    flow = shop.publish(webhook(), http(f"{sink.url}/orders", retry=[]))
    run = flow.send({"order_id": "n"}).run
    assert (world.until(run).state, outcomes(world, run)) == ("dead", [RETRYABLE])


# Retry-After


def test_a_short_retry_after_is_waited_for_in_the_lease(world, shop, sink):
    sink.mode(Mode(kind="status", status=429, retry_after="1", first=1))
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), retry=FAST)
    run = flow.send({"order_id": "s"}).run
    found = world.until(run)
    ((gap,),) = attempt_gaps_ms(sink.records()).values()
    assert (found.state, found.fence) == ("succeeded", 1)
    assert gap >= 999


def test_a_long_retry_after_parks_the_run_and_spends_no_attempt(world, shop, sink):
    sink.mode(Mode(kind="status", status=503, retry_after="3", first=1))
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), retry=[])
    run = flow.send({"order_id": "l"}).run
    assert world.until(run, "waiting").waiting == "retry_after"
    found = world.until(run, "succeeded")
    ((gap,),) = attempt_gaps_ms(sink.records()).values()
    assert gap >= 2900
    assert found.fence == 2


# destinations that must not be asked twice


def test_an_unknown_outcome_at_most_once_waits_for_a_person(world, shop, sink):
    sink.mode(Mode(kind="reset_after"))
    flow = shop.publish(webhook(), http(f"{sink.url}/pay", mode="at_most_once"), retry=FAST)
    found = world.until(flow.send({"order_id": "p"}).run)
    assert (found.state, found.error_step) == ("in_doubt", "send")
    assert sink.stats()["received"] == 1
    assert [count for _, count in alerts(world, flow)] == [1]


def test_at_most_once_asks_again_where_the_peer_did_nothing(world, shop, sink):
    sink.mode(Mode(kind="status", status=429, first=1))
    flow = shop.publish(webhook(), http(f"{sink.url}/pay", mode="at_most_once"), retry=FAST)
    run = flow.send({"order_id": "q"}).run
    assert world.until(run).state == "succeeded"
    assert sink.stats()["applied"] == 1


def test_a_worker_lost_during_an_at_most_once_call_leaves_it_in_doubt(quiet, sink):
    first = quiet.engine()
    quiet.door()
    sink.mode(Mode(delay_ms=3000))
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/pay", mode="at_most_once"))
    run = flow.send({"order_id": "w"}).run
    in_flight(sink)
    wait_until(lambda: outcomes(quiet, run) == [Outcome.STARTED], within_s=5, what="the begun call")
    second = quiet.engine()
    quiet.sql(LOSE, run)
    second.announce(2, [run])
    assert quiet.until(run, within_s=10).state == "in_doubt"
    assert sink.stats()["received"] == 1
    quiet.stop_engine(first)
    assert quiet.run(run).state == "in_doubt"


# flows of several calls


def second_step(sink):
    return http(f"{sink.url}/second", "second", value=["get", "order", "body", "second"])


BODY = {"order_id": "one", "second": {"order_id": "two"}}


def test_a_resumed_run_does_not_repeat_a_finished_step(quiet, sink):
    quiet.engine()
    quiet.door(unheard)
    sink.mode(Mode(delay_ms=2500, ids=frozenset({"two"}), first=1))
    flow = quiet.shop().publish(webhook(), http(f"{sink.url}/first", mode="at_least_once"), second_step(sink))
    run = flow.send(BODY).run
    wait_until(lambda: sink.stats()["received"] == 2, within_s=15, what="the second call")
    second = quiet.engine()
    quiet.sql(LOSE, run)
    second.announce(2, [run])
    assert (quiet.until(run).state, quiet.run(run).fence) == ("succeeded", 2)
    assert [call.id for call in sink.records()] == ["one", "two", "two"]


def test_what_a_finished_step_answered_is_used_again(world, shop, sink):
    sink.mode(Mode(kind="status", status=503, ids=frozenset({"two"}), first=1, retry_after="3"))
    last = respond("last", value=["get", "send", "body", "id"])
    flow = shop.publish(webhook(), http(f"{sink.url}/first"), second_step(sink), last)
    run = flow.send(BODY).run
    assert world.until(run, "waiting", "succeeded").state == "waiting"
    assert world.until(run).state == "succeeded"
    assert [call.id for call in sink.records()] == ["one", "two", "two"]
    shown = world.doors[0].ask(f"{flow.path}/runs/{run}", headers=shop.headers, method="GET").result(20)
    assert shown.body == b"one"


LOOP = {"key": "each", "kind": "for_each", "config": {"items": ["get", "order", "body", "lines"]}}


def lines(sink, shop, **more):
    """A flow that sends each line, then the order."""
    return shop.publish(
        webhook(), LOOP,
        http(f"{sink.url}/line", "line", value=["get", "each", "item"], **more),
        http(f"{sink.url}/whole", "whole"),
        edges=[edge("order", "each"), edge("each", "line", "each"), edge("each", "whole", "done")],
    )  # fmt: skip


def test_a_loop_calls_once_for_each_item_in_order_with_keys_of_their_own(world, shop, sink):
    flow = lines(sink, shop)
    run = flow.send({"order_id": "all", "lines": [{"order_id": f"l{n}"} for n in range(5)]}).run
    assert world.until(run).state == "succeeded"
    assert [call.id for call in sink.records()] == ["l0", "l1", "l2", "l3", "l4", "all"]
    assert sink.stats()["unique_keys"] == 6
    assert [iteration for _, iteration, *_ in world.attempts(run)] == ["0", "1", "2", "3", "4", ""]


def test_a_loop_whose_item_failed_goes_on_with_that_item(world, shop, sink):
    sink.mode(Mode(kind="status", status=503, ids=frozenset({"l2"}), first=1, retry_after="3"))
    flow = lines(sink, shop, mode="at_least_once")
    run = flow.send({"order_id": "all", "lines": [{"order_id": f"l{n}"} for n in range(4)]}).run
    assert world.until(run).state == "succeeded"
    assert [call.id for call in sink.records()] == ["l0", "l1", "l2", "l2", "l3", "all"]


def test_a_failed_step_leaves_by_its_error_port(world, shop, sink):
    sink.mode(Mode(kind="status", status=404, ids=frozenset({"one"})))
    told = http(f"{sink.url}/told", "told", value=["get", "send", "error"])
    flow = shop.publish(
        webhook(), http(f"{sink.url}/first"), told,
        edges=[edge("order", "send"), edge("send", "told", "error")],
    )  # fmt: skip
    run = flow.send(BODY).run
    assert world.until(run).state == "succeeded"
    assert [step for step, *_ in world.attempts(run)] == ["send", "told"]
    assert alerts(world, flow) == []


def test_a_mapping_that_fails_calls_nobody(world, shop, sink):
    plan = {"version": 1, "rules": [{"to": "n", "op": ["to_decimal", ["get", "order", "body", "n"]]}]}
    shape = {"key": "shape", "kind": "map", "config": {"plan": plan}}
    flow = shop.publish(webhook(), shape, http(f"{sink.url}/orders"))
    found = world.until(flow.send({"n": "many"}).run)
    assert (found.state, found.error_step) == ("dead", "shape")
    assert found.dead_reason in {"config", "input"}
    assert "many" not in found.error_message
    assert sink.stats()["received"] == 0


def test_a_person_stops_a_run_between_two_attempts(world, shop, sink):
    sink.mode(Mode(kind="status", status=503))
    flow = shop.publish(webhook(), http(f"{sink.url}/orders"), retry=[3.6])
    run = flow.send({"order_id": "stop"}).run
    wait_until(lambda: sink.count()["received"] == 1, within_s=10, what="the first call")
    world.sql("UPDATE engine_run SET cancel_asked = true WHERE id = %s", run)
    assert world.until(run).state == "cancelled"
    assert sink.stats()["received"] == 1


def test_hostile_peers_end_their_own_runs_in_time_and_touch_no_other(world, shop, sink):
    """F-23: whatever the peer does, the run has ended soon after its deadline of half a second."""
    good = shop.publish(webhook(), http(f"{sink.url}/orders"))
    with ExitStack() as opened:
        runs = {}
        for behaviour in BEHAVIOURS:
            peer = opened.enter_context(HostilePeer(behaviour))
            bad = shop.publish(webhook(), http(f"{peer.url}/x", timeout_s=0.5), retry=[])
            runs[behaviour] = bad.send().run
        assert world.until(good.send({"order_id": "g"}).run).state == "succeeded"
        ended = {behaviour: world.until(run, within_s=10).state for behaviour, run in runs.items()}
    assert ended.pop("answers_well") == ended.pop("answers_and_closes") == "succeeded"
    assert {ended[name] for name in STALLING} == {"dead"}
    assert set(ended.values()) <= {"dead", "succeeded"}
    in_time = "SELECT bool_and(finished_at - accepted_at < interval '8 s') FROM engine_run WHERE id = ANY(%s)"
    assert world.sql(in_time, list(runs.values())) == [(True,)]
