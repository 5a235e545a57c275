"""Views that speak JSON with the scripts of our own pages: signed in by session, guarded by the CSRF token.

Numbers go in and out with every digit. What is wrong is answered as
``{"error": {"code", "message", "hint", "place", "problems": […]}}`` with the status of its class.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeAlias

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from integrations.errors import InputError, LimitError, Problem, SevenMError
from integrations.flows.exact_json import json_bytes
from integrations.formats.codec import Limits, parse_options
from integrations.formats.registry import codec
from integrations.web.problems import classify

JSON: Final = "application/json"
DEPTH_MAX: Final = 64
PROBLEMS_MAX: Final = 500

Answer: TypeAlias = "Mapping[str, Any] | Sequence[Any] | HttpResponse | None"
P = ParamSpec("P")


def speaks(
    *methods: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], Answer]], Callable[Concatenate[HttpRequest, P], HttpResponse]
]:
    """Make a view of a function that gives a plain value: 200 with it as JSON, None for 204.

    methods: those that are allowed. Errors of ours become their JSON; bugs stay bugs.
    """

    def door(
        view: Callable[Concatenate[HttpRequest, P], Answer],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            try:
                found = view(request, *args, **kwargs)
            except SevenMError as error:
                return refused(error)
            if isinstance(found, HttpResponse):
                return found
            return HttpResponse(status=204) if found is None else given(found)

        return answer

    return door


def given(value: object, *, status: int = 200) -> HttpResponse:
    """Answer with a value as JSON."""
    return HttpResponse(json_bytes(value), content_type=JSON, status=status)


def refused(error: SevenMError, **more: object) -> HttpResponse:
    """Answer with an error; `more` stands beside it."""
    status, title = classify(error)
    said = {
        "code": error.code,
        "title": title,
        "message": error.message,
        "hint": error.hint,
        "place": error.place,
        "problems": [said_of(problem) for problem in getattr(error, "problems", ())[:PROBLEMS_MAX]],
    }
    return given({"error": said, **more}, status=status)


def said_of(problem: Problem) -> dict[str, str]:
    """Give a problem as the pages' scripts read it."""
    return {
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "place": problem.place,
        "severity": problem.severity,
    }


def body(request: HttpRequest) -> dict[str, Any]:
    """Read the body, a JSON object with exact numbers; an empty one is an empty object. Raises InputError."""
    if request.content_type != JSON and request.body:
        raise InputError("request.not_json", f"Send the body as {JSON}.")
    most = settings.SEVENM.limits.document_bytes
    if len(request.body) > most:
        raise LimitError("request.too_large", f"A body has at most {most:,} bytes.")
    if not request.body:
        return {}
    form = codec("json")
    size = len(request.body)
    limits = Limits(max_bytes=size, max_depth=DEPTH_MAX, max_field_bytes=size)
    found = form.document(parse_options(form, {}), limits)(request.body)
    if not isinstance(found, dict):
        raise InputError("request.not_an_object", "The body is a JSON object.")
    return found


def an_object(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Give a value that must be an object. Raises InputError naming it."""
    found = said.get(name)
    if not isinstance(found, dict):
        raise InputError("request.field", f"“{name}” is an object.", place=name)
    return found


def an_integer(said: Mapping[str, Any], name: str) -> int:
    """Give a value that must be a whole number. Raises InputError naming it."""
    found = said.get(name)
    if not isinstance(found, int) or isinstance(found, bool):
        raise InputError("request.field", f"“{name}” is a whole number.", place=name)
    return found


def a_text(said: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """Give a value that must be a text; `default` where it is not there. Raises InputError naming it."""
    found = said.get(name, default)
    if not isinstance(found, str):
        raise InputError("request.field", f"“{name}” is a text.", place=name)
    return found
