"""Peers that behave badly, on real sockets (F-23), for whatever makes outgoing calls.

Each behaviour is one function below, named in `BEHAVIOURS`. A peer serves from a thread of its own, so that
it works for synchronous and asynchronous callers alike::

    with HostilePeer("endless_body") as peer:
        ...                      # call peer.url; expect an error at the deadline
        assert peer.connections == 1

A well-behaved caller gives the slot back at its deadline whatever the peer does. ``peer.requests`` are the
requests that were read whole; ``peer.sent`` counts bytes the caller took.
"""

import asyncio
import contextlib
import ssl
import tempfile
import threading
import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.chaos.wire import reset

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BOMB_MIB = 256
DRIP_S = 1.0


class Peer:
    """One connection of a peer, as a behaviour sees it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, owner: "HostilePeer"
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.owner = owner

    async def head(self) -> bytes:
        return await self.reader.readuntil(b"\r\n\r\n")

    async def request(self) -> bytes:
        """Read a request with its body."""
        head = await self.head()
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        whole = head + await self.reader.readexactly(length)
        self.owner.requests.append(whole)
        return whole

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()
        self.owner.sent += len(data)

    async def for_ever(self) -> None:
        """Stay until the caller goes."""
        while await self.reader.read(1 << 16):
            pass


Behaviour = Callable[[Peer], Awaitable[None]]


async def reset_at_once(peer: Peer) -> None:
    reset(peer.writer)


async def reset_after_request(peer: Peer) -> None:
    """The request was read: whether it took effect, the caller cannot know."""
    await peer.request()
    reset(peer.writer)


async def reset_in_head(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    reset(peer.writer)


async def reset_in_body(peer: Peer) -> None:
    await peer.request()
    await peer.send(OK + b'Content-Length: 1000\r\n\r\n{"half":')
    await asyncio.sleep(0.05)
    reset(peer.writer)


async def close_after_request(peer: Peer) -> None:
    await peer.request()


async def never_answers(peer: Peer) -> None:
    await peer.request()
    await peer.for_ever()


async def never_reads(peer: Peer) -> None:
    """A half-open peer: the connection stands, and nothing is read or written."""
    peer.writer.transport.pause_reading()  # type: ignore[attr-defined]  # TCP transports can
    await asyncio.Event().wait()


async def drips_head(peer: Peer) -> None:
    await peer.request()
    for byte in OK + b"Content-Length: 2\r\n\r\n{}":
        await peer.send(bytes([byte]))
        await asyncio.sleep(DRIP_S)


async def drips_body(peer: Peer) -> None:
    await peer.request()
    await peer.send(OK + b"Content-Length: 100000\r\n\r\n")
    while True:
        await peer.send(b" ")
        await asyncio.sleep(DRIP_S)


async def endless_head(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await peer.send(b"X-More: " + b"a" * 1000 + b"\r\n")


async def endless_body(peer: Peer) -> None:
    await peer.request()
    await peer.send(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        await peer.send(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


async def endless_continue(peer: Peer) -> None:
    await peer.request()
    while True:
        await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await asyncio.sleep(0.01)


async def never_continues(peer: Peer) -> None:
    """Neither 100 nor anything else: a caller that waits for leave to send its body waits in vain."""
    await peer.head()
    await peer.for_ever()


async def gzip_bomb(peer: Peer) -> None:
    await peer.request()
    bomb = gzipped_spaces(BOMB_MIB)
    await peer.send(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb)


async def double_gzip(peer: Peer) -> None:
    await peer.request()
    bomb = _gzip(gzipped_spaces(BOMB_MIB))
    await peer.send(OK + b"Content-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb)


async def broken_gzip(peer: Peer) -> None:
    await peer.request()
    await peer.send(OK + b"Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\nnot gzipped!")


async def length_too_long(peer: Peer) -> None:
    """Says 100 bytes, sends 2, closes."""
    await peer.request()
    await peer.send(OK + b"Content-Length: 100\r\n\r\n{}")


async def length_too_short(peer: Peer) -> None:
    """Says 2 bytes and sends a second answer behind them: it must not answer the next request."""
    await peer.request()
    await peer.send(OK + b"Content-Length: 2\r\n\r\n{}" + OK + b'Content-Length: 11\r\n\r\n{"not":"it"}'[:-1])
    await peer.for_ever()


async def two_lengths(peer: Peer) -> None:
    await peer.request()
    await peer.send(OK + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}")
    await peer.for_ever()


async def negative_length(peer: Peer) -> None:
    await peer.request()
    await peer.send(OK + b"Content-Length: -1\r\n\r\n{}")


async def bad_chunks(peer: Peer) -> None:
    await peer.request()
    await peer.send(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")


async def no_http(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"220 mail.example ESMTP\r\n")
    await peer.for_ever()


async def redirects_for_ever(peer: Peer) -> None:
    while True:
        await peer.request()
        await peer.send(b"HTTP/1.1 307 Again\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")


async def redirects_inside(peer: Peer) -> None:
    """Points at the cloud's metadata service."""
    await peer.request()
    inside = b"http://169.254.169.254/latest/meta-data/"
    await peer.send(b"HTTP/1.1 302 Found\r\nLocation: " + inside + b"\r\nContent-Length: 0\r\n\r\n")


async def answers_and_closes(peer: Peer) -> None:
    """Keep-alive promised and broken: the next request on this connection meets a closed socket."""
    await peer.request()
    await peer.send(OK + b"Connection: keep-alive\r\nContent-Length: 2\r\n\r\n{}")


async def answers_well(peer: Peer) -> None:
    while True:
        await peer.request()
        await peer.send(OK + b"Content-Length: 2\r\n\r\n{}")


BEHAVIOURS: dict[str, Behaviour] = {
    behaviour.__name__: behaviour
    for behaviour in (
        reset_at_once, reset_after_request, reset_in_head, reset_in_body, close_after_request, never_answers,
        never_reads, drips_head, drips_body, endless_head, endless_body, endless_continue, never_continues,
        gzip_bomb, double_gzip, broken_gzip, length_too_long, length_too_short, two_lengths, negative_length,
        bad_chunks, no_http, redirects_for_ever, redirects_inside, answers_and_closes, answers_well,
    )
}  # fmt: skip

STALLING = (
    "never_answers", "never_reads", "drips_head", "drips_body", "endless_continue", "never_continues",
    "no_http",
)  # fmt: skip
"""They end only by the caller's deadline: the slot must be free one second later."""
FLOODING = ("endless_head", "endless_body", "gzip_bomb", "double_gzip")
"""They end only by the caller's limit of size: memory must not follow."""
UNKNOWN_OUTCOME = (
    "reset_after_request",
    "reset_in_head",
    "reset_in_body",
    "close_after_request",
    "length_too_long",
)
"""The request may have taken effect."""


class HostilePeer:
    """Serves one behaviour, or a list of them connection by connection, the last one for ever."""

    def __init__(self, *behaviours: str | Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self._behaviours = [BEHAVIOURS[one] if isinstance(one, str) else one for one in behaviours]
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[Any]] = set()
        self.connections = 0
        self.open = 0
        self.requests: list[bytes] = []
        self.sent = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        start = asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result(10)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        behaviour = self._behaviours[min(self.connections, len(self._behaviours) - 1)]
        self.connections += 1
        self.open += 1
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await behaviour(Peer(reader, writer, self))
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.close()

    async def _close(self) -> None:
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@cache
def gzipped_spaces(mib: int) -> bytes:
    """Give ``mib`` MiB of spaces as gzip: about one thousandth of that."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([packer.compress(b" " * (1 << 20)) for _ in range(mib)]) + packer.flush()


def _gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return packer.compress(data) + packer.flush()


def certificate(
    folder: Path | None = None, *, host: str = "127.0.0.1", valid: timedelta = timedelta(days=1)
) -> tuple[ssl.SSLContext, bytes]:
    """Give a TLS server with a fresh certificate of its own making, and that certificate (PEM) to trust.

    valid: from now; negative gives one that expired, a few seconds one that expires during a test.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    try:
        alternative: x509.GeneralName = x509.IPAddress(IPv4Address(host))
    except ValueError:
        alternative = x509.DNSName(host)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + min(valid, timedelta()) - timedelta(days=1))
        .not_valid_after(now + valid)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        file = Path(place) / "server.pem"
        file.write_bytes(pem + secret)
        context.load_cert_chain(file)
    return context, pem
