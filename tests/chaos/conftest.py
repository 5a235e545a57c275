"""A tenant, a downstream and the product's processes, for one fault test."""

import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bench import order, processes
from bench.load import Sent, Spec, read_history
from bench.product import free_port
from bench.sink import SinkClient
from tests.chaos import evidence
from tests.chaos.history import Rules, Verdict, check
from tests.chaos.stack import ROOT, SETTINGS, Processes, wait_until

OPEN = ("accepted", "running")
STRICT = Rules()


@dataclass
class Site:
    """What a fault test works with. ``processes`` is empty until the test starts some."""

    processes: Processes
    sink: SinkClient
    url: str
    conninfo: str
    command: Callable[..., str]
    folder: Path
    name: str
    headers: dict[str, str] = field(default_factory=dict)
    tenant: str = ""
    hook: str = ""

    def set_up(self, **flow: object) -> None:
        """Make a tenant with a key and publish the order flow; see ``bench.order.flow`` for the options."""
        made = json.loads(self.command("tenant", "create", self.name, "--json"))
        self.tenant = made["tenant"]
        self.headers = {"Authorization": f"Bearer {made['api_key']}", "Content-Type": "application/json"}
        file = self.folder / "flow.yaml"
        file.write_text(order.flow_yaml(self.sink.url, name=self.name, **flow))
        done = self.command("flow", "import", str(file), "--publish", "--json", "--tenant", self.tenant)
        self.hook = self.url + json.loads(done)["hook"]

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
def site(stack, chaos_sink: SinkClient, tmp_path: Path) -> Iterator[Site]:
    """Give a site of its own: a fresh tenant and flow, a sink that forgot everything, no process yet."""
    port = str(free_port())

    def command(*arguments: str) -> str:
        done = subprocess.run(  # noqa: S603  the product's own command
            [sys.executable, "-m", "sevenm", *arguments],
            cwd=ROOT, env=stack.environ("owner", **SETTINGS), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    chaos_sink.mode()
    chaos_sink.forget()
    conninfo = stack.database("owner", "sevenm").conninfo
    name = f"Order {secrets.token_hex(4)}"
    with Processes(stack.environ, tmp_path, SEVENM_PORT=port) as running:
        yield Site(running, chaos_sink, f"http://127.0.0.1:{port}", conninfo, command, tmp_path, name)
