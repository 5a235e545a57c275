"""The next page's address stands in the Link header (RFC 8288); its cursor is opaque."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from typing_extensions import override

from integrations.connectors.pagination.pages import BadPageError, Page, Pages, number
from integrations.formats.codec import Value

_LINK = re.compile(r'<([^>]*)>\s*;[^,]*?rel="?([a-z]+)"?', re.IGNORECASE)


class LinkHeader(Pages):
    """size, cursor: names of the query parameters."""

    kind: Literal["link_header"]
    size: str = "limit"
    cursor: str = "page_info"
    default_size: int = 50
    max_size: int = 250

    @override
    def next(
        self, query: Mapping[str, str], headers: Mapping[str, str], body: Value
    ) -> dict[str, str] | None:
        for address, relation in _LINK.findall(headers.get("Link") or headers.get("link") or ""):
            if relation.lower() == "next":
                return dict(parse_qsl(urlsplit(address).query))
        return None

    @override
    def serve(self, items: list[Value], query: Mapping[str, str], url: str) -> Page:
        size = number(query, self.size, self.default_size, 1, self.max_size)
        start = _offset(query.get(self.cursor, ""))
        links = []
        if start > 0:
            links.append(self._link(url, size, max(0, start - size), "previous"))
        if start + size < len(items):
            links.append(self._link(url, size, start + size, "next"))
        return Page(items[start : start + size], headers={"Link": ", ".join(links)} if links else {})

    def _link(self, url: str, size: int, offset: int, relation: str) -> str:
        cursor = base64.urlsafe_b64encode(f"o{offset}".encode()).decode()
        return f'<{url}?{urlencode({self.size: size, self.cursor: cursor})}>; rel="{relation}"'


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor).decode()
        return int(text.removeprefix("o"))
    except (ValueError, binascii.Error, UnicodeDecodeError) as error:
        raise BadPageError("page_info is not valid") from error
