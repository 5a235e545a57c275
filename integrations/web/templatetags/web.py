"""Tags and filters of the pages: ``{% load web %}``."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

import lucide
from django import template
from django.forms import BoundField
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from integrations.flows.exact_json import json_bytes
from integrations.graph.flow import Edge, Flow
from integrations.web import json_view
from integrations.web.drawing import flow_graph, looks, sparkline, timeline

register = template.Library()
NOTHING = "\N{EN DASH}"
_SCRIPT_SAFE = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.simple_tag
def icon(name: str, size: int = 18, **attributes: object) -> SafeString:
    """Draw an icon of Lucide. It is hidden from screen readers: the word stands beside it."""
    given = {key.replace("_", "-"): str(value) for key, value in attributes.items()}
    given = {"class": "x-icon", "aria-hidden": "true", "focusable": "false", **given}
    return _drawn(str(name), int(size), tuple(given.items()))


@lru_cache(maxsize=4096)
def _drawn(name: str, size: int, attributes: tuple[tuple[str, str], ...]) -> SafeString:
    """Draw an icon once. Lucide keeps 128 of them, our pages have more, and each miss reads its archive."""
    return mark_safe(lucide._render_icon(name, size, **dict(attributes)))  # noqa: S308, SLF001  no dashes in its tag


@register.simple_tag
def state_badge(state: object, word: str = "", *, plain: bool = False) -> SafeString:
    """Show a state as icon, word and colour. state: of a run (State, or its number), or a word."""
    look = looks.of_state(state)
    return format_html(
        '<span class="x-badge x-tone-{}{}" data-state="{}">{}{}</span>',
        look.tone,
        " is-plain" if plain else "",
        look.key,
        icon(look.icon, 14),
        word or look.word,
    )


@register.simple_tag
def ago(value: datetime | None, nothing: str = "never") -> SafeString:
    """Write an instant as "3 minutes ago"; a behaviour keeps it true, the title is exact."""
    if value is None:
        return format_html('<span class="text-secondary">{}</span>', nothing)
    return format_html(
        '<time data-behaviour="relative-time" datetime="{}" title="{}">{}</time>',
        value.astimezone(UTC).isoformat(timespec="milliseconds"),
        f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        relative_words(value - datetime.now(UTC)),
    )


@register.simple_tag
def countdown(value: datetime | None) -> SafeString:
    """Write how long it is until an instant: ``2 d 23 h``; what is past is over now."""
    if value is None:
        return SafeString("")
    left = max(value - datetime.now(UTC), timedelta())
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        value.astimezone(UTC).isoformat(timespec="seconds"),
        f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        timeline.duration_words(left / timedelta(milliseconds=1)) if left else "no time",
    )


def relative_words(difference: timedelta) -> str:
    """Say how far an instant is away, as the page's script does: ``3 minutes ago``, ``in 2 hours``."""
    seconds = difference.total_seconds()
    size = abs(seconds)
    if size < 5:
        return "now"
    units = (("second", 1, 60), ("minute", 60, 3600), ("hour", 3600, 86400), ("day", 86400, 86400 * 60))
    longer = (("month", 86400 * 30, 86400 * 365), ("year", 86400 * 365, float("inf")))
    unit, length = next((unit, length) for unit, length, below in (*units, *longer) if size < below)
    count = int(size // length)
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {words}" if seconds > 0 else f"{words} ago"


@register.filter
def ms(value: float | Decimal | timedelta | None) -> str:
    """Write milliseconds or a timedelta as people read it."""
    if value is None:
        return NOTHING
    if isinstance(value, timedelta):
        value = value / timedelta(milliseconds=1)
    return timeline.duration_words(float(value))


@register.filter
def count(value: int | None) -> str:
    """Write a whole number with thin groups of three: ``14,000``."""
    return NOTHING if value is None else f"{value:,}"


@register.filter
def size(value: int | None) -> str:
    """Write a number of bytes: ``512 B``, ``1.4 kB``, ``200.0 MB``."""
    if value is None:
        return NOTHING
    if value < 1000:
        return f"{value} B"
    amount = float(value)
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if amount < 1000:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1000:.1f} TB"


@register.filter
def money(value: Decimal | int, currency: str = "USD") -> str:
    """Write an amount with its currency, two places at least and none lost: ``$0.012``, ``EUR 12.50``."""
    amount = Decimal(value)
    exponent = amount.normalize().as_tuple().exponent
    places = max(2, -exponent if isinstance(exponent, int) else 2)
    sign = "-" if amount < 0 else ""
    return f"{sign}{'$' if currency == 'USD' else currency + ' '}{abs(amount):,.{places}f}"


@register.filter
def words(value: object) -> str:
    """Write a name of the code as words: ``at_least_once`` becomes ``at least once``."""
    return str(value).replace("_", " ")


@register.filter
def at(mapping: Mapping[object, object], key: object) -> object:
    """Look a key up; None where it is not."""
    return mapping.get(key)


@register.filter
def percent(share: float) -> str:
    """Write a share of 0 to 1 as a percentage that never rounds up to all: ``99.99 %``."""
    if share in (0, 1):
        return f"{share:.0%}".replace("%", " %")
    return f"{min(max(share * 100, 0.01), 99.99):.2f} %"


@register.filter
def short_object(value: str) -> str:
    """Write the object of an audit row short: ``engine.run:<uuid>`` becomes ``engine.run …55bc7c9a``."""
    kind, colon, number = value.partition(":")
    return f"{kind} …{number[-8:]}" if colon and len(number) == 36 else value


@register.filter
def short_id(value: object) -> str:
    """Cut a UUID to its last eight characters, where UUIDv7 differs."""
    return str(value)[-8:]


@register.inclusion_tag("components/json_view.html")
def json_viewer(value: object, label: str, ident: str) -> dict[str, object]:
    """Show a value as coloured JSON with a copy button. ident: unique on the page."""
    return {"shown": json_view.show(value), "label": label, "ident": ident}


@register.inclusion_tag("components/code.html")
def code_viewer(text: str, label: str, ident: str) -> dict[str, object]:
    """Show text as it is, with a copy button."""
    return {"text": text, "label": label, "ident": ident}


@register.inclusion_tag("components/sparkline.html", name="sparkline")
def sparkline_tag(
    values: Sequence[sparkline.Number | None], label: str, tone: str = "accent", unit: str = ""
) -> dict[str, object]:
    """Draw recent values, oldest first."""
    return {"drawing": sparkline.draw(values, unit=unit), "label": label, "tone": tone}


@register.inclusion_tag("components/timeline.html", name="timeline")
def timeline_tag(spans: Sequence[timeline.Span], label: str) -> dict[str, object]:
    """Draw the steps and attempts of a run on a time axis."""
    return {"drawing": timeline.draw(spans), "label": label}


@register.inclusion_tag("components/flow_graph.html", name="flow_graph")
def flow_graph_tag(
    flow: Flow,
    label: str,
    *,
    href: str = "",
    direction: flow_graph.Direction = "down",
    counts: Mapping[str, Sequence[flow_graph.Count]] | None = None,
    marks: Mapping[Edge, flow_graph.Count] | None = None,
    current: str = "",
) -> dict[str, object]:
    """Draw a flow. href: begins the address of a step's details; the step's key is put behind it."""
    drawing = flow_graph.draw(flow, direction=direction, counts=counts, marks=marks, current=current)
    return {"drawing": drawing, "label": label, "href": href}


@register.simple_tag(takes_context=True)
def here(context: Context, *prefixes: str) -> SafeString:
    """Give ``aria-current="page"`` when the page's address begins with one of these."""
    request: Any = context.get("request")
    path = request.path if request else ""
    on = any(path == prefix or path.startswith(prefix.rstrip("/") + "/") for prefix in prefixes)
    return mark_safe('aria-current="page"') if on else SafeString("")


@register.simple_tag(takes_context=True)
def may(context: Context, permission: str) -> bool:
    """Say whether the signed-in person has a permission: ``{% may "flow.edit" as can_edit %}``."""
    return bool(context["seat"].may(permission))


@register.simple_tag(takes_context=True)
def with_query(context: Context, **changes: object) -> str:
    """Give the page's query with these changed and without cursors; None or an empty text drops one."""
    request: Any = context["request"]
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag
def styled(field: BoundField, css: str) -> SafeString:
    """Draw the widget of a form that is not ours with our class."""
    attributes: dict[str, str | bool] = {"class": f"{css} is-invalid" if field.errors else css}
    return field.as_widget(attrs=attributes)


@register.simple_tag
def url_if_any(name: str, *args: object) -> str:
    """Give the address of a named page, or an empty text in an installation that has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.filter
def exact_json_script(value: object, ident: str) -> SafeString:
    """Write a value as JSON in a script element, its numbers with every digit, for an island to read."""
    text = json_bytes(value).decode().translate(_SCRIPT_SAFE)
    return format_html('<script id="{}" type="application/json">{}</script>', ident, mark_safe(text))  # noqa: S308  escaped above


@register.simple_tag
@cache
def icon_sprite() -> SafeString:
    """Give every icon that scripts draw, hidden, each as ``#i-<name>`` for ``<use href>``."""
    symbols = format_html_join(
        "",
        '<symbol id="i-{}" viewBox="0 0 24 24">{}</symbol>',
        ((name, icon(name, 24)) for name in looks.DRAWN),
    )
    return format_html('<svg hidden aria-hidden="true" class="x-sprite">{}</svg>', symbols)
