import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.template.loader import get_template
from django.test import RequestFactory

from integrations.delivery.states import State
from integrations.graph.flow import Edge, Flow, Node
from integrations.web.drawing import looks
from integrations.web.templatetags import web

TEMPLATES = Path(settings.TEMPLATES[0]["DIRS"][0])


def rendered(text: str, **context: object) -> str:
    return Template("{% load web %}" + text).render(Context(context))


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES))
)
def test_every_template_compiles_and_has_nothing_inline(path: Path) -> None:
    get_template(str(path.relative_to(TEMPLATES)))
    text = path.read_text(encoding="utf-8")
    assert " style=" not in text
    assert "<style" not in text
    assert "<script>" not in text
    assert "javascript:" not in text
    for handler in (" onclick=", " onload=", " onchange=", " onsubmit=", " hx-on"):
        assert handler not in text


def test_a_state_is_icon_word_and_colour() -> None:
    html = rendered("{% state_badge state %}", state=State.IN_DOUBT)
    assert "<svg" in html
    assert "In doubt</span>" in html
    assert "x-tone-doubt" in html


def test_icons_are_hidden_from_readers() -> None:
    assert 'aria-hidden="true"' in rendered('{% icon "plug" 16 %}')


def test_a_time_says_when_exactly() -> None:
    html = rendered("{% ago at %}", at=datetime.now(UTC) - timedelta(minutes=3, seconds=5))
    assert ">3 minutes ago</time>" in html
    assert 'data-behaviour="relative-time"' in html
    assert "never" in rendered("{% ago at %}", at=None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "now"), (-5, "5 seconds ago"), (-119, "1 minute ago"), (7200, "in 2 hours"), (-86400, "1 day ago"),
     (-86400 * 61, "2 months ago"), (-86400 * 800, "2 years ago")],
)  # fmt: skip
def test_the_server_speaks_as_the_script_does(seconds: int, words: str) -> None:
    assert web.relative_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0.012", "$0.012"),
        ("12.5", "$12.50"),
        ("1234567", "$1,234,567.00"),
        ("-3", "-$3.00"),
        ("0.0300", "$0.03"),
    ],
)
def test_money_loses_no_place(value: str, words: str) -> None:
    assert web.money(Decimal(value)) == words


@pytest.mark.parametrize(
    ("value", "words"), [(512, "512 B"), (2048, "2.0 kB"), (200_000_000, "200.0 MB"), (5 * 10**13, "50.0 TB")]
)
def test_sizes_read_well(value: int, words: str) -> None:
    assert web.size(value) == words


def test_a_flow_is_drawn_with_links_and_no_inline_style() -> None:
    flow = Flow((Node("a", "webhook_trigger", "<Order>"), Node("b", "map", "B")), (Edge("a", "next", "b"),))
    html = rendered('{% flow_graph flow "Flow" href="#step-" %}', flow=flow)
    assert 'href="#step-a"' in html
    assert "&lt;Order&gt;" in html
    assert "style=" not in html


def test_a_query_changes_and_forgets_the_page() -> None:
    request = RequestFactory().get("/runs/?state=dead&after=x&q=a%20b")
    assert rendered('{% with_query state="running" %}', request=request) == "?state=running&amp;q=a+b"
    assert rendered("{% with_query state=none %}", request=request, none=None) == "?q=a+b"


def test_the_sprite_holds_every_icon_that_a_script_draws() -> None:
    text = "".join(path.read_text() for path in Path("static/src").rglob("*.js*"))
    wanted = set(re.findall(r'(?:<Icon name="|icon="|#i-)([a-z0-9-]+)"', text))
    for chosen in re.findall(r"(?:<Icon name|icon)=\{([^}]*)\}", text):
        wanted |= set(re.findall(r'[?:]\s*"([a-z0-9-]+)"', chosen))
    assert wanted - set(looks.DRAWN) == set()
    assert 'id="i-plug"' in web.icon_sprite()
