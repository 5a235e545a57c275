"""Requests that a door must refuse well: B-01 … B-10, B-15, B-18 … B-22 of the security design, section 12.

Raw bytes, so that no client library mends them on the way. Each case says which statuses are right; whatever
the case, the answer comes within 200 ms, is never 5xx, and nothing of the request stands in a log::

    for case in hook_inputs(target):
        answer = send(target, case.parts())
        assert answer.status in case.expect, case
"""

import json
import selectors
import socket
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

from typing_extensions import override

ACCEPTED = frozenset({200, 202})
BODY = frozenset({400})
TYPE = frozenset({415})
HEAD = frozenset({400})
TOO_LARGE = frozenset({413})
HEAD_TOO_LARGE = frozenset({431})
QUERY_TOO_LARGE = frozenset({414})
UNVERIFIED = frozenset({401})
CONFLICT = frozenset({409})
MAPPED = ACCEPTED | frozenset({400, 422})
"""A sound document with an odd value: taken, or refused by the flow; never a fault."""
ENDLESS_MIB = 64

Headers = Mapping[str, str]
Parts = Callable[[], Iterable[bytes]]


@dataclass(frozen=True)
class Target:
    """A door. headers: what makes a request good (authorization, content type). body: a document it takes."""

    host: str
    port: int
    path: str
    headers: Headers
    body: bytes = b"{}"
    body_limit: int = 1 << 20
    head_limit: int = 16 << 10
    depth_limit: int = 64


@dataclass(frozen=True)
class BadInput:
    """One request. parts: its bytes in the pieces to send, made anew each time; the list may be very long."""

    id: str
    name: str
    expect: frozenset[int]
    parts: Parts
    closes: bool = False
    """The connection may be closed without an answer instead."""

    @override
    def __str__(self) -> str:
        return f"{self.id} {self.name}"


@dataclass(frozen=True)
class Sequence:
    """Requests that belong together. at_once: sent at the same moment on connections of their own."""

    id: str
    name: str
    requests: tuple[BadInput, ...]
    at_once: bool = False

    @override
    def __str__(self) -> str:
        return f"{self.id} {self.name}"


@dataclass(frozen=True)
class Answer:
    """status 0: the connection ended without an answer."""

    status: int
    headers: Headers = field(default_factory=dict)
    body: bytes = b""
    ms: float = 0.0


def request(
    target: Target,
    body: bytes | None = None,
    *,
    headers: Headers | None = None,
    without: Iterable[str] = (),
    method: str = "POST",
    path: str | None = None,
    length: bool = True,
) -> bytes:
    """Write a request. headers replace the target's by name, in any case; ``without`` leaves some out."""
    body = target.body if body is None else body
    left_out = {name.lower() for name in (*without, *(headers or {}))}
    kept = {name: value for name, value in target.headers.items() if name.lower() not in left_out}
    lines = [
        f"{method} {target.path if path is None else path} HTTP/1.1",
        f"Host: {target.host}:{target.port}",
    ]
    lines += [f"{name}: {value}" for name, value in {**kept, **(headers or {})}.items()]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def hook_inputs(target: Target) -> Iterator[BadInput]:
    """Give every single bad request for a JSON hook: B-01 to B-10, B-18, B-21, B-22."""
    for part in (
        empty, not_utf8, control_characters, duplicate_keys, bad_numbers, too_deep, wrong_types, bad_framing,
        wrong_sizes, compressed, evil_strings, odd_dates, many_parameters,
    ):  # fmt: skip
        yield from part(target)


def empty(target: Target) -> Iterator[BadInput]:
    yield _case("B-01", "no bytes", BODY, request(target, b""))
    yield _case("B-01", "no length and no bytes", BODY, request(target, b"", length=False))
    yield _case("B-01", "only white space", BODY, request(target, b" \r\n\t"))


def not_utf8(target: Target) -> Iterator[BadInput]:
    for name, text in {
        "latin-1": '{"name":"Müller"}'.encode("latin-1"),
        "UTF-16 with mark": '{"name":"Müller"}'.encode("utf-16"),
        "a cut sequence": b'{"name":"M\xc3"}',
        "an overlong slash": b'{"name":"\xc0\xaf"}',
        "beyond Unicode": b'{"name":"\xf5\x80\x80\x80"}',
    }.items():
        yield _case("B-02", name, BODY, request(target, text))


def control_characters(target: Target) -> Iterator[BadInput]:
    for name, text in {
        "escaped NUL in a value": b'"a\\u0000b"',
        "NUL byte in a value": b'"a\x00b"',
        "newline in a value": b'"a\nb"',
        "lone high surrogate": b'"\\ud83d"',
        "lone low surrogate": b'"\\ude00"',
        "surrogates in the wrong order": b'"\\ude00\\ud83d"',
        "surrogate as bytes": b'"\xed\xa0\xbd"',
    }.items():
        yield _case("B-03", name, BODY, request(target, _with(target, "note", text)))
    yield _case("B-03", "escaped NUL in a key", BODY, request(target, _with(target, "a\\u0000b", b"1")))


def duplicate_keys(target: Target) -> Iterator[BadInput]:
    yield _case("B-04", "at the top", BODY, request(target, b'{"id":1,"id":2}'))
    yield _case("B-04", "inside", BODY, request(target, _with(target, "deep", b'[{"a":{"id":1,"id":1}}]')))
    yield _case("B-04", "the same key escaped", BODY, request(target, b'{"id":1,"\\u0069d":2}'))


def bad_numbers(target: Target) -> Iterator[BadInput]:
    for text in (
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "-1e400",
        "1e999999999",
        "01",
        "+1",
        ".5",
        "1.",
        "0x10",
        "1_000",
    ):
        yield _case("B-05", text, BODY, request(target, _with(target, "n", text.encode())))
    yield _case("B-05", "5,000 digits", BODY, request(target, _with(target, "n", b"9" * 5000)))
    yield _case(
        "B-05", "5,000 digits after the point", BODY, request(target, _with(target, "n", b"0." + b"1" * 5000))
    )


def too_deep(target: Target) -> Iterator[BadInput]:
    inside = target.depth_limit - 1  # the document itself is the first level
    for name, depth, expect in (
        (f"depth {target.depth_limit} is taken", inside, MAPPED),
        (f"depth {target.depth_limit + 1}", inside + 1, BODY),
        ("depth 100,000", 100_000, BODY),
    ):
        yield _case("B-06", name, expect, request(target, _with(target, "deep", b"[" * depth + b"]" * depth)))
    yield _case(
        "B-06", "objects", BODY, request(target, _with(target, "deep", b'{"a":' * 80 + b"1" + b"}" * 80))
    )
    yield _case("B-06", "100,000 never closed", BODY, request(target, b"[" * 100_000))


def wrong_types(target: Target) -> Iterator[BadInput]:
    for kind in (
        "application/xml", "text/html", "multipart/form-data", "image/png",
        "application/x-www-form-urlencoded",
    ):  # fmt: skip
        yield _case("B-07", kind, TYPE, request(target, headers={"Content-Type": kind}))


def bad_framing(target: Target) -> Iterator[BadInput]:
    size = str(len(target.body))
    bare = request(target, length=False, body=b"")[:-2]
    chunked = b"Transfer-Encoding: chunked\r\n"
    for name, head in {
        "two lengths": f"Content-Length: {size}\r\nContent-Length: 1\r\n".encode(),
        "the same length two times": f"Content-Length: {size}\r\nContent-Length: {size}\r\n".encode(),
        "a list of lengths": f"Content-Length: {size}, {size}\r\n".encode(),
        "a negative length": b"Content-Length: -1\r\n",
        "a length in words": b"Content-Length: ten\r\n",
        "a length with a sign": f"Content-Length: +{size}\r\n".encode(),
        "a length beyond 64 bits": b"Content-Length: 99999999999999999999\r\n",
        "length and chunks": f"Content-Length: {size}\r\n".encode() + chunked,
        "chunks and length": chunked + f"Content-Length: {size}\r\n".encode(),
        "an encoding nobody knows": b"Transfer-Encoding: chunked, cow\r\n",
        "NUL in a header": f"Content-Length: {size}\r\nX-Note: a\0b\r\n".encode(),
        "a bare return in a header": f"Content-Length: {size}\r\nX-Note: a\rX-Other: b\r\n".encode(),
        "a space before the colon": f"Content-Length : {size}\r\n".encode(),
        "a header without a name": f"Content-Length: {size}\r\n: nothing\r\n".encode(),
        "a control byte in a name": f"Content-Length: {size}\r\nX-\x01Note: a\r\n".encode(),
    }.items():
        yield _case("B-08", name, HEAD, bare + head + b"\r\n" + target.body, closes=True)
    yield _case(
        "B-08", "a chunk size in words", HEAD, bare + chunked + b"\r\nzz\r\n{}\r\n0\r\n\r\n", closes=True
    )
    twice = request(target, headers={"Idempotency-Key": "one\r\nIdempotency-Key: two"})
    yield _case("B-08", "two idempotency keys", HEAD, twice)


def wrong_sizes(target: Target) -> Iterator[BadInput]:
    limit = target.body_limit
    yield _case("B-09", "the limit is taken", MAPPED, request(target, _padded(target, limit)))
    yield _case("B-09", "limit + 1", TOO_LARGE, request(target, _padded(target, limit + 1)))
    huge = request(target, b"", length=False)[:-2] + b"Content-Length: 1000000000000\r\n\r\n{"
    yield _case("B-09", "a terabyte announced", TOO_LARGE, huge)
    yield BadInput("B-09", "limit + 1 in chunks", TOO_LARGE, lambda: _chunked(target, limit + 1))
    yield BadInput(
        "B-09", "chunks without end", TOO_LARGE, lambda: _chunked(target, ENDLESS_MIB << 20), closes=True
    )
    long = request(target, headers={"X-Long": "a" * target.head_limit})
    yield _case("B-09", "one header over the limit", HEAD_TOO_LARGE, long)
    many = request(target, headers={f"X-Many-{n}": "a" * 64 for n in range(target.head_limit // 64)})
    yield _case("B-09", "many headers over the limit", HEAD_TOO_LARGE, many)


def compressed(target: Target) -> Iterator[BadInput]:
    bomb = _gzip(b'{"a":"' + b" " * (64 << 20) + b'"}')
    for name, body, encoding in (
        ("gzip bomb", bomb, "gzip"),
        ("double gzip", _gzip(bomb), "gzip, gzip"),
        ("not gzip", target.body, "gzip"),
        ("deflate", zlib.compress(target.body), "deflate"),
        ("an encoding nobody knows", target.body, "cow"),
    ):
        yield _case("B-10", name, TYPE, request(target, body, headers={"Content-Encoding": encoding}))
    yield _case("B-10", "gzip that does not say so", BODY, request(target, _gzip(target.body)))


EVIL = (
    "../../../../../../etc/passwd", "..\\..\\windows\\win.ini", "/dev/zero", "file:///etc/passwd", "a\x7fb",
    "'; DROP TABLE engine_run; --", "' OR '1'='1", "1); SELECT pg_sleep(10); --", "%s%s%s%n", "%(secret)s",
    "{0.__class__.__mro__}", "{{7*7}}", "{% debug %}", "${jndi:ldap://127.0.0.1/a}", "#{7*7}", "<%= 7*7 %>",
    "$(id)", "`id`", "; id", "| id", "\r\nX-Injected: yes", "<script>alert(1)</script>", "\"><img src=x>",
    "<!--#exec cmd=\"id\"-->", "=cmd|' /C calc'!A0", "__proto__", "constructor", "__import__('os')", "null",
    "\u202egnp.exe", "\u0430pple.example", "\ufeff", "\U0001f9e8" * 100, "a" * 10_000,
)  # fmt: skip


def evil_strings(target: Target) -> Iterator[BadInput]:
    """B-18: paths, SQL, templates and more in every text field; as names, in path, query and headers."""
    good = json.loads(target.body)
    for text in EVIL:
        name = ascii(text[:30])
        filled = json.dumps(_every_text(good, text)).encode()
        yield _case("B-18", f"{name} in every field", MAPPED, request(target, filled))
        named = json.dumps({**good, text: text} if isinstance(good, dict) else [text]).encode()
        yield _case("B-18", f"{name} as a name", MAPPED, request(target, named))
    for text in EVIL[:12]:
        query = "".join(f"%{byte:02X}" for byte in text.encode())
        yield _case(
            "B-18", f"{text!r} in the query", MAPPED, request(target, path=f"{target.path}?x={query}")
        )
        nowhere = request(target, path=f"/in/{query}")
        yield _case("B-18", f"{text!r} as the hook", frozenset({404}), nowhere)
    for text in EVIL[5:12]:
        keyed = request(target, headers={"Idempotency-Key": text})
        yield _case("B-18", f"{text!r} as the idempotency key", MAPPED, keyed)


def odd_dates(target: Target) -> Iterator[BadInput]:
    good = json.loads(target.body)
    for text in (
        "0000-00-00T00:00:00Z", "0000-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:60Z", "2016-12-31T23:59:60Z", "2015-02-29", "10000-01-01", "-0001-01-01",
        "2026-13-01",
        "2026-03-29T02:30:00", "1e10", "٢٠٢٦-٠٣-١٤",
    ):  # fmt: skip
        body = json.dumps({**good, "created_at": text}).encode()
        yield _case("B-21", text, MAPPED, request(target, body))


def many_parameters(target: Target) -> Iterator[BadInput]:
    query = "&".join(f"p{n}=1" for n in range(10_000))
    expect = QUERY_TOO_LARGE | HEAD_TOO_LARGE | HEAD
    yield _case("B-22", "10,000 query parameters", expect, request(target, path=f"{target.path}?{query}"))
    same = request(target, path=f"{target.path}?{'a&' * 1000}")
    yield _case("B-22", "1,000 times the same name", QUERY_TOO_LARGE | HEAD, same)


# B-15: signatures


Sign = Callable[[bytes, float], Headers]
"""Give the headers of a good signature over these bytes at this time (seconds since 1970)."""


def signature_inputs(
    target: Target, sign: Sign, now: float, *, timed: bool, tolerance_s: float = 300
) -> Iterator[BadInput]:
    """B-15 for a signed hook. timed: the signature covers a time, so that old and future ones can be told."""
    good = sign(target.body, now)
    yield _case("B-15", "a good one is taken", MAPPED, request(target, headers=good))
    yield _case("B-15", "none", UNVERIFIED, request(target, without=good))
    for name, value in good.items():
        others = {other: text for other, text in good.items() if other != name}
        yield _case("B-15", f"{name} left out", UNVERIFIED, request(target, headers=others, without=[name]))
        for what, text in {
            "empty": "",
            "forged": _forged(value),
            "with junk": value + "\xff",
            "of 10,000 characters": "A" * 10_000,
        }.items():
            changed = request(target, headers={**good, name: text})
            yield _case("B-15", f"{name} {what}", UNVERIFIED, changed)
    yield _case("B-15", "over another body", UNVERIFIED, request(target, target.body + b" ", headers=good))
    if timed:
        for name, shift in (("old", -tolerance_s - 60), ("from the future", tolerance_s + 60)):
            yield _case("B-15", name, UNVERIFIED, request(target, headers=sign(target.body, now + shift)))


def signature_replay(target: Target, sign: Sign, now: float, message_id: Headers) -> Sequence:
    """The same signed message two times: the second gets the first one's answer, and there is one run."""
    good = request(target, headers={**sign(target.body, now), **message_id})
    first = _case("B-15", "first", ACCEPTED, good)
    return Sequence("B-15", "replayed", (first, replace(first, name="again")))


# B-19: idempotency keys


def key_sequences(target: Target, key: str) -> Iterator[Sequence]:
    """B-19; each sequence uses a key of its own that begins with ``key``."""
    other = json.dumps({**json.loads(target.body), "note": "another body"}).encode()

    def send_with(suffix: str, name: str, expect: frozenset[int], body: bytes) -> BadInput:
        return _case("B-19", name, expect, request(target, body, headers={"Idempotency-Key": key + suffix}))

    yield Sequence("B-19", "same body", (
        send_with("a", "first", ACCEPTED, target.body),
        send_with("a", "again", ACCEPTED, target.body)))  # fmt: skip
    yield Sequence("B-19", "another body", (
        send_with("b", "first", ACCEPTED, target.body), send_with("b", "other", CONFLICT, other),
        send_with("b", "first again", ACCEPTED, target.body)))  # fmt: skip
    yield Sequence("B-19", "same body two times at once", tuple(
        send_with("c", f"caller {n}", ACCEPTED, target.body) for n in range(2)), at_once=True)  # fmt: skip
    yield Sequence("B-19", "two bodies at once: one wins", (
        send_with("d", "one", ACCEPTED | CONFLICT, target.body),
        send_with("d", "other", ACCEPTED | CONFLICT, other)), at_once=True)  # fmt: skip
    yield Sequence("B-19", "a key that is too long", (
        send_with("e" * 300, "300 characters", frozenset({400}), target.body),))  # fmt: skip


# B-20: lists


def list_inputs(target: Target, *, foreign_cursor: str = "") -> Iterator[BadInput]:
    """B-20 for a list of the API: ``target.path`` is the list, without a query."""
    refused = frozenset({400})
    wrong = {
        "cursor": ("x", "%00", "-1", "A" * 5000, "cD0yMDI2", "../", "' OR 1=1 --"),
        "page_size": ("0", "-1", "1000000000", "99999999999999999999", "ten", "1.5", ""),
        "sort": ("password", "tenant_id", "-tenant__name", "id); DROP TABLE x; --", "__class__"),
    }
    for name, values in wrong.items():
        for value in values:
            quoted = "".join(f"%{byte:02X}" for byte in value.encode()) if "%" not in value else value
            path = f"{target.path}?{name}={quoted}"
            yield _case(
                "B-20", f"{name}={value[:20]!r}", refused, request(target, b"", method="GET", path=path)
            )
    if foreign_cursor:
        path = f"{target.path}?cursor={foreign_cursor}"
        foreign = request(target, b"", method="GET", path=path)
        yield _case("B-20", "another tenant's cursor", refused | {200}, foreign)


# sending


def send(target: Target, parts: Iterable[bytes], *, timeout_s: float = 10.0) -> Answer:
    """Send pieces on a connection of its own, reading at the same time: a refusal may come before the end."""
    begun, left = monotonic(), iter(parts)
    deadline = begun + timeout_s
    got, out = b"", next(left, b"")
    with socket.create_connection((target.host, target.port), timeout=timeout_s) as connection:
        connection.setblocking(False)  # noqa: FBT003  the standard library's signature
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
            while monotonic() < deadline:
                for _, events in selector.select(max(0.0, deadline - monotonic())):
                    if events & selectors.EVENT_READ:
                        data = _receive(connection)
                        if data is None or ((got := got + data) and _is_whole(got)):
                            return _answer(got, begun)
                    if events & selectors.EVENT_WRITE:
                        if out:
                            out = out[_push(connection, out) :]
                        out = out or next(left, b"")
                        if not out:
                            selector.modify(connection, selectors.EVENT_READ)
    raise TimeoutError(f"no answer within {timeout_s:g} s")


def _receive(connection: socket.socket) -> bytes | None:
    """Give what came, or None at the end."""
    try:
        return connection.recv(1 << 16) or None
    except BlockingIOError:
        return b""
    except ConnectionError:
        return None


def _push(connection: socket.socket, data: bytes) -> int:
    """Send what goes; a peer that closed takes everything, since its answer may still be there to read."""
    try:
        return connection.send(data)
    except BlockingIOError:
        return 0
    except ConnectionError:
        return len(data)


def _is_whole(got: bytes) -> bool:
    head, separator, body = got.partition(b"\r\n\r\n")
    if not separator:
        return False
    for line in head.lower().split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return len(body) >= int(value)
        if name == b"transfer-encoding":
            return body.endswith(b"0\r\n\r\n")
    return False


def _answer(got: bytes, begun: float) -> Answer:
    ms = (monotonic() - begun) * 1e3
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not lines[0].startswith("HTTP/1.1 "):
        return Answer(0, ms=ms)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return Answer(int(lines[0][9:12]), headers, body, ms)


# making


def _case(id_: str, name: str, expect: frozenset[int], raw: bytes, *, closes: bool = False) -> BadInput:
    return BadInput(id_, name, expect, lambda: (raw,), closes)


def _with(target: Target, name: str, value: bytes) -> bytes:
    """Put one member, as it is spelled, before the members of the good body."""
    rest = target.body.strip()[1:]
    return b'{"%b":%b%b%b' % (name.encode(), value, b"" if rest == b"}" else b",", rest)


def _padded(target: Target, size: int) -> bytes:
    bare = _with(target, "padding", b'""')
    return _with(target, "padding", b'"%b"' % (b" " * (size - len(bare))))


def _chunked(target: Target, size: int) -> Iterator[bytes]:
    """Send a JSON text of so many bytes in chunks of 64 KiB, and no end."""
    head = request(target, b"", length=False)[:-2]
    yield head + b"Transfer-Encoding: chunked\r\n\r\n" + b'6\r\n{"a":"\r\n'
    left = size - 6
    while left > 0:
        step = min(left, 1 << 16)
        yield b"%x\r\n" % step + b" " * step + b"\r\n"
        left -= step


def _every_text(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {name: _every_text(inner, text) for name, inner in value.items()}
    if isinstance(value, list):
        return [_every_text(inner, text) for inner in value]
    return text if isinstance(value, str) else value


def _forged(value: str) -> str:
    """Change one character in the middle, keeping the alphabet."""
    middle = len(value) // 2
    return value[:middle] + ("1" if value[middle] != "1" else "2") + value[middle + 1 :]


def _gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return packer.compress(data) + packer.flush()
