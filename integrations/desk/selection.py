"""Which dead letters are meant: by number, or by what they have in common."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from integrations.engine.models import Run
from integrations.errors import ConfigError

MOST_IDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Selection:
    """Every condition that is given must hold; without any it means all of them.

    ids: at most 1,000. destination: the connection, or the address of an http step.
    """

    ids: tuple[UUID, ...] | None = None
    flow_id: UUID | None = None
    code: str | None = None
    step: str | None = None
    destination: UUID | None = None

    def __post_init__(self) -> None:
        if self.ids is not None and not 0 < len(self.ids) <= MOST_IDS:
            raise ConfigError(
                "replay.selection",
                f"Choose between one and {MOST_IDS} runs.",
                hint="Choose by flow or by error instead.",
                place="ids",
            )

    def as_json(self) -> dict[str, Any]:
        """Give the form that the engine's replay reads."""
        said = {
            "ids": None if self.ids is None else [str(run_id) for run_id in self.ids],
            "flow": _text(self.flow_id),
            "code": self.code,
            "step": self.step,
            "destination": _text(self.destination),
        }
        return {name: value for name, value in said.items() if value is not None}


def narrow(found: QuerySet[Run], chosen: Selection) -> QuerySet[Run]:
    """Keep the runs that a selection means."""
    if chosen.ids is not None:
        found = found.filter(id__in=chosen.ids)
    if chosen.flow_id is not None:
        found = found.filter(flow_id=chosen.flow_id)
    if chosen.code is not None:
        found = found.filter(error_code=chosen.code)
    if chosen.step is not None:
        found = found.filter(error_step=chosen.step)
    if chosen.destination is not None:
        found = found.filter(error_destination=chosen.destination)
    return found


def _text(row_id: UUID | None) -> str | None:
    return None if row_id is None else str(row_id)
