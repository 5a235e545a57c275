"""A small copy of 7M inside the test's process: its own database, door and engine on their own threads.

Real PostgreSQL, real Valkey, real sockets: what is missing is only the process boundary and Celery, whose
messages are hints. The tests of `tests/chaos` have both.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_network
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import psycopg
from channels.layers import get_channel_layer
from django.db import connection
from psycopg.rows import TupleRow

from integrations.connectors.egress import EgressPolicy
from integrations.delivery.states import State
from integrations.engine.announce import Announcer
from integrations.engine.ciphers import make_ciphers
from integrations.engine.database import pool
from integrations.engine.hooks import Hooks
from integrations.engine.ingress import Ingress
from integrations.engine.listeners import Listeners
from integrations.engine.models import Lane
from integrations.engine.programs import Programs
from integrations.engine.worker import Worker, WorkerConfig
from integrations.flows import queries, services
from integrations.tenants.access import SCOPES, Actor
from integrations.tenants.services import create_api_key
from integrations.vault import services as vault
from integrations.vault.keyring import Keyring
from integrations.vault.purposes import Purpose
from integrations.vault.sealed import read_private
from tests import factories
from tests.chaos.stack import wait_until
from tests.stack import Stack

if TYPE_CHECKING:
    from concurrent.futures import Future

POLICY = EgressPolicy((ip_network("127.0.0.0/8"),), (range(1024, 65536),))
KEEP_S = 72 * 3600.0
_numbers = count(1)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Answer:
    """What the door said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def run(self) -> UUID:
        return UUID(self.headers.get("x-7m-run") or self.json["run"])

    @property
    def code(self) -> str:
        return str(self.json["code"])


@dataclass(frozen=True)
class Run:
    """A row of engine_run."""

    id: UUID
    state: str
    fence: int
    lane: int
    waiting: str
    crash_count: int
    dead_reason: str
    error_code: str
    error_step: str
    error_message: str
    version_id: UUID
    batch_number: int | None


class Door:
    """An ingress on a loop of its own."""

    def __init__(self, make: Callable[[], tuple[Ingress, Hooks]]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.ingress, self._hooks = make()
        self.listeners: Listeners | None = None
        self.do(self.ingress.start())

    def listen(self, **more: Any) -> Listeners:
        """Let flows listen for HL7 messages, as `Listeners` does; it looks for ports when told to."""

        async def make() -> Listeners:
            return Listeners(self.ingress, self._hooks, "127.0.0.1", (range(1024, 65536),), **more)

        self.listeners = self.do(make())
        return self.listeners

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.begin(work).result(60)

    def begin(self, work: Coroutine[Any, Any, Result]) -> "Future[Result]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        if self.listeners is not None:
            self.do(self.listeners.stop())
        self.do(self.ingress.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def ask(
        self,
        path: str,
        chunks: Iterable[bytes] = (),
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
        query: str = "",
    ) -> "Future[Answer]":
        """Send a request and give the future of its answer."""
        return self.begin(self._ask(path, list(chunks), headers or {}, method, query))

    async def _ask(
        self, path: str, chunks: list[bytes], headers: Mapping[str, str], method: str, query: str
    ) -> Answer:
        scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        }  # fmt: skip
        sent: list[Any] = []
        left = chunks[:]

        async def receive() -> dict[str, Any]:
            await asyncio.sleep(0)
            body = left.pop(0) if left else b""
            return {"type": "http.request", "body": body, "more_body": bool(left)}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.ingress(scope, receive, send)
        start, body = sent
        named = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], named, body["body"])


@dataclass
class World:
    """One database with what works on it."""

    stack: Stack
    database: str
    blocker: Any
    doors: list[Door] = field(default_factory=list)
    engines: list[Worker] = field(default_factory=list)
    _session: "psycopg.Connection[TupleRow] | None" = None

    @property
    def conninfo(self) -> str:
        return self.stack.database("engine", self.database).conninfo

    def keyring(self) -> Keyring:
        return Keyring(self.stack.config.keys, Purpose)

    # setting up

    @contextmanager
    def orm(self) -> Iterator[None]:
        """Let the ORM work in this database, as the owner."""
        with self.blocker.unblock():
            connection.close()
            before = connection.settings_dict["NAME"]
            connection.settings_dict["NAME"] = self.database
            try:
                yield
            finally:
                connection.close()
                connection.settings_dict["NAME"] = before

    def shop(self) -> "Shop":
        """Make a tenant with an API key."""
        with self.orm():
            person = factories.user(f"engine{next(_numbers)}@example.test")
            made = factories.tenant("Siam Leather", owner=person)
            actor = factories.member(made.id, person_id=person.pk)
            shop = Shop(self, actor)
            shop.key = shop.api_key(SCOPES)
            return shop

    def engine(self, **more: Any) -> Worker:
        """Start an engine; it stops with the world."""
        given: dict[str, Any] = {
            "keep_s": KEEP_S, "sandbox_url": self.stack.config.sandbox_url, **more,
        }  # fmt: skip
        config = WorkerConfig(
            conninfo=self.conninfo,
            redis_url=self.stack.config.redis_url,
            keyring=self.keyring(),
            unsealer=read_private(self.stack.config.keys),
            policy=POLICY,
            layer=get_channel_layer(),
            digest_key=b"0" * 32,
            **given,
        )
        engine = Worker(config)
        engine.start()
        self.engines.append(engine)
        return engine

    def door(self, announce: Callable[[Lane, list[str]], None] | None = None, **more: Any) -> Door:
        """Start a door; it stops with the world. announce: in the place of Celery."""

        def make() -> tuple[Ingress, Hooks]:
            connections = pool(self.conninfo, size=4, name="ingress")
            hooks = Hooks(
                connections,
                Programs(connections),
                make_ciphers(connections, self.keyring()),
                vault.api_key_peppers(),
            )
            announcer = Announcer(announce or self._announce)
            redis_url = self.stack.config.redis_url
            return Ingress(connections, hooks, announcer, redis_url, digest_key=b"0" * 32, **more), hooks

        door = Door(make)
        self.doors.append(door)
        return door

    def _announce(self, lane: Lane, run_ids: list[str]) -> None:
        for engine in self.engines[:1]:
            engine.announce(lane, map(UUID, run_ids))

    def stop_engine(self, engine: Worker) -> None:
        self.engines.remove(engine)
        engine.stop()

    def close(self) -> None:
        for door in self.doors:
            door.close()
        for engine in list(self.engines):
            self.stop_engine(engine)
        if self._session is not None:
            self._session.close()

    # looking

    def sql(self, query: str, *params: object) -> list[TupleRow]:
        """Run a statement as the database's administrator, past row-level security."""
        if self._session is None:
            self._session = psycopg.connect(self.stack.postgres.superuser(self.database), autocommit=True)
        cursor = self._session.execute(query, params)
        return cursor.fetchall() if cursor.description else []

    def run(self, run_id: UUID) -> Run:
        found = self.runs("id = %s", run_id)
        assert found, f"there is no run {run_id}"
        return found[0]

    def runs(self, where: str, *params: object) -> list[Run]:
        columns = ", ".join(Run.__dataclass_fields__)
        rows = self.sql(f"SELECT {columns} FROM engine_run WHERE {where} ORDER BY id", *params)  # noqa: S608
        return [Run(row[0], State(row[1]).name.lower(), *row[2:]) for row in rows]

    def until(self, run_id: UUID, *states: str, within_s: float = 20) -> Run:
        """Wait until the run is in one of the states; default: one that it leaves by a person only."""
        wanted = states or ("succeeded", "dead", "in_doubt", "cancelled", "expired")
        return wait_until(
            lambda: run if (run := self.run(run_id)).state in wanted else None,
            within_s=within_s,
            what=f"run {run_id} to be {' or '.join(wanted)}, not {self.run(run_id)}",
        )

    def attempts(self, run_id: UUID) -> list[tuple[str, str, int, int, int]]:
        """Give (step, iteration, number, outcome, status) of every attempt, in order."""
        return self.sql(
            "SELECT step, iteration, number, outcome, status FROM engine_attempt WHERE run_id = %s "
            "ORDER BY ordinal",
            run_id,
        )


@dataclass
class Shop:
    """One tenant."""

    world: World
    actor: Actor
    key: str = ""

    @property
    def id(self) -> UUID:
        return self.actor.tenant_id

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}", "content-type": "application/json"}

    def api_key(self, scopes: Iterable[str]) -> str:
        """Make a further key; inside `World.orm`."""
        made = create_api_key(by=self.actor, name="Key", scopes=scopes, peppers=vault.api_key_peppers())
        return made.text

    def publish(self, *steps: Mapping[str, Any], edges: Any = None, **settings: Any) -> "Published":
        """Publish a flow of these steps, one after the other unless edges say otherwise."""
        with self.world.orm():
            flow = services.create_flow(
                by=self.actor,
                name=f"Flow {next(_numbers)}",
                definition=definition(*steps, edges=edges, **settings),
            )
            version = services.publish(by=self.actor, flow_id=flow.id)
            hooks = queries.hooks(self.actor, flow.id)
        return Published(self, flow.id, version.id, hooks[0].token if hooks else "")


@dataclass
class Published:
    """A flow that takes documents."""

    shop: Shop
    id: UUID
    version_id: UUID
    token: str

    @property
    def path(self) -> str:
        return f"/in/{self.token}"

    def begin(self, body: Any = None, door: Door | None = None, **headers: str) -> "Future[Answer]":
        """Send a document; a value is sent as JSON. headers: underscores stand for dashes."""
        text = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        at = door or self.shop.world.doors[0]
        return at.ask(self.path, [text], {**self.shop.headers, **given})

    def send(self, body: Any = None, door: Door | None = None, **headers: str) -> Answer:
        return self.begin(body, door, **headers).result(60)

    def publish_again(self, *steps: Mapping[str, Any], edges: Any = None, **settings: Any) -> UUID:
        """Publish another version and give its id."""
        with self.shop.world.orm():
            draft = queries.flow(self.shop.actor, self.id)
            services.save_draft(
                by=self.shop.actor,
                flow_id=self.id,
                definition=definition(*steps, edges=edges, **settings),
                revision=draft.draft_revision,
            )
            return services.publish(by=self.shop.actor, flow_id=self.id).id


def definition(*steps: Mapping[str, Any], edges: Any = None, **settings: Any) -> dict[str, Any]:
    keys = [step["key"] for step in steps]
    if edges is None:
        edges = [{"source": left, "target": right} for left, right in pairwise(keys)]
    return {"steps": list(steps), "edges": edges, "settings": settings}


def edge(source: str, target: str, port: str = "next") -> dict[str, str]:
    return {"source": source, "port": port, "target": target}


def webhook(**config: Any) -> dict[str, Any]:
    return {"key": "order", "kind": "webhook_trigger", "config": config}


def http(url: str, key: str = "send", **config: Any) -> dict[str, Any]:
    """A call that sends the order on, with its stable key."""
    given = {
        "url": url, "value": ["get", "order", "body"], "idempotency_header": "Idempotency-Key",
        "mode": "idempotent", "timeout_s": 5,
    }  # fmt: skip
    return {"key": key, "kind": "http", "config": {**given, **config}}


def respond(key: str = "answer", **config: Any) -> dict[str, Any]:
    given = {"status": 200, "value": ["get", "order", "body"]}
    return {"key": key, "kind": "respond", "config": {**given, **config}}


def opened(stack: Stack, blocker: Any) -> AbstractContextManager[World]:
    """Make a world on a fresh database and take it down again."""

    @contextmanager
    def making() -> Iterator[World]:
        with stack.fresh_database() as name:
            world = World(stack, name, blocker)
            try:
                yield world
            finally:
                world.close()

    return making()


def digest(body: bytes) -> str:
    return sha256(body).hexdigest()
