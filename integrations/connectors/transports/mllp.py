"""Sends messages over MLLP and waits for what comes back, on connections that are kept for the next one.

Every connection passes the egress guard: name, each address it resolves to, port, and the peer it ended at.
"""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final, cast

from typing_extensions import override

from integrations.connectors.egress import Guard
from integrations.errors import DecodeError, LimitError, RefusedError, RemoteError, UnavailableError
from integrations.formats.hl7.mllp import COMMIT_ACK, COMMIT_NAK, Frames

CONNECT_S: Final = 5.0
KEEP_S: Final = 30.0
KEEP: Final = 500
ADDRESSES_MAX: Final = 4
ANSWER_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where messages go."""

    host: str
    port: int
    is_tls: bool = False


class _Line(asyncio.Protocol):
    """One connection, for one exchange at a time. Bytes that nobody waits for close it."""

    def __init__(self, to: Endpoint) -> None:
        self.to = to
        self.is_open = False
        self.idle_since = 0.0
        self._transport: asyncio.Transport | None = None
        self._frames = Frames(ANSWER_BYTES)
        self._waiter: asyncio.Future[bytes] | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own are of another class
        self.is_open = True

    @property
    def peer(self) -> tuple[str, int] | None:
        found = self._transport.get_extra_info("peername") if self._transport is not None else None
        return None if found is None else (found[0], found[1])

    async def exchange(self, framed: bytes) -> bytes:
        """Send, and give the next message that comes. Whatever ends it early closes the connection."""
        if self._transport is None or not self.is_open:
            raise self._lost(sent=False)
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(framed)
        try:
            return await self._waiter
        except BaseException:
            self.close()
            raise
        finally:
            self._waiter = None

    @override
    def data_received(self, data: bytes) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            self.close()
            return
        try:
            messages = self._frames.feed(data)
        except LimitError:
            text = f"The answer of {self.to.host} is larger than {ANSWER_BYTES:,} bytes."
            waiter.set_exception(RefusedError("remote.answer_too_big", text))
            return
        except DecodeError:
            waiter.set_exception(_error(self.to, "bad_answer", "answered with something that is not MLLP"))
            return
        if COMMIT_NAK in messages:
            waiter.set_exception(_error(self.to, "not_stored", "says that it could not store the message"))
            return
        found = [message for message in messages if message != COMMIT_ACK]
        if found:
            waiter.set_result(found[0])
            if len(found) > 1 or self._frames.held_bytes:
                self.close()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(self._lost(sent=True))

    def close(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def _lost(self, *, sent: bool) -> RemoteError:
        return _error(self.to, "connection_lost", "closed the connection before it answered", sent=sent)


class Mllp:
    """The MLLP side of one process; made and used inside one running event loop."""

    def __init__(self, guard: Guard, *, tls: ssl.SSLContext | None = None) -> None:
        self._guard = guard
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._idle: dict[Endpoint, list[_Line]] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Close every connection that is kept."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for lines in self._idle.values():
            for line in lines:
                line.close()
        self._idle.clear()

    async def exchange(
        self, to: Endpoint, framed: bytes, timeout_s: float, *, is_fresh: bool = False
    ) -> bytes:
        """Send one frame and give the message that comes back.

        is_fresh: on a new connection, for what must not meet one that the peer is just closing.
        Raises UnavailableError where no complete answer came; its ``sent`` says whether the peer may have got
        any of it. Raises RefusedError where the guard said no or the answer is over a limit.
        """
        line: _Line | None = None
        try:
            async with asyncio.timeout(timeout_s):
                line = (None if is_fresh else self._kept(to)) or await self._connect(to)
                answer = await line.exchange(framed)
        except TimeoutError as error:
            if line is None:
                raise _late(to) from error
            raise _error(to, "timeout", "did not answer in time") from error
        self._keep(line)
        return answer

    def _kept(self, to: Endpoint) -> _Line | None:
        lines = self._idle.get(to, [])
        while lines:
            line = lines.pop()
            if line.is_open:
                return line
        return None

    def _keep(self, line: _Line) -> None:
        if not line.is_open:
            return
        if sum(map(len, self._idle.values())) >= KEEP:
            line.close()
            return
        line.idle_since = self._loop.time()
        self._idle.setdefault(line.to, []).append(line)
        if self._sweeping is None:
            self._sweeping = self._loop.call_later(KEEP_S, self._sweep)

    def _sweep(self) -> None:
        """Close what nobody used for a while."""
        self._sweeping = None
        oldest = self._loop.time() - KEEP_S
        for to, lines in list(self._idle.items()):
            for line in lines:
                if line.idle_since < oldest:
                    line.close()
            self._idle[to] = [line for line in lines if line.is_open]
            if not self._idle[to]:
                del self._idle[to]
        if self._idle:
            self._sweeping = self._loop.call_later(KEEP_S / 2, self._sweep)

    async def _connect(self, to: Endpoint) -> _Line:
        try:
            addresses = await self._guard.addresses(to.host, to.port)
        except OSError as error:
            raise _error(to, "dns", "could not be resolved", sent=False) from error
        failure: OSError | None = None
        for address in addresses[:ADDRESSES_MAX]:
            try:
                async with asyncio.timeout(CONNECT_S):
                    return await self._dial(to, address)
            except OSError as error:  # TimeoutError is one
                failure = error
        if isinstance(failure, ssl.SSLError):
            raise _error(to, "tls", "showed no certificate that is trusted", sent=False) from failure
        if isinstance(failure, TimeoutError):
            raise _late(to) from failure
        raise _error(to, "connect", "could not be connected to", sent=False) from failure

    async def _dial(self, to: Endpoint, address: str) -> _Line:
        _, line = await self._loop.create_connection(
            lambda: _Line(to),
            address,
            to.port,
            ssl=self._context() if to.is_tls else None,
            server_hostname=to.host if to.is_tls else None,
        )
        try:
            if line.peer is None:
                raise ConnectionResetError
            self._guard.check_address(*line.peer)
        except BaseException:
            line.close()
            raise
        return line

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        return self._tls


def _late(to: Endpoint) -> UnavailableError:
    return _error(to, "connect_timeout", "did not accept the connection in time", sent=False)


def _error(to: Endpoint, code: str, what: str, *, sent: bool = True) -> UnavailableError:
    return UnavailableError(f"remote.{code}", f"{to.host} {what}.", sent=sent)
