"""What the pages of dead letters show."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.http import urlencode

from integrations.delivery.states import State
from integrations.desk.queries import breakers, dead_letters
from integrations.desk.queries import replays as replay_queries
from integrations.desk.queries import runs as run_queries
from integrations.desk.queries.breakers import Outage
from integrations.desk.queries.dead_letters import Cause, LetterFilter
from integrations.desk.queries.replays import Counted
from integrations.desk.queries.runs import RunFilter, RunPage
from integrations.desk.selection import Selection
from integrations.tenants.access import Actor


@dataclass(frozen=True, slots=True)
class CauseShown:
    """query: of the address of its messages and of its replay."""

    cause: Cause
    query: str


@dataclass(frozen=True, slots=True)
class Causes:
    rows: Sequence[CauseShown]
    total: int
    outages: Sequence[Outage]
    in_doubt: int


@dataclass(frozen=True, slots=True)
class Messages:
    """cause: the one that the filter names, where it is a single one. query: of its replay."""

    page: RunPage
    cause: Cause | None
    query: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a replay would do. cause: as in `Messages`."""

    counted: Counted
    cause: Cause | None


def causes(by: Actor) -> Causes:
    rows = [CauseShown(cause, query_of(cause.selection)) for cause in dead_letters.causes(by)]
    doubtful = run_queries.runs(by, where=RunFilter(states=(State.IN_DOUBT,)), limit=100)
    return Causes(rows, sum(row.cause.count for row in rows), breakers.outages(by), len(doubtful.rows))


def messages(by: Actor, where: LetterFilter, before: UUID | None) -> Messages:
    page = dead_letters.dead_letters(by, where=where, before=before)
    return Messages(page, _cause(by, where.chosen), query_of(where.chosen))


def dry_run(by: Actor, chosen: Selection) -> DryRun:
    return DryRun(replay_queries.count_chosen(by, chosen), _cause(by, chosen))


def query_of(chosen: Selection) -> str:
    """Give the query of an address that means this selection."""
    said = chosen.as_json()
    return urlencode(said, doseq=True)


def _cause(by: Actor, chosen: Selection) -> Cause | None:
    """Find the cause that a selection by filter means; the same words then stand on every page."""
    if chosen.ids is not None or chosen.flow_id is None or chosen.code is None:
        return None
    found = dead_letters.causes(by, flow_id=chosen.flow_id)
    return next((cause for cause in found if cause.selection == chosen), None)
