"""The checklist of a new account. Each entry is done when its fact is there; no click is remembered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from integrations.connectors import queries as connector_queries
from integrations.delivery.states import State
from integrations.desk.queries import runs as desk
from integrations.desk.queries.runs import RunFilter, RunRow
from integrations.flows import queries
from integrations.flows.models import Flow
from integrations.flows.snapshots import from_json
from integrations.tenants.access import Actor, allowed
from integrations.web.first_run import sending

COOKIE: Final = "first-run"
HIDDEN: Final = "hidden"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to do. url: where it is done, "" where it cannot be yet. sends: where a button posts."""

    title: str
    about: str
    is_done: bool
    url: str
    sends: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    entries: Sequence[Entry]

    @property
    def done(self) -> int:
        return sum(entry.is_done for entry in self.entries)

    @property
    def next(self) -> Entry | None:
        return next((entry for entry in self.entries if not entry.is_done), None)


def checklist(by: Actor) -> Checklist | None:
    """Give what is still to do; None for who may not do it, and when all is done."""
    if not allowed(by, "flow.publish") or not allowed(by, "run.view"):
        return None
    flows = queries.flows(by, limit=20)
    flow = _led(flows)
    if flow is not None and flow.current_version is not None and not flow.template:
        return None  # somebody who publishes a flow of their own needs no guide
    run = _run(by, flow)
    if run is not None and run.state is State.SUCCEEDED:
        return None
    return Checklist(
        [_choose(flow), _connect(by, flow), _look(flow), _publish(flow), _send(by, flow, run), _see(run)]
    )


def _led(flows: Sequence[Flow]) -> Flow | None:
    """Give the flow that the list is about: of a template before others, one that runs before others."""
    order = sorted(flows, key=lambda flow: (not flow.template, flow.current_version_id is None))
    return order[0] if order else None


def _run(by: Actor, flow: Flow | None) -> RunRow | None:
    """Give a run that went through, or else the last one; of any flow."""
    if flow is None:
        return None
    for where in (RunFilter(states=(State.SUCCEEDED,)), RunFilter()):
        if rows := desk.runs(by, where=where, limit=1).rows:
            return rows[0]
    return None


def _choose(flow: Flow | None) -> Entry:
    about = "Whole flows to begin from, each with a sample."
    return Entry("Choose a template", about, flow is not None, reverse("web:templates"))


def _connect(by: Actor, flow: Flow | None) -> Entry:
    about = "A twin answers as the service would, and changes nothing anywhere."
    if flow is None:
        return Entry("Connect its twins", about, is_done=False, url="")
    nodes = from_json(queries.flow(by, flow.id).draft).nodes
    named = {str(node.config["connection"]) for node in nodes if node.config.get("connection")}
    known = {name for row in connector_queries.connections(by) for name in (row.name, str(row.id))}
    return Entry("Connect its twins", about, named <= known, reverse("web:connections"))


def _look(flow: Flow | None) -> Entry:
    """Take it as done when the flow is published: a trial leaves nothing behind that would tell."""
    about = "Test it in the builder: what each step gets, asks and gives."
    url = reverse("web:builder", args=[flow.id]) if flow is not None else ""
    return Entry("Look at the sample run", about, flow is not None and flow.current_version is not None, url)


def _publish(flow: Flow | None) -> Entry:
    about = "From then on it takes documents at an address of its own."
    url = reverse("web:flow-draft", args=[flow.id]) if flow else ""
    return Entry("Publish it", about, flow is not None and flow.current_version is not None, url)


def _send(by: Actor, flow: Flow | None, run: RunRow | None) -> Entry:
    about = "A real request, signed or with a key, as its sender would make it."
    is_live = flow is not None and flow.current_version is not None
    url = reverse("web:flow-hooks", args=[flow.id]) if flow is not None and is_live else ""
    sends = ""
    if flow is not None and is_live and run is None and sending.can_send(by, flow):
        sends = reverse("web:flow-send-sample", args=[flow.id])
    return Entry("Send the sample to its address", about, run is not None, url, sends)


def _see(run: RunRow | None) -> Entry:
    about = "Every call it made, and how long each took."
    url = reverse("web:run", args=[run.id]) if run is not None else ""
    return Entry("See the run go through", about, is_done=False, url=url)
