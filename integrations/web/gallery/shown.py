"""What the gallery shows: cards that fit what was asked, and one template with its sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from integrations.connectors import loader as connectors
from integrations.flows.answers import decode_json
from integrations.flows.exact_json import json_bytes
from integrations.flows.templates import gallery as templates
from integrations.flows.templates import loader
from integrations.flows.templates.loader import Template
from integrations.graph.flow import Node
from integrations.tenants.access import Actor, require
from integrations.trials.services.trying import Tried
from integrations.trials.telling import trial_json
from integrations.web.drawing import looks
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
class Visit:
    """One step of a trial. state: of the looks. call: whom it asked. sent, came: what may be looked into."""

    title: str
    look: looks.Look
    state: str
    word: str
    note: str
    call: str
    sent: object
    came: object
    error: str


@dataclass(frozen=True, slots=True)
class Trial:
    """words: how it ended. reply: what the sender would get; None where nobody waits."""

    words: str
    is_well: bool
    ms: float
    visits: Sequence[Visit]
    reply: Mapping[str, Any] | None


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


def tried(found: Tried) -> Trial:
    """Say what came of a trial, step by step."""
    whole = trial_json(found.ground.flow, found.made, is_plain=found.is_plain)
    told = cast("dict[str, Any]", decode_json(json_bytes(whole)))
    nodes = {node.key: node for node in found.ground.flow.nodes}
    visits = [_visit(nodes[one["key"]], one) for one in told["steps"] if one["state"] != "not_reached"]
    is_well = told["outcome"] == "succeeded"
    failed = told["error"] or {}
    words = "It went through" if is_well else str(failed.get("message") or "It did not go through")
    return Trial(words, is_well, told["ms"], visits, told["reply"])


def _visit(node: Node, said: Mapping[str, Any]) -> Visit:
    call, answer, error = said["call"] or {}, said["answer"] or {}, said["error"] or {}
    whom = ""
    if call.get("connector"):
        manifest = connectors.manifest(call["connector"])
        asked = manifest.operation(call["operation"]).title
        whom = f"{manifest.title}: {asked}, answered {answer.get('status')}"
    turn = "".join(f", item {number + 1}" for number in said["iteration"])
    state, word = ("succeeded", "done") if said["state"] == "ok" else ("failed", said["state"])
    return Visit(
        node.title or node.key, looks.of_kind(node.kind), state, word, f"{said['ms']} ms{turn}", whom,
        call.get("body"), said["output"], str(error.get("message", "")),
    )  # fmt: skip
