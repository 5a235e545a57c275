"""Shows the help pages of connectors: the small part of Markdown that they use.

Headings, paragraphs, lists, **bold**, *emphasis*, `code` and [links](https://…). Everything else is shown
as it stands, escaped. The first heading is left out: the page has its own.
"""

import re
from collections.abc import Iterator

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_ITEM = re.compile(r"(?:([-*])|\d{1,3}\.) +")
_MARKS = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"\*([^*]+)\*"), r"<em>\1</em>"),
    (re.compile(r"\[([^\]]+)\]\((https://[^)\s]+)\)"), r'<a href="\2" rel="noreferrer">\1</a>'),
)


def show(text: str) -> SafeString:
    """Give the HTML of a help page."""
    return mark_safe("".join(_blocks(text)))  # noqa: S308  every piece is escaped in `_inline`


def _blocks(text: str) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.splitlines()
        if lines[0].startswith("# "):
            continue
        if lines[0].startswith("#"):
            yield f"<h3>{_inline(lines[0].lstrip('# '))}</h3>"
            lines = lines[1:]
        if lines and _ITEM.match(lines[0]):
            yield from _list(lines)
        elif lines:
            yield f"<p>{_inline(' '.join(lines))}</p>"


def _list(lines: list[str]) -> Iterator[str]:
    first = _ITEM.match(lines[0])
    kind = "ul" if first and first[1] else "ol"
    items: list[str] = []
    for line in lines:
        mark = _ITEM.match(line)
        if mark:
            items.append(line[mark.end() :])
        else:
            items[-1] += " " + line.strip()
    yield f"<{kind}>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</{kind}>"


def _inline(text: str) -> str:
    html = str(escape(text))
    for pattern, to in _MARKS:
        html = pattern.sub(to, html)
    return html
