"""Lists page by key: the address carries the id of the last row that was shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from django.http import HttpRequest

from integrations.errors import InputError

PAGE = 50
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """older: cursor of the next page, empty on the last. is_first: whether this is the newest page."""

    rows: Sequence[T]
    older: str
    is_first: bool


def cursor(request: HttpRequest) -> UUID | None:
    """Give the id in ``?after=``. Raises InputError for what is no id."""
    text = request.GET.get("after", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise InputError("page.cursor", "This address names no page of the list.") from None


def number(request: HttpRequest, name: str = "after") -> int | None:
    """Give the number in ``?after=``, for lists that are ordered by one. Raises InputError."""
    text = request.GET.get(name, "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError("page.cursor", "This address names no page of the list.")
    return int(text) if text else None


def page(request: HttpRequest, rows: Sequence[T], *, key: str = "id", size: int = PAGE) -> Page[T]:
    """Make a page of rows that were asked for with a limit of `size`."""
    older = str(getattr(rows[-1], key)) if len(rows) >= size else ""
    return Page(rows, older, not request.GET.get("after"))


class Found(Protocol[T_co]):
    """A page as the queries of the desk give it."""

    @property
    def rows(self) -> Sequence[T_co]: ...

    @property
    def next_before(self) -> UUID | None: ...


def page_of(request: HttpRequest, found: Found[T]) -> Page[T]:
    """Make a page of one that says itself what comes after it."""
    return Page(found.rows, str(found.next_before or ""), not request.GET.get("after"))
