"""Skip so many, take so many."""

from collections.abc import Mapping
from typing import Literal

from typing_extensions import override

from integrations.connectors.pagination.pages import Page, Pages, number
from integrations.connectors.paths import pick
from integrations.formats.codec import Value


class Offset(Pages):
    """offset, size: names of the query parameters. total: place of the whole count in the body, if told.

    Where it is not, a full page may have another one after it.
    """

    kind: Literal["offset"]
    offset: str = "offset"
    size: str = "limit"
    default_size: int = 100
    max_size: int = 1000
    total: str = ""
    items: str

    @override
    def next(
        self, query: Mapping[str, str], headers: Mapping[str, str], body: Value
    ) -> dict[str, str] | None:
        items = pick(body, self.items)
        if not isinstance(items, list) or not items:
            return None
        reached = number(query, self.offset, 0, 0, 10**9) + len(items)
        if self.total:
            total = pick(body, self.total)
            more = isinstance(total, int) and reached < total
        else:
            more = len(items) >= number(query, self.size, self.default_size, 1, self.max_size)
        return {**query, self.offset: str(reached)} if more else None

    @override
    def serve(self, items: list[Value], query: Mapping[str, str], url: str) -> Page:
        start = number(query, self.offset, 0, 0, 10**9)
        size = number(query, self.size, self.default_size, 1, self.max_size)
        beside: dict[str, Value] = {self.total: len(items)} if self.total else {}
        return Page(items[start : start + size], beside=beside)
