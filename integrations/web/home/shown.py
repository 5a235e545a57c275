"""What the first page shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from integrations.delivery.states import State
from integrations.desk.queries import alerts, breakers
from integrations.desk.queries import runs as desk
from integrations.desk.queries.breakers import Outage
from integrations.desk.queries.runs import RunRow
from integrations.tenants.access import Actor, allowed
from integrations.web.alerts.shown import AlertShown, told
from integrations.web.drawing import looks
from integrations.web.flows.shown import Line, Stat, lines

MOST_FLOWS = 6
MOST_RUNS = 8


@dataclass(frozen=True, slots=True)
class Home:
    stats: Sequence[Stat]
    flows: Sequence[Line]
    runs: Sequence[RunRow]
    alerts: Sequence[AlertShown]
    outages: Sequence[Outage]


def home(by: Actor) -> Home:
    """Gather how the tenant is; for staff without a look at runs, nothing."""
    if not allowed(by, "run.view"):
        return Home((), (), (), (), ())
    flows = lines(by, None)
    states: dict[State, int] = {}
    for counted in desk.counts(by).values():
        for state, n in counted.items():
            states[state] = states.get(state, 0) + n
    return Home(
        _stats(states),
        flows[:MOST_FLOWS],
        desk.runs(by, limit=MOST_RUNS).rows,
        [told(row) for row in alerts.open_alerts(by, limit=3)],
        breakers.outages(by)[:3],
    )


def _stats(states: dict[State, int]) -> list[Stat]:
    runs = reverse("web:runs")
    total = sum(states.values())
    stats = [Stat("Runs in 24 hours", f"{total:,}", "", "", "activity", runs)]
    for state, page in (
        (State.SUCCEEDED, f"{runs}?state=succeeded"),
        (State.WAITING, f"{runs}?state=waiting"),
        (State.IN_DOUBT, f"{runs}?state=in_doubt"),
        (State.DEAD, reverse("web:dead-letters")),
    ):
        look, n = looks.STATES[state], states.get(state, 0)
        tone = look.tone if n and state is not State.SUCCEEDED else ""
        stats.append(Stat(look.word, f"{n:,}", "", tone, look.icon, page))
    return stats
