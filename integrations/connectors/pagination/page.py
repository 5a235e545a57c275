"""Numbered pages."""

from collections.abc import Mapping
from typing import Literal

from typing_extensions import override

from integrations.connectors.pagination.pages import Page, Pages, number
from integrations.connectors.paths import pick
from integrations.formats.codec import Value


class NumberedPages(Pages):
    """page, size: names of the query parameters. The rest are places in the body; "" where there is none."""

    kind: Literal["page"]
    page: str = "page"
    size: str = "page_size"
    first: int = 1
    default_size: int = 25
    max_size: int = 500
    has_more: str = ""
    total: str = ""
    pages: str = ""
    current: str = ""
    items: str = ""

    @override
    def next(
        self, query: Mapping[str, str], headers: Mapping[str, str], body: Value
    ) -> dict[str, str] | None:
        page = number(query, self.page, self.first, self.first, 10**9)
        if self.has_more:
            is_last = pick(body, self.has_more) is not True
        else:
            pages = pick(body, self.pages)
            is_last = not isinstance(pages, int) or page - self.first + 1 >= pages
        return None if is_last else {**query, self.page: str(page + 1)}

    @override
    def serve(self, items: list[Value], query: Mapping[str, str], url: str) -> Page:
        page = number(query, self.page, self.first, self.first, 10**9)
        size = number(query, self.size, self.default_size, 1, self.max_size)
        start = (page - self.first) * size
        facts: dict[str, Value] = {
            self.has_more: start + size < len(items),
            self.total: len(items),
            self.pages: -(-len(items) // size),
            self.current: page,
        }
        facts.pop("", None)
        return Page(items[start : start + size], beside=facts)
