"""What the gallery shows: cards that fit what was asked, and one template with its sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from integrations.connectors import loader as connectors
from integrations.flows.templates import loader
from integrations.flows.templates.loader import Template
from integrations.flows.templates.search import Entry, Index
from integrations.formats.registry import FORMATS
from integrations.tenants.access import Actor, require
from integrations.web.flows.shown import Picture, draw

CATEGORIES: Final = {
    "orders": "Orders",
    "stock": "Stock and prices",
    "money": "Money",
    "customers": "Customers",
    "people": "People and health",
    "messages": "Messages",
}
ASKED_MAX: Final = 200
SAMPLE_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class System:
    """A system with the letters of its tile."""

    key: str
    title: str
    mark: str


@dataclass(frozen=True, slots=True)
class Card:
    template: Template
    systems: Sequence[System]

    @property
    def category(self) -> str:
        return CATEGORIES[self.template.about.category]


@dataclass(frozen=True, slots=True)
class Gallery:
    """asked: what was typed. category: the one chosen, "" for all."""

    cards: Sequence[Card]
    asked: str
    category: str
    categories: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Sample:
    """text: to be read by people, "" where the document is none. size_bytes: of the document."""

    title: str
    name: str
    text: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class One:
    card: Card
    picture: Picture
    sample: Sample | None
    trigger: str


def gallery(by: Actor, asked: str, category: str) -> Gallery:
    """Give the templates that fit, best first; all by title where nothing is asked."""
    require(by, "flow.view")
    asked = " ".join(asked.split())[:ASKED_MAX]
    found = [loader.template(key) for key in _index().rank(asked)] if asked else loader.every()
    cards = [card(one) for one in found if category in ("", one.about.category)]
    return Gallery(cards, asked, category, list(CATEGORIES.items()))


def starters(most: int = 3) -> list[Card]:
    """Give a few that need little, for who has no flow yet."""
    return [card(loader.template(key)) for key in STARTERS if key in loader.found()][:most]


STARTERS: Final = ("cross-border-order", "stock-file", "edi-orders")


def one(by: Actor, key: str) -> One:
    """Give one template. Raises AccessError where there is none."""
    require(by, "flow.view")
    template = loader.template(key)
    picture = draw(template.file.flow)
    return One(card(template), picture, _sample(template), picture.steps[0].look.word)


def card(template: Template) -> Card:
    return Card(template, [_system(key) for key in template.systems])


def _system(key: str) -> System:
    title = connectors.headline(key).title
    parts = title.split()
    mark = (parts[0][:1] + (parts[1][:1] if len(parts) > 1 else parts[0][1:2])).upper()
    return System(key, title, mark)


def _sample(template: Template) -> Sample | None:
    said = template.about.sample
    if said is None:
        return None
    content = loader.sample(template.key)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace") if b"\0" not in content else ""
    name = f"{template.key}.{said.file.rpartition('.')[2]}"
    return Sample(said.title, name, text[:SAMPLE_MAX], len(content))


@lru_cache(maxsize=1)
def _index() -> Index:
    return index(loader.every())


def index(templates: Sequence[Template]) -> Index:
    """Make the index over what templates say of themselves."""
    return Index(tuple(_entry(template) for template in templates))


def _entry(template: Template) -> Entry:
    about = template.about
    formats = " ".join(f"{key} {FORMATS[key].title}" for key in about.formats)
    fields = (
        (about.title, 4.0),
        (" ".join(about.words), 3.0),
        (" ".join(template.system_titles), 4.0),
        (formats, 3.0),
        (CATEGORIES[about.category], 2.0),
        (about.summary, 2.0),
        (about.story, 1.0),
    )
    return Entry(template.key, fields)
