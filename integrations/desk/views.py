"""What a run's documents and exchanges look like to people: masked, or as they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from integrations.desk.redaction import mask, redact, redact_headers
from integrations.engine import frames

MOST_SHOWN_BYTES: Final = 1 << 20
_decode: Final = msgspec.json.Decoder(float_hook=Decimal).decode


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of a message.

    value: decoded JSON, or its masked form. text: of a revealed body that is no JSON. is_cut: larger than
    1 MiB, so only its size is shown.
    """

    content_type: str
    size_bytes: int
    value: object
    text: str = ""
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document of a run. status: of a reply, else None. is_plain: revealed, not masked."""

    what: str
    title: str
    created_at: datetime
    is_plain: bool
    status: int | None
    headers: Mapping[str, object]
    query: Mapping[str, object]
    body: Body


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """The request and the answer of one attempt.

    url: masked, only its scheme and host. status: 0 without an answer.
    """

    what: str
    is_plain: bool
    method: str
    url: str
    status: int
    request_headers: Mapping[str, object]
    response_headers: Mapping[str, object]
    request: Body
    response: Body


def document_view(
    what: str, title: str, created_at: datetime, frame: bytes, *, is_plain: bool
) -> DocumentView:
    """Read the frame of an input or a reply."""
    head, bodies = frames.unpack(frame)
    headers: dict[str, Any] = head.get("headers", {})
    query: dict[str, Any] = head.get("query", {})
    return DocumentView(
        what=what,
        title=title,
        created_at=created_at,
        is_plain=is_plain,
        status=head.get("status"),
        headers=headers if is_plain else redact_headers(headers),
        query=query if is_plain else _masked(query),
        body=_body(bodies[0], headers, is_plain=is_plain),
    )


def exchange_view(what: str, frame: bytes, *, is_plain: bool) -> ExchangeView:
    """Read the frame of an attempt."""
    head, (sent, answered) = frames.unpack(frame)
    asked: dict[str, Any] = head["request"]
    request_headers: dict[str, Any] = asked.get("headers", {})
    response_headers: dict[str, Any] = head["headers"]
    url = urlsplit(asked["url"])
    return ExchangeView(
        what=what,
        is_plain=is_plain,
        method=asked["method"],
        url=asked["url"] if is_plain else f"{url.scheme}://{url.netloc}/…",
        status=head["status"],
        request_headers=request_headers if is_plain else redact_headers(request_headers),
        response_headers=response_headers if is_plain else redact_headers(response_headers),
        request=_body(sent, request_headers, is_plain=is_plain),
        response=_body(answered, response_headers, is_plain=is_plain),
    )


def _masked(values: Mapping[str, object]) -> Mapping[str, object]:
    return {name: redact(value) for name, value in values.items()}


def _body(content: bytes, headers: Mapping[str, Any], *, is_plain: bool) -> Body:
    types = [str(value) for name, value in headers.items() if name.lower() == "content-type"]
    content_type = types[0][:100] if types else ""
    size = len(content)
    if not content:
        return Body(content_type, 0, None)
    if size > MOST_SHOWN_BYTES:
        return Body(content_type, size, mask(content), is_cut=True)
    try:
        value = _decode(content)
    except (msgspec.DecodeError, RecursionError):
        text = content.decode("utf-8", "replace") if is_plain else ""
        return Body(content_type, size, mask(content), text)
    return Body(content_type, size, value if is_plain else redact(value))
