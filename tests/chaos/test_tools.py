"""The tools of the fault tests do what the tests rely on."""

import asyncio
import subprocess
import sys
import time

import pytest

from bench import processes
from bench.load import Spec, read_history
from bench.sink import Mode as SinkMode
from tests.chaos import evidence, skew
from tests.chaos.history import Kind, Outcome, Rules, Run, check
from tests.chaos.stack import Processes, kill_pid, wait_until
from tests.chaos.wire import Mode, Wire

BODY = '{"order_id":"{{id}}","ordering_key":"{{ordering_key}}","sequence":{{sequence}}}'


@pytest.fixture(scope="module")
def sink():
    with processes.sink("--digests") as (client, _):
        yield client


def through(wire, tmp_path, **more):
    given = {"count": 20, "connections": 2, "body": BODY, "timeout_s": 5, **more}
    file = tmp_path / "history.jsonl"
    result = processes.run_load(Spec(url=f"http://127.0.0.1:{wire.port}/orders", history=str(file), **given))
    return result, read_history(file)


def target(sink):
    return "127.0.0.1", int(sink.url.rpartition(":")[2])


def test_a_wire_passes_everything(sink, tmp_path):
    sink.forget()
    with Wire(*target(sink)) as wire:
        result, _ = through(wire, tmp_path)
    assert (result.ok, sink.stats()["applied"]) == (20, 20)


def test_a_cut_answer_leaves_an_effect_and_an_unknown_outcome(sink, tmp_path):
    sink.forget()
    with Wire(*target(sink)) as wire:
        wire.mode = Mode.CUT_ANSWERS
        result, sent = through(wire, tmp_path)
    assert (result.unknown, sink.stats()["applied"], wire.cut) == (20, 20, 20)
    history = evidence.submissions(sent)
    assert {one.outcome for one in history} == {Outcome.UNKNOWN}
    made = [Run(f"r{n}", "succeeded", one.key) for n, one in enumerate(history)]
    assert check(history, evidence.effects(sink.records()), made).is_clean


def test_a_refusing_wire_lets_nothing_happen(sink, tmp_path):
    sink.forget()
    with Wire(*target(sink)) as wire:
        wire.mode = Mode.REFUSE
        result, _ = through(wire, tmp_path, count=5)
    assert (result.ok, sink.stats()["received"]) == (0, 0)


def test_what_a_wire_held_arrives_when_it_passes_again(sink, tmp_path):
    sink.forget()
    with Wire(*target(sink)) as wire:
        wire.mode = Mode.HOLD
        load = processes.LoadProcess(
            Spec(url=f"http://127.0.0.1:{wire.port}/orders", count=4, connections=4, body=BODY, timeout_s=20)
        )
        with pytest.raises(TimeoutError):
            wait_until(lambda: sink.count()["received"], within_s=0.5, what="a request")
        wire.mode = Mode.PASS
        assert load.result(20).ok == 4


def test_a_sink_that_is_reset_after_the_effect_and_asked_again_is_no_double(sink, tmp_path):
    sink.forget()
    sink.mode(SinkMode(kind="reset_after", first=1))
    file = tmp_path / "h.jsonl"
    spec = Spec(url=f"{sink.url}/x", count=10, connections=2, body=BODY, resend_s=5, history=str(file))
    result = processes.run_load(spec)
    sink.mode()
    history = evidence.submissions(read_history(file))
    seen = evidence.effects(sink.records())
    made = [Run(f"r{n}", "succeeded", one.key) for n, one in enumerate(history)]
    assert (result.ok, result.resent, len(seen)) == (10, 10, 20)
    assert check(history, seen, made).is_clean
    verdict = check(history, seen, made, rules=Rules("at_most_once"))
    assert len(verdict.of(Kind.DOUBLE)) == 10


def test_gaps_run_from_the_end_of_an_attempt(sink):
    sink.forget()
    sink.mode(SinkMode(kind="status", first=2))
    processes.run_load(Spec(url=f"{sink.url}/x", count=1, connections=1, body=BODY, resend_s=5))
    sink.mode()
    [gaps] = evidence.attempt_gaps_ms(sink.records()).values()
    assert len(gaps) == 2
    assert all(gap >= 249 for gap in gaps)


def test_the_report_names_seed_size_and_figures():
    text = evidence.report("F-01", check([], [], []), seed=7, seconds=1.5, kills=200)
    assert text.startswith("F-01: seed=7 N=0 duration=1.5s machine=(")
    assert "kills=200" in text


def test_a_killed_server_is_gone():
    process = subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
    kill_pid(process.pid)
    assert process.wait() == -9


def test_a_process_that_ends_before_it_is_ready_fails_with_its_words(tmp_path):
    with (
        Processes(lambda role, **more: {"SEVENM_PORT": "none"}, tmp_path) as product,
        pytest.raises(AssertionError, match="worker-1 ended with"),
    ):
        product.start("worker-1", "worker")


def test_a_skewed_process_sees_wrong_wall_time_and_true_monotonic_time(tmp_path):
    variables = skew.environ(tmp_path, -300)
    if variables is None:
        pytest.skip("no C compiler here: a process cannot be given a wrong clock")
    ask = "import time, datetime; print(time.time(), datetime.datetime.now().timestamp(), time.monotonic())"
    before = time.monotonic()
    done = subprocess.run(  # noqa: S603  this interpreter
        [sys.executable, "-c", ask], env=variables, capture_output=True, text=True, check=True
    )
    wall, now, monotonic = map(float, done.stdout.split())
    assert wall == pytest.approx(time.time() - 300, abs=5)
    assert now == pytest.approx(time.time() - 300, abs=5)
    assert before <= monotonic <= time.monotonic()


async def test_waiting_says_what_was_waited_for():
    with pytest.raises(TimeoutError, match=r"waited 0.05 s in vain: the moon"):
        await asyncio.to_thread(wait_until, lambda: False, within_s=0.05, what="the moon")
