"""The bad requests are what they say, reach a server byte by byte, and the sender tells what came back."""

import asyncio
import json
import threading

import pytest
import uvicorn

from tests.chaos.hostile_peer import HostilePeer
from tests.data import bad_inputs
from tests.data.bad_inputs import Target, hook_inputs, key_sequences, list_inputs, send, signature_inputs

BODY = json.dumps({"id": "o1", "created_at": "2026-03-14", "lines": [{"sku": "a"}]}).encode()
HEADERS = {"Authorization": "Bearer key", "Content-Type": "application/json"}


class Door:
    """An ASGI application that takes everything; what it does not see, the server refused."""

    def __init__(self):
        self.seen = []
        self.port = 0

    async def __call__(self, scope, receive, send):
        size, more = 0, True
        while more and size <= 1 << 20:
            message = await receive()
            size, more = size + len(message.get("body", b"")), message.get("more_body", False)
        self.seen.append((scope["method"], scope["path"], dict(scope["headers"]), size))
        status = 413 if size > 1 << 20 else 202
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})


@pytest.fixture(scope="module")
def door():
    """The server that the product runs its doors in, with its settings."""
    app = Door()
    config = uvicorn.Config(app, port=0, http="httptools", loop="asyncio", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    pause = threading.Event()
    while not server.started:
        pause.wait(0.01)
    app.port = server.servers[0].sockets[0].getsockname()[1]
    yield app
    server.should_exit = True
    thread.join()


def target(port=1, **more):
    return Target("127.0.0.1", port, "/in/hook", HEADERS, BODY, **more)


def test_a_good_request_is_good(door):
    here = target(door.port)
    assert send(here, [bad_inputs.request(here)]).status == 202
    method, path, headers, size = door.seen[-1]
    assert (method, path, size) == ("POST", "/in/hook", len(BODY))
    assert headers[b"authorization"] == b"Bearer key"


@pytest.mark.parametrize("case", list(bad_inputs.bad_framing(target())), ids=str)
def test_bad_framing_never_reaches_a_handler(case, door):
    here = target(door.port)
    [again] = [one for one in bad_inputs.bad_framing(here) if one.name == case.name]
    if "idempotency keys" in case.name:
        return  # sound HTTP: the handler must refuse it
    door.seen.clear()
    answer = send(here, again.parts(), timeout_s=3)
    assert answer.status in {400, 0}
    assert door.seen == [] or "chunk size" in case.name  # the handler starts at the head


def test_an_endless_body_is_answered_before_its_end(door):
    here = target(door.port)
    for case in bad_inputs.wrong_sizes(here):
        if "chunks" in case.name:
            assert send(here, case.parts()).status in {413, 0}


def test_every_kind_is_there_and_named_once():
    cases = [*hook_inputs(target()), *list_inputs(target())]
    names = [str(case) for case in cases]
    assert {case.id for case in cases} == {
        "B-01", "B-02", "B-03", "B-04", "B-05", "B-06", "B-07", "B-08", "B-09", "B-10",
        "B-18", "B-20", "B-21", "B-22",
    }  # fmt: skip
    assert len(names) == len(set(names))
    assert all(case.expect and max(case.expect) < 500 for case in cases)


@pytest.mark.parametrize(
    "make",
    [bad_inputs.not_utf8, bad_inputs.control_characters, bad_inputs.bad_numbers, bad_inputs.duplicate_keys],
)
def test_refused_documents_are_not_json_to_a_strict_reader(make):
    def no_constant(text):
        raise ValueError(text)

    def no_twins(pairs):
        if len(dict(pairs)) < len(pairs):
            raise ValueError("duplicate key")
        return dict(pairs)

    def bounded(text):
        if len(text) > 1000 or text.lower().partition("e")[2].lstrip("-") > "3":
            raise ValueError("too large")
        return float(text)

    for case in make(target()):
        body = b"".join(case.parts()).partition(b"\r\n\r\n")[2]
        try:
            text = json.dumps(
                json.loads(
                    body.decode(),
                    parse_constant=no_constant, object_pairs_hook=no_twins,
                    parse_float=bounded, parse_int=bounded,
                ),
                ensure_ascii=False,
            )  # fmt: skip
            text.encode()
            assert "\\u0000" in text, case
        except ValueError:
            continue


def test_sizes_are_exact():
    for case in bad_inputs.wrong_sizes(target()):
        if case.name in {"the limit is taken", "limit + 1"}:
            body = b"".join(case.parts()).partition(b"\r\n\r\n")[2]
            assert len(body) == (1 << 20) + ("+" in case.name)
            json.loads(body)


def test_signatures_are_left_out_forged_and_shifted():
    def sign(body, now):
        return {"X-Signature": f"{len(body)}", "X-Time": f"{now:.0f}"}

    raw = {case.name: b"".join(case.parts()) for case in signature_inputs(target(), sign, 1000.0, timed=True)}
    assert b"X-Signature" not in raw["none"]
    assert b"X-Time: 1000" in raw["X-Signature left out"]
    assert b"X-Signature" not in raw["X-Signature left out"]
    assert b"X-Time: 640" in raw["old"]
    assert b"X-Time: 1360" in raw["from the future"]
    assert raw["a good one is taken"] != raw["X-Signature forged"]


def test_sequences_reuse_one_key_each():
    for sequence in key_sequences(target(), "k1"):
        raw = [b"".join(case.parts()) for case in sequence.requests]
        keys = {line for one in raw for line in one.split(b"\r\n") if line.startswith(b"Idempotency-Key")}
        assert len(keys) == 1


@pytest.mark.parametrize("behaviour", ["reset_after_request", "close_after_request", "no_http_at_all"])
def test_an_end_without_an_answer_is_status_0(behaviour):
    async def no_http_at_all(peer):
        await peer.request()
        await peer.send(b"220 hello\r\n\r\n")

    with HostilePeer(no_http_at_all if behaviour == "no_http_at_all" else behaviour) as peer:
        here = target(peer.port)
        assert send(here, [bad_inputs.request(here)]).status == 0


def test_no_answer_in_time_is_an_error():
    with HostilePeer("never_answers") as peer:
        here = target(peer.port)
        with pytest.raises(TimeoutError):
            send(here, [bad_inputs.request(here)], timeout_s=0.2)
