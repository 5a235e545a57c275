"""What the door answers: a run that was accepted, a flow's reply, or a problem (RFC 9457)."""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

from integrations.delivery.states import State
from integrations.engine import frames
from integrations.engine.hooks import Hook
from integrations.engine.reading import LENGTH, TYPE
from integrations.errors import (
    AccessError,
    ConfigError,
    ConflictError,
    InputError,
    RemoteError,
    SevenMError,
    UnavailableError,
)
from integrations.flows.exact_json import json_bytes

Answer: TypeAlias = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers and body."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; reply is opened by whoever may see it."""

    state: int
    reply: bytes | None


def accepted(hook: Hook, run_id: UUID) -> Answer:
    shown = str(run_id)
    body = b'{"run":"%b","state":"accepted","status_url":"%b"}' % (
        shown.encode(),
        f"/in/{hook.token}/runs/{shown}".encode(),
    )
    return 202, _response_headers(body), body


def outcome(hook: Hook, run_id: UUID, outcome: Outcome) -> Answer:
    """Give the flow's reply, or say in which state the run is."""
    if outcome.reply is None:
        status = 200 if outcome.state == State.SUCCEEDED else 502 if outcome.state == State.DEAD else 202
        return json_answer(status, {"run": str(run_id), "state": State(outcome.state).name.lower()})
    head, bodies = frames.unpack(hook.cipher.open("engine_document", "reply", run_id, outcome.reply))
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head["headers"].items()]
    headers.append((LENGTH, str(len(bodies[0])).encode()))
    headers.append((b"x-7m-run", str(run_id).encode()))
    return head["status"], headers, bodies[0]


def _response_headers(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(TYPE, b"application/json"), (LENGTH, str(len(body)).encode())]


def json_answer(status: int, value: dict[str, Any]) -> Answer:
    body = json_bytes(value)
    return status, _response_headers(body), body


def bug() -> SevenMError:
    return SevenMError("ingress.bug", "Something in 7M broke. The request was not accepted.")


STATUSES: Final[dict[str, int]] = {
    "ingress.method": 405,
    "ingress.content_type": 415,
    "ingress.content_encoding": 415,
    "ingress.body_timeout": 408,
    "ingress.too_large": 413,
    "ingress.headers_too_large": 431,
    "ingress.query_too_large": 414,
    "access.api_key": 401,
    "access.scope": 403,
}


def status_of(error: SevenMError) -> int:
    """Give the HTTP status of an error at this door."""
    known = 401 if error.code.startswith("webhook.") else STATUSES.get(error.code)
    if known is not None:
        return known
    if isinstance(error, UnavailableError):
        return error.status or 503
    for kind, status in (
        (AccessError, 404),
        (ConflictError, 409),
        (InputError, 400),
        (RemoteError, 502),
        (ConfigError, 503),
    ):
        if isinstance(error, kind):
            return status
    return 500


def problem(error: SevenMError) -> Answer:
    """Give an error as problem+json (RFC 9457)."""
    status = status_of(error)
    told = {"status": status, "code": error.code, "title": error.message}
    if error.place:
        told["place"] = error.place
    if error.hint:
        told["hint"] = error.hint
    body = json_bytes(told)
    headers = [(TYPE, b"application/problem+json"), (LENGTH, str(len(body)).encode())]
    if isinstance(error, UnavailableError) and error.retry_after_s is not None:
        headers.append((b"retry-after", str(max(1, round(error.retry_after_s))).encode()))
    if status == 405:
        headers.append((b"allow", b"POST, GET"))
    return status, headers, body
