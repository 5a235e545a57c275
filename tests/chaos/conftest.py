"""A tenant, a downstream and the product's processes, for one fault test."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bench import order, processes
from bench.load import Sent, Spec, read_history
from bench.product import free_port
from bench.sink import SinkClient
from integrations.billing.services import choose_plan
from integrations.flows import queries, services
from integrations.pricing.plans import PAY_AS_YOU_GO
from tests.chaos import evidence
from tests.chaos.history import Rules, Verdict, check
from tests.chaos.stack import Processes, wait_until
from tests.engine.world import World

OPEN = ("accepted", "running")
STRICT = Rules()


@dataclass
class Site:
    """What a fault test works with. ``processes`` is empty until the test starts some."""

    processes: Processes
    sink: SinkClient
    url: str
    world: World
    folder: Path
    name: str
    headers: dict[str, str] = field(default_factory=dict)
    hook: str = ""

    @property
    def conninfo(self) -> str:
        return self.world.stack.database("owner", self.world.database).conninfo

    def set_up(self, **flow: object) -> None:
        """Make a tenant with a key and publish the order flow; see ``bench.order.flow`` for the options."""
        self.publish(order.flow_yaml(self.sink.url, name=self.name, **flow))

    def publish(self, flow: str) -> None:
        """Make a tenant with a key and publish its flow: here, as a command would need seconds to start."""
        shop = self.world.shop()
        with self.world.orm():
            choose_plan(by=shop.actor, plan=PAY_AS_YOU_GO.key)
            made = services.import_flow(by=shop.actor, text=flow)
            services.publish(by=shop.actor, flow_id=made.id)
            (hook,) = queries.hooks(shop.actor, made.id)
        self.headers = {"Authorization": f"Bearer {shop.key}", "Content-Type": "application/json"}
        self.hook = f"{self.url}/in/{hook.token}"

    def spec(self, **more: object) -> Spec:
        """Give a spec whose history `sent` reads."""
        given = {"headers": self.headers, "body": order.template(), "prefix": secrets.token_hex(2), **more}
        return Spec(url=self.hook, history=str(self.folder / "history.jsonl"), **given)

    def sent(self) -> list[Sent]:
        return read_history(self.folder / "history.jsonl")

    def states(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for run in evidence.runs(self.conninfo, self.name):
            counts[run.state] = counts.get(run.state, 0) + 1
        return counts

    def wait_settled(self, *, within_s: float) -> None:
        """Wait until no run is open."""

        def settled() -> bool:
            states = self.states()
            return not any(states.get(state) for state in OPEN)

        wait_until(settled, within_s=within_s, what="every run to come to a state of rest", every_s=0.2)

    def judge(self, *, rules: Rules = STRICT) -> Verdict:
        """Compare what was sent with the sink's record and the platform's runs, bodies included."""

        def digest(one: Sent) -> str:
            return order.expected_digest(one.id, one.ordering_key, 100_000_000 + int(one.id[-9:]))

        sent = evidence.submissions(self.sent(), digest)
        return check(
            sent, evidence.effects(self.sink.records()), evidence.runs(self.conninfo, self.name), rules=rules
        )


@pytest.fixture(scope="session")
def chaos_sink() -> Iterator[SinkClient]:
    with processes.sink("--digests") as (client, _):
        yield client


@pytest.fixture
def site(stack, django_db_setup, django_db_blocker, chaos_sink: SinkClient, tmp_path: Path) -> Iterator[Site]:
    """Give a site of its own: a fresh tenant and flow, a sink that forgot everything, no process yet."""
    port = str(free_port())
    chaos_sink.mode()
    chaos_sink.forget()
    world = World(stack, "sevenm", django_db_blocker)
    name = f"Order {secrets.token_hex(4)}"
    with Processes(stack.environ, tmp_path, SEVENM_PORT=port) as running:
        yield Site(running, chaos_sink, f"http://127.0.0.1:{port}", world, tmp_path, name)
