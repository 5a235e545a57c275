"""Turns the tree of errors into pages, and into notices inside a page for htmx."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from integrations.errors import (
    AccessError,
    ConfigError,
    ConflictError,
    InputError,
    LimitError,
    RemoteError,
    SevenMError,
)

_STATUS: tuple[tuple[type[SevenMError], int, str], ...] = (
    (ConflictError, 409, "This has moved on"),
    (LimitError, 413, "This is too large"),
    (InputError, 400, "This cannot be used"),
    (ConfigError, 422, "The set-up is not right"),
    (RemoteError, 502, "Another system did not answer as expected"),
)


class ShowProblems:
    """Middleware: an error of ours that a view lets through becomes its page. Bugs stay bugs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, SevenMError) or request.path.startswith("/api/"):
            return None
        return page(request, error)


def page(request: HttpRequest, error: SevenMError) -> HttpResponse:
    """Show what is wrong and what to do: as a notice when htmx asked, else as a page of its own."""
    status, title = classify(error)
    context = {"title": title, "error": error, "status": status}
    if getattr(request, "htmx", False):
        response = render(request, "components/problem_notice.html", context, status=status)
        response["X-Fragment"] = "yes"
        response["HX-Retarget"] = "#x-notices"
        response["HX-Reswap"] = "innerHTML"
        return response
    return render(request, "frame/problem.html", context, status=status)


def classify(error: SevenMError) -> tuple[int, str]:
    """Give the HTTP status and a title. What is foreign and what is not there look the same."""
    if isinstance(error, AccessError):
        if error.code == "access.role":
            return 403, "You may not do this"
        if error.code == "access.fresh":
            return 403, "Confirm that it is you"
        if error.code == "access.no_tenant":
            return 403, "No tenant yet"
        return 404, "Nothing here"
    for kind, status, title in _STATUS:
        if isinstance(error, kind):
            return status, title
    return 500, "Something went wrong"
