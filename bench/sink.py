"""A fast stand-in for a downstream that remembers every call it got.

Runs in its own process (``python -m bench.sink``), prints one JSON line with its ports when it listens, and
ends when its standard input closes. The data port answers any request; the control port reports and switches:

    GET  /stats      counts                     GET  /records    every call as one array (see ``Call``)
    GET  /count      received, keys, in_flight: cheap enough to poll
    GET  /times      {order id: own ms}         POST /mode       a ``Mode`` as JSON
    POST /forget     drop what was recorded

A call's own time runs from its first byte read to its answer written; what it waited in the kernel before
that counts as the caller's, so that "added latency" is rather overstated than understated.
"""

import argparse
import asyncio
import contextlib
import gc
import http.client
import resource
import sys
import time
import zlib
from collections import Counter
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec
import uvloop
from typing_extensions import override

from bench.load import allow_many_files

REASONS = {
    200: b"OK",
    408: b"Request Timeout",
    429: b"Too Many Requests",
    500: b"Internal Server Error",
    503: b"Service Unavailable",
}


class Mode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to treat calls.

    ok: 2xx. status: ``status``, nothing done. hang: read, never answer. reset: cut, nothing done.
    reset_after: done, then cut before the answer. ``delay_ms`` comes before any of them.

    The mode holds for calls whose id or ordering key is listed (no list: all), for the first ``first``
    attempts of an id (0: all) and for that ``share`` of the attempts, chosen by a hash of key and attempt;
    other calls are answered ok at once.
    """

    kind: Literal["ok", "status", "hang", "reset", "reset_after"] = "ok"
    status: int = 503
    delay_ms: float = 0.0
    retry_after: str | None = None
    share: float = 1.0
    first: int = 0
    ids: frozenset[str] | None = None
    ordering_keys: frozenset[str] | None = None


OK = Mode()


class Call(msgspec.Struct, array_like=True):
    """One call.

    at, ended: seconds of the machine's clock. status 0: cut or not answered. applied: it took effect, or
    repeated an effect under the same key.
    """

    id: str
    key: str
    ordering_key: str
    sequence: int
    at: float
    ended: float
    status: int
    applied: bool
    repeat: bool
    attempt: int
    digest: str

    @property
    def own_ms(self) -> float:
        return (self.ended - self.at) * 1e3


class Fields(msgspec.Struct, frozen=True):
    """Where the body of a call names its order. Unknown or unreadable: empty."""

    id: str = "order_id"
    ordering_key: str = "ordering_key"
    sequence: str = "sequence"


STANDARD = Fields()


class Sink:
    """The record and the behaviour; ``Door`` objects feed it."""

    def __init__(
        self, *, fields: Fields = STANDARD, digests: bool = False, log: BinaryIO | None = None
    ) -> None:
        wanted = [
            (name, Any, default)
            for name, default in ((fields.id, ""), (fields.ordering_key, ""), (fields.sequence, -1))
        ]
        self._decode = msgspec.json.Decoder(msgspec.defstruct("Body", wanted)).decode
        self._fields = fields
        self._digests = digests
        self._log = log
        self.mode = OK
        self.forget()

    def forget(self) -> None:
        self.calls: list[Call] = []
        self.attempts: Counter[str] = Counter()
        self.keys: dict[str, str] = {}
        self.in_flight = 0
        self.in_flight_max = 0

    def took(self, door: "Door", key: str, body: bytes, at: float) -> None:
        """Take one whole request and arrange its answer."""
        id_, ordering_key, sequence = self._read(body)
        name = id_ or key
        self.attempts[name] += 1
        attempt = self.attempts[name]
        mode = self._mode_for(id_, ordering_key, key, attempt)
        applied = mode.kind in {"ok", "reset_after"}
        digest = digest_of(body) if self._digests else ""
        call = Call(
            id_,
            key,
            ordering_key,
            sequence,
            at,
            0.0,
            0,
            applied,
            applied and key in self.keys,
            attempt,
            digest,
        )
        if applied:
            self.keys.setdefault(key, id_)
        self.calls.append(call)
        self.in_flight += 1
        self.in_flight_max = max(self.in_flight_max, self.in_flight)
        if mode.delay_ms:
            door.loop.call_later(mode.delay_ms / 1e3, self._answer, door, call, mode)
        else:
            self._answer(door, call, mode)

    def _read(self, body: bytes) -> tuple[str, str, int]:
        try:
            found = self._decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return "", "", -1
        sequence = getattr(found, self._fields.sequence)
        try:
            number = int(sequence)
        except (TypeError, ValueError):
            number = -1
        return str(getattr(found, self._fields.id)), str(getattr(found, self._fields.ordering_key)), number

    def _mode_for(self, id_: str, ordering_key: str, key: str, attempt: int) -> Mode:
        mode = self.mode
        if mode is OK:
            return mode
        if mode.ids is not None and id_ not in mode.ids:
            return OK
        if mode.ordering_keys is not None and ordering_key not in mode.ordering_keys:
            return OK
        if mode.first and attempt > mode.first:
            return OK
        if mode.share < 1.0 and zlib.crc32(f"{key}/{attempt}".encode()) >= mode.share * 2**32:
            return OK
        return mode

    def _answer(self, door: "Door", call: Call, mode: Mode) -> None:
        if mode.kind == "hang":
            self._done(call)
            return
        if mode.kind in {"reset", "reset_after"}:
            self._done(call)
            door.cut()
            return
        call.status = mode.status if mode.kind == "status" else 200
        body = b'{"id":"%s","status":"%s"}' % (call.id.encode(), b"taken" if call.applied else b"refused")
        extra = b"" if mode.retry_after is None else b"Retry-After: %s\r\n" % mode.retry_after.encode()
        door.answer(call.status, body, extra)
        self._done(call)

    def _done(self, call: Call) -> None:
        call.ended = time.perf_counter()
        self.in_flight -= 1
        if self._log is not None:
            self._log.write(msgspec.json.encode(call) + b"\n")

    def stats(self) -> dict[str, Any]:
        """Count. repeats: calls applied again under their own key. doubles: ids applied under two keys."""
        applied = [call for call in self.calls if call.applied]
        keys_of: dict[str, set[str]] = {}
        for call in applied:
            keys_of.setdefault(call.id, set()).add(call.key)
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "received": len(self.calls),
            "applied": len(applied),
            "unique_keys": len(self.keys),
            "unique_ids": len(keys_of),
            "repeats": sum(call.repeat for call in applied),
            "doubles": sum(len(keys) > 1 for keys in keys_of.values()),
            "inversions": inversions(applied),
            "in_flight": self.in_flight,
            "in_flight_max": self.in_flight_max,
            "statuses": {str(k): v for k, v in sorted(Counter(call.status for call in self.calls).items())},
            "first": applied[0].at if applied else None,
            "last": applied[-1].ended if applied else None,
            "cpu_s": used.ru_utime + used.ru_stime,
        }

    def times(self) -> dict[str, float]:
        return {call.id: round(call.own_ms, 4) for call in self.calls if call.applied and call.ended}

    def control(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Answer a request of the control port."""
        match method, path:
            case "GET", "/stats":
                return 200, msgspec.json.encode(self.stats())
            case "GET", "/count":
                return 200, msgspec.json.encode(
                    {"received": len(self.calls), "keys": len(self.keys), "in_flight": self.in_flight}
                )
            case "GET", "/times":
                return 200, msgspec.json.encode(self.times())
            case "GET", "/records":
                return 200, msgspec.json.encode(self.calls)
            case "POST", "/mode":
                mode = msgspec.json.decode(body, type=Mode)
                self.mode = OK if mode == OK else mode
                return 200, b"{}"
            case "POST", "/forget":
                self.forget()
                return 200, b"{}"
            case _:
                return 404, b"{}"


def digest_of(body: bytes) -> str:
    """Hash what a JSON body says, not how it is spelled: sorted keys, no spaces, numbers as decimals."""
    value = msgspec.json.decode(body)
    return sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def inversions(applied: list[Call]) -> int:
    """Count first effects that came after a later one of the same ordering key."""
    highest: dict[str, int] = {}
    found = 0
    for call in applied:
        if call.repeat or call.sequence < 0 or not call.ordering_key:
            continue
        if call.sequence < highest.get(call.ordering_key, -1):
            found += 1
        else:
            highest[call.ordering_key] = call.sequence
    return found


class Door(asyncio.Protocol):
    """One connection: requests with a Content-Length (others get 411), answered in turn."""

    __slots__ = ("at", "buffer", "control", "loop", "sink", "transport")

    def __init__(self, sink: Sink, loop: asyncio.AbstractEventLoop, *, control: bool) -> None:
        self.sink = sink
        self.loop = loop
        self.control = control
        self.buffer = b""
        self.at = 0.0
        self.transport: asyncio.Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # TCP gives the full transport

    @override
    def data_received(self, data: bytes) -> None:
        if self.buffer:
            data = self.buffer + data
        else:
            self.at = time.perf_counter()
        while data:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                break
            head = data[:end].lower()
            if b"\r\ntransfer-encoding:" in head:
                self.answer(411, b"{}", b"")
                self.transport.close()
                return
            length = int(header(data, head, b"content-length") or 0)
            if len(data) < end + 4 + length:
                break
            self._take(data, head, data[end + 4 : end + 4 + length])
            data = data[end + 4 + length :]
            self.at = time.perf_counter()
        self.buffer = data

    def _take(self, data: bytes, head: bytes, body: bytes) -> None:
        if self.control:
            method, path, _ = data[: data.find(b"\r\n")].decode().split(" ")
            try:
                status, answer = self.sink.control(method, path, body)
            except msgspec.ValidationError as wrong:
                status, answer = 400, msgspec.json.encode({"error": str(wrong)})
            self.answer(status, answer, b"")
            return
        key = header(data, head, b"idempotency-key").decode("latin-1")
        self.sink.took(self, key, body, self.at)

    def answer(self, status: int, body: bytes, extra: bytes) -> None:
        reason = REASONS.get(status, b"Answer")
        self.transport.write(
            b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s"
            % (status, reason, len(body), extra, body)
        )

    def cut(self) -> None:
        self.transport.abort()


def header(data: bytes, head: bytes, name: bytes) -> bytes:
    """Give a header's value as it was sent; ``head`` is the same bytes in lower case."""
    at = head.find(b"\r\n" + name + b":")
    if at < 0:
        return b""
    start = at + len(name) + 3
    stop = head.find(b"\r\n", start)
    return data[start : stop if stop >= 0 else len(head)].strip()


class SinkClient:
    """Talks to a sink's control port."""

    def __init__(self, port: int, control_port: int, host: str = "127.0.0.1") -> None:
        self.url = f"http://{host}:{port}"
        self._at = (host, control_port)

    def _ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        connection = http.client.HTTPConnection(*self._at, timeout=30)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise ValueError(text.decode())
        return text

    def stats(self) -> dict[str, Any]:
        return msgspec.json.decode(self._ask("GET", "/stats"), type=dict[str, Any])

    def count(self) -> dict[str, int]:
        """Give calls received, delivery keys applied, and calls in flight; cheap enough to poll."""
        return msgspec.json.decode(self._ask("GET", "/count"), type=dict[str, int])

    def times(self) -> dict[str, float]:
        return msgspec.json.decode(self._ask("GET", "/times"), type=dict[str, float])

    def records(self) -> list[Call]:
        return msgspec.json.decode(self._ask("GET", "/records"), type=list[Call])

    def mode(self, mode: Mode = OK) -> None:
        self._ask("POST", "/mode", msgspec.json.encode(mode))

    def forget(self) -> None:
        self._ask("POST", "/forget")


async def serve(
    sink: Sink, *, host: str = "127.0.0.1", port: int = 0, control_port: int = 0
) -> tuple[asyncio.Server, asyncio.Server]:
    """Listen on both ports (0: any free one)."""
    loop = asyncio.get_running_loop()
    data = await loop.create_server(partial(Door, sink, loop, control=False), host, port, backlog=4096)
    control = await loop.create_server(partial(Door, sink, loop, control=True), host, control_port)
    return data, control


def port_of(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


class _Ending(asyncio.Protocol):
    def __init__(self, ended: asyncio.Event) -> None:
        self._ended = ended

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._ended.set()


async def until_closed() -> None:
    """Wait until standard input closes, which it does as well when the parent dies."""
    ended = asyncio.Event()
    await asyncio.get_running_loop().connect_read_pipe(lambda: _Ending(ended), sys.stdin)
    await ended.wait()


async def _run(sink: Sink, host: str, port: int, control_port: int) -> None:
    data, control = await serve(sink, host=host, port=port, control_port=control_port)
    ports = {"port": port_of(data), "control_port": port_of(control)}
    sys.stdout.buffer.write(msgspec.json.encode(ports) + b"\n")
    sys.stdout.buffer.flush()
    await until_closed()


def main() -> None:
    """Serve until standard input closes."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.sink", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--digests", action="store_true", help="keep a hash of what each body says")
    parser.add_argument("--log", type=Path, help="append each call to this file as a JSON line")
    for name, default in msgspec.structs.asdict(Fields()).items():
        parser.add_argument(f"--{name.replace('_', '-')}-field", default=default)
    given = parser.parse_args()
    fields = Fields(given.id_field, given.ordering_key_field, given.sequence_field)
    allow_many_files()
    gc.disable()  # nothing here makes cycles
    with given.log.open("ab", buffering=1 << 16) if given.log else contextlib.nullcontext() as log:
        sink = Sink(fields=fields, digests=given.digests, log=log)
        uvloop.run(_run(sink, given.host, given.port, given.control_port))


if __name__ == "__main__":
    main()
