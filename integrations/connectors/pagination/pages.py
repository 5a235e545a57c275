"""What every pagination kind offers, to the caller and to the twin."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import msgspec
from pydantic import BaseModel, ConfigDict

from integrations.formats.codec import Value


class Page(msgspec.Struct, frozen=True):
    """One page as the twin serves it: the items, what stands beside them in the body, and headers."""

    items: list[Value]
    beside: dict[str, Value] = {}
    headers: dict[str, str] = {}


class BadPageError(ValueError):
    """The query asks for a page that cannot be."""


class Pages(BaseModel, ABC):
    """One pagination kind with its settings from a manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @abstractmethod
    def next(
        self, query: Mapping[str, str], headers: Mapping[str, str], body: Value
    ) -> dict[str, str] | None:
        """Give the query of the next page, or None after the last. query: of the page at hand."""

    @abstractmethod
    def serve(self, items: list[Value], query: Mapping[str, str], url: str) -> Page:
        """Cut the page that the query asks for. url: of the list, without its query. Raises BadPageError."""


def number(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """Read a whole number from the query. Raises BadPageError."""
    text = query.get(name)
    if text is None or not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise BadPageError(f"{name} must be a number")
    value = int(text)
    if value < least:
        raise BadPageError(f"{name} must be at least {least}")
    return min(value, most)
