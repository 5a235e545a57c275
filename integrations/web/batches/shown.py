"""What the pages of batches show."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from integrations.desk.queries import batches as queries
from integrations.desk.queries.batches import BatchRow
from integrations.flows import queries as flow_queries
from integrations.flows.models import Flow
from integrations.tenants.access import Actor


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the reconciliation. state: of the runs behind it, empty where there are none."""

    title: str
    count: int
    tone: str
    icon: str
    state: str


@dataclass(frozen=True, slots=True)
class BatchShown:
    row: BatchRow
    parts: Sequence[Part]
    percent: int

    @property
    def is_working(self) -> bool:
        return self.row.state not in ("split", "rejected") or not self.row.reconciliation.is_settled


def batch(by: Actor, batch_id: UUID) -> BatchShown:
    row = queries.batch(by, batch_id)
    told = row.reconciliation
    is_missing = row.state == "split" and told.missing
    parts = [
        Part("Received", told.records, "", "file-input", ""),
        Part("Delivered", told.delivered, "ok" if told.delivered else "", "circle-check", "succeeded"),
        Part("On their way", told.waiting, "run" if told.waiting else "", "loader-circle", "accepted"),
        Part("Failed", told.failed, "bad" if told.failed else "", "circle-x", "dead"),
        Part("In doubt", told.in_doubt, "doubt" if told.in_doubt else "", "circle-question-mark", "in_doubt"),
        Part("Cancelled", told.cancelled, "", "ban", "cancelled"),
        Part(
            "Missing",
            told.missing if row.state == "split" else 0,
            "bad" if is_missing else "",
            "search-x",
            "",
        ),
    ]
    return BatchShown(row, parts, round(row.progress * 100))


def file_flows(by: Actor) -> list[Flow]:
    """Give the flows that are on and start with a file."""
    return [
        flow
        for flow in flow_queries.flows(by, limit=200)
        if flow.enabled and flow.current_version and flow.current_version.trigger == "file_trigger"
    ]
