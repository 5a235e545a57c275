"""The outgoing client against well-behaved and badly behaved peers (F-23)."""

import asyncio
import gzip
import time
import zlib

import pytest

from integrations.connectors.client import Outbound, OutboundRequest
from integrations.connectors.egress import EgressPolicy, Guard
from integrations.errors import RefusedError, UnavailableError
from tests.connectors.peers import answering, local_guard, read_request, reset, serving

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def send(port: int, path: str = "/", **fields):
    fields.setdefault("method", "POST")
    async with Outbound(local_guard(port)) as outbound:
        return await outbound.send(OutboundRequest(url=f"http://127.0.0.1:{port}{path}", **fields))


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def test_sends_what_it_was_given_and_gives_what_came_back():
    seen: list[bytes] = []
    async with answering(answer(b"tea", "X-One: 1", status="418 Teapot"), seen=seen) as port:
        response = await send(
            port, "/a%2Fb?c=d%20e", headers={"X-Key": "s", "Content-Type": "text/plain"}, body=b"in"
        )
    assert (response.status, response.body, response.headers["x-one"]) == (418, b"tea", "1")
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"POST /a%2Fb?c=d%20e HTTP/1.1"
    assert b"X-Key: s" in head
    assert body == b"in"
    assert 0 <= response.connect_ms <= response.first_byte_ms <= response.total_ms


async def test_cookies_are_never_kept():
    seen: list[bytes] = []
    reply = answer(b"", "Set-Cookie: a=b")
    async with answering(reply, seen=seen) as port, Outbound(local_guard(port)) as outbound:
        for _ in range(2):
            await outbound.send(OutboundRequest(method="GET", url=f"http://127.0.0.1:{port}/"))
    assert b"cookie" not in seen[1].lower()


async def test_proxy_variables_mean_nothing(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    async with answering(OK) as port:
        assert (await send(port)).body == b"ok"


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b"plain" * 9)),
        ("deflate", zlib.compress(b"plain" * 9)),
        ("deflate", zlib.compress(b"plain" * 9, wbits=-15)),
        ("identity", b"plain" * 9),
    ],
    ids=[
        "gzip",
        "zlib",
        "deflate",
        "identity",
    ],  # gzip writes the time: two processes would disagree on its name
)
async def test_compressed_answers_are_undone(coding, packed):
    async with answering(answer(packed, f"Content-Encoding: {coding}")) as port:
        assert (await send(port)).body == b"plain" * 9


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (answer(gzip.compress(bytes(60 << 20)), "Content-Encoding: gzip"), "remote.answer_too_big"),
        (answer(b"x" * 5000), "remote.answer_too_big"),
        (answer(gzip.compress(gzip.compress(b"x")), "Content-Encoding: gzip, gzip"), "remote.encoding"),
        (answer(b"x", "Content-Encoding: br"), "remote.encoding"),
    ],
    ids=["bomb", "over the cap", "packed twice", "unknown coding"],
)
async def test_answers_over_a_limit_are_refused(reply, code):
    async with answering(reply) as port:
        with pytest.raises(RefusedError) as refused:
            await send(port, max_bytes=4096)
    assert refused.value.code == code


async def _endless(reader, writer):
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def _endless_chunks(reader, writer):
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"8000\r\n" + b"x" * 32768 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize("behaviour", [_endless, _endless_chunks])
async def test_an_endless_body_ends_at_the_cap(behaviour):
    async with serving(behaviour) as port:
        with pytest.raises(RefusedError) as refused:
            await send(port, max_bytes=1 << 20)
    assert refused.value.code == "remote.answer_too_big"


async def _silent(reader, writer):
    await reader.read(-1)


async def _one_byte_at_a_time(reader, writer):
    await read_request(reader)
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + b"x" * 9999:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def _slow_body(reader, writer):
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    await _drip(writer)


async def _continue_for_ever(reader, writer):
    await read_request(reader)
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _continue_then_silence(reader, writer):
    await read_request(reader)
    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    await reader.read(-1)


async def _drip(writer):
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "behaviour", [_silent, _one_byte_at_a_time, _slow_body, _continue_for_ever, _continue_then_silence]
)
async def test_slow_peers_are_left_at_the_deadline(behaviour):
    started = time.monotonic()
    async with serving(behaviour) as port:
        with pytest.raises(UnavailableError) as late:
            await send(port, body=b"{}", first_byte_s=0.3, total_s=0.4)
    assert (late.value.code, late.value.sent) == ("remote.timeout", True)
    assert time.monotonic() - started < 1.4


async def _reset_at_once(reader, writer):
    await read_request(reader)
    reset(writer)


async def _close_at_once(reader, writer):
    await read_request(reader)


async def _short_body(reader, writer):
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")


async def _short_chunks(reader, writer):
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")


@pytest.mark.parametrize("behaviour", [_reset_at_once, _close_at_once, _short_body, _short_chunks])
async def test_a_broken_connection_after_sending_leaves_the_outcome_open(behaviour):
    async with serving(behaviour) as port:
        with pytest.raises(UnavailableError) as lost:
            await send(port, body=b"{}")
    assert (lost.value.code, lost.value.sent) == ("remote.connection_lost", True)


@pytest.mark.parametrize(
    "reply",
    [b"SSH-2.0-x\r\n\r\n", b"HTTP/9.9 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"],
)
async def test_an_answer_that_is_not_http_is_unavailable(reply):
    async with answering(reply) as port:
        with pytest.raises(UnavailableError) as odd:
            await send(port)
    assert odd.value.sent


async def test_two_lengths_are_not_believed():
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nhello"
    async with answering(reply) as port:
        with pytest.raises(UnavailableError):
            await send(port)


async def test_a_closed_port_sent_nothing():
    async with answering(OK) as port:
        pass
    with pytest.raises(UnavailableError) as refused:
        await send(port)
    assert (refused.value.code, refused.value.sent) == ("remote.connect", False)


async def test_a_name_without_address_sent_nothing():
    async def lookup(host: str, port: int):
        raise OSError(-2, "Name or service not known")

    async with Outbound(Guard(EgressPolicy(), lookup)) as outbound:
        with pytest.raises(UnavailableError) as unknown:
            await outbound.send(OutboundRequest(method="GET", url="https://nowhere.example/"))
    assert (unknown.value.code, unknown.value.sent) == ("remote.dns", False)


async def _plaintext(reader, writer):
    await reader.read(1)
    writer.write(OK)
    await writer.drain()


async def test_a_peer_that_does_not_speak_tls_gets_nothing():
    async with serving(_plaintext) as port, Outbound(local_guard(port)) as outbound:
        request = OutboundRequest(method="POST", url=f"https://127.0.0.1:{port}/", body=b"secret")
        with pytest.raises(UnavailableError) as odd:
            await outbound.send(request)
    assert (odd.value.code, odd.value.sent) == ("remote.tls", False)


def redirect(status: int, location: str) -> bytes:
    return answer(b"", f"Location: {location}", status=f"{status} Moved")


async def test_a_read_follows_three_redirects_on_the_same_origin():
    seen: list[bytes] = []
    hops = [redirect(302, f"/hop{n}") for n in range(3)]
    async with answering(*hops, OK, seen=seen) as port:
        response = await send(port, method="GET", headers={"Authorization": "Bearer t"})
    assert response.body == b"ok"
    assert all(b"Authorization: Bearer t" in request for request in seen)


async def test_the_fourth_redirect_is_refused():
    async with answering(redirect(302, "/again")) as port:
        with pytest.raises(RefusedError) as refused:
            await send(port, method="GET")
    assert refused.value.code == "egress.redirects"


async def test_credentials_do_not_follow_to_another_origin():
    seen: list[bytes] = []
    async with answering(OK, seen=seen) as port:
        location = f"http://localhost:{port}/elsewhere"
        async with answering(redirect(307, location)) as first:
            policy = local_guard(port).policy
            both = EgressPolicy(policy.allowed_networks, (range(port, port + 1), range(first, first + 1)))

            async def lookup(host: str, asked: int):
                return ["127.0.0.1"]

            async with Outbound(Guard(both, lookup)) as outbound:
                headers = {
                    "Authorization": "Bearer t",
                    "X-Api-Key": "k",
                    "Cookie": "c=1",
                    "Accept": "text/plain",
                }
                url = f"http://127.0.0.1:{first}/"
                await outbound.send(OutboundRequest(method="GET", url=url, headers=headers))
    assert b"Bearer" not in seen[0]
    assert b"X-Api-Key" not in seen[0]
    assert b"c=1" not in seen[0]
    assert b"text/plain" in seen[0]


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/", "http://[::1]/", "file:///etc/passwd", "http://10.1/"]
)
async def test_a_redirect_is_checked_like_any_url(location):
    async with answering(redirect(302, location)) as port:
        with pytest.raises(RefusedError, match=r"egress\."):
            await send(port, method="GET")


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_redirected_write_is_not_repeated_elsewhere(status):
    seen: list[bytes] = []
    async with answering(redirect(status, "/other"), OK, seen=seen) as port:
        response = await send(port, body=b"{}")
    assert (response.status, len(seen)) == (status, 1)


async def test_a_write_keeps_method_and_body_over_a_308():
    seen: list[bytes] = []
    async with answering(redirect(308, "/other"), OK, seen=seen) as port:
        assert (await send(port, body=b"{1}")).status == 200
    assert seen[1].startswith(b"POST /other ")
    assert seen[1].endswith(b"{1}")


async def test_errors_never_repeat_the_address_or_headers():
    async with answering(OK) as port:
        pass
    with pytest.raises(UnavailableError) as failed:
        await send(port, "/customers/4711?token=hunter2", headers={"X-Api-Key": "hunter3"})
    assert "4711" not in str(failed.value)
    assert "hunter" not in str(failed.value)
