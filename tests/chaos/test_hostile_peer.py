"""Each peer does on the wire what its name says."""

import asyncio
import socket
import ssl
import time
import zlib
from datetime import timedelta

import pytest

from tests.chaos.hostile_peer import BEHAVIOURS, FLOODING, STALLING, UNKNOWN_OUTCOME, HostilePeer, certificate

REQUEST = b"POST /x HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n{}"


def ask(peer, *, wait_s=0.3, most=1 << 20):
    """Send a request; give what came and how it ended: closed, reset, enough or deadline."""
    got = b""
    end = time.monotonic() + wait_s
    try:
        with socket.create_connection(("127.0.0.1", peer.port), timeout=5) as connection:
            connection.sendall(REQUEST)
            while len(got) < most:
                connection.settimeout(max(0.01, end - time.monotonic()))
                data = connection.recv(1 << 16)
                if not data:
                    return got, "closed"
                got += data
    except TimeoutError:
        return got, "deadline"
    except ConnectionError:  # even while it is made: a peer may reset at once
        return got, "reset"
    return got, "enough"


@pytest.mark.parametrize(
    ("behaviour", "ending", "begins"),
    [
        ("reset_at_once", "reset", b""),
        ("reset_after_request", "reset", b""),
        ("reset_in_head", "reset", b"HTTP/1.1 200 OK"),
        ("reset_in_body", "reset", b"HTTP/1.1 200 OK"),
        ("close_after_request", "closed", b""),
        ("never_answers", "deadline", b""),
        ("never_reads", "deadline", b""),
        ("drips_head", "deadline", b"H"),
        ("drips_body", "deadline", b"HTTP/1.1 200 OK"),
        ("endless_head", "enough", b"HTTP/1.1 200 OK"),
        ("endless_body", "enough", b"HTTP/1.1 200 OK"),
        ("endless_continue", "deadline", b"HTTP/1.1 100 Continue"),
        ("never_continues", "deadline", b""),
        ("length_too_long", "closed", b"HTTP/1.1 200 OK"),
        ("length_too_short", "deadline", b"HTTP/1.1 200 OK"),
        ("no_http", "deadline", b"220 "),
        ("redirects_inside", "closed", b"HTTP/1.1 302"),
    ],
)
def test_a_peer_does_what_its_name_says(behaviour, ending, begins):
    with HostilePeer(behaviour) as peer:
        got, how = ask(peer, wait_s=5 if ending in {"enough", "closed", "reset"} else 0.3)
    assert how == ending or (ending == "reset" and how == "closed" and got == begins)
    assert got.startswith(begins)


def test_a_bomb_is_small_on_the_wire_and_large_inside():
    with HostilePeer("gzip_bomb") as peer:
        got, _ = ask(peer, wait_s=10)
    body = got.partition(b"\r\n\r\n")[2]
    assert len(body) < 512 << 10
    unpacker = zlib.decompressobj(wbits=31)
    size = 0
    while body:
        size += len(unpacker.decompress(body, 1 << 22))
        body = unpacker.unconsumed_tail
    assert size == 256 << 20


def test_behaviours_follow_each_other_by_connection():
    with HostilePeer("reset_after_request", "answers_well") as peer:
        first, second = ask(peer, wait_s=5), ask(peer)
        assert first == (b"", "reset")
        assert second[0].endswith(b"{}")
        assert (peer.connections, len(peer.requests)) == (2, 2)


def test_every_group_names_behaviours():
    assert {*STALLING, *FLOODING, *UNKNOWN_OUTCOME} <= BEHAVIOURS.keys()


@pytest.mark.parametrize(
    ("host", "valid", "fails"),
    [
        ("127.0.0.1", timedelta(days=1), None),
        ("127.0.0.1", timedelta(days=-1), "expired"),
        ("other.example", timedelta(days=1), "IP address mismatch"),
    ],
)
async def test_certificates_are_good_expired_or_of_somebody_else(host, valid, fails):
    context, pem = certificate(host=host, valid=valid)
    trusting = ssl.create_default_context(cadata=pem.decode())
    with HostilePeer("answers_well", tls=context) as peer:
        connect = asyncio.open_connection("127.0.0.1", peer.port, ssl=trusting)
        if fails is None:
            _, writer = await connect
            writer.close()
            return
        with pytest.raises(ssl.SSLCertVerificationError, match=fails):
            await connect
