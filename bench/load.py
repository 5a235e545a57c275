"""Send many HTTP/1.1 requests cheaply: open loop at a fixed rate, or closed loop with N connections.

Open loop: request n is due at ``start + n / rate`` whatever the server does, and its latency counts from that
moment, so that a stalled server cannot hide its stall. Closed loop: each of N connections sends its next
request when the last one is answered. Runs in its own process (``python -m bench.load < spec.json``); all
instants are ``time.perf_counter()``, which on Linux is one clock for every process of the machine.
"""

import argparse
import asyncio
import contextlib
import ctypes
import gc
import os
import resource
import struct
import sys
import time
from collections import Counter, deque
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec
import uvloop
from typing_extensions import override

from bench.figures import Spread, spread

MARKS = (b"{{id}}", b"{{ordering_key}}", b"{{sequence}}")
SEQUENCE_FROM = 100_000_000  # a JSON number of nine digits for every request
RUN_HEADER = b"\r\nx-7m-run:"
CONNECTING_AT_ONCE = 256
RESEND_AFTER_S = 0.25
SWEEP_EVERY_S = 0.25


class Spec(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What to send. ``body`` may hold ``{{id}}``, ``{{ordering_key}}``, ``{{sequence}}``, of fixed width."""

    url: str
    mode: Literal["open", "closed"] = "closed"
    rate: float = 0.0
    connections: int = 64
    """Closed loop: how many. Open loop: the most that may be open."""
    warm: int = 8
    """Open loop: connections made before the first request is due."""
    count: int = 0
    seconds: float = 0.0
    method: str = "POST"
    headers: dict[str, str] = {}
    body: str = ""
    key_header: str | None = "Idempotency-Key"
    prefix: str = "o"
    """Request n has the id, and idempotency key, prefix and n in nine digits; sequence 10^8 + n."""
    first: int = 0
    ordering_keys: int = 0
    """Request n gets ordering key ``k<n % ordering_keys>``; 0: its own id."""
    timeout_s: float = 30.0
    resend_s: float = 0.0
    """Send a refused or unanswered request again, with the same key, for so long after it was due."""
    echo: bool = False
    """Count a 200 that does not contain the request's id as wrong."""
    history: str | None = None
    """File for one JSON line a request (see ``Sent``)."""


class Sent(msgspec.Struct, array_like=True):
    """One request as the client saw it. outcome: ok (2xx), refused (never accepted), unknown."""

    id: str
    ordering_key: str
    outcome: Literal["ok", "refused", "unknown"]
    status: int
    due: float
    ended: float
    tries: int
    answer: str
    run: str
    """What the answer's X-7M-Run header names."""


class Result(msgspec.Struct, kw_only=True):
    """What happened. Latencies count every request that got an answer."""

    mode: str
    sent: int
    ok: int
    refused: int
    unknown: int
    wrong: int
    resent: int
    statuses: dict[str, int]
    seconds: float
    """From the first request due to the last answer."""
    rate: float
    latency_ms: Spread
    late_ms: Spread
    """Open loop: how long after it was due a request reached the socket."""
    in_flight_max: int
    connections_max: int
    cpu_s: float
    cpu_us_per_request: float
    started: float
    ended: float


class Flight:
    """One request on its way."""

    __slots__ = ("due", "id", "may_be_accepted", "n", "sent", "tries")

    def __init__(self, n: int, id_: bytes, due: float) -> None:
        self.n = n
        self.id = id_
        self.due = due
        self.sent = 0.0
        self.tries = 0
        self.may_be_accepted = False


class Template:
    """The bytes of every request, cut at the places that change."""

    def __init__(self, spec: Spec) -> None:
        at = urlsplit(spec.url)
        self.host = at.hostname or "127.0.0.1"
        self.port = at.port or 80
        self._spec = spec
        self._prefix = spec.prefix.encode()
        path = (at.path or "/") + (f"?{at.query}" if at.query else "")
        body = spec.body.encode()
        length = len(self._fill(body, 0))
        lines = [f"{spec.method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in spec.headers.items()]
        lines.append(f"Content-Length: {length}")
        if spec.key_header:
            lines.append(f"{spec.key_header}: {{{{id}}}}")
        whole = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        self._pieces, self._slots = self._cut(whole)

    def id(self, n: int) -> bytes:
        return b"%s%09d" % (self._prefix, n)

    def ordering_key(self, n: int) -> bytes:
        keys = self._spec.ordering_keys
        return b"k%06d" % (n % keys) if keys else self.id(n)

    @staticmethod
    def sequence(n: int) -> bytes:
        return b"%d" % (SEQUENCE_FROM + n)

    def render(self, n: int, id_: bytes) -> bytes:
        pieces = self._pieces[:]
        for place, mark in self._slots:
            if mark == 0:
                pieces[place] = id_
            else:
                pieces[place] = self.ordering_key(n) if mark == 1 else self.sequence(n)
        return b"".join(pieces)

    def _fill(self, text: bytes, n: int) -> bytes:
        for mark, value in zip(MARKS, (self.id(n), self.ordering_key(n), self.sequence(n)), strict=True):
            text = text.replace(mark, value)
        return text

    @staticmethod
    def _cut(whole: bytes) -> tuple[list[bytes], list[tuple[int, int]]]:
        pieces: list[bytes] = []
        slots: list[tuple[int, int]] = []
        while True:
            found = [(whole.find(mark), i) for i, mark in enumerate(MARKS) if mark in whole]
            if not found:
                pieces.append(whole)
                return pieces, slots
            place, which = min(found)
            pieces += [whole[:place], b""]
            slots.append((len(pieces) - 1, which))
            whole = whole[place + len(MARKS[which]) :]


class Connection(asyncio.Protocol):
    """One keep-alive connection: one request at a time, no pipelining."""

    __slots__ = ("buffer", "driver", "flight", "transport")

    def __init__(self, driver: "Driver") -> None:
        self.driver = driver
        self.buffer = b""
        self.flight: Flight | None = None
        self.transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # TCP gives the full transport

    def send(self, flight: Flight) -> None:
        self.flight = flight
        flight.sent = time.perf_counter()
        flight.tries += 1
        self.transport.write(self.driver.template.render(flight.n, flight.id))  # type: ignore[union-attr]

    @override
    def data_received(self, data: bytes) -> None:
        if self.buffer:
            data = self.buffer + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self.buffer = data
            return
        status = int(data[9:12])
        if status < 200:
            self.buffer = b""
            if rest := data[end + 4 :]:
                self.data_received(rest)
            return
        head = data[:end].lower()
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            stop = head.find(b"\r", at + 17)
            whole = len(data) >= end + 4 + int(head[at + 17 : stop if stop > 0 else end])
        elif b"chunked" in head:
            whole = data.endswith(b"0\r\n\r\n")
        else:
            whole = status in {204, 304}
        if not whole:
            self.buffer = data
            return
        self.buffer = b""
        flight, self.flight = self.flight, None
        closing = b"\r\nconnection: close" in head
        at = head.find(RUN_HEADER)
        run = (
            head[at + len(RUN_HEADER) : at + len(RUN_HEADER) + 40].split(b"\r", 1)[0].strip()
            if at >= 0
            else b""
        )
        if closing:
            self.driver.dropped(self)
        if flight is not None:
            self.driver.answered(flight, status, run, data[end + 4 :], None if closing else self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.driver.dropped(self)
        flight, self.flight = self.flight, None
        if flight is not None:
            self.driver.unanswered(flight)


class Driver:
    """Issues the requests of a spec and counts what comes back."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.template = Template(spec)
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self.loop.create_future()
        self.idle: dict[Connection, None] = {}
        self.open: set[Connection] = set()
        self.connecting = 0
        self.waiting: deque[Flight] = deque()
        self.tasks: set[asyncio.Task[None]] = set()
        self.issued = 0
        self.under_way = 0
        self.in_flight_max = 0
        self.connections_max = 0
        self.resent = 0
        self.wrong = 0
        self.outcomes: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []
        self.late: list[float] = []
        self.sent: list[Sent] | None = [] if spec.history else None
        self.started = 0.0
        self.last = 0.0

    async def run(self) -> Result:
        if self.spec.mode == "open":
            await self._warm()
        cpu = _cpu_s()
        self.started = time.perf_counter()
        sweeper = self.loop.call_later(SWEEP_EVERY_S, self._sweep)
        if self.spec.mode == "open":
            with _ticks(self.loop, self.spec.rate, self._issue_due):
                await self.done
        else:
            for _ in range(self.spec.connections):
                self._issue_next()
            await self.done
        sweeper.cancel()
        cpu = _cpu_s() - cpu
        for connection in list(self.open):
            if connection.transport:
                connection.transport.abort()
        return self._result(cpu)

    # issuing

    def _is_over(self) -> bool:
        spec = self.spec
        if spec.count and self.issued >= spec.count:
            return True
        if not spec.seconds:
            return False
        if spec.mode == "open":
            return self.issued >= spec.seconds * spec.rate
        return time.perf_counter() - self.started >= spec.seconds

    def _issue(self, due: float) -> None:
        n = self.spec.first + self.issued
        self.issued += 1
        self.under_way += 1
        self.in_flight_max = max(self.in_flight_max, self.under_way)
        self._dispatch(Flight(n, self.template.id(n), due))

    def _issue_due(self) -> None:
        rate, started = self.spec.rate, self.started
        now = time.perf_counter()
        while (due := started + self.issued / rate) <= now and not self._is_over():
            self._issue(due)
        self._finish_if_over()

    def _issue_next(self) -> None:
        if self._is_over():
            self._finish_if_over()
        else:
            self._issue(time.perf_counter())

    def _finish_if_over(self) -> None:
        if not self.under_way and self._is_over() and not self.done.done():
            self.done.set_result(None)

    def _dispatch(self, flight: Flight) -> None:
        if self.idle:
            self.idle.popitem()[0].send(flight)
            return
        self.waiting.append(flight)
        self._open_more()

    def _open_more(self) -> None:
        while (
            self.connecting < min(len(self.waiting), CONNECTING_AT_ONCE)
            and self.connecting + len(self.open) < self.spec.connections
        ):
            self.connecting += 1
            task = self.loop.create_task(self._connect())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _warm(self) -> None:
        self.connecting = min(self.spec.warm, self.spec.connections)
        await asyncio.gather(*(self._connect() for _ in range(self.connecting)))

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(self.spec.timeout_s):
                _, connection = await self.loop.create_connection(
                    lambda: Connection(self), self.template.host, self.template.port
                )
        except OSError:  # TimeoutError is one as well
            self.connecting -= 1
            if self.waiting:
                self._close_flight(self.waiting.popleft(), "refused", 0, b"")
            self._open_more()
            return
        self.connecting -= 1
        self.open.add(connection)
        self.connections_max = max(self.connections_max, len(self.open))
        self._idle(connection)

    def _idle(self, connection: Connection) -> None:
        if self.waiting:
            connection.send(self.waiting.popleft())
        else:
            self.idle[connection] = None

    # what comes back

    def dropped(self, connection: Connection) -> None:
        self.open.discard(connection)
        self.idle.pop(connection, None)
        self._open_more()

    def answered(
        self, flight: Flight, status: int, run: bytes, body: bytes, connection: Connection | None
    ) -> None:
        if connection is not None:
            self._idle(connection)
        self._close_flight(flight, outcome_of(status), status, body, run)

    def unanswered(self, flight: Flight) -> None:
        self._close_flight(flight, "unknown", 0, b"")

    def _close_flight(
        self,
        flight: Flight,
        outcome: Literal["ok", "refused", "unknown"],
        status: int,
        body: bytes,
        run: bytes = b"",
    ) -> None:
        now = time.perf_counter()
        self.statuses[status] += 1
        if outcome == "unknown":
            flight.may_be_accepted = True
        elif outcome == "refused" and flight.may_be_accepted:
            outcome = "unknown"
        if outcome != "ok" and now - flight.due < self.spec.resend_s:
            self.resent += 1
            self.loop.call_later(RESEND_AFTER_S, self._dispatch, flight)
            return
        self.under_way -= 1
        self.last = now
        self.outcomes[outcome] += 1
        if status:
            self.latencies.append(now - flight.due)
            self.late.append(flight.sent - flight.due)
        if self.spec.echo and status == 200 and flight.id not in body:
            self.wrong += 1
        if self.sent is not None:
            key = self.template.ordering_key(flight.n).decode()
            text = body[:400].decode("latin-1")
            self.sent.append(
                Sent(
                    flight.id.decode(),
                    key,
                    outcome,
                    status,
                    flight.due,
                    now,
                    flight.tries,
                    text,
                    run.decode(),
                )
            )
        if self.spec.mode == "closed":
            if status:
                self._issue_next()
            else:
                self.loop.call_later(0.05, self._issue_next)
                return
        self._finish_if_over()

    def _sweep(self) -> None:
        limit = time.perf_counter() - self.spec.timeout_s
        for connection in [c for c in self.open if c.flight is not None and c.flight.sent < limit]:
            if connection.transport:
                connection.transport.abort()
        while self.waiting and self.waiting[0].due < limit - self.spec.resend_s:
            self._close_flight(self.waiting.popleft(), "refused", 0, b"")
        if not self.done.done():
            self.loop.call_later(SWEEP_EVERY_S, self._sweep)

    def _result(self, cpu_s: float) -> Result:
        if self.sent is not None and self.spec.history:
            write_history(Path(self.spec.history), self.sent)
        seconds = max(self.last - self.started, 1e-9)
        return Result(
            mode=self.spec.mode,
            sent=self.issued,
            ok=self.outcomes["ok"],
            refused=self.outcomes["refused"],
            unknown=self.outcomes["unknown"],
            wrong=self.wrong,
            resent=self.resent,
            statuses={str(status): count for status, count in sorted(self.statuses.items())},
            seconds=round(seconds, 4),
            rate=round(self.outcomes["ok"] / seconds, 1),
            latency_ms=spread(self.latencies, scale=1e3),
            late_ms=spread(self.late, scale=1e3),
            in_flight_max=self.in_flight_max,
            connections_max=self.connections_max,
            cpu_s=round(cpu_s, 4),
            cpu_us_per_request=round(cpu_s * 1e6 / max(self.issued, 1), 1),
            started=self.started,
            ended=self.last,
        )


def outcome_of(status: int) -> Literal["ok", "refused", "unknown"]:
    """Say what an answer proves: 2xx accepted, 4xx and 503 never accepted, any other 5xx nothing."""
    if 200 <= status < 300:
        return "ok"
    return "refused" if 400 <= status < 500 or status == 503 else "unknown"


def write_history(path: Path, sent: list[Sent]) -> None:
    encode = msgspec.json.encode
    path.write_bytes(b"".join(encode(one) + b"\n" for one in sent))


def read_history(path: Path) -> list[Sent]:
    decode = msgspec.json.Decoder(Sent).decode
    return [decode(line) for line in path.read_bytes().splitlines()]


def allow_many_files() -> None:
    """Raise the soft limit of open files to the hard one: ten thousand connections need it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def drive(spec: Spec) -> Result:
    """Run a spec on the current loop."""
    if spec.mode == "open" and spec.rate <= 0:
        raise ValueError("open loop needs a rate")
    if not spec.count and not spec.seconds:
        raise ValueError("a count or a number of seconds is needed")
    return await Driver(spec).run()


@contextlib.contextmanager
def _ticks(loop: asyncio.AbstractEventLoop, rate: float, tick):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Call ``tick`` once per interval of the rate, at most 2,000 times a second.

    A kernel timer, because libuv rounds its own to whole milliseconds: measured lateness of a request at
    200/s falls from 0.6 ms to 0.1 ms in the median. Where there is none, the loop's timer serves.
    """
    interval = max(1.0 / rate, 0.0005)
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = (
        libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK) if hasattr(libc, "timerfd_create") else -1
    )
    if descriptor < 0:
        with _loop_ticks(loop, interval, tick):
            yield
        return
    whole, part = divmod(round(interval * 1e9), 1_000_000_000)
    libc.timerfd_settime(descriptor, 0, struct.pack("qqqq", whole, part, 0, 1), None)

    def expired() -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(descriptor, 8)
        tick()

    loop.add_reader(descriptor, expired)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


@contextlib.contextmanager
def _loop_ticks(loop: asyncio.AbstractEventLoop, interval: float, tick):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    handle: list[asyncio.TimerHandle] = []

    def again() -> None:
        handle[:] = [loop.call_later(interval, again)]
        tick()

    again()
    try:
        yield
    finally:
        handle[0].cancel()


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Read a spec as JSON from standard input, or from flags; write the result as JSON to standard output."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=main.__doc__)
    parser.add_argument("--url", help="without it the whole spec is read from standard input")
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second: open loop")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--header", action="append", default=[], metavar="NAME: VALUE")
    parser.add_argument("--body", type=Path, help="file with the body; {{id}} is replaced in each request")
    parser.add_argument("--prefix", default="o")
    parser.add_argument("--history")
    given = parser.parse_args()
    if given.url:
        spec = Spec(
            url=given.url,
            mode="open" if given.rate else "closed",
            rate=given.rate,
            connections=given.connections,
            seconds=given.seconds,
            count=given.count,
            body=given.body.read_text() if given.body else "",
            headers=dict(line.split(": ", 1) for line in given.header),
            prefix=given.prefix,
            history=given.history,
        )
    else:
        spec = msgspec.json.decode(sys.stdin.buffer.read(), type=Spec)
    allow_many_files()
    gc.disable()  # nothing here makes cycles; a collection in the middle would be counted as latency
    result = uvloop.run(drive(spec))
    sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")


if __name__ == "__main__":
    main()
