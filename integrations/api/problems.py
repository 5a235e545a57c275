"""Turns what goes wrong into problem+json (RFC 9457): the tree of errors, and what the framework refuses.

    {"type": "urn:7m:problem:flow.not_valid", "title": "…", "status": 422, "detail": "…",
     "code": "flow.not_valid", "hint": "…", "place": "…",
     "problems": [{"code", "message", "place", "hint", "severity"}]}

A foreign thing and a thing that is not there give the same 404. A bug is not dressed up: it stays a 500.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404
from django.http.request import UnreadablePostError
from kombu.exceptions import OperationalError as BrokerError
from rest_framework import exceptions
from rest_framework.response import Response

from integrations.errors import (
    AccessError,
    ConfigError,
    ConflictError,
    InputError,
    LimitError,
    Problem,
    RefusedError,
    RemoteError,
    SevenMError,
    UnavailableError,
)

MEDIA_TYPE: Final = "application/problem+json"
URN: Final = "urn:7m:problem:"
PROBLEMS_MAX: Final = 200
RETRY_S: Final = 5.0

STATUSES: Final[tuple[tuple[type[SevenMError], int, str], ...]] = (
    (AccessError, 404, "Not found"),
    (ConflictError, 409, "The state has moved on"),
    (InputError, 400, "The request cannot be used"),
    (ConfigError, 422, "The set-up is not right"),
    (UnavailableError, 503, "Not available right now"),
    (RefusedError, 502, "Another system refused"),
    (RemoteError, 502, "Another system failed"),
)
ACCESS: Final[Mapping[str, tuple[int, str]]] = {
    "access.api_key": (401, "No valid API key"),
    "access.role": (403, "The API key may not do this"),
    "access.scope": (403, "The API key may not do this"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the answer says."""

    status: int
    title: str
    code: str
    detail: str
    hint: str = ""
    place: str = ""
    problems: tuple[Problem, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Handle an exception of a view, as REST framework asks; None leaves a bug what it is."""
    del context
    told = tell(error)
    if told is None:
        return None
    return Response(body(told), status=told.status, headers=dict(told.headers), content_type=MEDIA_TYPE)


def body(told: Told) -> dict[str, Any]:
    """Give the members of the problem, without those that are empty."""
    said: dict[str, Any] = {
        "type": f"{URN}{told.code}",
        "title": told.title,
        "status": told.status,
        "detail": told.detail,
        "code": told.code,
        "hint": told.hint,
        "place": told.place,
        "problems": [
            {
                "code": problem.code,
                "message": problem.message,
                "place": problem.place,
                "hint": problem.hint,
                "severity": problem.severity,
            }
            for problem in told.problems[:PROBLEMS_MAX]
        ],
    }
    return {name: value for name, value in said.items() if value not in ("", [])}


def tell(error: Exception) -> Told | None:
    """Find status and words for an error; None for one that nobody raised on purpose."""
    if isinstance(error, SevenMError):
        return _of_tree(error)
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if isinstance(error, Http404 | PermissionDenied):
        return _of_tree(AccessError())
    if isinstance(error, RequestDataTooBig):
        return Told(413, "Too large", "request.too_large", "The body is too large.")
    if isinstance(error, SuspiciousOperation | UnreadablePostError):
        return Told(400, "The request cannot be used", "request.malformed", "The request cannot be read.")
    if isinstance(error, OperationalError | BrokerError):
        detail = "The database or the broker does not answer right now."
        return Told(503, "Not available right now", "api.unavailable", detail, headers=_retry_after(RETRY_S))
    return None


def _of_tree(error: SevenMError) -> Told:
    status, title = classify(error)
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="7M"'
    if isinstance(error, UnavailableError):
        headers |= _retry_after(error.retry_after_s or RETRY_S)
    problems = error.problems if isinstance(error, ConfigError) else ()
    return Told(status, title, error.code, error.message, error.hint, error.place, tuple(problems), headers)


def classify(error: SevenMError) -> tuple[int, str]:
    """Give the HTTP status and the title of an error of ours."""
    if isinstance(error, AccessError):
        return ACCESS.get(error.code, (404, "Not found"))
    if isinstance(error, LimitError) and error.code.endswith("too_large"):
        return 413, "Too large"
    return next(
        ((status, title) for kind, status, title in STATUSES if isinstance(error, kind)),
        (500, "Something went wrong"),
    )


def _of_framework(error: exceptions.APIException) -> Told:
    headers: dict[str, str] = {}
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers = _retry_after(wait)
    if isinstance(error, exceptions.ValidationError):
        found = tuple(places(error.detail))
        first = found[0]
        more = f" There are {len(found)} problems." if len(found) > 1 else ""
        detail = f"{first.message}{more}"
        return Told(
            400, "The request cannot be used", "request.invalid", detail, place=first.place, problems=found
        )
    code = f"request.{error.default_code}"
    return Told(
        error.status_code, TITLES.get(error.status_code, "Refused"), code, str(error.detail), headers=headers
    )


TITLES: Final[Mapping[int, str]] = {
    400: "The request cannot be used",
    404: "Not found",
    405: "This method does nothing here",
    406: "No such form of the answer",
    415: "This content type is not read here",
    429: "Too many requests",
}


def places(detail: object, place: str = "") -> Iterator[Problem]:
    """Flatten the framework's findings, each with its place: ``filter.ids[3]``."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from places(inner, _inside(place, name))
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        for number, inner in enumerate(detail):
            is_text = isinstance(inner, str)
            if inner:
                yield from places(inner, place if is_text else f"{place}[{number}]")
    else:
        code = getattr(detail, "code", "invalid")
        yield Problem(f"request.{code}", str(detail), place)


def _inside(place: str, name: object) -> str:
    if name == "non_field_errors":
        return place
    if isinstance(name, int):
        return f"{place}[{name}]"
    return f"{place}.{name}" if place else str(name)


def _retry_after(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(max(1, ceil(seconds)))}
