"""What the pages of connections show, gathered from the queries and the manifests."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.safestring import SafeString

from integrations.connectors import loader, queries
from integrations.connectors.manifest import Manifest
from integrations.connectors.manifest.identity import Headline
from integrations.connectors.models import Connection, Mode, Status
from integrations.errors import AccessError, ConfigError
from integrations.flows import queries as flow_queries
from integrations.flows.models import Flow
from integrations.tenants.access import Actor, require
from integrations.web import markdown

HEALTH = {
    Status.NEW: ("untested", ""),
    Status.CHECKING: ("running", "Being tested"),
    Status.OK: ("ok", "Works"),
    Status.FAILED: ("failed", "Does not work"),
    Status.NO_SECRET: ("problem", "Credentials are missing"),
}
MODES = {Mode.LIVE: "production", Mode.SANDBOX: "sandbox", Mode.TWIN: "twin"}


@dataclass(frozen=True, slots=True)
class Line:
    """A connection with its connector in words. health, mode: of the looks; word: where it is not theirs."""

    row: Connection
    title: str
    mark: str

    @property
    def health(self) -> str:
        return HEALTH[Status(self.row.status)][0]

    @property
    def word(self) -> str:
        return HEALTH[Status(self.row.status)][1]

    @property
    def mode(self) -> str:
        return MODES[Mode(self.row.mode)]

    @property
    def is_checking(self) -> bool:
        return self.row.status == Status.CHECKING


@dataclass(frozen=True, slots=True)
class Lines:
    rows: Sequence[Line]
    older: str


@dataclass(frozen=True, slots=True)
class Detail:
    """One connection. settings: title and value of each that is not secret."""

    line: Line
    manifest: Manifest
    settings: Sequence[tuple[str, str]]
    flows: Sequence[Flow]


@dataclass(frozen=True, slots=True)
class Card:
    head: Headline
    mark: str
    used: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    cards: Sequence[Card]
    categories: Sequence[str]
    wanted: str
    category: str


@dataclass(frozen=True, slots=True)
class Connector:
    manifest: Manifest
    mark: str
    help: SafeString
    mine: Sequence[Line]


def page(by: Actor, *, after: str) -> Lines:
    rows = queries.connections(by, after=after[:80], limit=50)
    return Lines([_line(row) for row in rows], rows[-1].name if len(rows) == 50 else "")


def connection(by: Actor, connection_id: UUID) -> Detail:
    row = queries.connection(by, connection_id)
    manifest = loader.manifest(row.connector)
    settings = [(field.title, str(row.config.get(name, ""))) for name, field in manifest.config.items()]
    return Detail(_line(row), manifest, settings, flow_queries.flows_using(by, row.name, row.id))


def catalogue(by: Actor, wanted: str, category: str) -> Catalogue:
    """Give the connectors whose words hold what is wanted, the used ones first."""
    require(by, "connection.view")
    used: dict[str, int] = {}
    for row in queries.connections(by):
        used[row.connector] = used.get(row.connector, 0) + 1
    heads = [loader.headline(key) for key in loader.found()]
    categories = sorted({head.category for head in heads})
    text = wanted.strip().lower()[:80]
    fitting = [
        head
        for head in heads
        if text in f"{head.title} {head.summary} {head.category}".lower() and category in ("", head.category)
    ]
    cards = [Card(head, mark(head), used.get(head.key, 0)) for head in fitting]
    cards.sort(key=lambda card: (-card.used, card.head.title.lower()))
    return Catalogue(cards, categories, wanted[:80], category)


def connector(by: Actor, key: str) -> Connector:
    require(by, "connection.view")
    found = manifest(key)
    mine = [_line(row) for row in queries.connections(by) if row.connector == key]
    return Connector(found, mark(found), markdown.show(loader.help_text(key)), mine)


def manifest(key: str) -> Manifest:
    """Give a connector's manifest. Raises AccessError where there is none: the address leads nowhere."""
    try:
        return loader.manifest(key)
    except ConfigError:
        raise AccessError from None


def mark(head: Headline) -> str:
    """Give the letters of its tile."""
    parts = head.title.split()
    return (parts[0][:1] + (parts[1][:1] if len(parts) > 1 else parts[0][1:2])).upper()


def _line(row: Connection) -> Line:
    try:
        head = loader.headline(row.connector)
    except ConfigError:
        return Line(row, row.connector, row.connector[:2].upper())
    return Line(row, head.title, mark(head))
