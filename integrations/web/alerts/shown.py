"""What the pages of alerts show, and the figures in the side bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from integrations.desk.queries import alerts as queries
from integrations.desk.queries import approvals, dead_letters
from integrations.desk.queries.alerts import AlertRow
from integrations.tenants.access import Actor, allowed
from integrations.web.letters.shown import query_of


@dataclass(frozen=True, slots=True)
class AlertShown:
    """query: of the addresses of its dead letters and of their replay."""

    row: AlertRow
    query: str

    @property
    def id(self) -> UUID:
        return self.row.id

    @property
    def headline(self) -> str:
        """What happened in words: what the error said where there are none for its code."""
        is_code = self.row.headline == self.row.code
        return self.row.message if is_code and self.row.message else self.row.headline


def open_alerts(by: Actor) -> Sequence[AlertShown]:
    return [told(row) for row in queries.open_alerts(by)]


def closed_alerts(by: Actor, before: UUID | None) -> Sequence[AlertShown]:
    return [told(row) for row in queries.closed_alerts(by, before=before)]


def told(row: AlertRow) -> AlertShown:
    return AlertShown(row, query_of(row.selection))


def routes(by: Actor) -> dict[str, object]:
    return {"routes": queries.routes(by), "notices": queries.notices(by, limit=20)}


def badges(by: Actor) -> dict[str, object]:
    """Count what waits for a person; nothing for who may not see it."""
    return {
        "dead": dead_letters.open_count(by) if allowed(by, "dead_letter.view") else 0,
        "alerts": queries.open_count(by) if allowed(by, "alert.view") else 0,
        "approvals": approvals.open_count(by) if allowed(by, "approval.view") else 0,
    }
