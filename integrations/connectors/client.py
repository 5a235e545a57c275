"""The one client for outgoing calls. Nothing else in 7M opens a connection to an address that a user chose.

One `Outbound` per process: one aiohttp session, keep-alive connections, checked by `egress.Guard` when they
are made. A call on a warm connection costs no name look-up and no check but a cached one.
"""

import asyncio
import ssl
import zlib
from collections.abc import Mapping
from contextvars import ContextVar
from time import perf_counter
from types import TracebackType
from typing import Self

import aiohttp
import msgspec
from aiohttp.client_reqrep import ClientRequest, ClientResponse
from aiohttp.connector import Connection
from typing_extensions import override
from yarl import URL

from integrations.connectors.egress import Guard
from integrations.errors import RefusedError, UnavailableError

MAX_REDIRECTS = 3
MAX_RESPONSE_BYTES = 10 << 20
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_PLAIN_HEADERS = frozenset({"accept", "accept-language", "content-type", "user-agent"})


class OutboundRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One call to make.

    headers: complete, credentials included; they are never logged. connect_s, first_byte_s, total_s:
    deadlines from the start of the call (connect_s from the start of connecting). max_bytes: cap on the
    decoded body of the answer.
    """

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes | None = None
    connect_s: float = 5.0
    first_byte_s: float = 30.0
    total_s: float = 60.0
    max_bytes: int = MAX_RESPONSE_BYTES

    @override
    def __repr__(self) -> str:
        """Leave out what may be secret: it would stand in tracebacks."""
        return f"OutboundRequest({self.method})"


class OutboundResponse(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The answer, whatever its status. All three times run from the start of the call."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    connect_ms: float
    first_byte_ms: float
    total_ms: float

    @override
    def __repr__(self) -> str:
        return f"OutboundResponse({self.status}, {len(self.body)} bytes)"


class _Call:
    """What happened to the call so far."""

    __slots__ = ("connect_ms", "phase", "sent", "started")

    def __init__(self) -> None:
        self.started = perf_counter()
        self.sent = False
        self.connect_ms = 0.0
        self.phase = "connect"


_CALL: ContextVar[_Call] = ContextVar("outbound_call")


class _PinnedRequest(ClientRequest):
    """A request that looks at its peer before the first byte leaves."""

    guard: Guard

    @override
    async def send(self, conn: Connection) -> ClientResponse:
        peer = conn.transport.get_extra_info("peername") if conn.transport is not None else None
        if peer is None:
            raise aiohttp.ServerDisconnectedError
        self.guard.check_address(peer[0], peer[1])
        call = _CALL.get()
        call.sent = True
        call.phase = "first_byte"
        call.connect_ms = (perf_counter() - call.started) * 1000
        return await super().send(conn)


class Outbound:
    """The outgoing side of one process; made and used inside one running event loop."""

    def __init__(
        self, guard: Guard, *, connections: int = 0, per_host: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        """Make the session. connections, per_host: bounds on open connections; 0 where callers bound them."""
        self._guard = guard
        self._loop = asyncio.get_running_loop()
        request_class = type("_GuardedRequest", (_PinnedRequest,), {"guard": guard})
        connector = aiohttp.TCPConnector(
            resolver=guard.resolver,
            ttl_dns_cache=10,
            limit=connections,
            limit_per_host=per_host,
            keepalive_timeout=15,
            ssl=tls if tls is not None else True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            request_class=request_class,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=("User-Agent",),
            headers={"User-Agent": "7M"},
        )
        self._timeouts: dict[float, aiohttp.ClientTimeout] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def send(self, request: OutboundRequest) -> OutboundResponse:
        """Make the call and give the answer, whatever its status.

        Raises UnavailableError where no complete answer came; its ``sent`` says whether the peer may have
        got any of it. Raises RefusedError where the guard said no or the answer is over a limit.
        """
        url = self._guard.check_url(request.url)
        call = _Call()
        _CALL.set(call)
        try:
            async with asyncio.timeout(request.first_byte_s) as deadline:
                return await self._exchange(request, url, call, deadline)
        except TimeoutError as error:
            phase = "connect" if isinstance(error, aiohttp.ServerTimeoutError) else call.phase
            raise _late(phase, url, sent=call.sent) from error
        except aiohttp.ClientConnectorDNSError as error:
            raise UnavailableError(
                "remote.dns", f"The name {url.host} could not be resolved.", sent=call.sent
            ) from error
        except aiohttp.ClientSSLError as error:
            raise UnavailableError(
                "remote.tls", f"No trusted TLS connection to {url.host} could be made.", sent=call.sent
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise UnavailableError(
                "remote.connect", f"No connection to {url.host} could be made.", sent=call.sent
            ) from error
        except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError) as error:
            raise UnavailableError(
                "remote.connection_lost",
                f"{url.host} closed the connection before its answer was complete.",
                sent=call.sent,
            ) from error
        except aiohttp.ClientError as error:
            raise UnavailableError(
                "remote.bad_answer", f"{url.host} answered with something that is not HTTP.", sent=call.sent
            ) from error

    async def _exchange(
        self, request: OutboundRequest, url: URL, call: _Call, deadline: asyncio.Timeout
    ) -> OutboundResponse:
        method, headers, body = request.method, request.headers, request.body
        timeout = self._timeouts.get(request.connect_s) or self._timeout(request.connect_s)
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._session.request(
                method, url, headers=headers, data=body, timeout=timeout, allow_redirects=False
            )
            target = self._redirect(response, method, url) if response.status in _REDIRECTS else None
            if target is None:
                break
            response.close()
            if target.origin() != url.origin():
                headers = {name: value for name, value in headers.items() if name.lower() in _PLAIN_HEADERS}
            url = target
        else:
            raise RefusedError("egress.redirects", f"{url.host} redirects more than {MAX_REDIRECTS} times.")
        first_byte = perf_counter()
        call.phase = "whole"
        deadline.reschedule(self._loop.time() + request.total_s - (first_byte - call.started))
        try:
            content = await _read(response, request.max_bytes)
        except BaseException:
            response.close()
            raise
        return OutboundResponse(
            status=response.status,
            headers=response.headers,
            body=content,
            connect_ms=call.connect_ms,
            first_byte_ms=(first_byte - call.started) * 1000,
            total_ms=(perf_counter() - call.started) * 1000,
        )

    def _timeout(self, connect_s: float) -> aiohttp.ClientTimeout:
        if len(self._timeouts) > 64:
            self._timeouts.clear()
        timeout = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=connect_s, sock_read=None)
        return self._timeouts.setdefault(connect_s, timeout)

    def _redirect(self, response: ClientResponse, method: str, url: URL) -> URL | None:
        """Say where to go next; None where going there could repeat an effect: the redirect is the answer."""
        location = response.headers.get("Location")
        if location is None:
            return None
        try:
            joined = url.join(URL(location))
        except ValueError:
            return None
        target = self._guard.check_url(str(joined))
        if url.scheme == "https" and target.scheme != "https":
            raise RefusedError("egress.downgrade", f"{url.host} redirects to an address without encryption.")
        if method in {"GET", "HEAD"}:
            return target
        return target if response.status in {307, 308} and target.origin() == url.origin() else None


def _late(phase: str, url: URL, *, sent: bool) -> UnavailableError:
    code, what = {
        "connect": ("remote.connect_timeout", "accept the connection"),
        "first_byte": ("remote.timeout", "begin its answer"),
        "whole": ("remote.timeout", "finish its answer"),
    }[phase]
    return UnavailableError(code, f"{url.host} did not {what} in time.", sent=sent)


async def _read(response: ClientResponse, max_bytes: int) -> bytes:
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    length = response.content_length
    if length is not None and length > max_bytes:
        raise _too_big(response, max_bytes)
    if length is not None or response.method == "HEAD":
        raw = await response.read()
    else:
        parts, total = [], 0
        async for part in response.content.iter_any():
            total += len(part)
            if total > max_bytes:
                raise _too_big(response, max_bytes)
            parts.append(part)
        raw = b"".join(parts)
        response.release()
    if not coding or coding == "identity" or not raw:
        return raw
    return _inflate(raw, coding, response, max_bytes)


def _inflate(raw: bytes, coding: str, response: ClientResponse, max_bytes: int) -> bytes:
    """Undo gzip or deflate, never holding more than ``max_bytes`` of the result."""
    bits = _WINDOW_BITS.get(coding)
    if bits is None:
        raise RefusedError(
            "remote.encoding", f"{response.url.host} answered in an encoding that was not asked for."
        )
    if coding == "deflate" and raw[0] & 0x0F != 8:
        bits = -15
    stream = zlib.decompressobj(bits)
    try:
        decoded = stream.decompress(raw, max_bytes + 1)
    except zlib.error as error:
        raise UnavailableError(
            "remote.bad_answer", f"{response.url.host} sent a damaged compressed answer."
        ) from error
    if len(decoded) > max_bytes:
        raise _too_big(response, max_bytes)
    if not stream.eof or stream.unused_data:
        raise UnavailableError("remote.bad_answer", f"{response.url.host} sent a damaged compressed answer.")
    return decoded


def _too_big(response: ClientResponse, max_bytes: int) -> RefusedError:
    return RefusedError(
        "remote.answer_too_big",
        f"The answer of {response.url.host} is larger than {max_bytes:,} bytes.",
        status=response.status,
    )
