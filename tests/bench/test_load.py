"""The load generator and the sink agree on what was sent, and tell the truth about it."""

import socket
import threading
import time

import msgspec
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import order, processes
from bench.figures import percentile, spread
from bench.load import Spec, Template, outcome_of, read_history
from bench.sink import Call, Mode, digest_of, inversions
from tests.chaos.hostile_peer import HostilePeer

BODY = '{"order_id":"{{id}}","ordering_key":"{{ordering_key}}","sequence":{{sequence}},"pad":"p"}'


@pytest.fixture(scope="module")
def running():
    with processes.sink("--digests") as (client, _):
        yield client


@pytest.fixture
def sink(running):
    running.mode()
    running.forget()
    return running


def load(sink, **more):
    return processes.run_load(
        Spec(url=f"{sink.url}/orders", **{"body": BODY, "connections": 8, **more}), timeout_s=60
    )


def test_a_closed_loop_sends_exactly_its_count(sink):
    result = load(sink, count=500, echo=True)
    stats = sink.stats()
    assert (result.sent, result.ok, result.wrong, result.in_flight_max) == (500, 500, 0, 8)
    assert (stats["received"], stats["unique_keys"], stats["unique_ids"], stats["doubles"]) == (
        500,
        500,
        500,
        0,
    )


def test_a_closed_loop_ends_after_its_seconds(sink):
    result = load(sink, seconds=0.3)
    assert result.ok == result.sent == sink.count()["received"]
    assert 0.25 < result.seconds < 2


def test_an_open_loop_keeps_its_rate(sink):
    result = load(sink, mode="open", rate=200, seconds=1)
    assert (result.sent, result.ok) == (200, 200)
    assert result.seconds == pytest.approx(1, abs=0.3)


def test_an_open_loop_counts_from_when_a_request_was_due(sink):
    """A downstream that takes 50 ms on one connection falls behind by 40 ms with each request at 100/s."""
    sink.mode(Mode(delay_ms=50))
    result = load(sink, mode="open", rate=100, count=10, connections=1, warm=1)
    assert result.latency_ms.max >= 10 * 50 - 9 * 10
    assert result.late_ms.max >= 9 * 40


def test_a_request_costs_little(sink):
    assert load(sink, count=5000, connections=32).cpu_us_per_request < 60


def test_ordering_keys_and_sequences_reach_the_sink(sink):
    load(sink, count=20, connections=1, ordering_keys=4, prefix="seq", first=100)
    calls = sink.records()
    assert [call.id for call in calls] == [f"seq{n:09d}" for n in range(100, 120)]
    assert {call.ordering_key for call in calls} == {f"k{n:06d}" for n in range(4)}
    assert [call.sequence for call in calls] == [100_000_000 + n for n in range(100, 120)]
    assert sink.stats()["inversions"] == 0


def test_a_refusal_is_counted_by_status_and_has_no_effect(sink, tmp_path):
    sink.mode(Mode(kind="status", status=503, retry_after="1"))
    result = load(sink, count=10, history=str(tmp_path / "h"))
    assert (result.refused, result.statuses) == (10, {"503": 10})
    assert (sink.stats()["applied"], sink.stats()["received"]) == (0, 10)
    assert {one.outcome for one in read_history(tmp_path / "h")} == {"refused"}


def test_a_hang_is_unknown_at_the_deadline(sink):
    sink.mode(Mode(kind="hang"))
    result = load(sink, count=4, connections=4, timeout_s=0.3)
    assert (result.unknown, result.statuses) == (4, {"0": 4})


def test_a_refused_connection_is_a_refusal():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    result = processes.run_load(Spec(url=f"http://127.0.0.1:{port}/x", count=5, connections=2, body=BODY))
    assert (result.refused, result.unknown) == (5, 0)


def test_a_refusal_after_an_unknown_try_stays_unknown(tmp_path):
    async def refuses(peer):
        while True:
            await peer.request()
            await peer.send(b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n")

    with HostilePeer("reset_after_request", refuses) as peer:
        spec = Spec(
            url=peer.url, count=1, connections=1, body=BODY, resend_s=0.3, history=str(tmp_path / "h")
        )
        processes.run_load(spec)
    [sent] = read_history(tmp_path / "h")
    assert (sent.outcome, sent.status) == ("unknown", 503)
    assert sent.tries >= 2


def test_the_run_of_an_answer_is_kept(tmp_path):
    async def names_run(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 422 No\r\nX-7M-Run: 0198-abc\r\nContent-Length: 2\r\n\r\n{}")

    with HostilePeer(names_run) as peer:
        processes.run_load(Spec(url=peer.url, count=1, connections=1, body=BODY, history=str(tmp_path / "h")))
    assert read_history(tmp_path / "h")[0].run == "0198-abc"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 204 No\r\n\r\n",
    ],
    ids=["length", "chunks", "continue", "no body"],
)
def test_answers_are_read_whole_however_they_are_cut(answer):
    async def in_pieces(peer):
        while True:
            await peer.request()
            for start in range(0, len(answer), 7):
                await peer.send(answer[start : start + 7])

    with HostilePeer(in_pieces) as peer:
        result = processes.run_load(Spec(url=peer.url, count=6, connections=2, body=BODY))
        assert (result.ok, peer.connections) == (6, 2)


def test_a_mode_may_hold_for_some_orders_only(sink):
    sink.mode(Mode(kind="status", status=422, ids=frozenset({"o000000003"})))
    assert load(sink, count=6).statuses == {"200": 5, "422": 1}


def test_a_mode_may_hold_for_one_lane_only(sink):
    sink.mode(Mode(kind="status", ordering_keys=frozenset({"k000001"})))
    assert load(sink, count=8, ordering_keys=4).statuses == {"200": 6, "503": 2}


def test_a_mode_may_hold_for_a_share_the_same_in_every_run(sink):
    sink.mode(Mode(kind="status", share=0.3))
    first = load(sink, count=400).statuses
    sink.forget()
    assert load(sink, count=400).statuses == first
    assert 80 <= first["503"] <= 160


def test_a_repeat_under_its_key_is_counted(sink):
    load(sink, count=5)
    load(sink, count=5)
    stats = sink.stats()
    assert (stats["applied"], stats["unique_keys"], stats["repeats"], stats["doubles"]) == (10, 5, 5, 0)


def test_two_keys_for_one_order_are_a_double(sink):
    same = BODY.replace("{{id}}", "same")
    load(sink, count=2, body=same)
    assert sink.stats()["doubles"] == 1


def test_the_sinks_own_time_is_what_it_waited(sink):
    sink.mode(Mode(delay_ms=40))
    load(sink, count=4)
    times = sink.times()
    assert len(times) == 4
    assert all(39 <= own <= 200 for own in times.values())


def test_an_unknown_mode_is_refused(sink):
    with pytest.raises(ValueError, match="kind"):
        sink.mode(Mode(kind="sulk"))


def test_the_sink_logs_what_it_records(tmp_path):
    log = tmp_path / "calls"
    with processes.sink("--log", str(log)) as (client, _):
        load(client, count=3)
        calls = client.records()
    assert [msgspec.json.decode(line, type=Call) for line in log.read_bytes().splitlines()] == calls


def test_the_sink_ends_with_its_parent():
    with processes.sink() as (client, pid):
        assert client.count()["received"] == 0
        assert psutil.pid_exists(pid)
    assert not psutil.pid_exists(pid)


def test_the_order_has_2_kb_5_lines_and_30_mapped_fields():
    sent = order.order("o000000001", "k000001", 100_000_001)
    mapped = order.map_order(sent)
    assert 2000 <= len(msgspec.json.encode(sent)) <= 2100
    assert len(sent["line_items"]) == len(mapped["lines"]) == 5
    assert len(mapped) - 1 + len(mapped["lines"][0]) == 30
    rules = order.plan()["rules"]
    assert [rule["to"] for rule in rules] == list(mapped)
    assert [rule["to"] for rule in rules[-1]["rules"]] == list(mapped["lines"][0])


def test_the_relay_delivers_what_the_mapping_should(sink):
    with processes.relay(sink.url) as (url, _):
        spec = Spec(url=url, count=20, connections=4, body=order.template(), ordering_keys=3, echo=True)
        result = processes.run_load(spec)
    assert (result.ok, result.wrong) == (20, 0)
    for call in sink.records():
        assert call.digest == order.expected_digest(call.id, call.ordering_key, call.sequence)


def test_a_digest_is_of_what_a_body_says():
    assert digest_of(b'{"a":1.50,"b":[1]}') == digest_of(b'{ "b" : [1], "a" : 1.5 }')
    assert digest_of(b'{"a":[1,2]}') != digest_of(b'{"a":[2,1]}')


def test_inversions_are_counted_by_lane():
    def call(lane, sequence, *, repeat=False):
        return Call(
            "i", "k", lane, sequence, 0.0, 0.0, 200, applied=True, repeat=repeat, attempt=1, digest=""
        )

    assert inversions([call("a", 1), call("b", 9), call("a", 3), call("a", 2), call("b", 10)]) == 1
    assert inversions([call("a", 2), call("a", 1, repeat=True)]) == 0


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "ok"),
        (202, "ok"),
        (400, "refused"),
        (429, "refused"),
        (503, "refused"),
        (500, "unknown"),
        (502, "unknown"),
    ],
)
def test_an_answer_proves_acceptance_refusal_or_nothing(status, outcome):
    assert outcome_of(status) == outcome


@given(st.integers(0, 10**8), st.text(st.characters(codec="ascii", exclude_characters="{}\r\n"), max_size=40))
def test_every_request_of_a_template_is_sound(n, pad):
    body = msgspec.json.encode({"pad": pad, "id": "@"}).decode().replace("@", "{{id}}")
    template = Template(Spec(url="http://here:81/in/x?y=1", body=body, headers={"X-A": "b"}, prefix="p"))
    raw = template.render(n, template.id(n))
    head, _, sent = raw.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /in/x?y=1 HTTP/1.1\r\nHost: here:81\r\nX-A: b\r\n")
    assert f"Content-Length: {len(sent)}".encode() in head.split(b"\r\n")
    assert f"Idempotency-Key: p{n:09d}".encode() in head.split(b"\r\n")
    assert sent.decode() == body.replace("{{id}}", f"p{n:09d}")


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_is_one_of_the_values_with_its_share_below(values, share):
    found = percentile(sorted(values), share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)


def test_a_spread_of_nothing_is_zero():
    assert spread([]).count == 0
    assert spread([0.001, 0.003], scale=1e3).p50 == 1.0


def test_many_callers_at_once(sink):
    """As the scenario of 10,000 does it: an open loop whose answers all come late."""
    sink.mode(Mode(delay_ms=1500))
    result = load(sink, mode="open", rate=1000, count=600, connections=700, warm=0, echo=True)
    assert (result.ok, result.wrong, result.in_flight_max) == (600, 0, 600)
    assert sink.stats()["in_flight_max"] == 600


def test_a_load_process_can_be_watched_while_it_works(sink):
    began = time.perf_counter()
    process = processes.LoadProcess(Spec(url=sink.url, mode="open", rate=50, seconds=1, body=BODY))
    pause = threading.Event()
    while not sink.count()["received"]:
        pause.wait(0.02)
    assert process.result(20).ok == 50
    assert time.perf_counter() - began >= 0.9
