"""Reading a request at the door: headers, query and body, each within its bound, nothing trusted."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

from integrations.engine.hooks import Hook
from integrations.errors import InputError, LimitError

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]

BODY_S: Final = 30.0
HEADERS_MAX: Final = 16 << 10
KEY_MAX: Final = 255
QUERY_FIELDS_MAX: Final = 100
QUERY_BYTES_MAX: Final = 8 << 10
JSON_TYPES: Final = (b"json", b"text/plain", b"application/octet-stream")
LENGTH, TYPE = b"content-length", b"content-type"


async def read_body(headers: dict[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """Give the whole body, at most `limit` bytes. Raises LimitError; InputError when it is cut short."""
    if int(headers.get(LENGTH, b"0")) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(BODY_S):
            return await _whole(receive, limit)
    except TimeoutError:
        raise InputError("ingress.body_timeout", f"The body did not arrive within {BODY_S:.0f} s.") from None


async def _whole(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InputError("ingress.disconnected", "The body did not arrive whole.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        if chunk:
            chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit: int) -> LimitError:
    return LimitError(
        "ingress.too_large", f"The body is larger than {limit} bytes.", hint="Send it in parts."
    )


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Give headers by lower-case name. Raises InputError for a name that must be single and is not."""
    headers: dict[bytes, bytes] = {}
    size = 0
    for name, value in raw:
        size += len(name) + len(value)
        if name in headers:
            if name in {LENGTH, TYPE, b"authorization", b"idempotency-key"}:
                raise InputError("ingress.header_twice", "A header that must be single came twice.")
            continue
        headers[name] = value
    if size > HEADERS_MAX:
        raise LimitError("ingress.headers_too_large", f"The headers are larger than {HEADERS_MAX} bytes.")
    return headers


def require_method(scope: Scope, method: str) -> None:
    if scope["method"] != method:
        raise InputError("ingress.method", f"Only {method} is taken here.")


def check_type(headers: dict[bytes, bytes], hook: Hook) -> None:
    encoding = headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding not in {b"", b"identity"}:
        raise InputError(
            "ingress.content_encoding", "Compressed bodies are not taken.", hint="Send the body uncompressed."
        )
    if not hook.is_json:
        return
    kind = headers.get(TYPE, b"").lower()
    if kind and not any(good in kind for good in JSON_TYPES):
        raise InputError(
            "ingress.content_type", "This hook takes JSON.", hint="Send content-type: application/json."
        )


def idempotency_key(headers: dict[bytes, bytes]) -> str:
    key = headers.get(b"idempotency-key", b"")
    if len(key) > KEY_MAX:
        raise LimitError("ingress.key_too_long", f"An idempotency key has at most {KEY_MAX} characters.")
    return key.decode("latin-1").strip()


def read_query(raw: bytes) -> dict[str, str]:
    if not raw:
        return {}
    if len(raw) > QUERY_BYTES_MAX:
        raise LimitError("ingress.query_too_large", f"The query is larger than {QUERY_BYTES_MAX} bytes.")
    try:
        return dict(parse_qsl(raw.decode("latin-1"), max_num_fields=QUERY_FIELDS_MAX, keep_blank_values=True))
    except ValueError:
        raise LimitError(
            "ingress.query_fields", f"The query has more than {QUERY_FIELDS_MAX} fields."
        ) from None


def at_path(value: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401  any value of a document
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value
