"""The names that people gave to what a run only knows by number; inside `bind`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from integrations.connectors.models import Connection
from integrations.flows.models import Flow, Version


@dataclass(frozen=True, slots=True)
class Destination:
    """id: of the connection, or of the address an http step calls (then name and connector say so)."""

    id: UUID
    name: str
    connector: str
    is_connection: bool


@dataclass(frozen=True, slots=True)
class Names:
    flows: Mapping[UUID, str]
    versions: Mapping[UUID, int]
    destinations: Mapping[UUID, Destination]

    def flow(self, flow_id: UUID) -> str:
        return self.flows.get(flow_id, "a flow that is gone")

    def destination(self, destination_id: UUID | None) -> str:
        found = None if destination_id is None else self.destinations.get(destination_id)
        return found.name if found else ""


def names(
    tenant_id: UUID,
    *,
    flows: Iterable[UUID] = (),
    versions: Iterable[UUID] = (),
    destinations: Iterable[UUID | None] = (),
) -> Names:
    """Look names up, with one query for each kind that is asked for."""
    flow_ids, version_ids = set(flows), set(versions)
    wanted = {row_id for row_id in destinations if row_id is not None}
    mine = {"tenant_id": tenant_id}
    known = (
        {
            row[0]: Destination(row[0], row[1], row[2], is_connection=True)
            for row in Connection.objects.filter(**mine, id__in=wanted).values_list("id", "name", "connector")
        }
        if wanted
        else {}
    )
    return Names(
        dict(Flow.objects.filter(**mine, id__in=flow_ids).values_list("id", "name")) if flow_ids else {},
        dict(Version.objects.filter(**mine, id__in=version_ids).values_list("id", "number"))
        if version_ids
        else {},
        {row_id: known.get(row_id) or _address(row_id) for row_id in wanted},
    )


def _address(destination_id: UUID) -> Destination:
    return Destination(destination_id, "the address of an http step", "http", is_connection=False)
