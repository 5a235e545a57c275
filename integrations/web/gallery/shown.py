"""What the gallery shows: cards that fit what was asked, and one template with its sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from integrations.connectors import loader as connectors
from integrations.flows.templates import gallery as templates
from integrations.flows.templates import loader
from integrations.flows.templates.loader import Template
from integrations.tenants.access import Actor, require
from integrations.web.flows.shown import Picture, draw

SAMPLE_MAX: Final = 20_000
STARTERS: Final = ("order-to-chat", "edifact-orders-as-json", "bank-statement")


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
        return templates.CATEGORIES[self.template.about.category]


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
    cards = [card(one) for one in templates.find(asked, category)]
    return Gallery(cards, asked[: templates.ASKED_MAX], category, list(templates.CATEGORIES.items()))


def starters(most: int = 3) -> list[Card]:
    """Give a few that need little, for who has no flow yet."""
    return [card(loader.template(key)) for key in STARTERS[:most]]


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
